"""All channels at the file's own rate: streams, excerpts and glimpses of every kind of file, sound or not."""

from __future__ import annotations

import os
import tracemalloc

import numpy as np
import pytest
import soundfile

from genre_tagger.base.errors import DecodeError
from genre_tagger.sound.audio import excerpt, glimpses, load, stream

SR = 16_000

KINDS = [("", "a.wav"), ("", "a.flac"), ("", "a.ogg"), ("", "a.mp3"), ("aac", "a.m4a"), ("alac", "b.m4a"),
         ("aac", "a.aac"), ("wavpack", "a.wv"), ("tta", "a.tta"), ("wmav2", "a.wma"), ("libopus", "a.opus"),
         ("aac", "a.mka")]  # fmt: skip


def sound(seconds: float, *, sr: int = SR, channels: int = 2) -> np.ndarray:
    """Noise below 2 kHz, different in each channel, so that a shift by one sample shows [shape=(channels, n)]."""
    n = round(seconds * sr)
    white = np.random.default_rng(0).standard_normal((channels, n))
    spectrum = np.fft.rfft(white)
    spectrum[:, np.fft.rfftfreq(n, 1 / sr) > 2_000] = 0
    y = np.fft.irfft(spectrum, n)
    return (0.5 * y / np.abs(y).max()).astype(np.float32)


@pytest.fixture
def written(tmp_path, encoded):
    """A function: samples [shape=(channels, n)] → path of a file, by soundfile or by FFmpeg."""

    def write(y: np.ndarray, sr: int = SR, name: str = "a.wav", codec: str = "", **how) -> str:
        if codec:
            return encoded(y, sr, codec, name)
        path = str(tmp_path / name)
        soundfile.write(path, y.T, sr, **how)
        return path

    return write


def whole(path: str, **how) -> np.ndarray:
    with stream(path, **how) as found:
        blocks = list(found.blocks)
        return np.concatenate(blocks, axis=1) if blocks else np.empty((found.channels, 0), dtype=np.float32)


@pytest.mark.parametrize("channels", [1, 2, 6, 8])
@pytest.mark.parametrize("sr", [8_000, 44_100, 192_000])
def test_a_stream_is_the_file_as_it_is(written, sr, channels):
    y = sound(2, sr=sr, channels=channels)
    path = written(y, sr, subtype="FLOAT")
    with stream(path) as found:
        assert (found.sr, found.channels, found.length) == (sr, channels, 2)
        blocks = list(found.blocks)
    assert all(block.dtype == np.float32 and block.flags.c_contiguous for block in blocks)
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1), y)


def test_every_kind_of_file_streams_what_is_loaded(media, audible_name):
    path = media(audible_name)
    with stream(path) as found:
        y = np.concatenate(list(found.blocks), axis=1)
        assert len(y) == found.channels
    mono = load(path, sr=found.sr)
    np.testing.assert_allclose(y.mean(axis=0), mono, atol=1e-6)


@pytest.mark.parametrize(("codec", "name"), KINDS)
def test_an_excerpt_is_what_the_stream_has_there(written, codec, name):
    path = written(sound(9, sr=48_000), 48_000, name, codec)
    y = whole(path)
    for start in (0.0, 0.01, 0.6, 1.0, 5.77, 8.333):
        found = excerpt(path, offset=start, seconds=0.25)
        assert found.sr == 48_000
        assert found.start == start
        begin = round(start * 48_000)
        assert abs(found.y.shape[1] - 12_000) <= 48
        wanted = y[:, begin : begin + found.y.shape[1]]
        if name == "a.mka":  # its clock has thousandths of a second
            shifts = range(-48, 49)
            error = min(np.abs(np.roll(found.y, i, axis=1) - wanted)[:, 60:-60].max() for i in shifts)
        else:
            error = np.abs(found.y - wanted).max()
        assert error < 2e-3, start


