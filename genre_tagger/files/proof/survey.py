"""The proof that writing a genre left a file's sound, and everything else in it, alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from genre_tagger.files.proof.asf import HEADER, survey_asf
from genre_tagger.files.proof.chunks import survey_chunks
from genre_tagger.files.proof.mp4 import survey_mp4
from genre_tagger.files.proof.mpeg import APE_FORMATS, survey_ape, survey_dsf, survey_mpeg
from genre_tagger.files.proof.source import Proof, Source, open_source
from genre_tagger.files.proof.tag_blocks import tag_end
from genre_tagger.files.proof.vorbis import survey_flac, survey_ogg
from genre_tagger.files.sniff import EXTENSIONS, extension

_WALKS: tuple[tuple[bytes, str, Callable[[Source, Proof], None]], ...] = (
    (b"fLaC", "flac", survey_flac),
    (HEADER, "asf", survey_asf),
    (b"DSD ", "dsf", survey_dsf),
)


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
    """

    kind: str
    audio: bytes
    rest: bytes
    fixed_size: bool = False


def survey(path: str) -> Survey:
    """Take the digests of a file.

    Reads the whole file once, in bounded memory.

    Parameters
    ----------
    path : str
        The file.

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
        proof = Proof(source)
        kind, fixed_size = _walk(source, proof)
        return Survey(kind, proof.audio.digest(), proof.rest.digest(), fixed_size)


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
