"""Sound → a smaller file: MP3, AAC or Opus by FFmpeg (PyAV). It only ever sees samples that were decoded elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, cast

from genre_tagger.base.errors import FileError

if TYPE_CHECKING:
    import numpy as np
    from av.audio.stream import AudioStream
    from numpy.typing import NDArray


class Form(StrEnum):
    """What music can be made into."""

    MP3 = "mp3"
    AAC = "aac"
    OPUS = "opus"

    @property
    def extension(self) -> str:
        """Of its files, with the dot."""
        return {Form.MP3: ".mp3", Form.AAC: ".m4a", Form.OPUS: ".opus"}[self]

    @property
    def bytes_a_second(self) -> int:
        """About how large its files are; of MP3, whose quality is fixed and not its size, what it comes to at most."""
        return {Form.MP3: 32_500, Form.AAC: 32_500, Form.OPUS: 16_500}[self]


@dataclass(frozen=True, slots=True)
class _Encoder:
    codec: str
    container: str
    rates: tuple[int, ...]
    bit_rate: int | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    muxing: Mapping[str, str] = field(default_factory=dict)


_RATES = (48_000, 44_100, 32_000, 24_000, 22_050, 16_000)
_ENCODERS = {
    # Quality 0 of LAME, as -V0 on its command line. Tags are written later, by somebody who knows them.
    Form.MP3: _Encoder(
        "libmp3lame", "mp3", _RATES, None, {"flags": "+qscale", "global_quality": "0"}, {"id3v2_version": "0"}
    ),
    Form.AAC: _Encoder("aac", "ipod", _RATES, 256_000, {}, {"movflags": "+faststart"}),
    Form.OPUS: _Encoder("libopus", "opus", (48_000,), 128_000),
}
_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


class EncodeError(FileError):
    """A file could not be made smaller."""


def encode(path: str, made: str, form: Form) -> float:
    """Decode a file and write it in a smaller form, without tags; more than two channels become two.

    Parameters
    ----------
    path : str
        The file; its bytes are decoded in a process with limits.
    made : str
        What is written.
    form : Form

    Returns
    -------
    float
        Seconds of sound that were written.

    Raises
    ------
    DecodeError
        If the file cannot be read.
    EncodeError
        If its sound cannot be written in this form.
    OSError
        If nothing can be written there.
    """
    import av  # not before something is made smaller

    from genre_tagger.sound.audio import stream

    with stream(path) as sound:
        if sound.channels not in _LAYOUTS:
            raise EncodeError(path, f"A file with {sound.channels} channels cannot be made smaller.")
        try:
            return _encode(sound.blocks, sound.sr, sound.channels, made, _ENCODERS[form])
        except (av.error.FFmpegError, ValueError) as error:
            if isinstance(error, OSError) and error.errno:
                raise OSError(error.errno, error.strerror, made) from error
            raise EncodeError(path, "The sound of this file could not be made smaller.") from error


def _encode(blocks: Iterator[NDArray[np.float32]], sr: int, channels: int, made: str, how: _Encoder) -> float:
    import av
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler

    rate = _rate(sr, how.rates)
    layout = "mono" if channels == 1 else "stereo"
    samples = 0
    with av.open(made, "w", format=how.container, options=dict(how.muxing)) as container:
        out = cast("AudioStream", container.add_stream(how.codec, rate=rate, options=dict(how.options), layout=layout))
        if how.bit_rate is not None:
            out.bit_rate = how.bit_rate if layout == "stereo" else how.bit_rate // 2
        resampler = AudioResampler(out.format, layout, rate, out.frame_size or None)
        for block in blocks:
            frame = AudioFrame.from_ndarray(block.clip(-1, 1), "fltp", _LAYOUTS[channels])
            frame.sample_rate, frame.pts, frame.time_base = sr, samples, Fraction(1, sr)
            samples += block.shape[1]
            for part in resampler.resample(frame):
                container.mux(out.encode(part))
        for part in resampler.resample(None):
            container.mux(out.encode(part))
        container.mux(out.encode(None))
    return samples / sr


def _rate(sr: int, rates: tuple[int, ...]) -> int:
    """The rate to write: the same where that is possible, else one that it is a multiple of, else the next above."""
    if sr in rates:
        return sr
    multiple = next((rate for rate in rates if sr > rate and sr % rate == 0), None)
    return multiple or min((rate for rate in rates if rate >= sr), default=rates[0])
