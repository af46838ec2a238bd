"""ID3v2.3 and 2.4 tags without anything unusual."""

from __future__ import annotations

from genre_tagger.files.glance.head import UnsureError
from genre_tagger.files.splice import id3

_VERSIONS = (3, 4)
_PLAIN = b"\0\0"
_TEXT, _ENCODING = ord("T"), slice(10, 11)
_MOST_FRAMES = 1000


def plain_tag(raw: bytes) -> id3.Id3Tag:
    """Take a whole tag apart.

    Raises
    ------
    UnsureError
        If anything in it is unusual.
    """
    if raw[3] not in _VERSIONS or raw[5]:
        raise UnsureError
    tag = id3.parse(raw)
    if tag is None or tag.problems or tag.plain_sizes or len(tag.frames) > _MOST_FRAMES:
        raise UnsureError
    if any(frame.flags != _PLAIN or (frame.id[0] == _TEXT and frame.raw[_ENCODING] > b"\3") for frame in tag.frames):
        raise UnsureError
    return tag
