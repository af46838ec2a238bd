"""Classifying many files: one outcome each, whatever is in them, and nothing left behind when it is stopped."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genre_tagger.base.errors import FileFailure
from genre_tagger.library.tracks import Candidate, NoGenre, Prediction
from genre_tagger.model.classify import classify, classify_file
from genre_tagger.model.features import log_mel_patches
from genre_tagger.model.network import NETWORK, GenreModel, Judgement, default_model_folder
from genre_tagger.sound import audio
from genre_tagger.sound.audio import windows
from genre_tagger.sound.decoding.limits import Limits
from genre_tagger.sound.decoding.processes import DecodingProcesses
from helpers.decoders import bad_decoders

SR = 16_000


@dataclass(frozen=True)
class Item:
    path: str


@pytest.fixture
def track(tmp_path):
    """A function: samples → an item whose file holds them."""

    def make(y, name: str = "a.wav", sr: int = SR, **how) -> Item:
        path = str(tmp_path / name)
        soundfile.write(path, y, sr, **how)
        return Item(path)

    return make


@pytest.fixture
def songs(track) -> list[Item]:
    """Twelve tracks that differ: tunes of a few notes with a beat."""
    return [track(tune(i), f"{i}.flac") for i in range(12)]


def tune(number: int, seconds: float = 4.0):
    """A melody above chords and drums, different for each number."""
    rng = np.random.default_rng([8, number])
    n, beat = int(seconds * SR), int(SR * rng.uniform(0.22, 0.4))
    y = np.zeros(n)
    for step, start in enumerate(range(0, n, beat)):
        length = min(beat, n - start)
        at = np.arange(length) / SR
        root = (0, 5, 7, 3)[step // 4 % 4]
        for semitone in (root, root + 4, root + 7, root + 12 + int(rng.choice([0, 2, 4, 7, 9]))):
            frequency = 196 * 2 ** (semitone / 12)
            y[start : start + length] += sum(np.sin(2 * np.pi * k * frequency * at) / k for k in range(1, 6)) * np.exp(
                -3 * at
            )
        y[start : start + length] += rng.standard_normal(length) * np.exp(-60 * at) * (1 + step % 2)
    return 0.1 * y / np.abs(y).max() * (1 + number % 5)


def test_each_track_gets_all_genres_the_likeliest_first(model, songs):
    outcomes = list(classify(songs, model))
    assert sorted(outcome.path for outcome in outcomes) == sorted(song.path for song in songs)
    for outcome in outcomes:
        assert isinstance(outcome, Prediction)
        assert outcome.model == model.name
        assert sorted(candidate.genre for candidate in outcome.candidates) == sorted(model.card.labels)
        probabilities = [candidate.probability for candidate in outcome.candidates]
        assert probabilities == sorted(probabilities, reverse=True)
        assert sum(probabilities) == pytest.approx(1)
        best = next(one for one in outcome.candidates if one.genre in model.card.proposed)
        assert (outcome.genre, outcome.probability) == (best.genre, best.probability)


def test_every_kind_of_file_is_classified(model, media, audible_name):
    (outcome,) = classify([Item(media(audible_name))], model)
    assert isinstance(outcome, Prediction)
    # All of them last about a second; one is silent.
    assert outcome.nothing is (NoGenre.SILENT if audible_name == "ape" else NoGenre.SHORT)


def test_the_probabilities_belong_to_their_genres(model, songs):
    patches = log_mel_patches(windows(songs[0].path, sr=model.card.spec.sr).excerpts[0], model.card.spec)
    expected = dict(zip(model.card.labels, model.predict(patches), strict=True))
    outcome = classify_file(songs[0].path, model)
    assert {candidate.genre: candidate.probability for candidate in outcome.candidates} == expected


def test_as_many_windows_are_heard_as_are_asked_for(model, track):
    item = track(np.concatenate([tune(i, 12.0) for i in range(3)]), "long.flac")
    spec = model.card.spec
    for count in (1, 9):
        found = windows(item.path, sr=spec.sr, seconds=spec.window_seconds, count=count).excerpts
        expected = model.judge(np.concatenate([log_mel_patches(y, spec) for y in found])).genres.max()
        assert classify_file(item.path, model, windows=count).probability == expected
    assert classify_file(item.path, model) == classify_file(item.path, model, windows=spec.windows)
    assert classify_file(item.path, model, windows=1) != classify_file(item.path, model)


@pytest.mark.parametrize("count", [-1, 0, 10])
def test_a_number_of_windows_out_of_range_is_a_mistake_of_the_caller(model, songs, count):
    with pytest.raises(ValueError, match="1 to 9"):
        classify_file(songs[0].path, model, windows=count)
    with pytest.raises(ValueError, match="1 to 9"):
        next(classify(songs, model, windows=count))


def test_workers_and_order_change_nothing_but_the_order(model, songs):
    def answers(items, workers):
        return {outcome.path: outcome for outcome in classify(items, model, workers=workers)}

    alone = answers(songs, 1)
    assert answers(songs[::-1], 3) == alone
    assert answers(songs, None) == alone


def test_one_bad_file_never_stops_the_others(model, songs, media, tmp_path):
    bad = [Item(media(name)) for name in ("text", "broken", "empty")] + [Item(str(tmp_path / "gone.mp3"))]
    mixed = [item for pair in zip(bad, songs, strict=False) for item in pair] + songs[len(bad) :]
    outcomes = {outcome.path: outcome for outcome in classify(mixed, model, workers=2)}
    assert len(outcomes) == len(mixed)
    for item in songs:
        assert isinstance(outcomes[item.path], Prediction)
    for item in bad:
        failure = outcomes[item.path]
        assert isinstance(failure, FileFailure)
        assert failure.stage == "classify"
        assert item.path not in failure.reason
        assert failure.reason.endswith(".")


@pytest.mark.parametrize("level", [0.0, 1e-5])
def test_silence_has_no_genre_and_is_no_problem(model, track, level):
    quiet = track(np.random.default_rng(1).standard_normal(4 * SR) * level, subtype="FLOAT")
    outcome = classify_file(quiet.path, model)
    assert outcome == Prediction(quiet.path, model.name, nothing=NoGenre.SILENT)
    assert (outcome.genre, outcome.probability, outcome.styles) == (None, None, ())


def test_quiet_music_and_music_with_a_silent_part_have_genres(model, track):
    quiet = track(tune(1, 8) * 2e-2, "quiet.wav", subtype="FLOAT")
    late = track(np.concatenate([np.zeros(4 * SR), tune(2, 12)]), "late.flac")
    for item in (quiet, late):
        assert classify_file(item.path, model).candidates


@pytest.mark.parametrize(("seconds", "why"), [(0.25, NoGenre.SHORT), (2.8, NoGenre.SHORT), (3.0, None), (4.0, None)])
def test_less_than_three_seconds_are_too_short_for_a_genre(model, track, seconds, why):
    assert classify_file(track(tune(3, seconds)).path, model).nothing is why


def test_the_tags_come_with_the_genres_the_strongest_first(model, songs):
    outcome = classify_file(songs[0].path, model)
    tags = [tag for tag in outcome.tag_values.tags if tag.fact not in model.card.moods]
    assert sorted(tag.fact.name for tag in tags) == sorted(fact.name for fact in model.card.tags)
    values = [tag.value for tag in tags]
    assert values == sorted(values, reverse=True)
    spec = model.card.spec
    logits = model.run(log_mel_patches(windows(songs[0].path, sr=spec.sr).excerpts[0], spec)[::2])["tags"]
    expected = dict(zip(model.card.tags, (1 / (1 + np.exp(-logits))).mean(axis=0), strict=True))
    for tag in tags:
        assert tag.value == pytest.approx(expected[tag.fact], abs=1e-3)


def test_the_embedding_comes_along_in_half_precision(model, songs):
    path = songs[0].path
    prediction = classify_file(path, model)
    spec = model.card.spec
    heard = audio.windows(path, sr=spec.sr, seconds=spec.window_seconds, count=spec.windows)
    patches = np.concatenate([log_mel_patches(y, spec) for y in heard.excerpts])
    expected = model.judge(patches).embedding
    assert expected.ndim == 1
    np.testing.assert_array_equal(np.frombuffer(prediction.embedding, "<f2"), expected.astype(np.float16))


def test_a_genre_that_is_only_offered_is_a_candidate_and_not_the_answer(model, songs, tmp_path):
    likeliest = classify_file(songs[0].path, model).candidates[0].genre
    card = replace(model.card, only_offered=frozenset([likeliest]))
    modest = GenreModel("modest", card, (Path(default_model_folder()) / NETWORK).read_bytes())
    outcome = classify_file(songs[0].path, modest)
    assert outcome.candidates[0] == Candidate(likeliest, outcome.candidates[0].probability, only_offered=True)
    assert (outcome.genre, outcome.probability) == (outcome.candidates[1].genre, outcome.candidates[1].probability)


@pytest.mark.parametrize(("speech", "why"), [(False, NoGenre.NOT_MUSIC), (True, NoGenre.SPEECH)])
def test_what_is_no_music_has_neither_genres_nor_tags(model, track, monkeypatch, speech, why):
    monkeypatch.setattr(GenreModel, "judge", lambda self, patches: Judgement(music=False, speech=speech))
    outcome = classify_file(track(tune(1)).path, model)
    assert (outcome.nothing, outcome.candidates, outcome.tag_values) == (why, (), None)


def test_damaged_samples_do_not_get_in_the_way(model, track):
    y = tune(5).astype(np.float32)
    y[::1_000] = np.nan
    y[500::1_000] = np.inf
    outcome = classify_file(track(y, subtype="FLOAT").path, model)
    assert isinstance(outcome, Prediction)


def test_tracks_are_taken_a_few_ahead_in_the_calling_thread(model, songs):
    taken = []

    def tracks():
        for song in songs:
            taken.append(threading.current_thread())
            yield song

    outcomes = classify(tracks(), model, workers=2)
    assert not taken
    next(outcomes)
    assert len(taken) <= 5
    outcomes.close()
    assert len(taken) <= 5
    assert set(taken) == {threading.current_thread()}


def test_without_tracks_there_is_nothing_to_do(model):
    assert list(classify([], model)) == []


def test_closing_stops_within_a_second_and_leaves_no_thread(model, track):
    long = track(np.random.default_rng(1).standard_normal(240 * SR) * 0.1, "long.flac")
    list(classify([long] * 4, model, workers=4))  # the processes that decode are there
    before = set(threading.enumerate())
    outcomes = classify([long] * 1_000, model, workers=4)
    next(outcomes)
    started = time.monotonic()
    outcomes.close()
    assert time.monotonic() - started < 1
    assert set(threading.enumerate()) == before


def test_an_error_of_the_tracks_ends_the_threads_too(model, songs):
    def tracks():
        yield songs[0]
        raise LookupError("bug")

    before = set(threading.enumerate())
    with pytest.raises(LookupError, match="bug"):
        list(classify(tracks(), model))
    assert set(threading.enumerate()) == before


def test_a_bug_in_a_worker_is_raised_not_swallowed(songs):
    with pytest.raises(AttributeError):
        list(classify(songs, object()))


def test_it_can_be_run_from_a_worker_thread(model, songs):
    answers = []
    thread = threading.Thread(target=lambda: answers.extend(classify(songs, model, workers=2)))
    thread.start()
    thread.join()
    assert len(answers) == len(songs)


def test_a_name_that_is_no_text_is_classified(model, songs, tmp_path):
    path = os.fsdecode(os.path.join(os.fsencode(tmp_path), b"n\xff\xfe\n.flac"))
    os.rename(songs[0].path, path)
    (outcome,) = classify([Item(path)], model)
    assert isinstance(outcome, Prediction)
    assert outcome.path == path


@pytest.mark.parametrize(("name", "says"), [("abort", "crashed"), ("sleep", "stuck"), ("allocate", "memory")])
def test_a_decoder_at_fault_costs_one_file(model, track, tmp_path, monkeypatch, name, says):
    monkeypatch.syspath_prepend(str(tmp_path))
    limits = Limits(memory=256 << 20, processor=1.0, asleep=0.5)
    processes = DecodingProcesses(bad_decoders(tmp_path), limits)
    monkeypatch.setattr(audio, "PROCESSES", processes)
    items = [track(tune(1), f"{kind}.wav") for kind in ("one", name, "two", "three")]
    outcomes = {outcome.path: outcome for outcome in classify(items, model, workers=2)}
    failure = outcomes.pop(items[1].path)
    assert isinstance(failure, FileFailure)
    assert (failure.stage, says in failure.reason) == ("classify", True)
    assert all(isinstance(outcome, Prediction) for outcome in outcomes.values())
    processes.close()


@pytest.mark.parametrize("nothing", [None, NoGenre.SILENT, NoGenre.SHORT])
def test_listening_tells_how_long_a_track_really_is(model, track, nothing):
    seconds = {None: 40.0, NoGenre.SILENT: 45.0, NoGenre.SHORT: 2.0}[nothing]
    y = np.zeros(round(seconds * SR)) if nothing is NoGenre.SILENT else tune(1, seconds)
    found = classify_file(track(y, "a.flac").path, model)
    assert (found.nothing, found.length) == (nothing, seconds)


def test_two_seconds_of_sound_in_much_silence_are_too_short(model, track):
    y = np.concatenate([np.zeros(40 * SR), tune(1, 2.0), np.zeros(40 * SR)])
    assert classify_file(track(y, "a.flac").path, model).nothing is NoGenre.SHORT


@pytest.mark.data
def test_the_shipped_model_knows_some_music_when_it_hears_it(model, data_folder):
    folder = os.path.join(data_folder, "gtzan", "audio", "valid")
    expected = {
        os.path.join(folder, name, file): label
        for name, label in (("classical", "Classical"), ("metal", "Metal"), ("jazz", "Jazz"))
        for file in sorted(os.listdir(os.path.join(folder, name)))[:10]
    }
    right = sum(
        outcome.genre == expected[outcome.path] for outcome in classify([Item(path) for path in expected], model)
    )
    assert right / len(expected) > 0.6


def test_a_song_before_a_long_silence_is_heard(model, track):
    """As the last one of an album has, with something hidden behind it."""
    song = np.concatenate([tune(1, 20.0), np.zeros(SR * 180)])
    found = classify_file(track(song, "last.flac").path, model)
    assert found.nothing is not NoGenre.SILENT
    assert classify_file(track(np.zeros(SR * 200), "silent.flac").path, model).nothing is NoGenre.SILENT
