"""The values of tags: where each kind of tag keeps them, and how they are made fit for people.

Nothing here imports mutagen; the loaded tags are handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from genre_tagger.base.errors import FileStamp
from genre_tagger.base.genre_words import BETWEEN

_NONE = frozenset({"255", "(255)"})  # the number of ID3v1 for "no genre", which some programs write out
_YES = frozenset({"1", "true", "yes"})
_LINE_ENDS = "\u2028\u2029"


@dataclass(frozen=True, slots=True)
class Names:
    """What every kind of tag can say of a track beside its genre, as plain text; "" for what it does not say.

    A file's first tag of a new kind gets these from its older tags: most programs look at one kind alone, and would
    show nothing but the genre otherwise.
    """

    title: str = ""
    artist: str = ""
    album: str = ""
    track: str = ""
    year: str = ""
    comment: str = ""

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return any(self.texts())

    @property
    def track_is_named(self) -> bool:
        """Whether title, artist or album are there."""
        return bool(self.title or self.artist or self.album)

    def texts(self) -> tuple[str, ...]:
        """All six, in the order of :data:`NAMES`."""
        return self.title, self.artist, self.album, self.track, self.year, self.comment

    def filled(self, other: Names) -> Names:
        """The same, with what another tag of the file says where this one says nothing."""
        return Names(*(mine or yours for mine, yours in zip(self.texts(), other.texts(), strict=True)))


NAMES: dict[str, tuple[str, ...]] = {
    "id3v2.2": ("TT2", "TP1", "TAL", "TRK", "TYE", "COM"),
    "id3v2.3": ("TIT2", "TPE1", "TALB", "TRCK", "TYER", "COMM"),
    "id3v2.4": ("TIT2", "TPE1", "TALB", "TRCK", "TDRC", "COMM"),
    "comments": ("TITLE", "ARTIST", "ALBUM", "TRACKNUMBER", "DATE", "COMMENT"),
    "apev2": ("Title", "Artist", "Album", "Track", "Year", "Comment"),
    "info": ("INAM", "IART", "IPRD", "ITRK", "ICRD", "ICMT"),
}
"""Where each kind of tag keeps the title, the artist, the album, the track's number, the year and a comment."""


@dataclass(frozen=True, slots=True)
class Details:
    """What a file says of the album and the work that a track belongs to; only read, never written.

    Attributes
    ----------
    album_artist, composer, work : str
        On one line; empty if there is none. Several values are joined by "; ".
    disc : int or None
        The 1 of "1/2".
    year : int or None
        What the date begins with, four digits.
    compilation : bool
        Whether the file says that its album is one.
    """

    album_artist: str = ""
    disc: int | None = None
    year: int | None = None
    compilation: bool = False
    composer: str = ""
    work: str = ""


NO_DETAILS = Details()

GENRE = "genre"
FIELDS: dict[str, dict[str, str]] = {
    "mood": {
        "id3v2.3": "TMOO", "id3v2.4": "TMOO", "comments": "MOOD", "mp4": "----:com.apple.iTunes:MOOD",
        "asf": "WM/Mood", "apev2": "Mood",
    },
    "grouping": {
        "id3v2.2": "TT1", "id3v2.3": "TIT1", "id3v2.4": "TIT1", "comments": "GROUPING", "mp4": "\xa9grp",
        "asf": "WM/ContentGroupDescription", "apev2": "Grouping",
    },
}  # fmt: skip
"""Where each kind of tag keeps words beside the genre that players show, as far as it has a field for them."""

_KINDS = ("id3v2.2", "id3v2", "comments", "mp4", "asf", "apev2")
DETAILS: dict[str, tuple[str, ...]] = {
    # field           2.2    2.3, 2.4     comments                    mp4     asf                apev2
    "album_artist": ("TP2", "TPE2", "albumartist|album artist", "aART", "WM/AlbumArtist", "album artist|albumartist"),
    "disc":         ("TPA", "TPOS", "discnumber|disc", "disk", "WM/PartOfSet", "disc|discnumber"),
    "year":         ("TYE", "TDRC|TYER", "date|year", "\xa9day", "WM/Year", "year|date"),
    "compilation":  ("TCP", "TCMP", "compilation", "cpil", "WM/IsCompilation", "compilation"),
    "composer":     ("TCM", "TCOM", "composer", "\xa9wrt", "WM/Composer", "composer"),
    "work":         ("TXX:WORK", "TXXX:WORK", "work", "\xa9wrk", "WM/Work", "work"),
}  # fmt: skip
"""Where each kind of tag keeps each field of :class:`Details`; the first of the names that says anything counts.

Case does not count in the names of comments and of APEv2 items. "TXXX:WORK" is the frame that programs may name as they
like, with this description.
"""

