"""Makes the small audio files beside this script; run by hand, the result is committed.

Nothing is taken from anywhere: the sound is a chord of decaying sines. Speex and Musepack need the programs
``speexenc`` and ``mpcenc`` (Debian: speex, musepack-tools); without them these two files stay as they are.
Monkey's Audio has no free encoder at hand, but a frame of pure silence needs none. OptimFROG and TAK have a
true header and a true tag around bytes that no decoder will accept.
"""

from __future__ import annotations

import io
import os
import shutil
import struct
import subprocess
import tempfile
import wave
import zlib
from collections.abc import Callable

import av
import mutagen.aiff
import mutagen.apev2
import mutagen.asf
import mutagen.dsf
import mutagen.flac
import mutagen.id3
import mutagen.mp4
import mutagen.trueaudio
import mutagen.wavpack
import numpy as np
import soundfile

HERE = os.path.dirname(os.path.abspath(__file__))
TITLE, ARTIST, ALBUM, TRACK, GENRE = "A Short Chord", "Genre Tagger", "Test Tones", 3, "Jazz"
COMMENT = "Made for the tests; keep me."


def chord(sr: int, seconds: float) -> np.ndarray:
    """A fading A minor seventh chord [shape=(n,)], float32 between -1 and 1."""
    t = np.arange(int(sr * seconds)) / sr
    tones = [np.sin(2 * np.pi * f * t) * np.exp(-t * (1 + i / 2)) for i, f in enumerate((220, 261.63, 329.63, 392))]
    y = sum(tones) / len(tones) * np.minimum(1, t / 0.01) * 0.8
    return y.astype(np.float32)


def own(name: str) -> str:
    return os.path.join(HERE, name)


