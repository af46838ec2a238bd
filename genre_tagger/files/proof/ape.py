"""Monkey's Audio, WavPack, Musepack, OptimFROG and TAK: every byte before the APEv2 tag, every other item."""

from __future__ import annotations

from dataclasses import dataclass

from genre_tagger.files.proof.source import Proof, Source
from genre_tagger.files.proof.tail import keep_tail

_WAVPACK_4 = 0x400


@dataclass(frozen=True, slots=True)
class ApeFormat:
    """A format whose tag is APEv2, by its first bytes."""

    kind: str
    magic: bytes


APE_FORMATS = (
    ApeFormat("ape", b"MAC "),
    ApeFormat("wavpack", b"wvpk"),
    ApeFormat("musepack", b"MP+"),
    ApeFormat("musepack", b"MPCK"),
    ApeFormat("optimfrog", b"OFR "),
    ApeFormat("tak", b"tBaK"),
)


def survey_ape(source: Source, proof: Proof, found: ApeFormat) -> None:
    """Walk a file that ends with an APEv2 tag, or may get one.

    Raises
    ------
    RefusedError
        If it is WavPack before version 4, Musepack before stream version 7, or its tags are damaged.
    """
    head = source.peek(0, 10)
    if found.kind == "wavpack" and int.from_bytes(head[8:10], "little") < _WAVPACK_4:
        raise source.refused("WavPack files before version 4 are not written.")
    if found.magic == b"MP+" and head[3:4] and head[3] & 0x0F != 7:
        raise source.refused("Musepack files before stream version 7 are not written.")
    proof.sound(0, keep_tail(source, proof, 0, ape_may_begin=True))
