"""What music is told from, and what of it is learned."""

from __future__ import annotations

import numpy as np
import pytest
import soxr

from genre_tagger.model.features import log_mel_patches, power_of
from genre_tagger.model.guard import SOUNDS, numbers
from genre_tagger.model.network import GenreModel, default_model_folder
from genre_tagger.training import guard
from genre_tagger.training.student.hearing import SPEC
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


def answers(patches):
    """What stands for the network: it takes what is loud for speech, and what is faint for music."""
    said = np.full((len(patches), len(SOUNDS)), -4.0, dtype=np.float32)
    said[:, SOUNDS.index("speech")] = patches.mean(axis=(1, 2))
    said[:, SOUNDS.index("music")] = -patches.mean(axis=(1, 2))
    return said


def sounds(seed, count, level):
    """Sounds of four patches, each around a level of its own."""
    rng = np.random.default_rng(seed)
    return [
        (rng.normal(level, 0.1) + rng.normal(0, 0.3, (4, SPEC.patch_frames, SPEC.n_mels))).astype(np.float32)
        for _ in range(count)
    ]


@pytest.fixture
def known(tmp_path):
    """Examples of a few pieces and other sounds, of which `pieces` say where the pieces lie."""

    def make(pieces):
        made = [(patches, guard.PIECE, f"artist {number}") for number, patches in enumerate(pieces)]
        made += [(patches, "noise", f"noise {number}") for number, patches in enumerate(sounds(9, 6, 1.0))]
        return guard.examples(made, answers, 1, str(tmp_path / "kept.npz"))

    return make


@pytest.fixture
def quick(monkeypatch):
    """One small network in place of nine."""
    monkeypatch.setattr(guard, "_MEMBERS", 1)


def test_what_tells_music_from_the_rest_is_learned(known, quick, monkeypatch):
    taught = guard.fit(known(sounds(1, 6, 0.0)), seed=1)
    monkeypatch.setattr(guard, "sounds", lambda _, beds, count: ((one, "noise", "") for one in sounds(3, count, 1.0)))

    def is_music(patches):
        return bool(taught.logit(numbers(patches, answers(patches), SPEC)) > 0)

    measured = guard.measure(is_music, sounds(2, 6, 0.0), seed=1, per_kind=6)
    assert measured == {"music_kept": 1.0, "tracks": 6, "each": 6, "turned_away": {"noise": 1.0}}


def test_rather_than_lose_music_that_is_like_the_rest_the_rest_is_let_through(known, quick, capsys):
    """Two of eight pieces sound like the other sounds; no piece may be turned away."""
    examples = known(sounds(1, 6, 0.0) + sounds(2, 2, 1.0))
    taught, even = guard.fit(examples, seed=1), guard.train(examples, 1)
    assert taught.out_bias > even.out_bias
    assert "100.00% of 8 pieces are kept" in capsys.readouterr().err


def test_what_the_guard_sees_is_computed_once(known, monkeypatch):
    pieces = sounds(1, 2, 0.0)
    first = known(pieces)
    monkeypatch.setattr(guard, "numbers", None)  # nothing is computed any more
    again = known(pieces)
    np.testing.assert_array_equal(first.found, again.found)
    assert list(again.kinds[again.whole]) == [guard.PIECE] * 2 + ["noise"] * 6
    assert len(again.kinds) == 5 * 8  # the whole, two stretches, one that ends in silence, one in another colour
    both = guard.joined([first, again[again.music]])
    assert both.music.sum() == 2 * again.music.sum()


def test_a_podcast_is_a_reader_with_music_well_below(monkeypatch):
    heard = {"reading": np.full((3, SPEC.patch_frames, SPEC.n_mels), 1.0, dtype=np.float32)}
    monkeypatch.setattr(guard.nonmusic, "KINDS", {"reading": None})
    monkeypatch.setattr(guard.nonmusic, "signals", lambda *_, **__: [nonmusic.Signal("reading", "speech", np.zeros(1))])
    monkeypatch.setattr(guard, "_heard", lambda _: heard["reading"])
    bed = np.random.default_rng(1).normal(0.5, 0.3, (9, SPEC.patch_frames, SPEC.n_mels)).astype(np.float32)
    (talk, kind, group), (mixed, podcast, same) = guard.sounds(1, [bed], 1)
    assert (kind, podcast, group) == ("reading", guard.PODCAST, same)
    power, alone = power_of(mixed, SPEC.log).mean(), power_of(talk, SPEC.log).mean()
    assert -25.5 < 10 * np.log10((power - alone) / alone) < -7.5
    assert [kind for _, kind, _ in guard.sounds(1, [], 1)] == ["reading"]  # nothing to talk over


def test_the_model_that_ships_turns_away_readers_it_has_not_heard():
    model = GenreModel.load(default_model_folder())
    spec = model.card.spec
    heard = [signal.y for signal in nonmusic.signals(4_711, 30, seconds=(6, 15), kinds=("reading",))]
    readers = [soxr.resample(y, SR, spec.sr) for y in heard]
    assert np.mean([not model.judge(log_mel_patches(y, spec)).music for y in readers]) > 0.9
