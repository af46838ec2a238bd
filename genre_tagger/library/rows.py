"""What the library holds of a track: the values, and their way into and out of SQL."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from sys import intern
from typing import Any

from genre_tagger.base.errors import FileStamp
from genre_tagger.files.outcomes import ScannedTrack
from genre_tagger.library.tracks import Heard, NoGenre, facts_from_json

_SEPARATOR = "\x1f"

COLUMNS = (
    "t.id, t.path, t.title, t.artist, t.album, t.track_number, t.genres, t.length, t.format, "
    "t.dev, t.ino, t.size, t.mtime_ns, t.missing, t.error, t.error_stage, "
    "p.model, p.genre, p.probability, {candidates}, d.track, d.accepted, d.genres, p.why_none, {tags}"
)
_FACTS = "(SELECT l.facts FROM tag_lists l WHERE l.id = p.tag_list)"
ALL = COLUMNS.format(candidates="p.candidates", tags=f"p.tags, {_FACTS}")
BEST_ONLY = COLUMNS.format(candidates="NULL", tags="NULL, NULL")
FROM = "FROM tracks t LEFT JOIN predictions p ON p.track = t.id LEFT JOIN decisions d ON d.track = t.id"

_FIELDS = (
    "path, dev, ino, size, mtime_ns, format, title, artist, album, sort_title, sort_artist, sort_album, "
    "track_number, genres, length"
)
UPSERT = (
    f"INSERT INTO tracks ({_FIELDS}) VALUES (?{', ?' * 14}) ON CONFLICT (path) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _FIELDS.split(", ")[1:])
    + ", missing = 0, error = NULL, error_stage = NULL"
)
# A file that fails keeps what was read from it when it was still well.
UPSERT_FAILED = (
    "INSERT INTO tracks (path, dev, ino, size, mtime_ns, sort_title) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (path) DO UPDATE SET dev = excluded.dev, ino = excluded.ino, size = excluded.size, "
    "mtime_ns = excluded.mtime_ns, missing = 0"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A genre and how likely the model finds it, in 0…1."""

    genre: str
    probability: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model named `model` says of a track.

    Attributes
    ----------
    candidates : tuple of Candidate
        All its genres, the likeliest first; empty when it names none.
    nothing : NoGenre or None
        Why it names none.
    heard : Heard or None
        Styles, moods, eras and voices, where the model has them.
    """

    path: str
    model: str
    candidates: tuple[Candidate, ...] = ()
    nothing: NoGenre | None = None
    heard: Heard | None = None

    @property
    def genre(self) -> str | None:
        """The likeliest genre."""
        return self.candidates[0].genre if self.candidates else None

    @property
    def probability(self) -> float | None:
        """The likeliest genre's probability, in 0…1."""
        return self.candidates[0].probability if self.candidates else None

    @property
    def styles(self) -> tuple[str, ...]:
        """Styles worth offering beside the genres, as they would be written into a file; the strongest first."""
        if self.heard is None:
            return ()
        return tuple(tag.fact.label for tag in self.heard.styles([one.genre for one in self.candidates]))

    @property
    def strong_style(self) -> str | None:
        """The style that is one of the strongest things to say of the track, if there is one."""
        if self.heard is None:
            return None
        besides = [one.genre for one in self.candidates]
        return next((tag.fact.label for tag in self.heard.styles(besides) if tag.strong), None)


@dataclass(frozen=True, slots=True)
class Decision:
    """What the user said: yes, no or nothing yet; and the genres of their own choice, if any."""

    accepted: bool | None = None
    genres: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Track:
    """A row of the library. `length` is in seconds; `error` is a sentence or None."""

    id: int
    path: str
    title: str
    artist: str
    album: str
    track_number: int | None
    genres: tuple[str, ...]
    length: float
    format: str
    stamp: FileStamp
    missing: bool
    error: str | None
    error_stage: str | None
    prediction: Prediction | None
    decision: Decision | None


