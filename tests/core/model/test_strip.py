"""The model's answers along a track: those it gives to each patch alone, in few columns and to the real end."""

from __future__ import annotations

import json
import shutil
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
import soundfile

from genre_tagger.base.cache import Cache
from genre_tagger.base.errors import DecodeError
from genre_tagger.model.features import log_mel, log_mel_patches
from genre_tagger.model.network import GenreModel, default_model_folder
from genre_tagger.model.strip import Strip, along, kept_or_heard, skim
from genre_tagger.sound.audio import load
from genre_tagger.training.synth import reader, tunes

SR = 16_000


@pytest.fixture
def track(tmp_path):
    """A function: seconds (and a sampling rate) → the path of a file with changing sound."""

    def make(seconds: float, sr: int = SR, channels: int = 1) -> str:
        t = np.arange(round(seconds * sr)) / sr
        y = 0.3 * np.sin(2 * np.pi * (200 + 50 * (t // 4 % 7)) * t) * (t % 0.5 < 0.3)
        y += 0.02 * np.random.default_rng(0).standard_normal(len(t))
        path = str(tmp_path / f"{seconds}-{sr}-{channels}.wav")
        soundfile.write(path, np.repeat(y[:, None], channels, axis=1), sr, subtype="FLOAT")
        return path

    return make


def last(path: str, model: GenreModel, **options) -> Strip:
    *_, strip = along(path, model, **options)
    assert strip.complete
    return strip


@pytest.mark.parametrize(("seconds", "sr", "channels"), [(20.0, SR, 1), (47.3, 22_050, 2), (12.0, 8_000, 8)])
def test_each_column_is_what_the_model_says_of_its_patch(model, track, seconds, sr, channels):
    path = track(seconds, sr, channels)
    strip = last(path, model)
    spec = model.card.spec
    patches = log_mel_patches(load(path, sr=spec.sr), spec)
    wanted = np.array([model.predict(patch[np.newaxis]) for patch in patches])
    np.testing.assert_allclose(strip.probabilities, wanted, atol=2e-3)
    np.testing.assert_allclose(strip.probabilities.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(np.diff(strip.starts), strip.step)
    assert strip.step == pytest.approx(spec.patch_hop * spec.hop_length / spec.sr)
    assert strip.starts[-1] + strip.seconds <= seconds + 0.05
    assert strip.starts[-1] + strip.seconds + strip.step > seconds


def test_it_grows_from_the_beginning_and_keeps_what_it_said(model, track):
    strips = list(along(track(60.0), model))
    assert [strip.complete for strip in strips] == [False] * (len(strips) - 1) + [True]
    assert len(strips) >= 3
    for earlier, later in pairwise(strips):
        assert len(earlier.starts) <= len(later.starts)
        np.testing.assert_array_equal(earlier.probabilities, later.probabilities[: len(earlier.starts)])


@pytest.mark.parametrize("most", [2, 7, 16, 30])
def test_a_long_track_gets_wider_steps_and_no_more_columns(model, track, most):
    path = track(120.0)
    every, few = last(path, model), last(path, model, most=most)
    stride = round(few.step / every.step)
    assert most / 2 <= len(few.starts) <= most
    assert stride > 1
    np.testing.assert_allclose(few.starts, every.starts[::stride][: len(few.starts)])
    np.testing.assert_allclose(few.probabilities, every.probabilities[::stride][: len(few.starts)], atol=1e-4)
    assert few.starts[-1] + few.seconds + few.step > 120


def test_silence_is_told_from_sound(model, tmp_path):
    y = np.zeros(30 * SR, dtype=np.float32)
    y[10 * SR : 20 * SR] = 0.1 * np.random.default_rng(1).standard_normal(10 * SR)
    path = str(tmp_path / "pause.wav")
    soundfile.write(path, y, SR, subtype="FLOAT")
    strip = last(path, model)
    ends = strip.starts + strip.seconds
    np.testing.assert_array_equal(strip.loud, (ends > 10) & (strip.starts < 20))


def test_speech_in_a_track_is_told_from_its_music(model, tmp_path):
    (tune,) = tunes.tunes(3, 1, seconds=(60, 60.1), kinds=("chords",))
    talk = 0.1 * reader.reading(60 * SR, np.random.default_rng(6))
    path = str(tmp_path / "interview.wav")
    soundfile.write(path, np.concatenate([tune[: 60 * SR], talk]), SR, subtype="FLOAT")
    strip = last(path, model)
    batch = 9 * strip.step  # so long a stretch is judged together
    assert strip.music[strip.starts + strip.seconds < 60 - batch].all()
    assert not strip.music[strip.starts > 60 + batch].any()
    assert not strip.heard[~strip.music].any()
    *_, few = along(path, model, most=20)
    assert few.music.shape == few.starts.shape
    assert few.music[0]
    assert not few.music[-1]


def test_a_model_that_does_not_say_what_is_music_takes_everything_for_music(model, tmp_path):
    path = str(tmp_path / "talk.wav")
    soundfile.write(path, 0.1 * reader.reading(20 * SR, np.random.default_rng(6)), SR, subtype="FLOAT")
    assert not last(path, model).music.any()
    folder = tmp_path / "model"
    shutil.copytree(default_model_folder(), folder)
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    card |= {"guard": None, "outputs": {"genres": card["outputs"]["genres"]}}
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    assert last(path, GenreModel.load(str(folder))).music.all()


def test_a_track_shorter_than_a_patch_has_one_column(model, track):
    path = track(1.2)
    strip = last(path, model)
    assert strip.probabilities.shape == (1, len(model.card.labels))
    wanted = model.predict(log_mel_patches(load(path, sr=model.card.spec.sr), model.card.spec))
    np.testing.assert_allclose(strip.probabilities[0], wanted, atol=2e-3)


def test_a_track_with_hardly_any_sound_has_no_column(model, track):
    strip = last(track(0.3), model)
    assert strip.probabilities.shape == (0, len(model.card.labels))
    assert strip.starts.shape == strip.loud.shape == (0,)


def test_a_file_that_cannot_be_decoded_is_an_error(model, media):
    with pytest.raises(DecodeError):
        next(along(media("broken"), model))


def test_a_damaged_file_is_drawn_as_far_as_it_goes(model, track):
    path = track(40.0)
    with open(path, "r+b") as file:  # the header goes on claiming forty seconds
        file.truncate(25 * SR * 4)
    strip = last(path, model)
    assert 20 < strip.starts[-1] + strip.seconds < 25.1


def test_memory_does_not_grow_with_the_length(model, tmp_path):
    paths = []
    for minutes in (1, 10):
        path = str(tmp_path / f"{minutes}.flac")
        with soundfile.SoundFile(path, "w", SR, 1, format="FLAC") as file:
            for second in range(60 * minutes):
                file.write(np.full(SR, second % 9 / 20, dtype=np.float32))
        paths.append(path)
    peaks = []
    for path in paths:
        last(path, model, most=20)
        tracemalloc.start()
        last(path, model, most=20)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
    assert peaks[1] < 60_000_000


def test_closing_lets_go_of_the_file(model, track):
    strips = along(track(60.0), model)
    next(strips)
    strips.close()
    with pytest.raises(StopIteration):
        next(strips)


def test_frames_of_a_stream_are_those_of_the_whole(model):
    from genre_tagger.model.strip import _frames

    y = (0.1 * np.random.default_rng(2).standard_normal(40_000)).astype(np.float32)
    for cuts in ([], [100], [1, 2, 30_000], list(range(500, 40_000, 777))):
        found = list(_frames(np.split(y, cuts), model.card.spec))
        mel = np.concatenate([part for part, _ in found])
        np.testing.assert_allclose(mel, log_mel(y, model.card.spec), rtol=1e-5, atol=1e-6)
        assert len(np.concatenate([power for _, power in found])) == len(mel)


def test_a_skim_hears_what_the_whole_hears_at_the_same_places(model, track):
    path = track(100.0)
    strips = list(skim(path, model, count=8))
    assert [len(strip.starts) for strip in strips] == [4, 8]
    assert not any(strip.complete for strip in strips)
    some = strips[-1]
    np.testing.assert_allclose(some.starts + some.seconds / 2, (np.arange(8) + 0.5) * 100 / 8, atol=0.01)
    np.testing.assert_allclose(strips[0].starts, some.starts[::2])
    spec = model.card.spec
    y = load(path, sr=spec.sr)
    first = round(some.starts[3] * spec.sr)
    alone = model.predict(log_mel_patches(y[first : first + 3 * spec.sr], spec)[:1])
    np.testing.assert_allclose(some.probabilities[3], alone, atol=0.02)


def test_a_skim_knows_when_a_whole_track_is_no_music(model, tmp_path):
    path = str(tmp_path / "book.wav")
    soundfile.write(path, 0.1 * reader.reading(100 * SR, np.random.default_rng(6)), SR, subtype="FLOAT")
    for strip in skim(path, model):
        assert not strip.music.any()
        assert not strip.heard.any()
    (tune,) = tunes.tunes(3, 1, seconds=(100, 100.1), kinds=("chords",))
    soundfile.write(str(tmp_path / "tune.wav"), tune, SR, subtype="FLOAT")
    for strip in skim(str(tmp_path / "tune.wav"), model):
        assert strip.music.all()


def test_there_is_no_skim_of_a_short_track(model, track):
    assert list(skim(track(20.0), model)) == []


def test_what_was_heard_once_is_kept_and_heard_again_where_that_is_damaged(model, track, tmp_path):
    path, cache = track(20.0), Cache(str(tmp_path / "cache"))
    *_, heard = kept_or_heard(path, model, 20.0, cache)
    (kept,) = kept_or_heard(path, model, 20.0, cache)
    assert kept.complete
    for name in ("starts", "probabilities", "loud", "music"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(heard, name))
    assert (kept.step, kept.seconds) == (heard.step, heard.seconds)
    cache.put(path, f"strip {model.name}", {"starts": np.zeros(3)})
    *_, mended = kept_or_heard(path, model, 20.0, cache)
    np.testing.assert_array_equal(mended.probabilities, heard.probabilities)
