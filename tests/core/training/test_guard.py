"""What the guard is taught with, and how thresholds of tags are chosen."""

from __future__ import annotations

import numpy as np
import pytest

from genre_tagger.model.features import FeatureSpec, log_mel_patches
from genre_tagger.model.guard import Guard, statistics
from genre_tagger.model.network import GenreModel, default_model_folder
from genre_tagger.training import guard
from genre_tagger.training.guard import Examples
from genre_tagger.training.student import tagging
from genre_tagger.training.student.teacher import TAGS
from genre_tagger.training.synth import nonmusic, reader, tunes

SR = 16_000
SHORT = (3.2, 4.0)


@pytest.fixture(scope="module")
def shipped() -> GenreModel:
    return GenreModel.load(default_model_folder())


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


def test_the_guard_that_ships_turns_readers_away_it_has_not_heard(shipped):
    heard = [signal.y for signal in nonmusic.signals(4_711, 30, seconds=(6, 15), kinds=("reading",))]
    spec = shipped.card.spec
    gone = [not shipped.card.guard.is_music(log_mel_patches(y, spec), spec.sr / spec.hop_length) for y in heard]
    assert np.mean(gone) > 0.9


def test_tunes_are_music_of_steady_pitches_and_come_again_with_their_seed():
    made = list(tunes.tunes(2, 1, seconds=SHORT))
    assert len(made) == len(tunes.KINDS)
    for one, again in zip(made, tunes.tunes(2, 1, seconds=SHORT), strict=True):
        np.testing.assert_array_equal(one, again)
        assert np.isfinite(one).all()
        assert np.abs(one).max() <= 1


def test_a_guard_learns_to_tell_tunes_from_noise_and_writes_itself_into_a_card(noises):
    spec = FeatureSpec()
    music = [y for seed in (1, 2) for y in tunes.tunes(seed, 3, seconds=SHORT)]
    rest = [signal for signal in noises if signal.group in ("noise", "click", "machine")] * 2
    rows = np.stack([statistics(log_mel_patches(y, spec)) for y in [*music, *(signal.y for signal in rest)]])
    kinds = np.array(["tune"] * len(music) + [signal.kind for signal in rest])
    known = Examples(rows, kinds, np.arange(len(kinds)), np.ones(len(kinds), dtype=bool))
    assert known.music.sum() == len(music)
    learned = guard.train(known, seed=1)
    assert np.mean((learned.logit(rows) > 0) == known.music) > 0.9
    again = Guard.from_json(learned.to_json())
    np.testing.assert_allclose(again.logit(rows), learned.logit(rows), atol=0.01)
    assert list(known[known.music].kinds) == ["tune"] * len(music)


# --- tags ------------------------------------------------------------------------------------------------


def answers(noise: float, seed: int = 1):
    """A teacher's and a student's values for 200 tracks, that agree but for some noise."""
    rng = np.random.default_rng(seed)
    theirs = rng.beta(0.3, 3, (200, len(TAGS)))
    ours = np.clip(theirs + noise * rng.standard_normal(theirs.shape), 0, 1)
    return ours, theirs, np.arange(200) // 2


def test_every_tag_has_a_kind_and_a_word_for_people():
    assert set(tagging.KIND_OF) == set(TAGS)
    assert tagging.label_of("rnb") == "R&B"
    assert tagging.label_of("indie pop") == "Indie Pop"
    assert tagging.label_of("Mellow") == "mellow"
    assert tagging.label_of("female vocalists") == tagging.label_of("female vocalist")


def test_above_its_threshold_a_tag_is_meant_by_the_teacher_in_four_of_five():
    ours, theirs, groups = answers(0.02)
    facts = {fact["name"]: fact for fact in tagging.facts(ours, theirs, groups)}
    assert list(facts) == list(TAGS)
    rank = np.argsort(np.argsort(-theirs, axis=1), axis=1)
    own = [(TAGS.index(name), fact) for name, fact in facts.items() if fact["kind"] == "style" and "precision" in fact]
    assert len(own) > 10
    for at, fact in own:
        said = ours[:, at] >= fact["threshold"]
        assert np.mean(rank[said, at] < 5) >= 0.8
        assert fact["strong"] >= fact["threshold"]
        assert 0.7 <= fact["precision"] <= 1


def test_a_mood_that_the_student_does_not_hear_gets_no_threshold():
    ours, theirs, groups = answers(0.0)
    ours[:, TAGS.index("sad")] = np.random.default_rng(5).random(200)
    facts = {fact["name"]: fact for fact in tagging.facts(ours, theirs, groups)}
    assert facts["sad"]["threshold"] is None
    assert facts["happy"]["threshold"] is not None
    assert facts["happy"]["precision"] > 0.7


def test_a_style_that_hardly_any_track_has_takes_the_threshold_of_all():
    ours, theirs, groups = answers(0.0)
    theirs[:, TAGS.index("House")] = ours[:, TAGS.index("House")] = 0.0
    facts = {fact["name"]: fact for fact in tagging.facts(ours, theirs, groups)}
    assert "precision" not in facts["House"]
    assert facts["House"]["threshold"] is not None
    assert 0 < facts["House"]["threshold"] <= facts["House"]["strong"]
