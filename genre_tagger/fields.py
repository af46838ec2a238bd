"""The values of tags: where each kind of tag keeps them, and how they are made fit for people.

Nothing here imports mutagen; the loaded tags are handed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

Fields = tuple[Iterable[Any], Iterable[Any], Iterable[Any], Any, Iterable[Any]]
"""Values of title, artist and album, the track, values of the genre, as a tag gives them."""

_COMMENTS = ("title", "artist", "album", "tracknumber", "genre")
_ATTRIBUTES = ("Title", "Author", "WM/AlbumTitle", "WM/TrackNumber", "WM/Genre")
_LINE_ENDS = "\u2028\u2029"


def id3_fields(tags: Any) -> Fields:
    """Take the values from ID3 frames."""
    frames = [tags.get(name) for name in ("TIT2", "TPE1", "TALB", "TRCK", "TCON")]
    title, artist, album, track, genre = (frame.text if frame is not None else () for frame in frames)
    return title, artist, album, track[0] if track else None, genre


def comment_fields(tags: Any) -> Fields:
    """Take the values from Vorbis comments, in one pass."""
    found: dict[str, list[str]] = {name: [] for name in _COMMENTS}
    for key, value in tags:
        values = found.get(key.lower())
        if values is not None:
            values.append(value)
    title, artist, album, track, genre = found.values()
    return title, artist, album, track[0] if track else None, genre


def mp4_fields(tags: Any) -> Fields:
    """Take the values from an MP4 item list (mutagen has resolved ``gnre``)."""
    track = tags.get("trkn")
    number = track[0][0] if track and track[0] else None
    return tags.get("\xa9nam", ()), tags.get("\xa9ART", ()), tags.get("\xa9alb", ()), number, tags.get("\xa9gen", ())


def asf_fields(tags: Any) -> Fields:
    """Take the values from ASF attributes, in one pass."""
    found: dict[str, list[str]] = {name: [] for name in _ATTRIBUTES}
    for key, value in tags:
        values = found.get(key)
        if values is not None:
            values.append(str(value))
    title, artist, album, track, genre = found.values()
    return title, artist, album, track[0] if track else None, genre


def ape_fields(tags: Any) -> Fields:
    """Take the values from APEv2 items."""
    found = [tags.get(name) for name in ("title", "artist", "album", "track", "genre")]
    title, artist, album, track, genre = ([str(value)] if value is not None else [] for value in found)
    return title, artist, album, track[0] if track else None, genre


def clean(text: str) -> str:
    """Put a text on one line, without control characters and halves of characters.

    Examples
    --------
    >>> clean(" Drum\\n& Bass ")
    'Drum & Bass'
    """
    if not text.isprintable():
        text = "".join(" " if c < " " or "\x7f" <= c <= "\x9f" or c in _LINE_ENDS else c for c in text)
        text = text.encode("utf-8", "replace").decode("utf-8").strip("\ufeff")
    return text.strip()


def join(values: Iterable[Any]) -> str:
    """Make one text of several values."""
    return "; ".join(_texts(values))


def genres_of(values: Iterable[Any], separators: Iterable[str] = ()) -> tuple[str, ...]:
    """Make genres of values; with separators, each value may be several of them."""
    found = list(_texts(values))
    for separator in separators:
        found = [clean(part) for text in found for part in text.split(separator)]
    return tuple(filter(None, found))


def number(value: Any) -> int | None:
    """Read a track number: the 3 of 3, "3" and "3/12"."""
    if isinstance(value, int):
        return value if 0 < value < 1_000_000 else None
    text = str(value).partition("/")[0].strip() if value is not None else ""
    return int(text) or None if text.isascii() and text.isdigit() and len(text) < 7 else None


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        for part in str(value).split("\0"):
            if text := clean(part):
                yield text