def png() -> bytes:
    """A picture of 2 × 2 pixels, the smallest cover there is."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = b"\0\xc8\x3c\x3c\x3c\x3c\xc8" * 2
    header = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


def encode(
    name: str, codec: str, *, sr: int, seconds: float = 1.0, bit_rate: int = 0, container: str | None = None,
    options: dict[str, str] | None = None,
) -> None:  # fmt: skip
    """Encode the chord, mono, with FFmpeg through PyAV; without dates or encoder names where that can be had."""
    flags = {"fflags": "+bitexact", **(options or {})}
    with av.open(own(name), "w", format=container, options=flags) as out:
        stream = out.add_stream(codec, rate=sr, options={"flags": "+bitexact"})
        stream.layout = "mono"
        if bit_rate:
            stream.bit_rate = bit_rate
        y = (chord(sr, seconds) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(y[None, :], format="s16", layout="mono")
        frame.sample_rate = sr
        size = stream.frame_size or 4096
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=sr, frame_size=size)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(part))
        # The last packet of FLAC is empty (it carries the MD5 for a header that can be rewritten); Ogg refuses it.
        out.mux([packet for packet in stream.encode(None) if packet.size])


def id3_frames(genres: tuple[str, ...] = (GENRE,)) -> list[mutagen.id3.Frame]:
    f = mutagen.id3
    return [
        f.TIT2(encoding=3, text=TITLE), f.TPE1(encoding=3, text=ARTIST), f.TALB(encoding=3, text=ALBUM),
        f.TRCK(encoding=3, text=f"{TRACK}/7"), f.TCON(encoding=3, text=list(genres)),
        f.COMM(encoding=3, lang="eng", desc="", text=COMMENT), f.TXXX(encoding=3, desc="MOOD", text="Calm"),
        f.APIC(encoding=0, mime="image/png", type=3, desc="", data=png()),
    ]  # fmt: skip


def id3(genres: tuple[str, ...] = (GENRE,)) -> mutagen.id3.ID3:
    tag = mutagen.id3.ID3()
    for frame in id3_frames(genres):
        tag.add(frame)
    return tag


def vorbis_comment(tags: mutagen.FileType, **more: str) -> None:
    tags.update({
        "TITLE": TITLE, "ARTIST": ARTIST, "ALBUM": ALBUM, "TRACKNUMBER": str(TRACK), "GENRE": GENRE,
        "DESCRIPTION": COMMENT, "MOOD": "Calm", **more,
    })  # fmt: skip


def ape_tag(path: str, genre: str = GENRE) -> None:
    tag = mutagen.apev2.APEv2()
    for key, value in {
        "Title": TITLE, "Artist": ARTIST, "Album": ALBUM, "Track": f"{TRACK}/7", "Genre": genre, "Comment": COMMENT,
    }.items():  # fmt: skip
        tag[key] = value
    tag.save(path)


def copy(source: str, target: str) -> str:
    shutil.copyfile(own(source), own(target))
    return own(target)


# --- MP3 -----------------------------------------------------------------------------------------------


def make_mp3() -> None:
    encode("mp3-bare.mp3", "libmp3lame", sr=22050, bit_rate=32000, options={"id3v2_version": "0", "write_xing": "0"})
    id3().save(copy("mp3-bare.mp3", "mp3.mp3"), v2_version=4)
    id3(("Jazz", "Blues")).save(copy("mp3-bare.mp3", "mp3-many.mp3"), v2_version=4)
    id3(("Rock",)).save(copy("mp3-bare.mp3", "mp3-v23.mp3"), v2_version=3, v1=2)
    ape_tag(copy("mp3.mp3", "mp3-ape.mp3"), genre="Swing")
    without = id3()
    without.delall("TCON")
    without.save(copy("mp3-bare.mp3", "mp3-nogenre.mp3"), v2_version=4)


# --- MP4, Ogg, FLAC, ASF ---------------------------------------------------------------------------------


def make_mp4() -> None:
    encode("m4a.m4a", "aac", sr=22050, bit_rate=32000, container="ipod")
    encode("m4a-fast.m4a", "aac", sr=22050, bit_rate=32000, container="ipod", options={"movflags": "+faststart"})
    encode("m4a-fragmented.m4a", "aac", sr=22050, bit_rate=32000, container="mp4",
           options={"movflags": "frag_keyframe+empty_moov+default_base_moof", "frag_duration": "250000"})  # fmt: skip
    encode("alac.m4a", "alac", sr=8000, container="ipod")
    for name in ("m4a.m4a", "m4a-fast.m4a", "alac.m4a"):
        file = mutagen.mp4.MP4(own(name))
        file["\xa9nam"], file["\xa9ART"], file["\xa9alb"] = TITLE, ARTIST, ALBUM
        file["trkn"], file["\xa9gen"], file["\xa9cmt"] = [(TRACK, 7)], GENRE, COMMENT
        file["----:com.apple.iTunes:MOOD"] = b"Calm"
        file["covr"] = [mutagen.mp4.MP4Cover(png(), mutagen.mp4.MP4Cover.FORMAT_PNG)]
        file.save()


def make_xiph() -> None:
    soundfile.write(own("flac.flac"), chord(16000, 1.0), 16000, format="FLAC", subtype="PCM_16")
    flac = mutagen.flac.FLAC(own("flac.flac"))
    picture = mutagen.flac.Picture()
    picture.data, picture.mime, picture.type = png(), "image/png", 3
    flac.add_picture(picture)
    vorbis_comment(flac)
    flac.save(padding=lambda info: 512)
    soundfile.write(own("ogg.ogg"), chord(22050, 1.5), 22050, format="OGG", subtype="VORBIS")
    encode("opus.opus", "libopus", sr=48000, bit_rate=24000)
    encode("oga.oga", "flac", sr=16000, container="ogg")
    if shutil.which("speexenc"):
        with tempfile.TemporaryDirectory() as folder:
            wav = os.path.join(folder, "a.wav")
            soundfile.write(wav, chord(16000, 1.5), 16000, subtype="PCM_16")
            subprocess.run(["speexenc", "-w", "--quality", "6", wav, own("speex.spx")], check=True)
    for name in ("ogg.ogg", "opus.opus", "oga.oga", "speex.spx"):
        file = mutagen.File(own(name))
        vorbis_comment(file)
        file.save()
    with open(own("ogg-chained.ogg"), "wb") as out:
        for link in ("ogg.ogg", "opus.opus"):
            with open(own(link), "rb") as part:
                out.write(part.read())


def make_wma() -> None:
    encode("wma.wma", "wmav2", sr=22050, bit_rate=32000, container="asf")
    file = mutagen.asf.ASF(own("wma.wma"))
    file.update({
        "Title": [TITLE], "Author": [ARTIST], "WM/AlbumTitle": [ALBUM], "WM/TrackNumber": [str(TRACK)],
        "WM/Genre": [GENRE], "Description": [COMMENT],
    })  # fmt: skip
    file.save()


# --- RIFF, AIFF, DSF -------------------------------------------------------------------------------------


def riff_chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def make_riff() -> None:
    pcm = (chord(8000, 1.0) * 32767).astype("<i2")
    with wave.open(own("wav.wav"), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(pcm.tobytes())
    buffer = io.BytesIO()
    id3().save(buffer, v2_version=3, padding=lambda info: 0)
    info = b"".join(
        riff_chunk(kind, text.encode() + b"\0")
        for kind, text in ((b"INAM", TITLE), (b"IART", ARTIST), (b"IGNR", GENRE), (b"ICMT", COMMENT))
    )
    with open(own("wav.wav"), "rb") as plain:
        body = plain.read()[12:]
    body += riff_chunk(b"LIST", b"INFO" + info) + riff_chunk(b"id3 ", buffer.getvalue())
    with open(own("wav-tagged.wav"), "wb") as out:
        out.write(b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body)
    soundfile.write(own("aiff.aiff"), pcm, 8000, format="AIFF", subtype="PCM_16")
    aiff = mutagen.aiff.AIFF(own("aiff.aiff"))
    aiff.add_tags()
    for frame in id3_frames():
        aiff.tags.add(frame)
    aiff.save(v2_version=3)


def make_dsf() -> None:
    """46 ms: one-bit sound at 2.8 MHz, made by a first-order delta-sigma modulator, least significant bit first."""
    blocks, sr = 4, 2_822_400
    count = blocks * 4096 * 8
    wanted = np.sin(2 * np.pi * 440 * np.arange(count) / sr) * 0.5
    bits, error = np.zeros(count, np.uint8), 0.0
    for i, value in enumerate(wanted):
        error += value
        bits[i] = error >= 0
        error -= 1.0 if bits[i] else -1.0
    data = np.packbits(bits, bitorder="little").tobytes()
    form = struct.pack("<IIIIIIQII", 1, 0, 1, 1, sr, 1, count, 4096, 0)
    total = 28 + 12 + len(form) + 12 + len(data)
    with open(own("dsf.dsf"), "wb") as out:
        out.write(b"DSD " + struct.pack("<QQQ", 28, total, 0))
        out.write(b"fmt " + struct.pack("<Q", 12 + len(form)) + form)
        out.write(b"data" + struct.pack("<Q", 12 + len(data)) + data)
    dsf = mutagen.dsf.DSF(own("dsf.dsf"))
    dsf.add_tags()
    for frame in id3_frames():
        dsf.tags.add(frame)
    dsf.save()


# --- APEv2 and TTA ---------------------------------------------------------------------------------------


def make_ape_family() -> None:
    encode("wv.wv", "wavpack", sr=8000)
    encode("tta.tta", "tta", sr=8000)
    tta = mutagen.trueaudio.TrueAudio(own("tta.tta"))
    tta.add_tags()
    for frame in id3_frames():
        tta.tags.add(frame)
    tta.save()
    if shutil.which("mpcenc"):
        with tempfile.TemporaryDirectory() as folder:
            wav = os.path.join(folder, "a.wav")
            soundfile.write(wav, chord(44100, 1.5), 44100, subtype="PCM_16")
            subprocess.run(["mpcenc", "--silent", "--quality", "3", "--overwrite", wav, own("mpc.mpc")], check=True)
    make_monkeys_audio()
    make_optimfrog()
    make_tak()
    for name in ("wv.wv", "mpc.mpc", "ape.ape", "ofr.ofr", "tak.tak"):
        ape_tag(own(name))


def make_monkeys_audio() -> None:
    """One second of silence: a frame flagged as silent on both channels carries no coded data."""
    sr, samples = 44100, 44100
    silence = zlib.crc32(bytes(samples * 4)) >> 1
    frame = struct.pack("<II", silence | 0x8000_0000, 3) + bytes(8)
    header = struct.pack("<HHIIIHHI", 2000, 0x20, 73728 * 4, samples, 1, 16, 2, sr)
    seek_table = struct.pack("<I", 52 + 24 + 4)
    descriptor = b"MAC " + struct.pack("<HHIIIIIII", 3990, 0, 52, 24, len(seek_table), 0, len(frame), 0, 0) + bytes(16)
    with open(own("ape.ape"), "wb") as out:
        out.write(descriptor + header + seek_table + frame)


def make_optimfrog() -> None:
    noise = np.random.default_rng(1).bytes(600)
    main = struct.pack("<IHBBIH", 44100 * 2, 0, 3, 1, 44100, (5100 - 4500) << 4) + b"\0"
    with open(own("ofr.ofr"), "wb") as out:
        out.write(b"OFR " + struct.pack("<I", len(main)) + main)
        out.write(b"COMP" + struct.pack("<I", len(noise)) + noise)
        out.write(b"TAIL" + struct.pack("<I", 0))


def make_tak() -> None:
    """Stream info: codec 6 bits, profile 4, frame duration 4, samples 35, data type 3, rate 18, bits 5, channels 4."""
    fields = ((2, 6), (0, 4), (2, 4), (44100, 35), (0, 3), (44100 - 6000, 18), (16 - 8, 5), (2 - 1, 4), (0, 1))
    number = position = 0
    for value, bits in fields:
        number |= value << position
        position += bits
    info = number.to_bytes(10, "little")
    with open(own("tak.tak"), "wb") as out:
        out.write(b"tBaK" + b"\x01" + (len(info) + 3).to_bytes(3, "little") + info + bytes(3))
        out.write(b"\x00" + (0).to_bytes(3, "little"))
        out.write(np.random.default_rng(2).bytes(600))


# --- broken ------------------------------------------------------------------------------------------------


def make_broken() -> None:
    with open(own("broken.mp3"), "wb") as out:
        # No 0xFF anywhere, so that no chance frame header makes a player happy.
        out.write(np.random.default_rng(3).integers(0, 255, 3000, dtype=np.uint8).tobytes())
    with open(own("flac.flac"), "rb") as whole, open(own("truncated.flac"), "wb") as out:
        data = whole.read()
        out.write(data[: len(data) * 2 // 3])
    with open(own("text.mp3"), "w", encoding="utf-8", newline="\n") as out:
        out.write("This is a shopping list: bread, butter, jam.\n" * 40)
    with open(own("empty.mp3"), "wb"):
        pass


def main() -> None:
    makers: list[Callable[[], None]] = [
        make_mp3, make_mp4, make_xiph, make_wma, make_riff, make_dsf, make_ape_family, make_broken,
    ]  # fmt: skip
    for make in makers:
        make()


if __name__ == "__main__":
    main()