_NATIVE = {
    kind: tuple(tuple(row[column].split("|")) for row in DETAILS.values()) for column, kind in enumerate(_KINDS)
}
NATIVE = {kind: frozenset(name for names in fields for name in names) for kind, fields in _NATIVE.items()}
"""By kind of tag, all the names in :data:`DETAILS`: what a reader has to look for."""

_COMMENT_NAMES = ("title", "artist", "album", "tracknumber", "genre")
_COMMENTS = NATIVE["comments"].union(_COMMENT_NAMES)
_ATTRIBUTE_NAMES = ("Title", "Author", "WM/AlbumTitle", "WM/TrackNumber", "WM/Genre")
_ATTRIBUTES = NATIVE["asf"].union(_ATTRIBUTE_NAMES)


@dataclass(frozen=True, slots=True)
class Tags:
    """What the tags of a file say, and how long it is.

    Attributes
    ----------
    title, artist, album : str
        On one line, without control characters; empty if there is none. Several values are joined by "; ".
    track_number : int or None
        The 3 of "3/12".
    genres : tuple of str
        In the file's order; numbers are resolved to names.
    length : float
        Seconds; 0.0 if it is not known.
    format : str
        For people: ``"MP3"``, ``"AAC"``, ``"ALAC"``, ``"FLAC"``, ``"Vorbis"``, …
    refusal : str
        Why no genre can be written into the file, as far as that is known without reading all of it; else empty.
    details : Details
        What is known of its album and its work.
    """

    title: str
    artist: str
    album: str
    track_number: int | None
    genres: tuple[str, ...]
    length: float
    format: str
    refusal: str = ""
    details: Details = NO_DETAILS

    @property
    def is_complete(self) -> bool:
        """Whether other tags of the file need not be asked."""
        return bool(self.title and self.artist and self.album and self.genres)


Fields = tuple[Sequence[Any], Sequence[Any], Sequence[Any], Any, Sequence[Any], Details]
"""Values of title, artist and album, the track, values of the genre, as a tag gives them; and the details."""

NOTHING: Fields = ((), (), (), None, (), NO_DETAILS)
"""What a file without tags says."""


def details(kind: str, get: Callable[[str], Any]) -> Details:
    """Read the details out of a tag of a kind that :data:`NATIVE` knows.

    Parameters
    ----------
    kind : str
        "id3v2.2", "id3v2", "comments", "mp4", "asf" or "apev2".
    get : callable
        Gives what the tag has by a name: a list of texts, of pairs of numbers in MP4, a truth, or nothing.
    """
    said = [""] * len(DETAILS)
    for place, names in enumerate(_NATIVE[kind]):
        for name in names:
            if value := get(name):
                said[place] = _text(value)
                break
    return _details(*said) if any(said) else NO_DETAILS


@lru_cache(maxsize=256)  # the tracks of an album say the same
def _details(album_artist: str, disc: str, year: str, compilation: str, composer: str, work: str) -> Details:
    compiled = compilation.partition(BETWEEN)[0].casefold() in _YES
    return Details(album_artist, number(disc), int(year_of(year) or 0) or None, compiled, composer, work)


def _text(value: Any) -> str:
    """Make one text of the texts a tag has, of the first number of a pair, or of a truth."""
    if isinstance(value, bool):
        return "1"
    return str(value[0][0]) if isinstance(value[0], tuple) else join(value)


def id3_fields(tags: Any) -> Fields:
    """Take the values from ID3 frames, loaded without translation: genres may be numbers."""

    def texts(name: str) -> Any:
        return frame.text if (frame := tags.get(name)) is not None else ()

    title, artist, album, track, genre = map(texts, ("TIT2", "TPE1", "TALB", "TRCK", "TCON"))
    return title, artist, album, track[0] if track else None, genre, details("id3v2", texts)


