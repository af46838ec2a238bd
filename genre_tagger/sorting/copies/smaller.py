"""Copies that are made rather than taken: smaller forms of lossless music, and tags that old players read."""

from __future__ import annotations

from dataclasses import dataclass

from genre_tagger.base.errors import FileError
from genre_tagger.library.tracks import Track
from genre_tagger.sorting.copies.encoders import Form, encode

_LOSSLESS = frozenset({"FLAC", "WAV", "AIFF", "ALAC", "WavPack", "TTA", "Monkey's Audio", "DSF"})
# A WavPack file below this, in bytes a second, may be a lossy one, and is taken as it is.
_HYBRID = 50_000
# Beside the sound there are a cover and tags.
_BESIDE = 1.02
# A copy may lack so many seconds, or this share of what its original claims to have, before that counts as damage;
# the claims of lossy files are guesses.
_ABOUT_S, _ABOUT, _ABOUT_LOSSY = 0.5, 0.005, 0.05

_DAMAGED = "The sound of this file ends before it should; no smaller copy was made of it."


@dataclass(frozen=True, slots=True)
class Making:
    """How one copy is made.

    Attributes
    ----------
    form : Form or None
        What its sound is made into; None leaves it.
    old_tags : bool
        Whether the copy, an MP3 file, is to have a tag of ID3 version 2.3.
    """

    form: Form | None = None
    old_tags: bool = False

    @property
    def name(self) -> str:
        """How the manifest calls it; "" for a copy that is as its original."""
        return " ".join([*([self.form.value] if self.form else []), *(["id3v2.3"] if self.old_tags else [])])

    @property
    def extension(self) -> str | None:
        """That of the copy, with its dot; None for that of the original."""
        return self.form.extension if self.form is not None else None

    def size(self, track: Track) -> int:
        """About how many bytes a track's copy has; it is made only where that is less than the original has."""
        if self.form is None:
            return track.stamp.size
        return int(self.form.bytes_a_second * track.length * _BESIDE)


AS_IT_IS = Making()


@dataclass(frozen=True, slots=True)
class Smaller:
    """What is wished for all copies of a run.

    Attributes
    ----------
    form : Form or None
    again : bool
        Whether music that has lost something already is encoded again, too.
    old_tags : bool
        Whether MP3 files get tags of ID3 version 2.3.
    """

    form: Form | None = None
    again: bool = False
    old_tags: bool = False

    def of(self, track: Track) -> Making:
        """Say how the copy of one track is made."""
        form = self.form
        if form is not None and not (track.length > 0 and (_is_lossless(track) or self.again)):
            form = None
        if form is not None and Making(form).size(track) >= track.stamp.size:
            form = None  # it would not be smaller
        mp3 = form is Form.MP3 or (form is None and track.format == "MP3")
        return Making(form, self.old_tags and mp3)


ORIGINALS = Smaller()


def _is_lossless(track: Track) -> bool:
    hybrid = track.format == "WavPack" and track.stamp.size < _HYBRID * track.length
    return track.format in _LOSSLESS and not hybrid


def make(track: Track, making: Making, made: str) -> None:
    """Make the sound of a copy, without tags.

    Parameters
    ----------
    track : Track
    making : Making
        It has a form.
    made : str
        What is written, on a drive of this computer.

    Raises
    ------
    FileError, OSError
        If that is impossible, or the original turns out to be damaged.
    """
    assert making.form is not None
    seconds = encode(track.path, made, making.form)
    share = _ABOUT if _is_lossless(track) else _ABOUT_LOSSY
    if track.length - seconds > max(_ABOUT_S, share * track.length):
        raise FileError(track.path, _DAMAGED)
