"""The library's file: its tables and migrations, its lock, and how a damaged one is set aside."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence

from genre_tagger.base.errors import LibraryError
from genre_tagger.base.small_files import name_aside
from genre_tagger.library import albums, piles
from genre_tagger.library.finding import among, clear_tags, orders
from genre_tagger.library.shelves import playlists

APPLICATION_ID = 0x47546167  # "GTag"
BUSY_TIMEOUT_S = 15.0

# The words of a track, as the full-text index holds them; also needed to delete them from a contentless index.
_WORDS = (
    "{0}.title || ' ' || {0}.artist || ' ' || {0}.album || ' ' || "
    "replace({0}.genres, char(31), ' ') || ' ' || CAST({0}.path AS TEXT)"
)

# Adds new tracks, from one id to another, to the full-text index.
INDEX_WORDS = (
    f"INSERT INTO words (rowid, text) SELECT t.id, {_WORDS.format('t')} FROM tracks t WHERE t.id > ? AND t.id <= ?"
)

_BUSY = "Another program is using it; try again in a moment."
# What is wrong and what helps, in plain words, by the beginning of the name of SQLite's error.
_TROUBLES = {
    "SQLITE_FULL": "Its drive is full; make room there and try again.",
    "SQLITE_READONLY": "It may only be read: the file, its folder or its drive is write-protected.",
    "SQLITE_CANTOPEN": "It cannot be reached, or its folder may not be written to.",
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "SQLITE_IOERR": "Its drive does not take or give the data: it may be full or failing. Check it and try again.",
}

# One script per version; a new version appends a script and never changes an old one.
MIGRATIONS: tuple[str, ...] = (
    f"""
    CREATE TABLE folders (path BLOB PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE tracks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,   -- an id is never used again; see words_until
        path BLOB NOT NULL UNIQUE,
        dev INTEGER NOT NULL, ino INTEGER NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
        format TEXT NOT NULL DEFAULT '',
        title TEXT NOT NULL DEFAULT '', artist TEXT NOT NULL DEFAULT '', album TEXT NOT NULL DEFAULT '',
        sort_title TEXT NOT NULL DEFAULT '', sort_artist TEXT NOT NULL DEFAULT '',
        sort_album TEXT NOT NULL DEFAULT '',
        track_number INTEGER,
        genres TEXT NOT NULL DEFAULT '',   -- char(31) before, between and after the values; '' for none
        length REAL NOT NULL DEFAULT 0,
        missing INTEGER NOT NULL DEFAULT 0,
        error_stage TEXT, error TEXT
    );
    CREATE INDEX tracks_by_inode ON tracks (ino);
    CREATE TABLE predictions (
        track INTEGER PRIMARY KEY REFERENCES tracks ON DELETE CASCADE,
        model TEXT NOT NULL, genre TEXT NOT NULL, probability REAL NOT NULL,
        candidates TEXT NOT NULL           -- JSON [[genre, probability], …], best first
    );
    CREATE TABLE decisions (
        track INTEGER PRIMARY KEY REFERENCES tracks ON DELETE CASCADE,
        accepted INTEGER, genres TEXT NOT NULL DEFAULT ''
    );
    CREATE TABLE folder_failures (path BLOB PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID;
    CREATE VIRTUAL TABLE words USING fts5 (
        text, content='', columnsize=0, detail=none, prefix='2 3', tokenize="unicode61 remove_diacritics 2"
    );
    -- Tracks up to this id are in the index; the others are added when words are first looked for, because
    -- the index costs a scan more than the rest of the library does.
    CREATE TABLE words_until (id INTEGER NOT NULL);
    INSERT INTO words_until VALUES (0);
    CREATE TRIGGER words_delete AFTER DELETE ON tracks WHEN old.id <= (SELECT id FROM words_until) BEGIN
        INSERT INTO words (words, rowid, text) VALUES ('delete', old.id, {_WORDS.format("old")});
    END;
    CREATE TRIGGER words_update AFTER UPDATE OF title, artist, album, genres, path ON tracks
    WHEN old.id <= (SELECT id FROM words_until) AND {_WORDS.format("old")} IS NOT {_WORDS.format("new")} BEGIN
        INSERT INTO words (words, rowid, text) VALUES ('delete', old.id, {_WORDS.format("old")});
        INSERT INTO words (rowid, text) VALUES (new.id, {_WORDS.format("new")});
    END;
    """,
    # Predictions may name no genre, and carry the values of the model's tags. What was silent or too short used to
    # be a failure; those tracks are classified again.
    """
    CREATE TABLE tag_lists (id INTEGER PRIMARY KEY, facts TEXT NOT NULL UNIQUE);  -- JSON, see tracks.py
    CREATE TABLE newer (
        track INTEGER PRIMARY KEY REFERENCES tracks ON DELETE CASCADE,
        model TEXT NOT NULL, genre TEXT, probability REAL,
        candidates TEXT NOT NULL,          -- JSON [[genre, probability], …], best first
        why_none TEXT,                     -- why there is no genre
        tag_list INTEGER REFERENCES tag_lists,
        tags BLOB                          -- a half-precision float for each tag of the list
    );
    INSERT INTO newer (track, model, genre, probability, candidates)
        SELECT track, model, genre, probability, candidates FROM predictions;
    DROP TABLE predictions;
    ALTER TABLE newer RENAME TO predictions;
    UPDATE tracks SET error = NULL, error_stage = NULL WHERE error_stage = 'classify' AND error IN (
        'This file is silent, and silence has no genre.',
        'This file has less than 0.5 seconds of sound, too little to hear a genre in.'
    );
    """,
    # Why no genre can be written into a file; a scan looks at those files each time, because a newer program may.
    "ALTER TABLE tracks ADD COLUMN refusal TEXT NOT NULL DEFAULT '';",
    # What tags say of album and work, and what the model heard before it put it into words. What was stored before
    # lacks both: `details_read` has the next scan read the tags again, `embedding_kept` the next listening hear again.
    """
    ALTER TABLE tracks ADD COLUMN album_artist TEXT NOT NULL DEFAULT '';
    ALTER TABLE tracks ADD COLUMN disc INTEGER;
    ALTER TABLE tracks ADD COLUMN year INTEGER;
    ALTER TABLE tracks ADD COLUMN compilation INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE tracks ADD COLUMN composer TEXT NOT NULL DEFAULT '';
    ALTER TABLE tracks ADD COLUMN work TEXT NOT NULL DEFAULT '';
    ALTER TABLE tracks ADD COLUMN details_read INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE predictions ADD COLUMN embedding_kept INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE embeddings (              -- apart from the predictions, which are read to filter and sort
        track INTEGER PRIMARY KEY REFERENCES predictions ON DELETE CASCADE,
        vector BLOB NOT NULL               -- half-precision floats, of the model that the prediction is of
    );
    """,
    # When a track came into the library (seconds since 1970), where that is known; and filters saved as lists.
    """
    ALTER TABLE tracks ADD COLUMN added INTEGER;
    CREATE TABLE lists (name TEXT PRIMARY KEY, rule TEXT NOT NULL, icon TEXT NOT NULL) WITHOUT ROWID;
    """,
    # What the tracks of an album say together of each of them, where it is no compilation; and texts that belong to
    # the library, such as the list of the person's genres.
    """
    CREATE TABLE votes (
        track INTEGER PRIMARY KEY REFERENCES predictions ON DELETE CASCADE,
        genre TEXT NOT NULL, probability REAL NOT NULL,
        agree REAL NOT NULL                -- the share of the album's tracks that say so by themselves
    );
    CREATE TABLE documents (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
    """,
    # Where an answer was learned, the bundled model's own; and what the person wants of learning: see teaching.py.
    """
    ALTER TABLE predictions ADD COLUMN bundled_genre TEXT;
    ALTER TABLE predictions ADD COLUMN bundled_probability REAL;
    ALTER TABLE predictions ADD COLUMN bundled_candidates TEXT;
    CREATE TABLE teaching (
        name TEXT PRIMARY KEY,             -- the key of a genre; '' for learning as a whole
        trusted INTEGER NOT NULL DEFAULT 0, off INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE TABLE embeddings_changed (number INTEGER NOT NULL);  -- by this it is known whether a copy of them is older
    INSERT INTO embeddings_changed VALUES (abs(random() % 1000000000));
    CREATE TRIGGER embeddings_insert AFTER INSERT ON embeddings BEGIN
        UPDATE embeddings_changed SET number = number + 1;
    END;
    CREATE TRIGGER embeddings_delete AFTER DELETE ON embeddings BEGIN
        UPDATE embeddings_changed SET number = number + 1;
    END;
    """,
    # What was decided at once while reviewing, to be taken back step by step.
    """
    CREATE TABLE steps (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, time REAL NOT NULL);
    CREATE TABLE step_tracks (
        step INTEGER NOT NULL REFERENCES steps ON DELETE CASCADE,
        track INTEGER NOT NULL REFERENCES tracks ON DELETE CASCADE,
        before TEXT, after TEXT,           -- decisions; NULL where there is none
        UNIQUE (step, track)
    );
    CREATE INDEX step_tracks_by_track ON step_tracks (track);
    """,
    # Genres that this program wrote as the model proposed them, with no word from a person: see teaching.py. One that
    # comes into the file in another way is somebody's word.
    """
    CREATE TABLE unreviewed (
        track INTEGER NOT NULL REFERENCES tracks ON DELETE CASCADE, genre TEXT NOT NULL,
        PRIMARY KEY (track, genre)
    ) WITHOUT ROWID;
    CREATE TRIGGER genres_from_outside AFTER UPDATE OF genres ON tracks WHEN old.genres <> new.genres BEGIN
        DELETE FROM unreviewed WHERE track = new.id AND instr(old.genres, char(31) || genre || char(31)) = 0
            AND instr(new.genres, char(31) || genre || char(31)) > 0;
    END;
    """,
    # What a large library is counted, filtered and sorted by; and where there are problems.
    piles.SCHEMA,
    orders.SCHEMA,
    """
    CREATE INDEX tracks_with_errors ON tracks (path) WHERE error IS NOT NULL;
    CREATE INDEX tracks_missing ON tracks (path) WHERE missing;
    """,
    playlists.SCHEMA,
    among.SCHEMA,
    clear_tags.SCHEMA,
    among.INDEX,
    albums.SCHEMA,
)


def trouble(error: sqlite3.Error) -> str:
    """Say in a plain sentence what SQLite complains of, and what helps.

    Parameters
    ----------
    error : sqlite3.Error
        What it raised.
    """
    name = getattr(error, "sqlite_errorname", None) or ""
    for beginning, sentence in _TROUBLES.items():
        if name.startswith(beginning):
            return sentence
    return f"It says: {error}."


def connect(path: str, migrations: Sequence[str] = MIGRATIONS, *, check: bool = False) -> sqlite3.Connection:
    """Open a library file, bringing its tables up to date.

    Parameters
    ----------
    path : str
        The file; it and its folder are created when missing.
    migrations : sequence of str
        SQL scripts, one per schema version.
    check : bool
        Whether to read through the whole file for damage.

    Raises
    ------
    LibraryError
        If the file cannot be opened or belongs to a newer program.
    sqlite3.DatabaseError
        If its content is damaged; see :func:`set_aside`.
    """
    if _is_somebodys(path):
        raise LibraryError(f"{path} is no library; it was left as it is. Choose another file.")
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    except OSError as error:
        raise _unopened(path, error) from error
    except sqlite3.OperationalError as error:
        raise LibraryError(f"The library {path} cannot be opened. {trouble(error)}") from error
    try:
        _prepare(db, path, migrations, check)
    except sqlite3.OperationalError as error:
        db.close()
        raise LibraryError(f"The library {path} cannot be used. {trouble(error)}") from error
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, path: str, migrations: Sequence[str], check: bool) -> None:
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA synchronous = NORMAL")
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    application = int(db.execute("PRAGMA application_id").fetchone()[0])
    holds_tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] > 0
    if holds_tables and application != APPLICATION_ID:
        raise LibraryError(f"{path} is another program's database; it was left alone. Choose another file.")
    if version > len(migrations):
        raise LibraryError(
            f"The library {path} was made by a newer Genre Tagger; it was left alone. Update the program to open it."
        )
    if check and db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("quick_check failed")
    if db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        db.execute("PRAGMA journal_mode = WAL")
    if version < len(migrations):
        _migrate(db, migrations)


def _migrate(db: sqlite3.Connection, migrations: Sequence[str]) -> None:
    """Apply what is missing, each version in one transaction; safe when two threads open a new file at once."""
    for number in range(1, len(migrations) + 1):
        db.execute("BEGIN IMMEDIATE")
        try:
            if int(db.execute("PRAGMA user_version").fetchone()[0]) < number:
                for statement in _statements(migrations[number - 1]):
                    db.execute(statement)
                db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                db.execute(f"PRAGMA user_version = {number}")
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise


def _statements(script: str) -> Iterator[str]:
    """Split a script; ``executescript`` would commit the surrounding transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def set_aside(path: str) -> tuple[str, list[str]]:
    """Move a damaged library out of the way, keeping it.

    Returns
    -------
    aside : str
        Where the damaged file lies now.
    folders : list of str
        The music folders that could still be read from it.
    """
    folders = _salvage_folders(path)
    aside = name_aside(path, "damaged")
    try:
        os.rename(path, aside)
        for suffix in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.rename(path + suffix, aside + suffix)
    except OSError as error:
        raise LibraryError(
            f"The library {path} is damaged and could not be moved aside ({error.strerror}). Your music is untouched."
        ) from error
    return aside, folders


def _unopened(path: str, error: OSError) -> LibraryError:
    return LibraryError(f"The library {path} cannot be opened ({error.strerror}).")


def _is_somebodys(path: str) -> bool:
    """Whether a file has neither the first bytes nor the name of a database; into a tiny one SQLite would write."""
    if path.lower().endswith(".sqlite3"):
        return False
    try:
        with open(path, "rb") as file:
            return file.read(16) not in (b"", b"SQLite format 3\0")
    except OSError:
        return False


def _salvage_folders(path: str) -> list[str]:
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=1.0)) as db:
            return [os.fsdecode(row[0]) for row in db.execute("SELECT path FROM folders")]
    except (sqlite3.Error, TypeError):
        return []


@contextlib.contextmanager
def hold(path: str) -> Iterator[None]:
    """Keep a library for this program alone.

    Parameters
    ----------
    path : str
        The library file; the lock is a file beside it, which stays there, empty.

    Raises
    ------
    LibraryError
        If another program holds it.
    """
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        fd = os.open(path + ".lock", os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError as error:
        raise _unopened(path, error) from error
    try:
        _lock(fd, path)
        yield
    finally:
        os.close(fd)


def _lock(fd: int, path: str) -> None:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise LibraryError(
            f"The library {path} is in use by another Genre Tagger. Close that one first, or choose another library."
        ) from error
