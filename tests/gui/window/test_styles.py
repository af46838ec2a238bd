"""Styles and what is no music, in the whole window."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel

from app.dialogs.help import ModelDialog
from app.window.panels.sidebar import Place
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Candidate, NoGenre, Prediction, TagFact, TagValues
from helpers.patience import LONG
from helpers.tracks import scanned

FACTS = (TagFact("folk", "Folk", "style", 0.1, 0.3), TagFact("rnb", "R&B", "style", 0.1, 0.3))
GENRES = ("Country", "Blues", "Rock", "Pop", "Jazz", "Metal")


@pytest.fixture
def window(open_window, places, settled):
    """A window on a song in which Folk is strong and every genre weak, and on a lecture."""
    candidates = tuple(Candidate(genre, 0.3 - 0.05 * place) for place, genre in enumerate(GENRES))
    with Library.open(places.library) as library:
        for number, name in enumerate(("song", "lecture"), start=1):
            library.store(scanned(f"/m/{name}.flac", title=name, number=number))
        library.store(
            Prediction("/m/song.flac", "m", candidates, tag_values=TagValues.of(FACTS, (0.5, 0.2))),
            Prediction("/m/lecture.flac", "m", nothing=NoGenre.NOT_MUSIC),
        )
    window = open_window()
    settled(window)
    return window


def test_a_style_is_chosen_by_its_key_and_shown_as_chosen(window, qtbot):
    window.tracks.select([1])
    qtbot.waitUntil(lambda: window.details.styles.isVisible(), timeout=LONG)
    assert "strongly Folk" in window.details.reason.text()
    action = window.actions_by_id["candidate_6"]
    assert (action.isVisible(), action.text()) == (True, "Choose Folk")
    assert window.actions_by_id["candidate_7"].text() == "Choose R&&B"
    assert not window.actions_by_id["candidate_8"].isVisible()
    action.trigger()
    qtbot.waitUntil(lambda: window.tracks.model.proposal_of(1).new == ("Folk",), timeout=LONG)
    qtbot.waitUntil(lambda: window.details.styles.buttons[0].isChecked(), timeout=LONG)
    window.undo_stack.undo()
    qtbot.waitUntil(lambda: not window.tracks.model.proposal_of(1).ticked, timeout=LONG)


def test_what_is_no_music_has_a_place_of_its_own_and_is_no_problem(window, qtbot, shown_names):
    assert window.state.now.counted.states["nothing"] == 1
    assert window.state.now.counted.states["errors"] == 0
    window.sidebar.go(Place("state", "nothing"))
    qtbot.waitUntil(lambda: shown_names(window) == ["lecture.flac"], timeout=LONG)
    window.tracks.select([2])
    qtbot.waitUntil(lambda: "rather than music" in window.details.reason.text(), timeout=LONG)
    window.commands.choose_genre("Audiobook")
    qtbot.waitUntil(lambda: shown_names(window) == [], timeout=LONG)


def test_the_threshold_says_what_to_expect_and_help_shows_the_model(window, qtbot, monkeypatch):
    bar = window.centre.policy_bar
    qtbot.waitUntil(lambda: "At this threshold" in bar.expected.accessibleName(), timeout=LONG)
    shown = []
    monkeypatch.setattr(
        ModelDialog, "exec", lambda dialog: shown.append([label.text() for label in dialog.findChildren(QLabel)])
    )
    window.actions_by_id["model"].trigger()
    qtbot.waitUntil(lambda: len(shown) == 1, timeout=LONG)
    assert any("by artists it had never heard" in text for text in shown[0])