class Known:
    """The files that the library knew when a scan began; records which of them the scan met.

    Attributes
    ----------
    seen : set of str
        What the scan met.
    elsewhere : list of (int, int, bytes)
        Device and inode, both :func:`signed`, and :func:`key` of files that are as they were, but lie elsewhere on the
        drive, or whose drive was plugged in again. A write wants to know each file by its inode.
    """

    def __init__(self, files: dict[str, tuple[int, int, int, int]]) -> None:
        self._files = files
        self.seen: set[str] = set()
        self.elsewhere: list[tuple[int, int, bytes]] = []

    def __call__(self, path: str, stat: os.stat_result) -> bool:
        """Tell whether the file is as the library knows it (same size and mtime)."""
        self.seen.add(path)
        known = self._files.get(path)
        if known is None or known[:2] != (stat.st_size, stat.st_mtime_ns):
            return False
        place = signed(stat.st_dev), signed(stat.st_ino)
        if known[2:] != place:
            self.elsewhere.append((*place, key(path)))
        return True

    def unseen(self, folders: Iterable[str]) -> list[str]:
        """List the known files below `folders` (or equal to one) that the scan did not meet."""
        roots = [os.path.abspath(folder) for folder in folders]
        below = tuple(os.path.join(root, "") for root in roots)
        gone = self._files.keys() - self.seen
        return [path for path in gone if path.startswith(below) or path in roots]


def key(path: str) -> bytes:
    """Turn a path into what the database keeps: the very bytes of the file system."""
    return os.fsencode(path)


def signed(number: int) -> int:
    """Fold an unsigned 64-bit number (an inode, a device) into SQLite's signed integers."""
    return (number + 2**63) % 2**64 - 2**63


def fold(text: str) -> str:
    """Fold case and accents away, so that Älva sorts beside Alva."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    folded = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    # A file name standing in for a title may hold bytes that are no UTF-8; SQLite takes no lone surrogates.
    return folded.encode("utf-8", "replace").decode()


def pack(genres: Sequence[str]) -> str:
    """Join genres into one text in which every value is found between two separators."""
    values = [genre.replace(_SEPARATOR, " ") for genre in genres]
    return _SEPARATOR + _SEPARATOR.join(values) + _SEPARATOR if values else ""


def unpack(text: str) -> tuple[str, ...]:
    """Take the genres out of what :func:`pack` made."""
    return tuple(text[1:-1].split(_SEPARATOR)) if text else ()


def lacks(has: str, wanted: str | None) -> bool:
    """Tell whether packed genres lack one of those wanted, in any case of letters; for use in SQL."""
    folded = {genre.casefold() for genre in unpack(has)}
    return any(genre.casefold() not in folded for genre in unpack(wanted or ""))


def stamp_row(stamp: FileStamp) -> tuple[int, int, int, int]:
    """Dev, ino, size and mtime as SQLite can hold them."""
    return signed(stamp.dev), signed(stamp.ino), stamp.size, stamp.mtime_ns


def scanned_row(track: ScannedTrack) -> tuple[object, ...]:
    """Parameters of :data:`UPSERT`."""
    tags = track.tags
    return (
        key(track.path), *stamp_row(track.stamp), tags.format, tags.title, tags.artist, tags.album,
        fold(tags.title or os.path.basename(track.path)), fold(tags.artist), fold(tags.album),
        tags.track_number, pack(tags.genres), tags.length,
    )  # fmt: skip


def prediction_row(prediction: Prediction) -> tuple[object, ...]:
    """Model, genre, probability, candidates, why there is none, values of the tags, and path."""
    candidates = json.dumps([[c.genre, round(c.probability, 6)] for c in prediction.candidates], ensure_ascii=False)
    tags = prediction.heard.packed if prediction.heard else None
    return (
        prediction.model, prediction.genre, prediction.probability, candidates, prediction.nothing, tags,
        key(prediction.path),
    )  # fmt: skip


def _prediction_of(row: Sequence[Any], path: str) -> Prediction:
    pairs = json.loads(row[19]) if row[19] else [] if row[17] is None else [[row[17], row[18]]]
    candidates = tuple(Candidate(intern(genre), probability) for genre, probability in pairs)
    heard = Heard(facts_from_json(row[25]), row[24]) if row[24] is not None and row[25] is not None else None
    return Prediction(path, intern(row[16]), candidates, NoGenre(row[23]) if row[23] else None, heard)


def track_of(row: Sequence[Any]) -> Track:
    """Build a track from a row of :data:`COLUMNS`."""
    path = os.fsdecode(row[1])
    dev, ino, size, mtime_ns = row[9:13]
    prediction = None if row[16] is None else _prediction_of(row, path)
    decision = None
    if row[20] is not None:
        decision = Decision(None if row[21] is None else bool(row[21]), unpack(row[22]))
    return Track(
        row[0], path, row[2], intern(row[3]), intern(row[4]), row[5], tuple(map(intern, unpack(row[6]))), row[7],
        intern(row[8]), FileStamp(dev % 2**64, ino % 2**64, size, mtime_ns), bool(row[13]), row[14], row[15],
        prediction, decision,
    )  # fmt: skip
