"""The overview of a track: numpy's own numbers, soon, growing, and true to the real end of the file."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genre_tagger.base.cache import Cache
from genre_tagger.base.errors import DecodeError
from genre_tagger.sound import audio, overview
from genre_tagger.sound.audio import load, windows
from genre_tagger.sound.overview import Overview, build, fold
from helpers.flac import flac_with_length

SR = 16_000


def sound(seconds: float, *, sr: int = SR, channels: int = 1, seed: int = 0) -> np.ndarray:
    """Noise that swells, different in each channel [shape=(channels, n)]."""
    n = round(seconds * sr)
    rng = np.random.default_rng(seed)
    return (rng.uniform(-1, 1, (channels, n)) * np.linspace(0.1, 0.9, n)).astype(np.float32)


@pytest.fixture
def written(tmp_path):
    """A function: samples [shape=(channels, n)] → path of a file that soundfile wrote."""

    def write(y: np.ndarray, sr: int = SR, name: str = "a.wav", **how) -> str:
        path = str(tmp_path / name)
        if name.endswith(".wav"):
            how.setdefault("subtype", "FLOAT")
        soundfile.write(path, y.T, sr, **how)
        return path

    return write


def last(path: str, **how) -> Overview:
    return list(build(path, **how))[-1]


@pytest.mark.parametrize(
    ("sr", "channels"), [(8_000, 1), (8_000, 2), (11_025, 3), (44_100, 2), (48_000, 8), (192_000, 2), (44_100, 208)]
)
def test_the_envelope_is_numpys_own(written, sr, channels):
    y = sound(1.5 if channels < 9 else 0.1, sr=sr, channels=channels)
    found = last(written(y, sr))
    assert (found.sr, found.channels, found.complete) == (sr, channels, True)
    assert found.length == found.duration == y.shape[1] / sr
    count = y.shape[1] // 1024
    envelope = found.envelope(0, count * 1024 / sr, count)
    parts = y[:, : count * 1024].reshape(channels, count, 1024)
    np.testing.assert_array_equal(envelope.low, parts.min(axis=-1))
    np.testing.assert_array_equal(envelope.high, parts.max(axis=-1))
    np.testing.assert_allclose(envelope.rms, np.sqrt(np.square(parts).mean(axis=-1)), rtol=1e-3)


def test_a_column_holds_the_peak_that_lies_in_it(written):
    y = np.zeros((2, 60 * SR), dtype=np.float32)
    y[0, 25 * SR] = 0.75
    y[1, 40 * SR + 5] = -0.5
    found = last(written(y))
    for count in (6, 60, 600):
        envelope = found.envelope(0, 60, count)
        assert np.flatnonzero(envelope.high[0]).tolist() == [25 * count // 60]
        assert np.flatnonzero(envelope.low[1]).tolist() == [40 * count // 60]
        assert not envelope.low[0].any()
    assert found.envelope(24.9, 25.1, 10).high[0].max() == 0.75


@pytest.mark.parametrize("n_fft", [512, 2048, 8192])
def test_power_stands_at_its_frequency_and_time(written, n_fft):
    t = np.arange(4 * SR) / SR
    y = np.where(t < 2, np.sin(2 * np.pi * 1_000 * t), 0.5 * np.sin(2 * np.pi * 3_000 * t))[None].astype(np.float32)
    power = last(written(y), n_fft=n_fft).power(0, 4, 4)
    assert power.shape == (1 + n_fft // 2, 4)
    assert power.dtype == np.float32
    hz = power.argmax(axis=0) * SR / n_fft
    np.testing.assert_allclose(hz, [1_000, 1_000, 3_000, 3_000], atol=SR / n_fft)
    if n_fft < 8_000:
        np.testing.assert_allclose(power.max(axis=0)[[0, 3]], [(n_fft / 4) ** 2, (n_fft / 8) ** 2], rtol=0.1)


def test_power_is_that_of_the_mean_of_all_channels(written):
    y = sound(1)
    one, both = last(written(y)), last(written(np.concatenate([y, -y]), name="b.wav"))
    assert not both.power(0, 1, 10).any()
    assert one.power(0, 1, 10).min() > 0
    assert both.envelope(0, 1, 10).rms.min() > 0


def test_there_is_nothing_outside_the_track(written):
    found = last(written(sound(2.048)))
    envelope = found.envelope(-1.024, 3.072, 8)
    assert not envelope.rms[0, [0, 1, 6, 7]].any()
    assert envelope.rms[0, 2:6].all()
    assert found.power(-1.024, 3.072, 8).any(axis=0).tolist() == [False] * 2 + [True] * 4 + [False] * 2
    assert not found.envelope(100, 200, 5).high.any()


@pytest.mark.parametrize("name", ["a.flac", "a.mp3", "a.ogg", "a.wav"])
def test_the_first_overview_has_a_glimpse_of_the_whole(written, name):
    y = sound(60)
    y[0, 30 * SR : 40 * SR] = 0
    growing = build(written(y, name=name))
    first = next(growing)
    growing.close()
    assert not first.complete
    assert first.length == 0
    assert first.duration == pytest.approx(60, abs=0.2)
    rms = first.envelope(0, 60, 60).rms[0]
    wanted = np.array([np.sqrt(np.square(y[0, i * SR : (i + 1) * SR]).mean()) for i in range(60)])
    # In a file that is hard to search some places may be those of their neighbours.
    assert np.median(np.abs(rms - wanted)) < 0.05
    power = first.power(0, 60, 60)
    assert power[:, -1].sum() > 5 * power[:, 0].sum() > 0


def test_it_grows_to_the_end(written):
    found = []
    overview_pace = overview._PACE
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overview, "_PACE", 0.0)
        patch.setattr(overview, "_SLOWEST_PACE", 0.0)
        for one in build(written(sound(90, sr=44_100, channels=2), 44_100)):
            found.append(one)
    assert overview_pace > 0
    assert len(found) > 20
    lengths = [one.length for one in found]
    assert lengths == sorted(lengths)
    assert [one.complete for one in found] == [False] * (len(found) - 1) + [True]
    assert all(one.duration == 90 for one in found)
    # What was decoded once does not change any more, and what was not is only guessed.
    whole = found[-1].envelope(0, 30, 300)
    half = next(one for one in found if one.length > 31)
    np.testing.assert_array_equal(half.envelope(0, 30, 300).low, whole.low)
    np.testing.assert_array_equal(half.power(0, 30, 30), found[-1].power(0, 30, 30))


@pytest.mark.parametrize("frames", [0, 5 * 60 * SR, 2**36 - 1])
def test_the_real_end_wins_over_a_header_that_lies(written, frames):
    y = sound(30)
    path = written(y, name="a.flac")
    flac_with_length(path, frames)
    found = last(path)
    assert found.complete
    assert found.length == found.duration == pytest.approx(30, abs=0.01)
    rms = found.envelope(0, 60, 60).rms[0]
    assert rms[:30].all()
    assert not rms[31:].any()
    assert found.power(0, 30, 30).any(axis=0).all()
    # The lie costs little of the resolution.
    assert found.powers.span <= 2048


@pytest.mark.parametrize("name", ["a.flac", "a.mp3", "a.ogg", "a.wav"])
def test_a_file_cut_off_in_the_middle_ends_there(written, name):
    path = written(sound(60), name=name)
    os.truncate(path, os.path.getsize(path) // 3)
    found = last(path)
    assert found.complete
    assert 15 < found.length < 30
    assert found.envelope(0, found.length - 0.5, 50).rms.all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0, 3e38])
def test_what_is_no_sound_draws_too(written, value):
    y = sound(3, channels=2)
    y[:, SR : 2 * SR] = value
    found = last(written(y))
    envelope, power = found.envelope(0, 3, 300), found.power(0, 3, 300)
    for values in (envelope.low, envelope.high, envelope.rms, power):
        assert np.isfinite(values).all()
    held = 4 if value == 3e38 else 0
    assert (envelope.high[:, 110:190] == held).all()
    assert envelope.rms[:, :90].all()
    assert envelope.rms[:, 210:].all()


def test_the_shortest_sound_has_an_overview(written):
    found = last(written(np.full((1, 1), 0.5, dtype=np.float32)))
    assert found.complete
    assert found.length == 1 / SR
    assert found.envelope(0, found.length, 5).high.tolist() == [[0.5] * 5]
    assert found.power(0, found.length, 5).shape == (1025, 5)


def test_every_kind_of_file_has_one(media, audible_name):
    found = last(media(audible_name))
    y = load(media(audible_name), sr=SR)
    assert found.length == pytest.approx(len(y) / SR, abs=0.01)
    high = found.envelope(0, found.length, 20).high.max()
    assert high == pytest.approx(np.abs(y).max(), rel=0.6, abs=0.01)


@pytest.mark.parametrize("name", ["text", "broken", "empty", "ofr"])
def test_a_file_without_sound_is_refused_as_everywhere(media, name):
    path = media(name)
    with pytest.raises(DecodeError) as everywhere:
        windows(path, sr=SR)
    with pytest.raises(DecodeError) as caught:
        last(path)
    assert caught.value.reason == everywhere.value.reason


def test_a_file_that_is_gone_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(DecodeError, match="not there any more"):
        last(str(tmp_path / "nothing.mp3"))


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
@pytest.mark.parametrize("steps", [1, 2, 4])
def test_closing_it_in_the_middle_lets_go_of_the_file(written, steps):
    path = written(sound(600), name="a.flac")

    def is_open() -> bool:
        links = []
        for process in (os.getpid(), *(child.pid for child in multiprocessing.active_children())):
            for name in os.listdir(f"/proc/{process}/fd"):
                with contextlib.suppress(OSError):
                    links.append(os.readlink(f"/proc/{process}/fd/{name}"))
        return path in links

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overview, "_PACE", 0.0)
        growing = build(path)
        for _ in range(steps):
            next(growing)
        assert is_open()
        growing.close()
    assert not is_open()


def test_an_hour_takes_no_more_memory_than_its_tables(tmp_path):
    path = str(tmp_path / "long.wav")
    y = (sound(60, sr=8_000)[0] * 127).astype(np.int16) << 8
    with soundfile.SoundFile(path, "w", 8_000, 2, subtype="PCM_U8") as file:
        for _ in range(60):
            file.write(np.stack([y, -y], axis=1))
    tracemalloc.start()
    found = last(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.length == 3_600
    # Full tables take 58 MB, for a moment twice that; an hour of this sound takes 230 MB.
    assert peak < 130e6
    assert found.envelope(3_540, 3_600, 60).rms.all()


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3"])
def test_an_excerpt_folds_down_to_single_samples(written, name):
    y = sound(40, channels=2)
    path = written(y, name=name)
    start = 30.0
    excerpt = audio.excerpt(path, offset=start, seconds=0.01)
    assert excerpt.y.shape == (2, 160)
    envelope = fold(excerpt, start, start + 0.01, 160)
    np.testing.assert_array_equal(envelope.low, excerpt.y)
    np.testing.assert_array_equal(envelope.high, excerpt.y)
    np.testing.assert_allclose(envelope.rms, np.abs(excerpt.y), rtol=1e-5)
    if name == "a.wav":
        np.testing.assert_array_equal(excerpt.y, y[:, 30 * SR : 30 * SR + 160])
    finer = fold(excerpt, start + 5 / SR, start + 7 / SR, 8)
    np.testing.assert_array_equal(finer.high, np.repeat(excerpt.y[:, 5:7], 4, axis=1))
    assert not fold(excerpt, 0, 1, 10).high.any()


def test_it_comes_back_from_arrays_as_it_was(written):
    found = last(written(sound(5, channels=2)))
    arrays = found.to_arrays()
    again = Overview.from_arrays(arrays)
    assert (again.sr, again.channels, again.length, again.claimed, again.complete, again.n_fft) == (
        found.sr, found.channels, found.length, found.claimed, True, found.n_fft,
    )  # fmt: skip
    for name in ("low", "high", "rms"):
        one, two = (getattr(each.envelope(0.3, 4, 200), name) for each in (found, again))
        np.testing.assert_array_equal(one, two)
    one, two = (10 * np.log10(each.power(0, 5, 200)) for each in (found, again))
    np.testing.assert_allclose(one, two, atol=0.006)
    silent = last(written(np.zeros((1, SR), dtype=np.float32), name="b.wav"))
    assert not Overview.from_arrays(silent.to_arrays()).power(0, 1, 9).any()


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays: arrays.clear(),
        lambda arrays: arrays.pop("power"),
        lambda arrays: arrays.update(power=arrays["power"][:, :-1]),
        lambda arrays: arrays.update(power=arrays["power"].astype(np.float32)),
        lambda arrays: arrays.update(power=arrays["power"][0]),
        lambda arrays: arrays.update(peaks=arrays["peaks"][:2]),
        lambda arrays: arrays.update(peaks=arrays["peaks"][0]),
        lambda arrays: arrays.update(peaks=arrays["peaks"].astype("U3")),
        lambda arrays: arrays.update(facts=arrays["facts"][:-1]),
        lambda arrays: arrays.update(facts=arrays["facts"] * np.nan),
        lambda arrays: arrays.update(facts=-arrays["facts"]),
    ],
)
def test_other_arrays_are_refused(written, change):
    arrays = last(written(sound(1))).to_arrays()
    change(arrays)
    with pytest.raises(ValueError, match="overview"):
        Overview.from_arrays(arrays)


def test_the_second_time_it_comes_from_the_cache(written, tmp_path):
    cache = Cache(str(tmp_path / "cache"))
    path = written(sound(30))
    stat = os.stat(path)
    before = last(path, cache=cache)
    # Nothing of the file itself is read any more.
    Path(path).write_bytes(bytes(stat.st_size))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    (after,) = build(path, cache=cache)
    np.testing.assert_array_equal(after.envelope(0, 30, 99).low, before.envelope(0, 30, 99).low)
    with pytest.raises(DecodeError):
        last(path, n_fft=512, cache=cache)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000))
    with pytest.raises(DecodeError):
        last(path, cache=cache)


def test_a_cache_that_cannot_keep_or_keeps_nonsense_changes_nothing(written, tmp_path):
    path = written(sound(2))
    (tmp_path / "file").write_bytes(b"")
    assert last(path, cache=Cache(str(tmp_path / "file" / "cache"))).complete
    cache = Cache(str(tmp_path / "cache"))
    cache.put(path, "overview-2048", {"a": np.zeros(3)})
    assert last(path, cache=cache).length == 2
    assert len(list(build(path, cache=cache))) == 1


def test_what_was_not_finished_is_not_kept(written, tmp_path):
    path = written(sound(60))
    cache = Cache(str(tmp_path / "cache"))
    growing = build(path, cache=cache)
    next(growing)
    growing.close()
    assert cache.get(path, "overview-2048") is None
