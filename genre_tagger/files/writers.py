"""Who writes the genres of each container: splices of our own, or a tag library's classes, which are handed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

from genre_tagger.files.splice import riff, splice
from genre_tagger.files.splice.id3 import FRESH_PADDING, Id3Style

Writer = Callable[[str, BinaryIO, tuple[str, ...], Id3Style], None]
"""Takes the path (for messages), the open private copy, the genres, and how ID3 tags are made."""


def comment_writer(reader: Callable[..., Any]) -> Writer:
    """Make the writer of ``GENRE`` in Vorbis comments, once for each genre, in the place of the first there was."""

    def write(path: str, file: BinaryIO, genres: tuple[str, ...], style: Id3Style) -> None:
        loaded = _loaded(reader, file)
        comments = list[tuple[str, str]]()
        left: list[str] | None = list(genres)
        for key, value in loaded.tags:
            if key.upper() != "GENRE":
                comments.append((key, value))
            elif left is not None:
                comments += [(key, genre) for genre in left]
                left = None
        loaded.tags[:] = comments + [("GENRE", genre) for genre in left or ()]
        _save(loaded, file)

    return write


def item_writer(reader: Callable[..., Any], name: str) -> Writer:
    """Make the writer of one named item that takes a list of values (MP4, ASF)."""

    def write(path: str, file: BinaryIO, genres: tuple[str, ...], style: Id3Style) -> None:
        loaded = _loaded(reader, file)
        if genres:
            loaded.tags[name] = list(genres)
        elif name in loaded.tags:
            del loaded.tags[name]
        _save(loaded, file)

    return write


def write_front(path: str, file: BinaryIO, genres: tuple[str, ...], style: Id3Style) -> None:
    """Write MP3 and TTA (see :func:`genre_tagger.files.splice.splice.write_front`)."""
    splice.write_front(path, file, genres, style)


def write_end(path: str, file: BinaryIO, genres: tuple[str, ...], style: Id3Style) -> None:
    """Write files that end with an APEv2 tag (see :func:`genre_tagger.files.splice.splice.write_end`)."""
    splice.write_end(path, file, genres)


def write_dsf(path: str, file: BinaryIO, genres: tuple[str, ...], style: Id3Style) -> None:
    """Write DSF (see :func:`genre_tagger.files.splice.splice.write_dsf`)."""
    splice.write_dsf(path, file, genres, style)


def write_riff(path: str, file: BinaryIO, genres: tuple[str, ...], style: Id3Style) -> None:
    """Write WAV and AIFF (see :func:`genre_tagger.files.splice.riff.write_genres`)."""
    riff.write_genres(path, file, genres, style)


def _loaded(reader: Callable[..., Any], file: BinaryIO) -> Any:
    file.seek(0)
    loaded = reader(file)
    if loaded.tags is None:
        loaded.add_tags()
    return loaded


def _save(loaded: Any, file: BinaryIO) -> None:
    file.seek(0)
    loaded.save(file, padding=_padding)


def _padding(info: Any) -> int:
    """Keep the size of the tag where its padding (in bytes, negative when too little) allows that."""
    return info.padding if info.padding >= 0 else FRESH_PADDING
