"""Where a track is listened to: among its sound and not its silence; what was decoded before an error is heard."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genre_tagger.sound.audio import load, mono_blocks, windows

SR = 16_000


def music(seconds: float, *, sr: int = SR, seed: int = 0) -> np.ndarray:
    """Noise whose loudness goes up and down [shape=(n,)]."""
    n = round(seconds * sr)
    loudness = 0.1 + 0.05 * np.sin(2 * np.pi * np.arange(n) / sr)
    return (loudness * np.random.default_rng(seed).uniform(-1, 1, n)).astype(np.float32)


def silence(seconds: float, *, sr: int = SR) -> np.ndarray:
    return np.zeros(round(seconds * sr), dtype=np.float32)


@pytest.fixture
def written(tmp_path):
    """A function: samples [shape=(n,) or (n, channels)] → path of a file that soundfile wrote."""

    def write(*parts: np.ndarray, sr: int = SR, name: str = "a.flac", **how) -> str:
        path = str(tmp_path / name)
        soundfile.write(path, np.concatenate(parts), sr, **how)
        return path

    return write


@pytest.mark.parametrize(
    ("before", "after"), [(60, 0), (0, 90), (100, 100), (0, 0), (2.5, 0), (200, 500)], ids=lambda value: f"{value}s"
)
def test_silence_around_music_changes_nothing_of_what_is_heard(written, before, after):
    (alone,) = windows(written(music(30)), sr=SR).excerpts
    found = windows(written(silence(before), music(30), silence(after), name="b.flac"), sr=SR)
    (y,) = found.excerpts
    np.testing.assert_allclose(y, alone, atol=1e-4)
    assert found.length == before + 30 + after


def test_a_gap_within_music_is_left_out_and_the_parts_are_those_of_what_is_left(written):
    whole = music(90)
    alone = windows(written(whole), sr=SR).excerpts
    halves = whole[: 45 * SR], silence(70), whole[45 * SR :]
    found = windows(written(*halves, name="b.flac"), sr=SR).excerpts
    assert [len(y) for y in found] == [10 * SR] * 3
    for y, expected in zip(found, alone, strict=True):
        np.testing.assert_allclose(y, expected, atol=1e-4)


@pytest.mark.parametrize("start", [5, 700, 1100, 1160])
def test_a_little_music_anywhere_in_a_long_silence_is_heard(written, start):
    played = music(40, sr=8_000)
    parts = silence(start, sr=8_000), played, silence(1160 - start, sr=8_000)
    found = windows(written(*parts, sr=8_000, name="a.wav"), sr=8_000)
    assert found.length == 1200
    heard = np.concatenate(found.excerpts)
    assert len(heard) > 20 * 8_000
    assert np.sqrt(np.square(heard).mean()) > 0.04
    piece = heard[: 2 * 8_000]
    size = len(played) + len(piece)
    likeness = np.fft.irfft(np.fft.rfft(played, size) * np.conj(np.fft.rfft(piece, size)), size)
    assert np.abs(likeness).max() > 0.5 * np.square(piece).sum()


def test_music_without_silence_is_heard_at_the_middles_of_its_thirds(written):
    y = music(300)
    found = windows(written(y), sr=SR)
    assert found.length == 300
    for excerpt, middle in zip(found.excerpts, (50, 150, 250), strict=True):
        np.testing.assert_allclose(excerpt, y[(middle - 5) * SR : (middle + 5) * SR], atol=1e-4)


@pytest.mark.parametrize("seconds", [1.0, 20.0, 200.0, 1000.0])
def test_a_track_is_silent_when_all_of_it_is(written, seconds):
    hiss = 2e-5 * np.random.default_rng(1).standard_normal(round(seconds * 8_000))
    assert windows(written(hiss, sr=8_000, subtype="PCM_24"), sr=8_000).excerpts == []


@pytest.mark.parametrize("seconds", [10, 40])
@pytest.mark.parametrize("channels", [2, 4, 6])
def test_channels_that_cancel_each_other_are_heard_one_alone(written, seconds, channels):
    y = music(seconds)
    signs = np.array([1, -1] * (channels // 2), dtype=np.float32)
    path = written(y[:, None] * signs)
    expected = windows(written(y, name="b.flac"), sr=SR).excerpts
    for found, alone in zip(windows(path, sr=SR).excerpts, expected, strict=True):
        np.testing.assert_allclose(np.abs(found), np.abs(alone), atol=1e-4)
    np.testing.assert_allclose(np.abs(load(path, sr=SR)), np.abs(y), atol=1e-4)
    np.testing.assert_allclose(np.abs(np.concatenate(list(mono_blocks(path, sr=SR)))), np.abs(y), atol=1e-4)


def test_channels_that_differ_are_mixed(written):
    one, two = music(20, seed=1), music(20, seed=2)
    (y,) = windows(written(np.stack([one, two], axis=1)), sr=SR).excerpts
    np.testing.assert_allclose(y, (one + two) / 2, atol=1e-4)


def test_sound_in_one_channel_alone_is_not_silence(written):
    y = 3e-4 * music(20) / 0.07
    (found,) = windows(written(np.stack([y, 0 * y, 0 * y], axis=1), subtype="PCM_24"), sr=SR).excerpts
    np.testing.assert_allclose(found, y / 3, atol=1e-6)


# --- an error at the end -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def codecs():
    """What was encoded, by codec and length, for all ways to spoil it."""
    return {}


@pytest.mark.parametrize(("codec", "name"), [("wavpack", "a.wv"), ("tta", "a.tta"), ("flac", "a.flac"),
                                             ("aac", "a.aac"), ("libmp3lame", "a.mp3"), ("libopus", "a.opus"),
                                             ("pcm_s16le", "a.wav"), ("pcm_s16be", "a.aiff")])  # fmt: skip
@pytest.mark.parametrize("seconds", [12, 40])
@pytest.mark.parametrize("spoiling", ["cut", "zeros", "noise", "id3v1"])
def test_what_is_decoded_before_the_end_is_heard(encoded, codecs, tmp_path, codec, name, seconds, spoiling):
    if (codec, seconds) not in codecs:
        codecs[codec, seconds] = Path(encoded(music(seconds, sr=24_000), 24_000, codec, name)).read_bytes()
    content, path = codecs[codec, seconds], str(tmp_path / name)
    noise = np.random.default_rng(3).bytes(5_000)
    behind = {"cut": b"", "zeros": bytes(10_000), "noise": noise, "id3v1": b"TAG" + bytes(124) + b"\x11"}[spoiling]
    Path(path).write_bytes((content[: len(content) * 9 // 10] if spoiling == "cut" else content) + behind)
    found = windows(path, sr=SR)
    least = 0.9 * seconds - 1 if spoiling == "cut" else 0.98 * seconds  # the last block of the codec goes too
    assert sum(map(len, found.excerpts)) >= min(least, 30) * SR * 0.99
    assert found.length == 0 or found.length > 0.8 * seconds


# --- lengths -----------------------------------------------------------------------------------------


def test_a_streamed_wav_with_the_largest_sizes_is_as_long_as_it_is(written):
    path = written(music(12), name="a.wav")
    with open(path, "r+b") as file:
        data = file.read()
        for place in (4, data.index(b"data") + 4):
            file.seek(place)
            file.write(b"\xff\xff\xff\xff")
    found = windows(path, sr=SR)
    assert (found.length, len(found.excerpts[0])) == (12, 12 * SR)


@pytest.mark.parametrize("subtype", ["IMA_ADPCM", "MS_ADPCM"])
def test_adpcm_is_as_long_as_it_is(written, subtype):
    assert windows(written(music(12), name="a.wav", subtype=subtype), sr=SR).length == pytest.approx(12, abs=0.1)


def test_an_mp3_of_varying_rate_that_says_nothing_is_counted(encoded):
    """Its first frames are of silence and small, so that a guess by them and the size is five times too long."""
    y = np.concatenate([silence(3, sr=44_100), music(42, sr=44_100)])
    path = encoded(y, 44_100, "libmp3lame", "a.mp3", {"write_xing": "0"}, q="2")
    found = windows(path, sr=SR)
    assert found.length == pytest.approx(45, abs=0.2)
    assert len(found.excerpts) == 3


def test_a_fragmented_m4a_is_as_long_as_it_is(encoded):
    options = {"movflags": "frag_keyframe+empty_moov"}
    path = encoded(music(45, sr=44_100), 44_100, "aac", "a.m4a", options)
    assert windows(path, sr=SR).length == pytest.approx(45, abs=0.2)


@pytest.mark.parametrize("magic", [b"RF64", b"BW64"])
def test_wavs_of_more_than_four_gigabytes_are_heard(written, magic):
    y = music(40)
    path = written(y, name="a.wav", format="RF64")
    with open(path, "r+b") as file:
        data = bytearray(file.read())
        if data[:4] == b"RIFF":  # small enough for one, says libsndfile
            data[4:8] = b"\xff\xff\xff\xff"
            sizes = struct.pack("<QQQI", len(data) + 28, 2 * len(y), len(y), 0)
            data[12:12] = b"ds64" + struct.pack("<I", len(sizes)) + sizes
            place = data.index(b"data") + 4
            data[place : place + 4] = b"\xff\xff\xff\xff"
        data[:4] = magic
        file.seek(0)
        file.write(data)
    found = windows(path, sr=SR)
    assert found.length == pytest.approx(40)
    np.testing.assert_allclose(found.excerpts[1], y[15 * SR : 25 * SR], atol=1e-4)
