"""What SQLite complains of, said in plain words: each complaint is provoked for real."""

from __future__ import annotations

import os
import sqlite3
import sys

import pytest

from genre_tagger.base.errors import LibraryError
from genre_tagger.library.library import Library
from genre_tagger.library.schema import trouble


@pytest.fixture
def database(tmp_path):
    """A small database, and where it lies."""
    path = os.path.join(str(tmp_path), "library.sqlite3")
    db = sqlite3.connect(path, isolation_level=None, timeout=0)
    db.execute("CREATE TABLE rows (content BLOB)")
    yield db, path
    db.close()


def complaint(db, sql):
    with pytest.raises(sqlite3.OperationalError) as caught:
        db.execute(sql)
    return trouble(caught.value)


def test_a_full_drive(database):
    db, _ = database
    db.execute("PRAGMA max_page_count = 2")
    assert complaint(db, "INSERT INTO rows VALUES (zeroblob(100000))").startswith("Its drive is full")


def test_a_library_that_may_only_be_read(database):
    db, _ = database
    db.execute("PRAGMA query_only = 1")
    assert "write-protected" in complaint(db, "INSERT INTO rows VALUES (1)")


def test_a_library_that_another_program_keeps(database):
    db, path = database
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert complaint(db, "SELECT * FROM rows").startswith("Another program is using it")
    other.close()


def test_a_library_that_cannot_be_reached(tmp_path):
    with pytest.raises(sqlite3.OperationalError) as caught:
        sqlite3.connect(os.path.join(str(tmp_path), "nowhere", "library.sqlite3"))
    assert trouble(caught.value).startswith("It cannot be reached")


@pytest.mark.skipif(sys.platform == "win32", reason="limits of files as Unix has them")
def test_a_drive_that_takes_no_more(database):
    import resource

    db, _ = database
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        said = complaint(db, "INSERT INTO rows VALUES (zeroblob(100000))")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert said.startswith("Its drive does not take")


def test_what_has_no_words_of_our_own_keeps_those_of_sqlite(database):
    db, _ = database
    assert complaint(db, "SELECT nonsense FROM rows") == "It says: no such column: nonsense."


@pytest.mark.skipif(not os.path.isdir("/sys/kernel"), reason="no folder here that nobody may write to")
def test_a_folder_that_nobody_may_write_to_is_a_sentence(tmp_path):
    with pytest.raises(LibraryError, match=r"^The library /sys/kernel/library\.sqlite3 cannot be opened"):
        Library.open("/sys/kernel/library.sqlite3")
    blocked = os.path.join(str(tmp_path), "file")
    with open(blocked, "wb"):
        pass
    with pytest.raises(LibraryError, match=r"cannot be opened \("):
        Library.open(os.path.join(blocked, "library.sqlite3"))
