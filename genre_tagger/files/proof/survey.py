"""The proof that writing a genre left a file's sound, and everything else in it, alone."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from typing import BinaryIO

from genre_tagger.files.proof.asf import HEADER, survey_asf
from genre_tagger.files.proof.chunks import survey_chunks
from genre_tagger.files.proof.mp4 import survey_mp4
from genre_tagger.files.proof.mpeg import APE_FORMATS, survey_ape, survey_dsf, survey_mpeg
from genre_tagger.files.proof.source import BLOCK, Proof, Source, open_source
from genre_tagger.files.proof.tag_blocks import tag_end
from genre_tagger.files.proof.vorbis import survey_flac, survey_ogg
from genre_tagger.files.sniff import EXTENSIONS, extension
from genre_tagger.files.values import GENRE

_WALKS: tuple[tuple[bytes, str, Callable[[Source, Proof], None]], ...] = (
    (b"fLaC", "flac", survey_flac),
    (HEADER, "asf", survey_asf),
    (b"DSD ", "dsf", survey_dsf),
)


Place = tuple[int, int]
"""Where a piece of a file begins and where it ends (bytes)."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What must be the same before and after a genre is written.

    Attributes
    ----------
    kind : str
        The container, such as ``"mp3"`` or ``"flac"``.
    audio : bytes
        SHA-256 digest of the sound.
    rest : bytes
        SHA-256 digest of everything else that must survive: all but the genre, padding, and the sizes and
        offsets that follow from them.
    fixed_size : bool
        Whether a change of the file's size has to be refused.
    places : tuple of (int, int)
        Where the sound is: offsets in bytes of the first and of the one behind the last. Not part of the proof.
    unread : int
        How many of the places, from the first on, are in the digest of the sound by their length alone.
    """

    kind: str
    audio: bytes
    rest: bytes
    fixed_size: bool = False
    places: tuple[tuple[int, int], ...] = default(default=(), compare=False)
    unread: int = default(default=0, compare=False)


def survey(path: str, *, hashed: bool = True, field: str = GENRE) -> Survey:
    """Take the digests of a file.

    Reads the whole file once, in bounded memory.

    Parameters
    ----------
    path : str
        The file.
    hashed : bool
        Whether the bytes of the sound are read as well; without them a survey takes no time to speak of, and
        :func:`is_same_at` compares them in less time than a digest takes.
    field : str
        What is written instead of the genre, one of :data:`genre_tagger.files.values.FIELDS`; then the genre is among
        what must survive.

    Returns
    -------
    Survey
        Equal before and after a good write of a genre, different after anything else.

    Raises
    ------
    RefusedError
        If it could not be proven afterwards that only the genre changed; the file has to stay as it is.
    """
    with open_source(path) as source:
        proof = Proof(source, hashed=hashed, field=field)
        kind, fixed_size = _walk(source, proof)
        places = (*proof.places, *proof.pages)
        unread = 0 if hashed else len(proof.places)
        return Survey(kind, proof.audio.digest(), proof.rest.digest(), fixed_size, places, unread)


def is_same_sound(path: str, other: str) -> bool:
    """Whether the sound of two files has the same layout and the same bytes.

    Says the same as equal digests of the sound, in a quarter of the time.

    Raises
    ------
    RefusedError
        As :func:`survey`.
    """
    with open_source(path) as source, open_source(other) as opposite:
        proofs = Proof(source, hashed=False), Proof(opposite, hashed=False)
        for proof in proofs:
            _walk(proof.source, proof)
        if proofs[0].audio.digest() != proofs[1].audio.digest():
            return False
        return is_same_at(source.file, proofs[0].places, opposite.file, proofs[1].places)


def is_same_at(file: BinaryIO, places: Sequence[Place], other: BinaryIO, opposite: Sequence[Place]) -> bool:
    """Whether two files hold the same bytes, each at its places, one after the other.

    Parameters
    ----------
    file, other : BinaryIO
        Open for reading; with two :class:`io.BytesIO` no byte is copied.
    places, opposite : sequence of (int, int)
        Where pieces begin and end in either (bytes); as many in both.
    """
    return len(places) == len(opposite) and all(
        stop - begin == end - start and _is_same(file, start, other, begin, end - start)
        for (start, end), (begin, stop) in zip(places, opposite, strict=True)
    )


def _is_same(file: BinaryIO, start: int, other: BinaryIO, begin: int, length: int) -> bool:
    if isinstance(file, io.BytesIO) and isinstance(other, io.BytesIO):
        opposing = memoryview(other.getvalue())[begin : begin + length]
        return len(opposing) == length and file.getvalue().startswith(opposing, start)
    file.seek(start)
    other.seek(begin)
    for at in range(0, length, BLOCK):
        wanted = min(BLOCK, length - at)
        piece = file.read(wanted)
        if len(piece) != wanted or piece != other.read(wanted):
            return False
    return True


def require_provable(path: str, file: BinaryIO, *, quick: bool = False) -> bool:
    """Make sure that a survey of a file would not refuse it, without reading its sound.

    Parameters
    ----------
    path : str
        For messages.
    file : BinaryIO
        Open for reading.
    quick : bool
        Whether to leave out what takes long on some formats, so that not all is found.

    Returns
    -------
    bool
        Whether the file's size must not change.

    Raises
    ------
    RefusedError
        As :func:`survey` does.
    """
    source = Source(path, file, file.seek(0, 2))
    return _walk(source, Proof(source, reading=False, quick=quick))[1]


def _walk(source: Source, proof: Proof) -> tuple[str, bool]:
    head = source.peek(0, 16)
    if head[4:8] == b"ftyp":
        return "mp4", survey_mp4(source, proof)
    for magic, kind, walk in _WALKS:
        if head.startswith(magic):
            walk(source, proof)
            return kind, False
    if head.startswith(b"OggS"):
        return survey_ogg(source, proof), False
    if head[:4] in (b"RIFF", b"FORM", b"RF64", b"BW64"):
        _check_extension(source, "wav", "aiff")
        return survey_chunks(source, proof), False
    for found in APE_FORMATS:
        if head.startswith(found.magic):
            _check_extension(source, found.kind)
            survey_ape(source, proof, found)
            return found.kind, False
    start = tag_end(source)
    behind = source.peek(start, 16) if start else b""
    if behind.startswith(b"fLaC"):
        survey_flac(source, proof, start)
        return "flac", False
    if behind.startswith((b"OggS", b"RIFF", b"FORM", *(found.magic for found in APE_FORMATS))):
        raise source.refused("The file begins with an ID3 tag, which does not belong there.")
    _check_extension(source, "mp3", "tta")
    return survey_mpeg(source, proof), False


def _check_extension(source: Source, *expected: str) -> None:
    """Refuse a file whose first bytes say one thing and whose name another; a strange name says nothing."""
    claimed = EXTENSIONS.get(extension(source.path))
    if claimed and claimed not in expected:
        raise source.refused("The content of the file does not fit its extension.")
