"""The library: every track with its tags, prediction and decision, in one SQLite file."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from types import TracebackType
from typing import Any, Self

from genre_tagger.base.errors import FileFailure, LibraryError
from genre_tagger.files.values import ScannedTrack
from genre_tagger.library import albums, piles, rules, schema, steps, storing, teaching
from genre_tagger.library.finding import clear_tags, query, words_index
from genre_tagger.library.finding.among import Among
from genre_tagger.library.finding.besides import WithBesides
from genre_tagger.library.finding.conditions import asks
from genre_tagger.library.finding.finder import Finder
from genre_tagger.library.finding.known import Known
from genre_tagger.library.shelves.browsing import Above, Chosen, Shelves, alone, shelves
from genre_tagger.library.shelves.playlists import Playlists
from genre_tagger.library.storing import key, words_of
from genre_tagger.library.tracks import (
    Decision,
    Prediction,
    SavedList,
    TagFact,
    Track,
    facts_from_json,
)

_SEVERAL = 100


class Library:
    """One connection to a library file; every thread opens its own.

    Attributes
    ----------
    path : str
        The file.
    set_aside : str or None
        Where a damaged library was put when this one was opened in its place.
    """

    def __init__(self, path: str, db: sqlite3.Connection, set_aside: str | None = None) -> None:
        self.path = path
        self.set_aside = set_aside
        self._db, self._among = db, Among(db)
        self._besides = WithBesides(db, self._among.labels)
        self._finder = Finder(db, self._writing)
        db.create_function("lacks", 2, storing.lacks, deterministic=True)
        db.create_function("fold", 1, lru_cache(maxsize=4096)(storing.fold), deterministic=True)
        db.create_function("fold_path", 1, lambda path: storing.fold(os.fsdecode(path)), deterministic=True)

    @classmethod
    def open(cls, path: str, *, check: bool = False) -> Library:
        """Open or create a library; a damaged one is set aside and replaced by an empty one.

        With `check` the whole file is looked through for damage first (once per program start).

        Raises
        ------
        LibraryError
            If it cannot be opened, comes from a newer version, or is a file of another kind.
        """
        try:
            return cls(path, schema.connect(path, check=check))
        except sqlite3.DatabaseError:
            set_aside, folders = schema.set_aside(path)
        library = cls(path, schema.connect(path), set_aside)
        for folder in folders:
            library.add_folder(folder)
        return library

    @property
    def among(self) -> tuple[str, ...]:
        """The model's genres that predictions are read by, as if it chose among these alone; empty for all.

        What a person taught stands beside them. May be changed at any time: what is stored has the shares of all.
        """
        return self._among.chosen

    @among.setter
    def among(self, genres: tuple[str, ...]) -> None:
        self._among.chosen = genres

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; what the disk or another program refuses becomes a LibraryError."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                # A full disk has SQLite roll back by itself.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.DatabaseError as error:
            raise LibraryError(f"The library {self.path} could not be written. {schema.trouble(error)}") from error

    # --- folders -------------------------------------------------------------------------------------

    def folders(self) -> list[str]:
        """List the folders and files the user added."""
        return [os.fsdecode(row[0]) for row in self._rows("SELECT path FROM folders ORDER BY path")]

    def add_folder(self, path: str) -> None:
        """Remember a folder to be scanned again at every start."""
        with self._writing() as db:
            db.execute("INSERT OR IGNORE INTO folders VALUES (?)", (os.fsencode(os.path.abspath(path)),))

    def remove_folder(self, path: str) -> None:
        """Forget a folder and the tracks below it, unless another added folder holds them; files stay."""
        with self._writing() as db:
            storing.forget_folder(db, path)

    # --- storing -------------------------------------------------------------------------------------

    def store(
        self,
        *outcomes: ScannedTrack | FileFailure | Prediction,
        meant: Callable[[Prediction], Sequence[str]] = words_of,
    ) -> None:
        """Store outcomes of the line in one transaction.

        A file that changed since loses its prediction; a new path with the (dev, ino, size, mtime) of a vanished
        file takes over that file's row. Where the user said yes to what was predicted and that is another genre now,
        the yes stays one to the words that were `meant`.

        Raises
        ------
        LibraryError
            If the library cannot be written; nothing of this call is stored then.
        """
        with self._writing() as db:
            storing.store_scanned(db, [outcome for outcome in outcomes if isinstance(outcome, ScannedTrack)])
            predictions = [outcome for outcome in outcomes if isinstance(outcome, Prediction)]
            self._among.genres()
            storing.store_predictions(db, predictions, lambda prediction: meant(self._among.read(prediction)))
            for outcome in outcomes:
                if isinstance(outcome, FileFailure):
                    storing.store_failure(db, outcome)

    def restamp(self, track: ScannedTrack, *, unreviewed: bool | None = None, besides: Sequence[str] = ()) -> None:
        """Store a known file that this program itself has just tagged: its sound, its prediction and length stand.

        `unreviewed` says whether its genres are the model's, with no word from a person, as those `besides` are in any
        case; None gives back what was.
        """
        with self._writing() as db:
            if known := db.execute("SELECT length, id FROM tracks WHERE path = ?", (key(track.path),)).fetchone():
                tags = replace(track.tags, length=known[0] or track.tags.length)
                with teaching.whose(db, known[1], unreviewed, besides):
                    db.execute(storing.UPSERT, storing.scanned_row(replace(track, tags=tags)))

    def move(self, ways: Iterable[tuple[str, str]]) -> None:
        """Have tracks follow files that this program itself has moved, from path to path; all at once."""
        with self._writing() as db:
            storing.move(db, ways)

    def decide(self, ids: Iterable[int], decision: Decision | None) -> None:
        """Store what the user said of some tracks; None takes it back."""
        tracks = ids if isinstance(ids, array) else array("q", ids)
        with self._writing() as db:
            if len(tracks) > _SEVERAL and piles.KEPT.is_whole(db):
                piles.decide(db, tracks, decision)
            else:
                storing.decide(db, tracks, decision)

    def decide_alike(
        self, ids: Iterable[int], change: Callable[[Track], Decision | None], threshold: float,
        agreed: float | None = None, further: tuple[Sequence[str], int] = ((), 0),
    ) -> dict[Decision | None, array[int]] | None:  # fmt: skip
        """Store what `change` makes of tracks, asking it once for all that are alike.

        It may look at a track's genres, its decision, what is heard in it (or in its album, where the share `agreed`
        of that agrees), whether that is as sure as `threshold` (0…1), whether it can be written, and what is heard
        besides, where that becomes `further` genres: see :class:`genre_tagger.library.finding.query.Asked`.

        Returns
        -------
        dict of Decision or None to array of int, or None
            The tracks that something else is said of now, by what was said before; None, and nothing is stored, where
            it has to be asked of each track.
        """
        percent = query.whole_percent(threshold)
        with self._writing() as db:
            if not piles.KEPT.is_whole(db):
                return None

            def load(some: list[int]) -> Iterator[Track]:
                return self.tracks(ids=some, best_only=not further[0])

            if percent is not None and agreed is None and not self.among and not further[0]:
                return piles.decide_alike(db, ids, change, percent, load)
            self._besides.tag_lists = self._tag_lists()
            sql, parameters = query.alike(threshold, agreed, self._among.columns, further)
            rows = db.execute(sql, {**parameters, "some": json.dumps(list(ids))})
            groups = {sample: array("q", map(int, text.split(","))) for sample, text in rows}
            return piles.decide_groups(db, groups, change, load)

    @property
    def albums(self) -> albums.Albums:
        """What albums are made of, what is heard in their tracks, and what they say together."""
        orders = self._finder.orders if self._finder.is_large() else None
        return albums.Albums(self._db, self._reading, self._writing, self._among.genres, orders)

    @property
    def steps(self) -> steps.Steps:
        """What was decided at once, to be taken back at once."""
        return steps.Steps(self._db, self._writing)

    def document(self, name: str) -> str:
        """Give a text that belongs to the library; "" where there is none of that name."""
        return next((str(row[0]) for row in self._rows("SELECT text FROM documents WHERE name = ?", (name,))), "")

    def set_document(self, name: str, text: str) -> None:
        """Store a text that belongs to the library."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO documents VALUES (?, ?)", (name, text))

    # --- rescanning ----------------------------------------------------------------------------------

    def known(self) -> Known:
        """What is known of size, mtime and place of all tracks, for a rescan by this connection."""
        with self._reading():
            return Known(self._db, self._reading, self.place)

    def place(self, files: Iterable[tuple[int, int, bytes]]) -> None:
        """Store device and inode of unchanged files that lie elsewhere now: :attr:`Known.elsewhere`."""
        with self._writing() as db:
            db.executemany("UPDATE tracks SET dev = ?, ino = ? WHERE path = ?", files)

    def mark_vanished(self, paths: Iterable[str]) -> None:
        """Mark tracks whose files are gone; they keep their row in case the files come back."""
        with self._writing() as db:
            db.executemany("UPDATE tracks SET missing = 1 WHERE path = ?", [(key(path),) for path in paths])

    def forget_failures(self, paths: Iterable[str]) -> None:
        """Forget failures so that the next scan and classification try these files again."""
        with self._writing() as db:
            storing.forget_failures(db, paths)

    def forget_folder_failures(self, folders: Iterable[str]) -> None:
        """Forget what could not be read at or below `folders`; the scan that follows reports it anew."""
        with self._writing() as db:
            storing.forget_folder_failures(db, [os.path.abspath(folder) for folder in folders])

    # --- reading -------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """What SQLite cannot read becomes a LibraryError."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise LibraryError(f"The library {self.path} could not be read. {schema.trouble(error)}") from error

    def _rows(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> Iterator[Any]:
        with self._reading():
            yield from self._db.execute(sql, parameters)

    def index_words(self) -> Iterator[int]:
        """Take new tracks into the index before :meth:`find` does; yields after some thousand how many ids are left."""
        with self._reading():
            yield from words_index.fill(self._db, self._writing)

    def alike(self, genres: Sequence[str], size: int, within: int) -> list[str]:
        """List the files that hold just these genres and have about this size (bytes)."""
        sql = "SELECT path FROM tracks WHERE genres = ? AND size BETWEEN ? AND ?"
        return [os.fsdecode(row[0]) for row in self._rows(sql, (storing.pack(genres), size - within, size + within))]

    def namesakes(self, path: str) -> list[str]:
        """List the other names under which the library has the file that it has at `path`, as links have them."""
        same = " AND ".join(f"o.{name} = t.{name}" for name in ("ino", "dev", "size", "mtime_ns"))
        sql = f"SELECT o.path FROM tracks t JOIN tracks o ON {same} AND o.id <> t.id WHERE t.path = ? AND NOT o.missing"
        return [os.fsdecode(row[0]) for row in self._rows(sql, (key(path),))]

    def count(self, *, unclassified: bool = False, model: str | None = None) -> int:
        """Count the tracks, or those that `model` still has to classify."""
        if not unclassified:
            return self.count_found()
        sql = f"SELECT count(*) {storing.FROM} WHERE {query.UNCLASSIFIED}"
        return int(next(self._rows(sql, {"model": model}))[0])

    def tracks(
        self,
        *,
        ids: Iterable[int] | None = None,
        paths: Iterable[str] | None = None,
        unclassified: bool = False,
        model: str | None = None,
        best_only: bool = False,
    ) -> Iterator[Track]:
        """Yield tracks; all of them in the order of their ids when nothing is asked for.

        Parameters
        ----------
        ids, paths : iterable, optional
            Only these, in their order in the library; those that the library does not know are left out.
        unclassified, model : bool, str
            Only tracks that can be classified and are not yet (by the model of this name, when it is given).
        best_only : bool
            Leave tags and all candidates but the likeliest out of the predictions, to save memory.
        """
        with self._reading():
            best = self._among.best_only
        columns = best if best_only else storing.ALL
        if ids is None and paths is None:
            yield from self._all_tracks(columns, query.UNCLASSIFIED if unclassified else "1", model)
            return
        column, keys = ("t.id", list(ids)) if ids is not None else ("t.path", [key(p) for p in paths or ()])
        for chunk in storing.chunks(keys):
            sql = f"SELECT {columns} {storing.FROM} WHERE {column} IN ({storing.marks(chunk)}) ORDER BY t.id"
            yield from map(self._among.track_of, list(self._rows(sql, chunk)))

    def _all_tracks(self, columns: str, where: str, model: str | None) -> Iterator[Track]:
        # Page by page: the reader may take hours over a page (classifying it), and a read transaction held
        # open for so long would keep SQLite from ever truncating its WAL.
        last = -1
        while True:
            sql = f"SELECT {columns} {storing.FROM} WHERE t.id > :last AND {where} ORDER BY t.id LIMIT {storing.CHUNK}"
            page = list(self._rows(sql, {"last": last, "model": model}))
            if not page:
                return
            yield from map(self._among.track_of, page)
            last = page[-1][0]

    def find(
        self, *, words: str = "", listed: str = "", order: str = "path", descending: bool = False, **asked: Any
    ) -> array[int]:
        """Filter and sort in SQL.

        Parameters
        ----------
        words, listed : str
            What the filter line says and what a list asks for; a track has to have both. See
            :func:`genre_tagger.library.rules.parse`; what that does not understand is left out.
        order, descending : str, bool
            A key of :data:`genre_tagger.library.finding.query.ORDERS`, and whether to turn it around.
        **asked
            More that a track has to have: see :class:`genre_tagger.library.finding.query.Asked`.

        Returns
        -------
        array of int64
            Track ids.
        """
        with self._reading():
            return self._finder.find(self._asked(words, listed, **asked), order, descending)

    def begin_to_find(
        self, number: int, *, words: str = "", listed: str = "", order: str = "path", descending: bool = False,
        **asked: Any,
    ) -> array[int] | None:
        """Give the first `number`, or fewer, of what :meth:`find` gives; None where all are as quick to find."""
        with self._reading():
            return self._finder.begin(self._asked(words, listed, **asked), order, descending, number)

    def count_found(self, *, words: str = "", listed: str = "", **asked: Any) -> int:
        """Count what :meth:`find` would find."""
        with self._reading():
            return self._finder.count(self._asked(words, listed, **asked))

    def unprepared(self) -> int:
        """Count the tracks that :meth:`prepare` has still to look at: of an older library, or to be read by others."""
        with self._reading():
            return piles.KEPT.left(self._db) + clear_tags.KEPT.left(self._db) + self._among.left()

    def prepare(self) -> Iterator[int]:
        """Do what makes a large library quick, as far as it is not done; yields how many tracks each step was about.

        Everything works without it, and what was interrupted goes on the next time.
        """
        yield from piles.fill(self._db, self._writing)
        with self._reading():
            yield from clear_tags.fill(self._db, self._writing)
            yield from self._among.fill(self._writing)
        for _ in self.index_words():
            yield 0
        with self._reading():
            for _ in self._finder.orders.prepare() if self._finder.is_large() else ():
                yield 0

    def shelves(
        self, chosen: Chosen, *, words: str = "", listed: str = "", above: Above = alone, **asked: Any
    ) -> Shelves:
        """Count tracks and seconds by genre, by the artists of the chosen genre, and by their albums.

        Only what has all else that is asked for is counted; see :meth:`find`. `above` says what genres are kinds of.
        """
        statements, parameters = query.count_shelves(self._asked(words, listed, **asked), chosen)
        genres, artists, found = (list(self._rows(sql, parameters)) for sql in statements)
        return shelves(genres, artists, found, above)

    def _asked(self, words: str, listed: str, **asked: Any) -> query.Asked:
        """Read filter line and list, and see to it that the words can be looked for."""
        rule = rules.both(rules.parse(listed).rule, rules.parse(words).rule)
        if asks(rule, rules.Words, rules.Phrase):
            for _ in self.index_words():
                pass
        known = asks(rule, rules.Sounds) or asked.get("further", ((), 0))[0]
        tag_lists = self._besides.tag_lists = self._tag_lists() if known else {}
        return query.Asked(rule, tag_lists, clear_tags.KEPT.is_whole(self._db), columns=self._among.columns, **asked)

    def _tag_lists(self) -> dict[int, tuple[TagFact, ...]]:
        return {number: facts_from_json(facts) for number, facts in self._rows("SELECT id, facts FROM tag_lists")}

    def lists(self) -> list[SavedList]:
        """List the filters that were saved, by name."""
        rows = self._rows("SELECT name, rule, icon FROM lists ORDER BY name COLLATE NOCASE, name")
        return [SavedList(*row) for row in rows]

    def save_list(self, saved: SavedList | None, *, instead_of: str | None = None) -> None:
        """Save a list in the place of its namesake, and of the one that `instead_of` names; None forgets that one."""
        with self._writing() as db:
            db.execute("DELETE FROM lists WHERE name = ?", (instead_of,))
            if saved is not None:
                db.execute("INSERT OR REPLACE INTO lists VALUES (?, ?, ?)", (saved.name, saved.rule, saved.icon))

    @property
    def teaching(self) -> teaching.Teaching:
        """What learning a person's genres reads and stores here."""
        return teaching.Teaching(self._db, self._reading, self._writing, self._among)

    @property
    def playlists(self) -> Playlists:
        """What is known of playlists in the library's folders."""
        return Playlists(self._db, self._reading, self._writing)

    def genre_counts(self) -> list[tuple[str, int]]:
        """Count tracks by each genre their files have, most first; "" counts those without one."""
        with self._reading():
            return piles.genre_counts(self._db)

    def failures(self) -> list[FileFailure]:
        """List what went wrong with files and folders, by path."""
        rows = self._rows(
            "SELECT path, error_stage, error FROM tracks WHERE error IS NOT NULL "
            "UNION ALL SELECT path, 'scan', reason FROM folder_failures ORDER BY path"
        )
        return [FileFailure(os.fsdecode(path), stage, reason) for path, stage, reason in rows]
