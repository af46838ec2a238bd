"""Decoding: every container, every odd number of channels and rates, and every lie a header can tell."""

from __future__ import annotations

import os
import socket
import struct
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genre_tagger.base.errors import DecodeError
from genre_tagger.sound.audio import glimpses, load, stream, windows
from genre_tagger.sound.decoders import is_silent
from helpers.flac import flac_with_length

SR = 16_000


def tone(seconds: float, *, sr: int = SR, hz: float = 440.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * sr)) / sr)).astype(np.float32)


def pitch(y: np.ndarray) -> float:
    """Loudest frequency in Hz."""
    return float(np.abs(np.fft.rfft(y * np.hanning(len(y)))).argmax() * SR / len(y))


def steps(sr: int = SR) -> np.ndarray:
    """Sixty seconds whose pitch says when: 200 Hz in the first second, 220 Hz in the second, …"""
    return np.concatenate([tone(1, sr=sr, hz=200 + 20 * second) for second in range(60)])


def second_of(y: np.ndarray) -> int:
    return round((pitch(y) - 200) / 20)


@pytest.fixture
def written(tmp_path):
    """A function: samples [shape=(n,) or (n, channels)] → path of a file that soundfile wrote."""

    def write(y: np.ndarray, sr: int = SR, name: str = "a.wav", **how) -> str:
        path = str(tmp_path / name)
        soundfile.write(path, y, sr, **how)
        return path

    return write


def test_every_kind_of_file_gives_its_sound(media, audible_name):
    y = load(media(audible_name), sr=SR)
    assert y.dtype == np.float32
    assert y.ndim == 1
    assert np.isfinite(y).all()
    assert len(y) > (0.03 if audible_name == "dsf" else 0.5) * SR
    if audible_name != "ape":  # silent
        assert 0.01 < np.abs(y).max() <= 1.5


@pytest.mark.parametrize("name", ["text", "broken", "empty", "ofr"])
def test_a_file_without_sound_is_refused_with_a_sentence(media, name):
    path = media(name)
    with pytest.raises(DecodeError) as caught:
        windows(path, sr=SR)
    assert caught.value.path == path
    assert caught.value.reason.startswith("This file" if name == "empty" else "The sound of this file")
    assert path not in caught.value.reason


