"""The proof that writing a genre left a file's sound, and everything else in it, alone."""

from __future__ import annotations

from dataclasses import dataclass

from genre_tagger.containers.flac import survey_flac
from genre_tagger.containers.mp4 import survey_mp4
from genre_tagger.containers.ogg import survey_ogg
from genre_tagger.containers.source import Proof, Source, open_source


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


def _walk(source: Source, proof: Proof) -> tuple[str, bool]:
    head = source.peek(0, 16)
    if head[4:8] == b"ftyp":
        return "mp4", survey_mp4(source, proof)
    if head[:4] == b"OggS":
        return survey_ogg(source, proof), False
    if head[:4] == b"fLaC":
        survey_flac(source, proof)
        return "flac", False
    raise source.refused("The type of this file is not known.")
