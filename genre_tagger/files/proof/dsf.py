"""DSF: the sound up to the metadata pointer, and every frame but the genre of the ID3v2 tag there."""

from __future__ import annotations

import struct

from genre_tagger.files.proof.source import Proof, Source
from genre_tagger.files.proof.tag_blocks import keep_frames

_HEADER = 28


def survey_dsf(source: Source, proof: Proof) -> None:
    """Walk a DSF file.

    Raises
    ------
    RefusedError
        If the file's own size is stated wrongly, or the pointer does not lead to a tag that ends the file.
    """
    head = source.peek(0, _HEADER)
    if len(head) < _HEADER or head[:12] != b"DSD " + struct.pack("<Q", _HEADER):
        raise source.refused("The DSF header is damaged.")
    size, pointer = struct.unpack_from("<QQ", head, 12)
    if size != source.size or (pointer and not _HEADER < pointer < size):
        raise source.refused("The DSF header states a wrong size.")
    end = pointer or size
    if pointer and keep_frames(source, proof, pointer) != size:
        raise source.refused("The DSF file does not end with its tag.")
    proof.sound(_HEADER, end)