def comment_fields(tags: Any) -> Fields:
    """Take the values from Vorbis comments, in one pass."""
    found = _by_name(((key.lower(), value) for key, value in tags), _COMMENTS)
    title, artist, album, track, genre = (found.get(name, ()) for name in _COMMENT_NAMES)
    return title, artist, album, track[0] if track else None, genre, details("comments", found.get)


def mp4_fields(tags: Any) -> Fields:
    """Take the values from an MP4 item list (mutagen has resolved ``gnre``)."""
    track = tags.get("trkn")
    number = track[0][0] if track and track[0] else None
    title, artist, album, genre = (tags.get(name, ()) for name in ("\xa9nam", "\xa9ART", "\xa9alb", "\xa9gen"))
    return title, artist, album, number, genre, details("mp4", tags.get)


def asf_fields(tags: Any) -> Fields:
    """Take the values from ASF attributes, in one pass."""
    found = _by_name(((key, str(value)) for key, value in tags), _ATTRIBUTES)
    title, artist, album, track, genre = (found.get(name, ()) for name in _ATTRIBUTE_NAMES)
    return title, artist, album, track[0] if track else None, genre, details("asf", found.get)


def ape_fields(tags: Any) -> Fields:
    """Take the values from APEv2 items."""

    def texts(name: str) -> list[str]:
        return [str(value)] if (value := tags.get(name)) is not None else []

    title, artist, album, track, genre = map(texts, ("title", "artist", "album", "track", "genre"))
    return title, artist, album, track[0] if track else None, genre, details("apev2", texts)


def _by_name(pairs: Iterable[tuple[str, str]], names: frozenset[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in pairs:
        if key in names:
            found.setdefault(key, []).append(value)
    return found


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


def join(values: Sequence[Any]) -> str:
    """Make one text of several values."""
    return BETWEEN.join(_texts(values))


def genres_of(values: Sequence[Any], separators: Iterable[str] = ()) -> tuple[str, ...]:
    """Make genres of values; with separators, each value may be several of them."""
    found = _texts(values)
    for separator in separators:
        found = [clean(part) for text in found for part in text.split(separator)]
    return tuple(text for text in found if text and text not in _NONE)


def number(value: Any) -> int | None:
    """Read a track number: the 3 of 3, "3" and "3/12"."""
    if isinstance(value, int):
        return value if 0 < value < 1_000_000 else None
    text = str(value).partition("/")[0].strip() if value is not None else ""
    return int(text) or None if text.isascii() and text.isdigit() and len(text) < 7 else None


def year_of(text: str) -> str:
    """The four digits that a date begins with; "" where it does not begin with a year."""
    text = text.strip()
    return text[:4] if len(text) >= 4 and text[:4].isascii() and text[:4].isdigit() else ""


def filled(tags: Tags, names: Names, genres: tuple[str, ...]) -> Tags:
    """Put the values of another tag of the same file where the first one says nothing."""
    return replace(
        tags,
        title=tags.title or clean(names.title),
        artist=tags.artist or clean(names.artist),
        album=tags.album or clean(names.album),
        track_number=number(names.track) if tags.track_number is None else tags.track_number,
        genres=tags.genres or genres,
        details=tags.details if tags.details.year or not names.year else _dated(tags.details, names.year),
    )


def _dated(said: Details, year: str) -> Details:
    return replace(said, year=int(year_of(year) or 0) or None)


def _texts(values: Sequence[Any]) -> list[str]:
    if len(values) == 1 and type(values[0]) is str and values[0].isprintable():  # nearly always
        text = values[0].strip()
        return [text] if text else []
    parts = (clean(part) for value in values for part in str(value).split("\0"))
    return [part for part in parts if part]


@dataclass(frozen=True, slots=True)
class ScannedTrack:
    """A file on disk and what its tags say."""

    path: str
    stamp: FileStamp
    tags: Tags


@dataclass(frozen=True, slots=True)
class Walked:
    """A stretch of a folder has been looked through: a point to show progress and to stop at.

    `files` counts the audio files among its entries, changed or not; `playlists` are the paths of those among them.
    """

    folder: str
    files: int
    playlists: tuple[str, ...] = ()