def test_an_excerpt_ends_with_the_file_and_is_empty_behind_it(written):
    for name in ("a.flac", "a.m4a"):
        path = written(sound(3), SR, name, "" if name == "a.flac" else "alac")
        assert excerpt(path, offset=2.9, seconds=1).y.shape == (2, SR // 10)
        assert excerpt(path, offset=5, seconds=1).y.shape == (2, 0)
        assert excerpt(path, offset=-1, seconds=1).start == 0
        with stream(path, offset=9) as found:
            assert (found.sr, found.channels) == (SR, 2)
            assert list(found.blocks) == []


def test_a_stream_can_begin_and_end_anywhere(written):
    y = sound(10)
    path = written(y, subtype="FLOAT")
    np.testing.assert_array_equal(whole(path, offset=3, seconds=2), y[:, 3 * SR : 5 * SR])
    np.testing.assert_array_equal(whole(path, offset=3), y[:, 3 * SR :])
    np.testing.assert_array_equal(whole(path, seconds=2), y[:, : 2 * SR])


@pytest.mark.parametrize("spoil", ["noise", "nothing"])
@pytest.mark.parametrize("name", ["a.flac", "a.mp3", "a.ogg", "a.wav"])
def test_damage_in_the_middle_does_not_end_the_stream(written, name, spoil):
    path = written(sound(20), name=name)
    size = os.path.getsize(path)
    with open(path, "r+b") as file:
        file.seek(size // 2)
        file.write(np.random.default_rng(0).bytes(4_000) if spoil == "noise" else bytes(4_000))
    y = whole(path)
    assert y.shape[1] > 18 * SR
    assert np.isfinite(y).all()
    assert np.abs(y).max() <= 4
    assert np.abs(y[:, -5 * SR : -SR]).max() > 0.1


@pytest.mark.parametrize(("codec", "name"), KINDS)
def test_a_file_cut_off_streams_up_to_the_cut(written, codec, name):
    path = written(sound(10, sr=48_000), 48_000, name, codec)
    os.truncate(path, os.path.getsize(path) // 2)
    if name.endswith(".m4a"):  # its table of contents is at the end
        with pytest.raises(DecodeError, match="could not be read"), stream(path):
            pass
        return
    seconds = whole(path).shape[1] / 48_000
    assert 3 < seconds < 7


def test_what_is_not_a_number_becomes_silence_and_what_is_too_loud_is_held(written):
    y = sound(2)
    for i, value in enumerate((np.nan, np.inf, -np.inf, 3e38)):
        y[:, i * 200 : i * 200 + 100] = value
    found = whole(written(y, subtype="FLOAT"))
    assert np.isfinite(found).all()
    assert not found[:, [*range(100), *range(200, 300), *range(400, 500)]].any()
    assert (found[:, 600:700] == 4).all()
    np.testing.assert_array_equal(found[:, SR:], y[:, SR:])


@pytest.mark.parametrize("name", ["text", "broken", "empty", "ofr"])
def test_a_file_without_sound_is_refused_as_everywhere(media, name):
    path = media(name)
    reasons = set()
    for attempt in (
        lambda: whole(path), lambda: excerpt(path, offset=0, seconds=1), lambda: excerpt(path, offset=9, seconds=1),
        lambda: load(path, sr=SR),
    ):  # fmt: skip
        with pytest.raises(DecodeError) as caught:
            attempt()
        reasons.add(caught.value.reason)
    assert len(reasons) == 1


def test_a_header_without_samples_contains_no_sound(written):
    with pytest.raises(DecodeError, match="no sound"):
        whole(written(np.empty((1, 0))))


def test_a_stream_takes_little_memory(written):
    path = written(np.tile(sound(10, sr=44_100), 12), 44_100)
    tracemalloc.start()
    with stream(path) as found:
        total = sum(block.shape[1] for block in found.blocks)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 120 * 44_100
    assert peak < 8_000_000  # all of it takes 42 MB


@pytest.mark.parametrize("name", ["a.flac", "a.m4a"])
def test_a_stream_may_be_left_in_the_middle(written, name):
    path = written(sound(30), name=name, codec="" if name == "a.flac" else "aac")
    with stream(path) as found:
        assert next(found.blocks).shape[1] > 10_000
    os.rename(path, path + ".renamed")
    assert whole(path + ".renamed").shape[1] > 29 * SR


@pytest.mark.parametrize(("codec", "name"), [("", "a.flac"), ("", "a.mp3"), ("aac", "a.m4a"), ("wavpack", "a.wv")])
def test_glimpses_come_from_the_middles_of_equal_parts_the_farthest_next(written, codec, name):
    path = written(sound(32), SR, name, codec)
    y = whole(path)
    found = list(glimpses(path, count=16, seconds=0.1))
    centres = [glimpse.start + 0.05 for glimpse in found]
    np.testing.assert_allclose(sorted(centres), np.arange(16) * 2 + 1, atol=0.1)
    assert [round((centre - 1) / 2) for centre in centres[:4]] == [0, 8, 4, 12]
    for glimpse in found:
        begin = round(glimpse.start * SR)
        assert glimpse.y.shape == (2, SR // 10)
        np.testing.assert_allclose(glimpse.y[:, 400:], y[:, begin + 400 : begin + SR // 10], atol=2e-3)


def test_there_are_no_glimpses_of_what_is_short_or_cannot_be_read(written, media, tmp_path):
    assert list(glimpses(written(sound(1)), count=16, seconds=0.1)) == []
    assert list(glimpses(media("text"), count=16, seconds=0.1)) == []
