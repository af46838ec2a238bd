"""The library as a file for others: CSV for tables, JSON for another machine or a later reinstall, and JSON back in."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from genre_tagger.base.errors import FileError
from genre_tagger.base.small_files import replacing
from genre_tagger.library.library import Library
from genre_tagger.library.teaching import Wishes
from genre_tagger.library.tracks import Decision, SavedList, Track
from genre_tagger.review.names.genre_list import GenreList, GenreListError, read_list, store_list
from genre_tagger.review.policy import clean

FORM, VERSION = "genre-tagger-library", 1
_LARGEST = 1 << 30  # bytes; a larger file is none of ours
# What a table program would take for a formula, or for the end of a cell.
_ACTING = ("=", "+", "-", "@", "\t", "\r", "\n")
_ABOUT_S = 1.0  # seconds by which the length of one recording may differ

COLUMNS: Mapping[str, Callable[[Track], object]] = {
    "path": lambda track: track.path,
    "title": lambda track: track.title,
    "artist": lambda track: track.artist,
    "album": lambda track: track.album,
    "album_artist": lambda track: track.details.album_artist,
    "disc": lambda track: track.details.disc,
    "track_number": lambda track: track.track_number,
    "year": lambda track: track.details.year,
    "composer": lambda track: track.details.composer,
    "length": lambda track: round(track.length, 3),
    "format": lambda track: track.format,
    "genres": lambda track: track.genres,
    "heard": lambda track: track.prediction.genre if track.prediction else None,
    "probability": lambda track: track.prediction.probability if track.prediction else None,
    "accepted": lambda track: track.decision.accepted if track.decision else None,
    "chosen": lambda track: track.decision.genres if track.decision else (),
    "missing": lambda track: track.missing,
}
"""What a table says of each track: ``genres`` are those of the file, ``heard`` and ``probability`` (0…1) the model's
first, ``accepted`` (yes, no or nothing) and ``chosen`` are what the user said. ``length`` is in seconds."""


def write_csv(path: str, library: Library) -> int:
    """Write a table of all tracks, sorted by path; several genres are joined by "; ". Returns how many there are.

    A text that a table program would take for a formula gets an apostrophe in front. Bytes of names that are no text
    are written as ``\\xNN``.

    Raises
    ------
    FileError
        If it cannot be written; an existing file is unchanged then.
    """
    rows = _tracks(library)

    def fill(file: Any) -> None:
        text = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([_cell(value(track)) for value in COLUMNS.values()] for track in rows)
        text.detach()

    _write(path, fill)
    return len(rows)


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = "; ".join(value) if isinstance(value, tuple) else value
    return f"'{text}" if isinstance(text, str) and text.startswith(_ACTING) else text


def write_json(path: str, library: Library) -> int:
    """Write all that a library knows and nobody else does, for :func:`read_json`. Returns how many tracks there are.

    Raises
    ------
    FileError
        If it cannot be written; an existing file is unchanged then.
    """
    rows = _tracks(library)
    stored = {
        "form": FORM, "version": VERSION, "folders": library.folders(),
        "lists": [{"name": saved.name, "rule": saved.rule, "icon": saved.icon} for saved in library.lists()],
        "genres": _own_genres(library), "learning": _learning(library),
        "tracks": [{"size": t.stamp.size} | {name: value(t) for name, value in COLUMNS.items()} for t in rows],
    }  # fmt: skip
    # ASCII, so that names of files that are no text come back byte for byte.
    _write(path, lambda file: file.write(json.dumps(stored, indent=1).encode("ascii")))
    return len(rows)


def _own_genres(library: Library) -> Any:
    """The person's list of genres as JSON has it; nothing where there is none, or none that makes sense."""
    with contextlib.suppress(GenreListError):
        own = read_list(library)
        return json.loads(own.to_json()) if own != GenreList() else None
    return None


def _learning(library: Library) -> dict[str, Any]:
    """What the person wants of learning: genres are learned anew from the decisions, wherever these go."""
    wishes = library.teaching.wishes()
    return {"trusted": sorted(wishes.trusted), "off": sorted(wishes.off), "nothing": wishes.nothing}


def _tracks(library: Library) -> list[Track]:
    return sorted(library.tracks(best_only=True), key=lambda track: track.path)


def _write(path: str, fill: Callable[[Any], object]) -> None:
    try:
        with replacing(path) as file:
            fill(file)
    except OSError as error:
        raise FileError(path, f"Nothing could be written there ({error.strerror or error}).") from error


# --- in again ------------------------------------------------------------------------------------------------


@dataclass
class TakenIn:
    """What came of taking a library's file in.

    Attributes
    ----------
    decided, same, kept, unknown : int
        Tracks that got a decision, that had the same one, that kept another of their own, and that are not here.
    lists : int
        Lists that were taken over.
    kept_lists : list of str
        Names of lists that are here already and ask for something else; those here were kept.
    genres, learning : bool
        Whether the list of own genres, and what is wanted of learning, were taken over.
    kept_genres : bool
        Whether another list of own genres is here, which was kept.
    """

    decided: int = 0
    same: int = 0
    kept: int = 0
    unknown: int = 0
    lists: int = 0
    kept_lists: list[str] = field(default_factory=list)
    genres: bool = False
    learning: bool = False
    kept_genres: bool = False