@pytest.mark.parametrize("sr", [1_000, 8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_any_sampling_rate_becomes_the_one_asked_for(written, sr):
    (y,) = windows(written(tone(2, sr=sr), sr), sr=SR).excerpts
    assert len(y) == pytest.approx(2 * SR, abs=2)
    assert pitch(y) == pytest.approx(440, abs=1)
    assert np.abs(y[SR // 2 : -SR // 2]).max() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("channels", [1, 2, 3, 6, 208])
def test_channels_are_mixed_to_their_mean(written, channels):
    gains = np.linspace(0, 1, channels) if channels > 1 else np.ones(1)
    (y,) = windows(written(tone(1)[:, None] * gains.astype(np.float32), subtype="FLOAT"), sr=SR).excerpts
    np.testing.assert_allclose(y, tone(1) * gains.mean(), atol=1e-5)


@pytest.mark.parametrize(
    ("codec", "name", "sr"),
    [
        ("aac", "a.m4a", 44_100), ("aac", "a.aac", 22_050), ("alac", "a.m4a", 48_000), ("wmav2", "a.wma", 44_100),
        ("wavpack", "a.wv", 44_100), ("tta", "a.tta", 44_100), ("libmp3lame", "a.mp3", 32_000),
        ("libmp3lame", "b.mp3", 44_100), ("libopus", "a.opus", 48_000), ("aac", "a.mka", 44_100),
    ],
)  # fmt: skip
@pytest.mark.parametrize("channels", [1, 2])
def test_each_codec_keeps_pitch_length_and_level(encoded, codec, name, sr, channels):
    path = encoded(np.stack([tone(3, sr=sr)] * channels), sr, codec, name)
    (y,) = windows(path, sr=SR).excerpts
    assert len(y) == pytest.approx(3 * SR, abs=0.15 * SR)
    assert pitch(y[SR // 2 : -SR // 2]) == pytest.approx(440, abs=2)
    assert np.abs(y[SR : 2 * SR]).max() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(("codec", "channels"), [("aac", 6), ("alac", 6), ("aac", 8), ("wavpack", 8)])
def test_surround_sound_is_mixed_too(encoded, codec, channels):
    sounding = np.stack([tone(2, sr=48_000) * (i % 2) for i in range(channels)])
    (y,) = windows(encoded(sounding, 48_000, codec, "a.wv" if codec == "wavpack" else "a.m4a"), sr=SR).excerpts
    assert len(y) == pytest.approx(2 * SR, abs=0.15 * SR)
    assert pitch(y[SR // 2 : -SR // 2]) == pytest.approx(440, abs=2)
    # AAC keeps little of this tone in the channel for low frequencies.
    least = 0.15 if codec == "aac" else 0.245
    assert least < np.abs(y[SR // 2 : -SR // 2]).max() < 0.255


@pytest.mark.parametrize(("subtype", "worst"), [("PCM_U8", 0.01), ("PCM_16", 1e-4), ("PCM_24", 1e-6), ("DOUBLE", 1e-6)])
def test_both_decoders_agree_on_plain_samples(written, subtype, worst):
    from genre_tagger.sound import decoders, samples

    path = written(steps()[: 3 * SR], subtype=subtype)
    with decoders.regular_file(path) as file, decoders.by_soundfile(file) as sound:
        one = samples._collect(sound, 0.7, 1.0, SR)
    with decoders.regular_file(path) as file, decoders.by_pyav(file) as sound:
        two = samples._collect(sound, 0.7, 1.0, SR)
    np.testing.assert_allclose(one, steps()[round(0.7 * SR) : round(1.7 * SR)], atol=worst)
    np.testing.assert_allclose(two, one, atol=worst)


@pytest.mark.parametrize(("codec", "name"), [("", "a.flac"), ("", "a.ogg"), ("", "a.mp3"), ("aac", "a.m4a"),
                                             ("alac", "b.m4a"), ("wmav2", "a.wma"), ("wavpack", "a.wv")])  # fmt: skip
def test_windows_are_the_middles_of_equal_parts(written, encoded, codec, name):
    sr = 22_050
    path = encoded(steps(sr), sr, codec, name) if codec else written(steps(sr), sr, name)
    found = windows(path, sr=SR, seconds=4.0, count=3).excerpts
    assert [len(y) for y in found] == [4 * SR] * 3
    # The middles of thirds of a minute are at 10, 30 and 50 s: windows begin two seconds before.
    for y, begin in zip(found, (8, 28, 48), strict=True):
        seconds = [second_of(y[round((i + 0.2) * SR) : round((i + 0.8) * SR)]) for i in range(4)]
        assert seconds == [begin, begin + 1, begin + 2, begin + 3]


def test_a_track_no_longer_than_all_windows_comes_whole(written):
    (y,) = windows(written(steps()), sr=SR, seconds=20.0, count=3).excerpts
    assert len(y) == 60 * SR
    assert len(windows(written(steps()), sr=SR, seconds=19.9, count=3).excerpts) == 3


@pytest.mark.parametrize(("codec", "name"), [("", "a.flac"), ("libmp3lame", "a.mp3"), ("aac", "a.m4a")])
def test_a_stretch_is_loaded_from_where_it_was_asked_for(written, encoded, codec, name):
    path = encoded(steps(22_050), 22_050, codec, name) if codec else written(steps(22_050), 22_050, name)
    y = load(path, sr=SR, offset=33.0, seconds=1.0)
    assert len(y) == SR
    assert second_of(y[SR // 5 : -SR // 5]) == 33
    assert len(load(path, sr=SR, offset=50.0)) == pytest.approx(10 * SR, abs=0.2 * SR)
    assert len(load(path, sr=SR)) == pytest.approx(60 * SR, abs=0.2 * SR)


def test_nothing_is_loaded_from_behind_the_end(written):
    with pytest.raises(DecodeError, match="no sound"):
        load(written(tone(2)), sr=SR, offset=5.0)


def test_a_file_with_a_header_and_no_samples_contains_no_sound(written):
    with pytest.raises(DecodeError, match="no sound"):
        windows(written(np.empty(0)), sr=SR)


def test_what_is_not_a_number_becomes_silence_and_what_is_too_loud_is_held(written):
    y = tone(2)
    y[100:200] = np.nan
    y[300:400] = np.inf
    y[500:600] = -np.inf
    y[700:800] = 3e38
    (found,) = windows(written(np.stack([y, y], axis=1), subtype="FLOAT"), sr=SR).excerpts
    assert np.isfinite(found).all()
    assert np.abs(found).max() == 4
    assert not found[100:200].any()
    assert not found[300:400].any()
    np.testing.assert_allclose(found[SR:], tone(2)[SR:], atol=1e-6)


def wav(y: np.ndarray, *, claimed: int | None = None, sr: int = SR, channels: int = 1) -> bytes:
    data = np.asarray(y * 32_767, dtype="<i2").tobytes()
    size = len(data) if claimed is None else claimed
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, sr, sr * channels * 2 % 2**32, channels * 2 % 2**16, 16)
    return b"RIFF" + struct.pack("<I", (36 + size) % 2**32) + b"WAVE" + head + b"data" + struct.pack("<I", size) + data


@pytest.mark.parametrize("claimed", [2**32 - 1, 2**31, 10_000_000, 0])
def test_a_wav_that_lies_about_its_length_gives_what_it_has(tmp_path, claimed):
    path = tmp_path / "lie.wav"
    path.write_bytes(wav(tone(2), claimed=claimed))
    tracemalloc.start()
    (y,) = windows(str(path), sr=SR).excerpts
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(y) == pytest.approx(2 * SR, abs=SR / 10)
    assert peak < 20_000_000


@pytest.mark.parametrize(("sr", "channels"), [(0, 1), (2**32 - 1, 1), (SR, 0), (SR, 65_535), (1, 1)])
def test_a_wav_with_absurd_numbers_is_refused(tmp_path, sr, channels):
    path = tmp_path / "absurd.wav"
    path.write_bytes(wav(tone(2), sr=sr, channels=channels))
    with pytest.raises(DecodeError):
        windows(str(path), sr=SR)


@pytest.mark.parametrize("frames", [0, 5 * 60 * SR, 2**36 - 1])
def test_a_flac_that_lies_about_its_length_is_heard_where_its_sound_is(written, frames):
    path = written(steps(), name="a.flac")
    flac_with_length(path, frames)
    found = windows(path, sr=SR, seconds=4.0, count=3)
    assert [second_of(y[SR // 5 : SR * 4 // 5]) for y in found.excerpts] == [8, 28, 48]
    assert found.length == 60


@pytest.mark.parametrize("name", ["a.flac", "a.mp3", "a.ogg"])
def test_a_file_cut_off_in_the_middle_gives_what_is_left(written, name):
    path = written(steps(), name=name)
    os.truncate(path, os.path.getsize(path) // 3)
    found = windows(path, sr=SR, seconds=4.0, count=3).excerpts
    assert sum(map(len, found)) == 12 * SR
    assert all(0.4 < np.abs(y).max() < 0.9 for y in found)


def test_noise_in_the_middle_of_an_mp3_does_not_stop_it(written):
    path = written(steps(), name="a.mp3")
    size = os.path.getsize(path)
    with open(path, "r+b") as file:
        file.seek(size // 2)
        file.write(np.random.default_rng(0).bytes(5_000))
    assert sum(map(len, windows(path, sr=SR, seconds=4.0, count=3).excerpts)) == 12 * SR


@pytest.mark.parametrize("codec", ["wavpack", "tta"])
def test_what_stands_before_foreign_bytes_in_the_middle_is_heard(encoded, codec):
    path = encoded(steps(), SR, codec, "a.wv" if codec == "wavpack" else "a.tta")
    data = Path(path).read_bytes()
    middle = len(data) // 2
    Path(path).write_bytes(data[:middle] + np.random.default_rng(0).bytes(50_000) + data[middle:])
    found = windows(path, sr=SR, seconds=4.0, count=3)
    assert found.length == pytest.approx(30, abs=3)
    assert sum(map(len, found.excerpts)) == 12 * SR
    assert all(0.4 < np.abs(y).max() < 0.9 for y in found.excerpts)


@pytest.mark.parametrize("name", [b"n\xff\xfe.m4a", b"n\xe9\n.mp3", "Ω 音楽 \u202e.ogg".encode(), b"http:a?b#c%20.flac",
                                  b"concat:x|y.m4a", b"-i.m4a"])  # fmt: skip
def test_a_file_may_have_any_name(media, tmp_path, name, monkeypatch):
    path = os.fsdecode(os.path.join(os.fsencode(tmp_path), name))
    os.rename(media(name.rsplit(b".")[-1].decode()), path)
    assert windows(path, sr=SR).excerpts
    monkeypatch.chdir(tmp_path)
    assert windows(os.fsdecode(name), sr=SR).excerpts


def test_the_extension_does_not_matter(media):
    assert windows(media("m4a", "a.mp3"), sr=SR).excerpts
    assert windows(media("mp3", "a.raw"), sr=SR).excerpts


def test_tags_in_an_unknown_encoding_do_not_hide_the_sound(encoded):
    path = encoded(tone(2, sr=44_100), 44_100, "wmav2", "a.wma")
    import av

    titled = path.replace("a.wma", "b.wma")
    with av.open(path) as source, av.open(titled, "w") as target:
        target.metadata["title"] = "mmmmmmmm"
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    content = Path(titled).read_bytes()
    assert "mmmm".encode("utf-16-le") in content
    Path(titled).write_bytes(content.replace("mmmm".encode("utf-16-le"), b"\x00\xd8" * 4))  # half of a surrogate pair
    assert windows(titled, sr=SR).excerpts


@pytest.mark.parametrize("target", ["http://127.0.0.1:{port}/a.mp3", "mp3.mp3", "{folder}/mp3.mp3"])
@pytest.mark.parametrize(
    "script",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{target}'\n",
    ],
)
def test_a_playlist_under_a_sounding_name_opens_neither_files_nor_the_network(tmp_path, media, target, script):
    media("mp3")
    path = tmp_path / "list.m4a"
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0.2)
        target = target.format(port=server.getsockname()[1], folder=tmp_path)
        path.write_text(script.format(target=target))
        with pytest.raises(DecodeError):
            windows(str(path), sr=SR)
        with pytest.raises(TimeoutError):
            server.accept()


def test_what_is_not_a_file_is_refused_at_once(tmp_path):
    os.mkdir(tmp_path / "folder.mp3")
    os.mkfifo(tmp_path / "pipe.mp3")
    os.symlink(tmp_path / "nowhere", tmp_path / "link.mp3")
    for name in ("folder.mp3", "pipe.mp3", "link.mp3", "nothing.mp3", "nul\0.mp3"):
        with pytest.raises(DecodeError):
            windows(str(tmp_path / name), sr=SR)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user whom permissions bind")
def test_a_file_without_permission_says_so(media):
    path = media("mp3")
    os.chmod(path, 0)
    with pytest.raises(DecodeError, match="Permission denied"):
        windows(path, sr=SR)


@pytest.mark.data
def test_each_file_of_other_test_suites_gives_sound_or_a_sentence(data_folder):
    slow, sounding, sentences, count = [], 0, 0, 0
    for folder, _, names in os.walk(os.path.join(data_folder, "tagfiles")):
        for path in (os.path.join(folder, name) for name in names):
            started = time.perf_counter()
            count += 1
            try:
                sounding += all(np.isfinite(y).all() for y in windows(path, sr=SR).excerpts)
            except DecodeError as error:
                sentences += error.reason.endswith(".")
            if time.perf_counter() - started > 5:
                slow.append(path)
    assert not slow
    assert sounding > 300
    assert sounding + sentences == count


def test_spoilt_bytes_give_sound_or_a_sentence_and_never_more(media, audible_name):
    path = media(audible_name)
    whole = Path(path).read_bytes()
    rng = np.random.default_rng(len(whole))
    for _ in range(12):
        spoilt = bytearray(whole)
        for position in rng.integers(0, min(len(whole), 3_000), 20):
            spoilt[position] = rng.choice([0, 255, spoilt[position] ^ 1 << rng.integers(8)])
        Path(path).write_bytes(spoilt)
        try:
            found = windows(path, sr=SR).excerpts
        except DecodeError:
            continue
        assert all(np.isfinite(y).all() and np.abs(y).max() < 20 for y in found)


def heard(path: str) -> tuple[float, float]:
    """Claimed and real length in seconds."""
    with stream(path) as sound:
        return sound.length, sum(block.shape[1] for block in sound.blocks) / sound.sr


def loud_then_quiet(seconds: float, sr: int) -> np.ndarray:
    """Noise for a tenth of the time, then a tone: its beginning takes far more bits than the rest."""
    y = tone(seconds, sr=sr)
    noise = np.random.default_rng(0).uniform(-0.9, 0.9, len(y) // 10)
    y[: len(noise)] = noise
    return y


UNCOUNTED = {"write_xing": "0", "id3v2_version": "0"}


def test_an_mp3_file_that_does_not_tell_its_length_is_heard_to_the_end(encoded):
    path = encoded(loud_then_quiet(60, 44_100), 44_100, "libmp3lame", "a.mp3", UNCOUNTED, flags="+qscale")
    assert soundfile.info(path).duration < 50  # libsndfile would stop there
    assert heard(path)[1] == pytest.approx(60, abs=0.2)
    assert len(load(path, sr=SR)) == pytest.approx(60 * SR, abs=0.2 * SR)


def test_a_picture_in_front_of_an_mp3_file_does_not_count_as_sound(encoded):
    path = encoded(steps(44_100), 44_100, "libmp3lame", "a.mp3", UNCOUNTED)
    size = 2 << 20
    tag = b"ID3\x04\x00\x00" + bytes(size >> place & 127 for place in (21, 14, 7, 0)) + bytes(size)
    Path(path).write_bytes(tag + Path(path).read_bytes())
    assert heard(path) == (pytest.approx(60, abs=0.5), pytest.approx(60, abs=0.2))
    assert [second_of(y[:SR]) for y in windows(path, sr=SR, seconds=10, count=3).excerpts] == [
        pytest.approx(second, abs=1) for second in (5, 25, 45)
    ]


def test_files_joined_to_one_are_heard_one_after_the_other(encoded):
    path = encoded(tone(20, sr=44_100), 44_100, "libmp3lame", "a.mp3")
    once = Path(path).read_bytes()
    assert heard(path)[1] == pytest.approx(20, abs=0.1)
    Path(path).write_bytes(once + once)
    assert heard(path)[1] == pytest.approx(40, abs=0.3)
    Path(path).write_bytes(once + b"APETAGEX" + np.random.default_rng(0).bytes(200_000))  # a picture behind the sound
    assert heard(path)[1] == pytest.approx(20, abs=0.1)


def test_a_chain_of_streams_is_heard_to_its_end(encoded):
    """As radio stations send it, each song a stream with a number of its own."""
    first, second = (
        encoded(tone(8, sr=48_000, hz=hz), 48_000, "libopus", f"{hz}.ogg", {"serial_offset": str(hz)})
        for hz in (300, 600)
    )
    chain = Path(first).with_name("chain.ogg")
    chain.write_bytes(Path(first).read_bytes() + Path(second).read_bytes())
    assert heard(str(chain))[1] == pytest.approx(16, abs=0.1)
    y = load(str(chain), sr=SR)
    assert [pitch(y[second * SR : (second + 4) * SR]) for second in (2, 10)] == pytest.approx([300, 600], abs=1)


def test_glimpses_come_once_each_where_a_file_is_cut_off(written):
    path = written(steps(), name="a.flac")
    Path(path).write_bytes(Path(path).read_bytes()[: int(0.7 * os.path.getsize(path))])
    starts = [found.start for found in glimpses(path, count=8, seconds=3.0)]
    assert len(starts) == len(set(starts))
    assert len(starts) >= 5


def test_silence_is_what_is_quieter_than_80_db_below_full_scale():
    tone = np.sin(2 * np.pi * np.arange(800) / 80) * np.sqrt(2)  # a root mean square of 1
    stretches = np.stack([tone * level for level in (0, 0.99e-4, 1.01e-4, 1)])
    assert is_silent(np.square(stretches).mean(axis=1)).tolist() == [True, True, False, False]
