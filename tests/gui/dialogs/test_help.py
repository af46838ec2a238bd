"""What the program says of itself and of its model."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from app.dialogs.help import AboutDialog, ModelDialog, how_good
from genre_tagger.model.card import ModelCard
from genre_tagger.model.features import FeatureSpec
from genre_tagger.model.measured import figures
from genre_tagger.model.network import default_model_folder

MEASURED = {
    "tracks": 97, "accuracy": 0.66, "interval": [0.561, 0.746], "top3": 0.845, "ece": 0.089, "on": "the valid split",
    "per_genre": {"Blues": {"tracks": 10, "right": 9}, "Country": {"tracks": 9, "right": 0}, "odd": 3},
    "thresholds": [{"threshold": 0.5, "coverage": 0.63, "accuracy": 0.82}],
    "magnatune": {"tracks": 192, "accuracy": 0.78, "interval": [0.72, 0.83]},
    "moods": {"tracks": 400, "accuracy": 0.65},
    "guard": {"music_kept": 0.99, "turned_away": {"speech": 1.0, "noise": 0.9}},
}  # fmt: skip
CARD = {
    "labels": ["Blues", "Country"], "features": FeatureSpec().to_json(), "sha256": "0" * 64,
    "title": "Small <b>one</b>",
    "licence": "GPL-3.0-or-later", "limits": "Knows two genres.", "credits": ["A. Teacher", "B. Pupil"],
    "measured": MEASURED,
}  # fmt: skip


@pytest.fixture
def parent(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def texts(dialog):
    return [label.text() for label in dialog.findChildren(QLabel)]


def test_the_model_is_shown_with_its_figures_its_limits_and_its_credits(parent):
    dialog = ModelDialog(ModelCard.from_json(CARD), parent)
    said = texts(dialog)
    assert "Small <b>one</b>" in said
    assert (
        "Right on 66 % of 97 tracks by artists it had never heard. "
        "So many tracks say: somewhere between 56 % and 75 % (95 % interval)." in said
    )
    for part in ("Country", "9", "0", "63 %", "82 %", "Knows two genres.", "A. Teacher\nB. Pupil", "the valid split"):
        assert part in said, part
    assert "odd" not in said
    assert {label.textFormat() for label in dialog.findChildren(QLabel) if label.text()} == {Qt.TextFormat.PlainText}


def test_what_was_measured_elsewhere_has_its_tracks_and_interval(parent):
    said = texts(ModelDialog(ModelCard.from_json(CARD), parent))
    where = said.index("Clips of Magnatune's artists")
    assert said[where : where + 4] == ["Clips of Magnatune's artists", "192", "78 %", "72 % to 83 %"]
    assert said.index("Measured on other music") > said.index("Genre by genre")


def test_a_genre_that_is_only_offered_is_named_apart(parent):
    said = texts(ModelDialog(ModelCard.from_json(CARD | {"only_offered": ["Country"]}), parent))
    offered = said.index("Offered to be chosen, never proposed, as it is too often wrong")
    assert said[offered + 1] == "Country"
    assert said[said.index("Genres") + 1] == "Blues"


def test_the_guard_and_the_top_three_are_told(parent):
    said = " ".join(how_good(figures(MEASURED)))
    assert "among its three likeliest for 84 %" in said
    assert "no genre for 95 % of speech, noise, tones and animals, and for 1 % of music." in said


def test_a_model_that_was_not_measured_says_so(parent):
    bare = {name: CARD[name] for name in ("labels", "features", "sha256")}
    assert "How often this model is right is not known." in texts(ModelDialog(ModelCard.from_json(bare), parent))
    odd = ModelCard.from_json(bare | {"measured": ["?"], "credits": 3, "limits": {}})
    assert "How often this model is right is not known." in texts(ModelDialog(odd, parent))


def test_without_a_model_the_dialogs_say_why(parent):
    for dialog in (ModelDialog, AboutDialog):
        assert "No genre model is installed." in texts(dialog("No genre model is installed.", parent))


def test_the_shipped_model_fills_both_dialogs(parent):
    card = ModelCard.read(default_model_folder())
    assert any("by artists it had never heard" in text for text in texts(AboutDialog(card, parent)))
    said = texts(ModelDialog(card, parent))
    assert {*", ".join(text for text in said if ", " in text).split(", ")} >= {*card.labels}
    assert any("Kereliuk" in text or "musicnn" in text for text in said)