def read_json(path: str, library: Library, *, replace: bool = False) -> TakenIn:
    """Take over decisions, lists, own genres and what is to be learned, as :func:`write_json` wrote them anywhere.

    A track is known by its path; where that is another one here, by size and name, or else by artist, album, title and
    length, as long as only one track is like that. Music and tags are not touched.

    Parameters
    ----------
    path : str
    library : Library
    replace : bool
        Whether decisions, lists and own genres that are here give way.

    Raises
    ------
    FileError
        If the file cannot be read or is none of this program's; nothing was taken over then.
    """
    stored = _read(path)
    decisions = [(entry, decision) for entry in stored["tracks"] if (decision := _decision(entry)) is not None]
    lists = [_list(path, entry) for entry in stored["lists"]]
    own = _genres_of(path, stored.get("genres"))
    result = TakenIn()
    known = _Known(library.tracks(best_only=True))
    wanted: dict[Decision, list[int]] = defaultdict(list)
    for entry, decision in decisions:
        track = known.find(entry)
        if track is None:
            result.unknown += 1
        elif track.decision == decision:
            result.same += 1
        elif track.decision is not None and not replace:
            result.kept += 1
        else:
            wanted[decision].append(track.id)
            result.decided += 1
    for decision, ids in wanted.items():
        library.decide(ids, decision)
    _take_lists(library, lists, replace, result)
    _take_genres(library, own, replace, result)
    _take_learning(library, stored.get("learning"), replace, result)
    return result


def _read(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise FileError(path, f"This cannot be read ({error.strerror or error}).") from error
    try:
        stored = json.loads(data) if len(data) <= _LARGEST else None
    except (ValueError, RecursionError):
        stored = None
    if not isinstance(stored, dict) or stored.get("form") != FORM:
        raise FileError(path, "This is no library that Genre Tagger has written (JSON). Nothing was taken over.")
    sound = all(
        isinstance(stored.get(part), list) and all(isinstance(entry, dict) for entry in stored[part])
        for part in ("tracks", "lists")
    )
    if stored.get("version") != VERSION or not sound:
        raise FileError(path, "This was written by a newer Genre Tagger, or is damaged. Nothing was taken over.")
    return stored


def _decision(entry: Mapping[str, Any]) -> Decision | None:
    accepted, chosen = entry.get("accepted"), entry.get("chosen")
    texts = [text for text in chosen if isinstance(text, str)] if isinstance(chosen, list) else []
    decision = Decision(accepted if isinstance(accepted, bool) else None, clean(texts))
    return None if decision == Decision() else decision


def _list(path: str, entry: Mapping[str, Any]) -> SavedList:
    name, rule, icon = entry.get("name"), entry.get("rule"), entry.get("icon", "list")
    if not (isinstance(name, str) and isinstance(rule, str) and isinstance(icon, str)) or not name.strip():
        raise FileError(path, "A list in this file is damaged. Nothing was taken over.")
    return SavedList(name, rule, icon)


def _take_lists(library: Library, lists: Sequence[SavedList], replace: bool, result: TakenIn) -> None:
    here = {saved.name: saved for saved in library.lists()}
    for saved in lists:
        if saved.name in here and here[saved.name].rule != saved.rule and not replace:
            result.kept_lists.append(saved.name)
        elif here.get(saved.name) != saved:
            library.save_list(saved)
            result.lists += 1


def _genres_of(path: str, stored: object) -> GenreList:
    try:
        return GenreList.from_json(json.dumps(stored)) if stored is not None else GenreList()
    except GenreListError as error:
        raise FileError(path, f"The list of genres in this file is damaged: {error} Nothing was taken over.") from error


def _take_genres(library: Library, own: GenreList, replace: bool, result: TakenIn) -> None:
    try:
        here = read_list(library)
    except GenreListError:
        here = GenreList()
    if own in (GenreList(), here):
        return
    result.kept_genres = here != GenreList() and not replace
    result.genres = not result.kept_genres
    if result.genres:
        store_list(library, own)


def _take_learning(library: Library, stored: object, replace: bool, result: TakenIn) -> None:
    wishes = library.teaching.wishes()
    if not isinstance(stored, dict) or (wishes != Wishes() and not replace):
        return
    trusted, off = ([t for t in stored.get(part) or () if isinstance(t, str)] for part in ("trusted", "off"))
    nothing = stored.get("nothing") is True
    if Wishes(frozenset(trusted), frozenset(off), nothing) == wishes:
        return
    library.teaching.trust(wishes.trusted, False)
    library.teaching.trust(trusted, True)
    library.teaching.switch([*wishes.off, ""], True)
    library.teaching.switch([*off, *([""] if nothing else [])], False)
    result.learning = True


class _Known:
    """The tracks that are here, by all that they may be known by."""

    def __init__(self, tracks: Iterable[Track]) -> None:
        self._paths: dict[str, Track] = {}
        self._alike: dict[tuple[object, ...], list[Track]] = defaultdict(list)
        for track in tracks:
            self._paths[track.path] = track
            for key in self._keys(track.path, track.stamp.size, track.artist, track.album, track.title):
                self._alike[key].append(track)

    def _keys(
        self, path: object, size: object, artist: object, album: object, title: object
    ) -> Iterator[tuple[object, ...]]:
        if isinstance(path, str) and isinstance(size, int):
            yield size, os.path.basename(path)
        if title and isinstance(title, str) and isinstance(artist, str) and isinstance(album, str):
            yield artist.casefold(), album.casefold(), title.casefold()

    def find(self, entry: Mapping[str, Any]) -> Track | None:
        """Find the one track that an entry means."""
        path, length = entry.get("path"), entry.get("length")
        if isinstance(path, str) and path in self._paths:
            return self._paths[path]
        named = (entry.get(name) for name in ("size", "artist", "album", "title"))
        for key in self._keys(path, *named):
            alike = self._alike.get(key, [])
            if isinstance(length, int | float):
                alike = [track for track in alike if abs(track.length - length) <= _ABOUT_S]
            if len(alike) == 1:
                return alike[0]
        return None
