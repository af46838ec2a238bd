"""The GTZAN table: the columns people know, librosa's own values, and a file that any reader takes."""

from __future__ import annotations

import csv
import os
import sys
import warnings
from dataclasses import dataclass

import numpy as np
import pytest
import soundfile

from genre_tagger.base.errors import DecodeError, FileError, FileFailure
from genre_tagger.sound import descriptors
from genre_tagger.sound.descriptors import (
    COLUMNS,
    NUMBERS,
    SR,
    Described,
    describe,
    describe_file,
    describe_files,
    write_csv,
)


@dataclass
class Track:
    path: str
    genres: tuple[str, ...] = ()


def music(seconds: float) -> np.ndarray:
    """A chord that changes twice a second over a beat, with a pause."""
    t = np.arange(round(seconds * SR)) / SR
    pitch = 220 * 2 ** (np.floor(t * 2) % 5 / 6)
    chord = sum(np.sin(2 * np.pi * pitch * k * t) / k for k in (1, 1.25, 1.5, 2, 3))
    beat = np.random.default_rng(0).standard_normal(len(t)) * np.exp(-30 * (t % 0.5))
    return ((0.1 * chord + 0.3 * beat) * (t % 5 < 4)).astype(np.float32)


def by_librosa(y: np.ndarray) -> dict[str, float]:
    """The table as its makers computed it."""
    import librosa

    held, struck = librosa.effects.hpss(y)
    feature = librosa.feature
    found = {
        "chroma_stft": feature.chroma_stft(y=y, sr=SR),
        "rms": feature.rms(y=y),
        "spectral_centroid": feature.spectral_centroid(y=y, sr=SR),
        "spectral_bandwidth": feature.spectral_bandwidth(y=y, sr=SR),
        "rolloff": feature.spectral_rolloff(y=y, sr=SR),
        "zero_crossing_rate": feature.zero_crossing_rate(y),
        "harmony": held, "perceptr": struck,
        **{f"mfcc{i}": row for i, row in enumerate(feature.mfcc(y=y, sr=SR), 1)},
    }  # fmt: skip
    numbers = {f"{name}_mean": values.mean() for name, values in found.items()}
    numbers |= {f"{name}_var": values.var() for name, values in found.items()}
    return {**numbers, "tempo": float(np.squeeze(librosa.beat.beat_track(y=y, sr=SR)[0]))}


