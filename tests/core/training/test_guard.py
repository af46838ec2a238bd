"""What music is told from, and what of it is learned."""

from __future__ import annotations

import numpy as np
import pytest
import soxr

from genre_tagger.model.features import log_mel_patches
from genre_tagger.model.network import GenreModel, default_model_folder
from genre_tagger.training import guard
from genre_tagger.training.student import mn04
from genre_tagger.training.synth import nonmusic, reader, tunes

SR = 16_000
SHORT = (3.2, 4.0)


@pytest.fixture(scope="module")
def noises() -> list[nonmusic.Signal]:
    return list(nonmusic.signals(3, 1, seconds=SHORT))


def test_every_kind_is_a_sound_of_its_own_that_can_be_stored(noises):
    assert [signal.kind for signal in noises] == list(nonmusic.KINDS)
    assert {signal.group for signal in noises} == {"noise", "tone", "click", "machine", "speech", "animal", "scene"}
    for signal in noises:
        assert signal.y.dtype == np.float32
        assert SHORT[0] * SR <= len(signal.y) + 256 <= SHORT[1] * SR + 512
        assert np.isfinite(signal.y).all(), signal.kind
        assert np.abs(signal.y).max() <= 1
        assert -60 < 20 * np.log10(np.sqrt(np.mean(np.square(signal.y)))) < 0, signal.kind


def test_the_same_seed_gives_the_same_sounds_whichever_kinds_are_asked_for(noises):
    (again,) = nonmusic.signals(3, 1, seconds=SHORT, kinds=("speech",))
    (first,) = (signal for signal in noises if signal.kind == "speech")
    np.testing.assert_array_equal(again.y, first.y)
    (other,) = nonmusic.signals(4, 1, seconds=SHORT, kinds=("speech",))
    assert len(other.y) != len(first.y) or not np.array_equal(other.y, first.y)


def test_speech_has_the_rhythm_of_syllables_and_pauses():
    (talk,) = nonmusic.signals(5, 1, seconds=(12, 13), kinds=("speech",))
    loudness = np.sqrt(np.mean(talk.y[: len(talk.y) // 160 * 160].reshape(-1, 160) ** 2, axis=1))
    spectrum = np.abs(np.fft.rfft(loudness - loudness.mean())) ** 2
    rate = np.fft.rfftfreq(len(loudness), 0.01)
    assert spectrum[(rate > 1.5) & (rate < 8)].sum() > 3 * spectrum[rate > 8].sum()


def test_a_seed_gives_a_reader_the_same_voice_and_text_and_another_seed_others(monkeypatch):
    asked, known = [], reader.library()

    def read(*what):
        asked.append(what)
        return type(known).read(known, *what)

    monkeypatch.setattr(known, "read", read)
    told = []
    for seed in (1, 1, 2):
        y = reader.reading(6 * SR, np.random.default_rng(seed))
        assert y.shape == (6 * SR,)
        assert 0.01 < np.sqrt(np.mean(np.square(y))) < 1
        told.append(asked[0])
        asked.clear()
    assert told[0] == told[1] != told[2]


def test_every_voice_of_a_reader_speaks():
    library = reader.library()
    assert len(library.voices) > 100
    assert len(library.variants) > 20
    for voice in library.voices[::10]:
        assert np.abs(library.read("ba no ti 12", voice, 150, 50, 50)).max() > 0.05, voice


def test_tunes_are_music_of_steady_pitches_and_come_again_with_their_seed():
    made = list(tunes.tunes(2, 1, seconds=SHORT))
    assert len(made) == len(tunes.KINDS)
    for one, again in zip(made, tunes.tunes(2, 1, seconds=SHORT), strict=True):
        np.testing.assert_array_equal(one, again)
        assert np.isfinite(one).all()
        assert np.abs(one).max() <= 1


def classes_of(patches):
    """What stands for AudioSet's classes: two of them, from the level of the patches."""
    classes = np.full((len(patches), 527), -4.0)
    classes[:, 0] = patches.mean(axis=(1, 2))
    classes[:, 137] = -classes[:, 0]
    return classes


def levels(seed, count, level):
    """Sounds of four patches around a level."""
    rng = np.random.default_rng(seed)
    return [rng.normal(level, 1.0, (4, 1, 1)) + np.zeros((4, 5, 5)) for _ in range(count)]


@pytest.fixture
def few(monkeypatch):
    """Six kinds of loud sounds that are no music, and faint tunes."""
    monkeypatch.setattr(guard, "sounds", lambda seed, count=4: [
        (f"kind {kind}", patches) for kind in range(6) for patches in levels(seed + kind, count, 3.0)
    ])  # fmt: skip
    monkeypatch.setattr(guard, "melodies", lambda seed: levels(seed, 5, -3.0))


def is_music(head, patches):
    return bool(head.logits(mn04.said(classes_of(patches)).mean(axis=0))[0] > 0)


def test_what_tells_music_from_the_rest_is_learned(few):
    music = [classes_of(patches) for patches in levels(50, 30, -3.0)]
    head = guard.fit(music, [str(number) for number in range(30)], classes_of, seed=1)
    measured = guard.measure(lambda patches: is_music(head, patches), levels(60, 20, -3.0), seed=1, per_kind=3)
    assert measured == {
        "music_kept": 1.0, "tracks": 20, "each": 3, "turned_away": {f"kind {kind}": 1.0 for kind in range(6)},
    }  # fmt: skip


def test_rather_than_lose_music_that_is_like_the_rest_the_rest_is_let_through(few):
    """Three of thirty pieces sound like the other sounds; hardly any piece may be turned away."""
    pieces = levels(50, 27, -3.0) + levels(51, 3, 2.5)
    head = guard.fit([classes_of(one) for one in pieces], [str(number) for number in range(30)], classes_of, seed=1)
    assert np.mean([is_music(head, patches) for patches in pieces]) > 0.95


def test_of_a_sound_the_whole_and_two_stretches_are_learned():
    classes = np.random.default_rng(0).normal(size=(9, 527))
    whole, *stretches = guard.said_of(classes, np.random.default_rng(1))
    np.testing.assert_allclose(whole, mn04.said(classes).mean(axis=0))
    assert len(stretches) == 2
    assert not np.allclose(stretches[0], whole)


def test_the_model_that_ships_turns_away_readers_it_has_not_heard():
    model = GenreModel.load(default_model_folder())
    spec = model.card.spec
    heard = [signal.y for signal in nonmusic.signals(4_711, 30, seconds=(6, 15), kinds=("reading",))]
    readers = [soxr.resample(y, SR, spec.sr) for y in heard]
    assert np.mean([not model.judge(log_mel_patches(y, spec)).music for y in readers]) > 0.9
