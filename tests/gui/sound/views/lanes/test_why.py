"""Why: what is laid over the spectrogram is the model's explanation, at its frequencies and times."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from PySide6.QtGui import QColor

from app.jobs.stages import Classifier
from app.sound.views.lanes.why import AGAINST, FOR, Reason, draw_reason, reasons_for, strongest_signs
from app.sound.views.plot.scales import Scale
from genre_tagger.model.explain import Explanation, explain
from genre_tagger.sound.decoders import resampled
from genre_tagger.sound.frames import Excerpts
from genre_tagger.training.synth import reader, tunes

LONG = 60_000


@pytest.fixture(scope="module")
def classifier():
    classifier = Classifier()
    classifier.load()
    return classifier


@pytest.fixture
def tune(write_wav, classifier):
    """A file of seven seconds of music at the model's rate."""
    (y,) = tunes.tunes(3, 1, seconds=(7.1, 7.2), kinds=("chords",))
    sr = classifier.model.card.spec.sr
    y = np.concatenate(list(resampled([y.astype(np.float32)], 16_000, sr)))
    return write_wav(y[: 7 * sr], sr)


@pytest.fixture
def asked(stack, settled, qtbot, classifier, tune):
    """The spectrogram of the tune with its explanation, and the lane's overlay."""
    stack.sound.classifier = classifier
    stack.show_lane("spectrogram")
    for id_ in stack.shown():
        if id_ != "spectrogram":
            stack.show_lane(id_, False)
    stack.sound.show(tune, "Tune", "Jazz")
    settled(stack)
    why = stack.lanes["spectrogram"].why
    why.button.click()

    def is_done():
        return bool(why.reason and why.reason.explanation and why.reason.explanation.done >= 1)

    qtbot.waitUntil(is_done, timeout=LONG)
    settled(stack)
    return why


def made(weights, top=8000.0):
    weights = np.asarray(weights, dtype=np.float32)
    rows, columns = weights.shape
    explanation = Explanation("Jazz", weights, np.linspace(0, top, rows + 1), np.arange(columns + 1.0), 1.0)
    return Reason(0.0, float(columns), "Jazz", ("Jazz", "Rock"), explanation)


def test_it_is_the_models_own_explanation_of_that_stretch(asked, classifier, tune):
    assert asked.reason.genre == "Jazz"
    assert (asked.reason.start, asked.reason.stop) == pytest.approx((0, 7), abs=0.01)
    y, _ = soundfile.read(tune, dtype="float32")
    *_, explanation = explain(y, classifier.model, "Jazz")
    np.testing.assert_allclose(asked.reason.explanation.weights, explanation.weights, atol=0.02)
    assert "Jazz" in asked.item.sentence
    assert asked.button.isChecked()


def test_hover_legend_and_table_say_the_same(asked):
    lane, explanation = asked.lane, asked.reason.explanation
    row, column = np.unravel_index(np.abs(explanation.weights).argmax(), explanation.weights.shape)
    seconds = float(explanation.times[column] + explanation.times[column + 1]) / 2
    hertz = float(explanation.frequencies[row] + explanation.frequencies[row + 1]) / 2
    text = lane.value_at(seconds, float(lane.scale().fraction(hertz)))
    side = "+ speaks for Jazz" if explanation.weights[row, column] > 0 else "− speaks against Jazz"
    assert side in text
    assert "odds × " in text
    assert [entry[0].name() for entry in lane.legend().entries] == [FOR, AGAINST]
    assert "orange" in lane.words()
    header, rows = lane.table(seconds - 0.2, seconds + 0.2)
    first = next(number for number, name in enumerate(header) if name.startswith("why_jazz_log_odds"))
    nearest = min(rows, key=lambda one: abs(one[0] - seconds))
    assert nearest[first + row] == pytest.approx(float(explanation.weights[row, column]), rel=1e-5)


