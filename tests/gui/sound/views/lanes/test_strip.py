"""The genre strip: what is drawn is what the model says, everywhere, for every eye."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor

from app.jobs.stages import Classifier
from app.look import theme
from app.look.genre_colours import COLOURS, at
from app.sound.views.lanes.strip import draw
from genre_tagger.base.cache import Cache
from genre_tagger.model.network import default_model_folder
from genre_tagger.model.strip import Strip, along
from genre_tagger.training.synth import reader, tunes

LONG = 30_000

@pytest.fixture
def classified(stack, choices, settled, qtbot):
    """A function: path (and which model) → the lane when the whole track is classified."""

    def classify(path, classifier=None):
        stack.show_lane("strip")
        stack.sound.classifier = classifier or Classifier()
        stack.sound.show(path, "Sound")
        lane = stack.lanes["strip"]
        qtbot.waitUntil(
            lambda: (
                lane.canvas.message != "" or bool(lane.drawing and lane.drawing.strip and lane.drawing.strip.complete)
            ),
            timeout=LONG,
        )
        settled(stack)
        return lane

    return classify


@pytest.fixture
def music():
    """A function: seconds → samples of a tune with a pause in its middle."""

    def music(seconds=24.0, sr=22_050):
        n = int(seconds * sr)
        (y,) = tunes.tunes(3, 1, seconds=(n / 16_000 + 0.1, n / 16_000 + 0.2), kinds=("chords",))
        t = np.arange(n) / sr
        y = 0.3 * y[:n] / np.abs(y).max()
        y[(t > seconds / 3) & (t < 2 * seconds / 3)] = 0
        return y

    return music


def test_every_column_shows_what_the_model_says_there(classified, music, write_wav):
    path = write_wav(music())
    lane = classified(path)
    model = lane.sound.classifier.model
    *_, strip = along(path, model)
    places = [model.card.labels.index(label) for label in lane.drawing.labels]
    assert lane.drawing.labels[: len(model.card.proposed)] == model.card.proposed
    strip = replace(strip, probabilities=strip.probabilities[:, places])
    np.testing.assert_array_equal(lane.drawing.strip.probabilities, strip.probabilities)
    image, picture = lane.drawing.picture.image, lane.drawing.picture
    for column, probabilities in enumerate(strip.probabilities):
        seconds = strip.starts[column] + strip.seconds / 2
        x = int((seconds - picture.start) / (picture.stop - picture.start) * image.width())
        pixels = [QColor(image.pixel(x, row)).name() for row in range(image.height())]
        for label, probability in enumerate(probabilities[: len(COLOURS)]):
            assert pixels.count(at(label)) / len(pixels) == pytest.approx(probability, abs=1.5 / len(pixels))
        top = lane.drawing.labels[int(probabilities.argmax())]
        if strip.loud[column]:
            assert lane.value_at(seconds, 0.01).startswith(top)
    assert picture.start <= 0.1
    assert picture.stop >= 23.0


def test_what_is_no_music_is_marked_and_nothing_is_said_of_it(classified, write_wav):
    lane = classified(write_wav(0.1 * reader.reading(20 * 16_000, np.random.default_rng(6)), 16_000))
    assert lane.drawing.others == ((0.0, pytest.approx(20, abs=0.5)),)
    assert lane.drawing.stretches == lane.drawing.silences == ()
    assert lane.value_at(10, 0.5) == "does not sound like music"
    assert lane.legend() is None
    shot = lane.canvas.grab().toImage()
    x = round(lane.canvas.x_of(5))
    seen = {QColor(shot.pixel(at, y)).name() for at in range(x - 8, x + 8) for y in range(5, shot.height() - 5)}
    assert theme.colours().base in seen
    assert not seen & set(COLOURS)
    header, rows = lane.table(0, 20)
    assert header[-2:] == ["sound", "music"]
    assert {tuple(row[-2:]) for row in rows} == {(1, 0)}


def test_silence_is_marked_and_nothing_is_said_of_it(classified, music, write_wav):
    lane = classified(write_wav(music()))
    ((start, stop),) = lane.drawing.silences
    assert 8 <= start < stop <= 16
    assert lane.value_at((start + stop) / 2, 0.5) == "silence"
    assert not any(one.start < stop and start < one.stop for one in lane.drawing.stretches)
    shot = lane.canvas.grab().toImage()
    x = round(lane.canvas.x_of((start + stop) / 2))
    seen = {QColor(shot.pixel(at, y)).name() for at in range(x - 8, x + 8) for y in range(5, shot.height() - 5)}
    assert theme.colours().base in seen
    assert not seen & set(COLOURS)


def test_the_table_has_a_column_for_each_genre_and_what_is_drawn_in_it(classified, music, write_wav):
    lane = classified(write_wav(music()))
    header, rows = lane.table(2.0, 9.0)
    assert header[0] == "time_s"
    count = len(lane.drawing.labels)
    assert header[1 : count + 1] == [
        "probability_" + re.sub(r"\W+", "_", name.lower()).strip("_") for name in lane.drawing.labels
    ]
    values = np.array(rows)
    assert ((values[:, 0] >= 2) & (values[:, 0] <= 9)).all()
    np.testing.assert_allclose(values[:, 1 : count + 1].sum(axis=1), 1, atol=1e-5)
    assert set(values[:, count + 1]) <= {0, 1}
    _, between = lane.table(3.01, 3.02)
    assert len(between) == 1
    assert between[0][0] == pytest.approx(3.0, abs=1.0)


def test_legend_and_description_name_the_genres_that_are_most_probable(classified, music, write_wav):
    lane = classified(write_wav(music()))
    first = lane.legend().entries[0]
    best = int(lane.drawing.shares().argmax())
    assert first[0].name() == at(best)
    assert first[1].startswith(lane.drawing.labels[best])
    assert lane.drawing.labels[best] in lane.canvas.accessibleDescription()
    assert lane.name.accessibleName() == lane.title


def test_a_model_that_is_missing_or_changed_leaves_an_empty_lane_that_says_so(classified, music, write_wav, tmp_path):
    path = write_wav(music(6.0))
    lane = classified(path, Classifier(str(tmp_path / "nowhere")))
    assert "cannot be read" in lane.canvas.message
    folder = str(tmp_path / "model")
    shutil.copytree(default_model_folder(), folder)
    with open(os.path.join(folder, "model.tflite"), "r+b") as file:
        file.seek(100)
        file.write(b"changed")
    lane = classified(path, Classifier(folder))
    assert "changed or damaged" in lane.canvas.message
    assert lane.item.coarse is None


def test_too_little_sound_is_said(classified, write_wav):
    lane = classified(write_wav(np.full(2000, 0.1)))
    assert "too little sound" in lane.canvas.message


def test_what_was_classified_once_comes_from_the_cache(classified, music, write_wav, tmp_path):
    path = write_wav(music())
    lane = classified(path)
    first = lane.drawing.strip
    lane.sound.cache = Cache(str(tmp_path / "cache"))
    classified(path)
    assert len(os.listdir(tmp_path / "cache")) >= 1

    class Idle(Classifier):
        def load(self):
            model = super().load()
            model.run = None  # whoever asks it fails
            return model

    lane = classified(path, Idle())
    np.testing.assert_array_equal(lane.drawing.strip.probabilities, first.probabilities)
    assert lane.canvas.message == ""


def test_another_track_takes_the_strip_away_at_once(classified, music, write_wav):
    lane = classified(write_wav(music()))
    lane.sound.show(None)
    assert lane.drawing is None
    assert lane.item.coarse is None
    assert lane.legend() is None


def test_long_stretches_have_the_name_of_their_genre_and_unsure_ones_none():
    labels = ("A", "B", "C")
    probabilities = np.array([[0.9, 0.06, 0.04]] * 20 + [[0.35, 0.34, 0.31]] * 20 + [[0.1, 0.1, 0.8]] * 20)
    yes = np.ones(60, dtype=bool)
    strip = Strip(np.arange(60) * 1.5, 1.5, 3.0, probabilities.astype(np.float32), yes, yes, True)
    stretches = draw(strip, labels, 91.5).stretches
    assert [one.label for one in stretches] == [0, 2]
    assert stretches[0].start == 0
    assert stretches[0].stop == pytest.approx(30, abs=4)
    assert stretches[-1].stop == 91.5
    for one in stretches:
        assert 0 < one.height < 1


def test_of_some_genres_alone_only_these_are_drawn_in_their_own_colours():
    labels = ("A", "B", "C")
    probabilities = np.array([[0.5, 0.3, 0.2], [1.0, 0.0, 0.0]], dtype=np.float32)
    yes = np.ones(2, dtype=bool)
    strip = Strip(np.arange(2) * 1.5, 1.5, 3.0, probabilities, yes, yes, True)
    drawn = draw(strip, labels, 4.5, among=("B", "C", "D"))
    assert drawn.order == (1, 2)
    np.testing.assert_allclose(drawn.strip.probabilities, [[0, 0.6, 0.4], [0, 0, 0]], atol=1e-6)
    assert draw(strip, labels, 4.5, among=("D",)).order == (0, 1, 2)


def test_the_strip_follows_when_others_are_chosen_from(classified, music, write_wav, settled):
    lane = classified(write_wav(music()))
    every = lane.drawing.order
    two = tuple(lane.drawing.labels[:2])
    lane.sound.classifier.among = two
    lane.renew()
    settled(lane.window())
    assert {lane.drawing.labels[label] for label in lane.drawing.order} == {*two}
    assert len(lane.legend().entries) == 2
    assert len(lane.table(0, 5)[0]) == 5
    lane.sound.classifier.among = ()
    lane.renew()
    settled(lane.window())
    assert lane.drawing.order == every