@pytest.mark.parametrize("seconds", [0.2, 3.0, 12.0])  # librosa 0.11 gives not-a-number below 0.1 s
def test_the_numbers_are_those_librosa_gives(seconds):
    y = music(seconds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of frames longer than the sound
        wanted = by_librosa(y)
    found = describe(y)
    assert tuple(found) == NUMBERS
    for name in NUMBERS:
        # The mean of a waveform is next to nothing: it is compared as a part of the waveform's size.
        scale = float(np.std(y)) if name in ("harmony_mean", "perceptr_mean") else 0
        assert found[name] == pytest.approx(wanted[name], rel=1e-3, abs=1e-3 * scale + 1e-9), name


@pytest.mark.data
def test_the_header_is_that_of_the_table_people_know(data_folder):
    with open(os.path.join(data_folder, "gtzan", "features_30_sec_train_valid.csv"), encoding="utf-8") as file:
        assert tuple(next(csv.reader(file))) == COLUMNS


@pytest.mark.data
@pytest.mark.slow
def test_clips_of_the_data_set_come_near_the_tables_values(data_folder):
    """Only near, as the clips at hand have been through a lossy codec."""
    gtzan = os.path.join(data_folder, "gtzan")
    with open(os.path.join(gtzan, "features_30_sec_train_valid.csv"), encoding="utf-8") as file:
        table = {row["filename"]: row for row in csv.DictReader(file)}
    for clip in ("rock/rock.00068", "classical/classical.00047", "jazz/jazz.00017"):
        found = describe_file(os.path.join(gtzan, "audio", "train", f"{clip}.ogg"))
        wanted = table[f"{os.path.basename(clip)}.wav"]
        assert found.length == int(wanted["length"])
        for name, number in found.numbers.items():
            if name.startswith("mfcc"):  # what is masked, and gone from the clip, matters most here
                assert number == pytest.approx(float(wanted[name]), rel=0.5, abs=3), name
            elif name not in ("tempo", "harmony_mean", "perceptr_mean"):
                assert number == pytest.approx(float(wanted[name]), rel=0.1), name


def test_there_are_57_numbers_between_file_name_and_label():
    assert len(NUMBERS) == len(set(NUMBERS)) == 57
    assert (COLUMNS[:2], COLUMNS[2:-1], COLUMNS[-1]) == (("filename", "length"), NUMBERS, "label")


@pytest.mark.parametrize("y", [np.zeros(1), np.zeros(50_000), np.ones(3), np.full(30_000, 1e-20)])
def test_silence_and_a_single_sample_have_numbers_too(y):
    assert np.isfinite(list(describe(y.astype(np.float32)).values())).all()


def test_no_sound_at_all_cannot_be_described():
    with pytest.raises(ValueError, match="no sound"):
        describe(np.empty(0, dtype=np.float32))


def test_a_long_track_is_described_by_its_beginning(tmp_path, monkeypatch):
    monkeypatch.setattr(descriptors, "MOST_SECONDS", 2.0)
    path = str(tmp_path / "long.wav")
    y = music(5.0)
    soundfile.write(path, y, SR, subtype="FLOAT")
    found = describe_file(path)
    assert found.length == 2 * SR
    assert found.numbers == describe(y[: 2 * SR])


def test_a_file_of_another_rate_is_described_at_the_tables(media):
    found = describe_file(media("m4a"), label="Jazz")
    assert found.label == "Jazz"
    assert found.numbers["rms_mean"] > 0
    with pytest.raises(DecodeError):
        describe_file(media("broken"))


def test_a_stage_gives_one_outcome_for_each_file_and_goes_on_after_a_bad_one(media):
    tracks = [Track(media("flac"), ("Jazz", "Blues")), Track(media("broken")), Track(media("mp3-bare"))]
    found = {outcome.path: outcome for outcome in describe_files(tracks)}
    first, second, third = (found[track.path] for track in tracks)
    assert first.label == "Jazz"
    assert isinstance(second, FileFailure)
    assert second.stage == "describe"
    assert third.label == ""
    assert dict(third.numbers) == describe_file(tracks[2].path).numbers


def test_closing_the_stage_stops_it(media):
    path, asked = media("flac"), []

    def endless():
        while True:
            asked.append(path)
            yield Track(path)

    outcomes = describe_files(endless(), workers=1)
    next(outcomes)
    outcomes.close()
    count = len(asked)
    assert count <= 5
    assert len(asked) == count


def row(path: str, label: str = "Jazz") -> Described:
    return Described(path, 100, {name: i / 7 for i, name in enumerate(NUMBERS)}, label)


def read(path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_comes_back_as_it_was_written(tmp_path):
    target = tmp_path / "table.csv"
    target.write_text("old")
    rows = [row("/music/a/1.mp3", 'Rock, "hard"'), row("/music/b/1.mp3", "")]
    write_csv(str(target), rows)
    first, second = read(target)
    assert tuple(first) == COLUMNS
    assert (first["filename"], second["filename"]) == ("a/1.mp3", "b/1.mp3")
    assert (first["label"], second["label"]) == ('Rock, "hard"', "")
    assert {name: float(first[name]) for name in NUMBERS} == rows[0].numbers
    assert os.listdir(tmp_path) == ["table.csv"]


def test_a_folder_of_its_own_gives_plain_names(tmp_path):
    write_csv(str(tmp_path / "table.csv"), [row("/music/blues.00000.wav")])
    assert read(tmp_path / "table.csv")[0]["filename"] == "blues.00000.wav"
    write_csv(str(tmp_path / "none.csv"), [])
    assert read(tmp_path / "none.csv") == []


@pytest.mark.skipif(sys.platform == "win32", reason="names are always text there")
def test_a_name_that_is_no_text_leaves_the_table_readable(tmp_path):
    write_csv(str(tmp_path / "table.csv"), [row(os.fsdecode(b"/music/caf\xe9.mp3"))])
    assert read(tmp_path / "table.csv")[0]["filename"] == "caf\\udce9.mp3"


def test_a_table_that_cannot_be_written_is_said_and_leaves_nothing(tmp_path):
    (tmp_path / "folder").mkdir()
    for target in (tmp_path / "folder", tmp_path / "nowhere" / "table.csv"):
        with pytest.raises(FileError, match="could not be written"):
            write_csv(str(target), [row("/music/1.mp3")])
    assert os.listdir(tmp_path) == ["folder"]
