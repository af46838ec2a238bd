"""Reading a file at one look, if it is as most files are; whatever is odd is left to :mod:`genre_tagger.files.tags`.

A first scan took 2.7 times what mutagen alone needs: it read each file with mutagen, tried to plan a write, and walked
through the file as the proof does. A file that is as the programs of our days make it is understood in one go instead:
its tags, its length, and that none of the reasons to refuse a write holds. Putting the last off to a later pass was the
other way; then a dry run and the window would not have known for a while what they say of a file.

The rule for every look here: it answers only if the long way would give the very same answer, the empty refusal
included, and raises :class:`~genre_tagger.files.glance.head.UnsureError` as soon as anything speaks against that: an
unusual flag, a second tag, a length that does not fit, a file of another kind than its name says. Tests hold both ways
against one another.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import BinaryIO

from genre_tagger.files.glance.head import Head, UnsureError
from genre_tagger.files.glance.mp4 import mp4
from genre_tagger.files.glance.mpeg import mp3
from genre_tagger.files.glance.wave import wav
from genre_tagger.files.glance.xiph import flac, opus, vorbis
from genre_tagger.files.sniff import EXTENSIONS, HEAD_BYTES, extension, sniff
from genre_tagger.files.values import Tags

_UNSURE = (UnsureError, struct.error, ValueError, LookupError, ArithmeticError)

# By the container that the first bytes name: what the extension may say, and who looks.
_OGG = ("vorbis", "opus")
_LOOKS: dict[str, tuple[tuple[str, ...], Callable[[Head], Tags]]] = {
    "mp3": (("mp3",), mp3), "mp4": (("mp4",), mp4), "flac": (("flac",), flac), "vorbis": (_OGG, vorbis),
    "opus": (_OGG, opus), "wav": (("wav",), wav),
}  # fmt: skip


def glance(path: str, file: BinaryIO) -> Tags | None:
    """Read the tags of a file into which a genre can be written.

    Parameters
    ----------
    path : str
        Its extension says what it claims to be.
    file : BinaryIO
        Open for reading, and at its start; it may be anywhere afterwards.

    Returns
    -------
    Tags or None
        None if the file is not as most files are.
    """
    head = Head(path, file)
    claims, look = _LOOKS.get(sniff(head.data[:HEAD_BYTES], path) or "", ((), mp3))
    if EXTENSIONS.get(extension(path)) not in claims:
        return None
    try:
        return look(head)
    except _UNSURE:
        return None
