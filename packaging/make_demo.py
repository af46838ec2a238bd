"""Composes and records the demo library, resources/demo, for ``sh packaging/run.sh --demo``.

Eight short pieces in different styles (``demo_pieces.py``), played by the instruments of ``demo_sounds.py`` and
nothing else; run by hand, the result is committed. The music is the same every time (only the Ogg files get new
serial numbers).

    .venv/bin/python packaging/make_demo.py [FOLDER]
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import av
import demo_pieces as play
import mutagen
import mutagen.id3
import mutagen.mp4
import numpy as np
import soundfile
import soxr
from demo_sounds import RNG, SR

HERE = os.path.dirname(os.path.abspath(__file__))


@dataclass(frozen=True)
class Piece:
    path: str
    play: Callable[[], np.ndarray]
    codec: str
    sr: int
    bit_rate: int = 0
    seconds: float = 30.0
    tags: dict[str, str] = field(default_factory=dict)


def _tags(title: str, artist: str, album: str, number: int, genre: str = "") -> dict[str, str]:
    return {"title": title, "artist": artist, "album": album, "tracknumber": str(number), "genre": genre}


PIECES = [
    Piece("Dusty Rails/Night Line/01 Slow Train at Dusk.mp3", play.blues, "libmp3lame", 32000, 64000,
          tags=_tags("Slow Train at Dusk", "Dusty Rails", "Night Line", 1)),
    Piece("Collegium Sine/Two Voices/03 Invention for Two Sines.flac", play.baroque, "FLAC", 22050, seconds=20,
          tags=_tags("Invention for Two Sines", "Collegium Sine", "Two Voices", 3, "Metal")),
    Piece("Mirrorball Avenue/07 All Floors Are Dance Floors.m4a", play.disco, "aac", 44100, 72000,
          tags=_tags("All Floors Are Dance Floors", "Mirrorball Avenue", "Saturday Again", 7)),
    Piece("Ironclad Oscillator/Overdriven/01 Sawtooth Cavalry.ogg", play.metal, "VORBIS", 44100, seconds=21,
          tags=_tags("Sawtooth Cavalry", "Ironclad Oscillator", "Overdriven", 1)),
    Piece("The Offbeats/Harbour Lights/02 One Drop on Tuesday.opus", play.reggae, "libopus", 48000, 48000,
          tags=_tags("One Drop on Tuesday", "The Offbeats", "Harbour Lights", 2)),
    Piece("Compilations/Rooftop Tapes/Side B/04 Crate Nine.mp3", play.hip_hop, "libmp3lame", 32000, 64000,
          tags=_tags("Crate Nine", "MC Lowpass", "Rooftop Tapes", 4, "hip hop")),
    Piece("Compilations/Rehearsal Recordings/quartet take 2.wav", play.jazz, "PCM_16", 16000, seconds=16),
    Piece("Four Chords/Radio Weather/05 Umbrella Season.m4a", play.pop, "aac", 44100, 64000,
          tags=_tags("Umbrella Season", "Four Chords", "Radio Weather", 5, "Pop")),
]  # fmt: skip

NOTE = """The pieces in this folder were composed and synthesised for Genre Tagger by packaging/make_demo.py.
Artists and titles are invented. They are part of Genre Tagger (GPL-3.0-or-later) and may also be used under
CC0 1.0. One file is broken on purpose, one carries a wrong genre, several carry none.
"""


def record(piece: Piece, path: str) -> None:
    y = piece.play()
    y = y[: int(piece.seconds * SR)]
    fade = int(0.8 * SR)
    y[-fade:] *= np.linspace(1, 0, fade)
    y = soxr.resample(y, SR, piece.sr).astype(np.float32)
    if piece.codec in ("FLAC", "VORBIS", "PCM_16"):
        form = {"FLAC": "FLAC", "VORBIS": "OGG", "PCM_16": "WAV"}[piece.codec]
        subtype = "VORBIS" if form == "OGG" else "PCM_16"
        level = {"OGG": 0.75, "FLAC": 1.0}.get(form)
        soundfile.write(path, y, piece.sr, format=form, subtype=subtype, compression_level=level)
    else:
        encode(y, path, piece)
    if piece.tags:
        tag(path, {key: value for key, value in piece.tags.items() if value})


def encode(y: np.ndarray, path: str, piece: Piece) -> None:
    with av.open(path, "w", options={"fflags": "+bitexact"}) as out:
        stream = out.add_stream(piece.codec, rate=piece.sr, options={"flags": "+bitexact"})
        stream.layout, stream.bit_rate = "mono", piece.bit_rate
        frame = av.AudioFrame.from_ndarray((y * 32767).astype(np.int16)[None, :], format="s16", layout="mono")
        frame.sample_rate = piece.sr
        fit = av.AudioResampler(format=stream.format, layout="mono", rate=piece.sr, frame_size=stream.frame_size)
        for part in [*fit.resample(frame), *fit.resample(None)]:
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))


def tag(path: str, tags: dict[str, str]) -> None:
    file = mutagen.File(path, easy=True)
    if file.tags is None:
        file.add_tags()
    file.update(tags)
    file.save()


def main(folder: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for piece in PIECES:
        path = os.path.join(folder, *piece.path.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        RNG.bit_generator.state = np.random.default_rng(len(piece.path)).bit_generator.state
        record(piece, path)
        print(f"{os.path.getsize(path):9,} {piece.path}")
    broken = os.path.join(folder, "Compilations", "Unfinished", "download.mp3")
    os.makedirs(os.path.dirname(broken))
    with open(broken, "wb") as out:
        out.write(np.random.default_rng(7).integers(0, 255, 4000, dtype=np.uint8).tobytes())
    with open(os.path.join(folder, "README.txt"), "w", encoding="utf-8") as out:
        out.write(NOTE)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(HERE), "resources", "demo"))