def test_switched_off_it_leaves_the_spectrogram_as_it_was(asked, settled, stack):
    grey = asked.lane.look().palette
    asked.button.click()
    settled(stack)
    assert asked.item.coarse is None
    assert asked.item.sentence == ""
    assert asked.lane.look().palette != grey
    assert not any("why_" in name for name in asked.lane.table(1, 2)[0])
    assert "odds" not in asked.lane.value_at(2.0, 0.3)


def test_another_genre_is_explained_when_it_is_picked_from_the_menu(asked, qtbot):
    menu = asked.lane.menu()
    below = next(action.menu() for action in menu.actions() if action.menu() and "Why" in action.text())
    names = [action.text() for action in below.actions() if action.text()]
    assert len(names) == 2 + len(asked.lane.sound.classifier.model.card.labels)
    before = asked.reason.explanation.weights
    next(action for action in below.actions() if action.text() == "Metal").trigger()
    qtbot.waitUntil(lambda: asked.reason.genre == "Metal" and asked.reason.explanation.done >= 1, timeout=LONG)
    assert not np.allclose(before, asked.reason.explanation.weights)
    menu.close()


def test_a_genre_that_the_model_does_not_know_gives_way_to_the_most_probable(classifier, tune):
    first = next(reasons_for(0.0, 7.0, "Polka", classifier, Excerpts(tune), lambda: True))
    assert first.genre in classifier.model.card.labels


def test_of_what_is_no_music_no_genre_is_explained_unless_one_is_chosen(classifier, write_wav):
    path = write_wav(0.1 * reader.reading(10 * 16_000, np.random.default_rng(6)), 16_000)
    (only,) = reasons_for(0.0, 10.0, "", classifier, Excerpts(path), lambda: True)
    assert "not sound like music" in only.problem
    assert only.explanation is None
    chosen = next(reasons_for(0.0, 10.0, "Jazz", classifier, Excerpts(path), lambda: True))
    assert chosen.genre == "Jazz"
    assert chosen.problem == ""


def test_a_missing_model_is_a_sentence(tune, tmp_path):
    (only,) = reasons_for(0.0, 7.0, "Jazz", Classifier(str(tmp_path)), Excerpts(tune), lambda: True)
    assert "cannot be read" in only.problem


@pytest.mark.parametrize("name", ["linear", "mel", "log"])
def test_colours_lie_at_the_frequencies_of_the_spectrogram(name):
    weights = np.zeros((8, 4))
    weights[2, 1], weights[5, 2] = 1.0, -1.0
    scale = Scale(name, 44_100)
    picture = draw_reason(made(weights), scale)
    image = picture.image

    def pixel(seconds, hertz):
        x = int((seconds - picture.start) / (picture.stop - picture.start) * image.width())
        y = int((1 - float(scale.fraction(hertz))) * image.height())
        return QColor.fromRgba(image.pixel(x, y))

    positive, negative = pixel(1.5, 2500), pixel(2.5, 5500)
    assert (positive.alpha() > 150, positive.rgb()) == (True, QColor(FOR).rgb())
    assert (negative.alpha() > 150, negative.rgb()) == (True, QColor(AGAINST).rgb())
    assert pixel(0.5, 2500).alpha() == pixel(1.5, 7500).alpha() == pixel(1.5, 15_000).alpha() == 0


def test_the_strongest_places_have_signs():
    weights = np.zeros((8, 9))
    weights[2, 1], weights[5, 6], weights[7, 3] = 1.0, -0.9, 0.2
    found = strongest_signs(made(weights))
    assert [plus for _, _, plus in found] == [True, False]
    assert found[0][:2] == (1.5, 2500.0)


def test_where_nothing_matters_nothing_is_coloured():
    picture = draw_reason(made(np.full((8, 4), 0.01)), Scale("mel", 44_100))
    assert all(QColor.fromRgba(picture.image.pixel(x, 120)).alpha() == 0 for x in range(4))
