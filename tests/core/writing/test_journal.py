"""The journal's own file: what is noted together, and what it says when it cannot be opened."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from genre_tagger.base.errors import FileStamp, LibraryError
from genre_tagger.writing import journal as journal_module
from genre_tagger.writing.journal import Change, Journal, Words
from genre_tagger.writing.moves import Kind, Stage


def _fail_after(journal: Journal, statement: str) -> None:
    with journal.together():
        journal._connection.execute(statement)
        raise LibraryError("The drive is full.")


def test_what_is_noted_together_is_noted_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    with Journal.open(str(tmp_path / "undo.sqlite3")) as journal:
        with pytest.raises(LibraryError):
            _fail_after(journal, "INSERT INTO batches (started) VALUES (1.5)")
        with journal.together():
            assert journal.start() == 1
            assert journal.start() == 2


def test_a_note_that_the_database_has_taken_back_itself_is_an_error_all_the_same(tmp_path: Path) -> None:
    with Journal.open(str(tmp_path / "undo.sqlite3")) as journal:
        with pytest.raises(LibraryError):
            _fail_after(journal, "ROLLBACK")  # as SQLite does when the drive is full
        assert journal.start() == 1


def test_a_journal_in_a_place_that_is_no_folder_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LibraryError, match="cannot be opened: "):
        Journal.open(str(tmp_path / "file" / "undo.sqlite3"))


def test_tables_that_another_thread_has_made_meanwhile_are_used(tmp_path: Path) -> None:
    path = str(tmp_path / "undo.sqlite3")
    with Journal.open(path) as journal:
        batch = journal.start()
        with sqlite3.connect(path, isolation_level=None) as other:
            journal_module._create_tables(other)
        other.close()
        assert journal.start() == batch + 1
    assert os.path.exists(path)


def test_words_besides_a_genre_are_noted_with_the_copy_that_has_them(tmp_path: Path) -> None:
    with Journal.open(str(tmp_path / "undo.sqlite3")) as journal:
        change = Change("/a", FileStamp(1, 2, 3, 4), (), ("Jazz",), words=Words("mood", (), ("Calm",)))
        entries = [journal.intend(journal.start(), change, "/a", "/a.part", b"1", b"2") for _ in range(2)]
        for entry, words in zip(entries, (None, Words("mood", ("Bright",), ("Bright", "Calm"))), strict=True):
            assert journal.entry(entry).words is None
            journal.ready(entry, b"3", b"4", words)
            assert journal.entry(entry).words == words


def test_files_that_were_moved_are_a_batch_of_their_own_kind(tmp_path: Path) -> None:
    with Journal.open(str(tmp_path / "undo.sqlite3")) as journal:
        moves = journal.moves
        batch = moves.start()
        rows = [moves.note(batch, Kind.MOVE, f"/from/{name}", f"/to/{name}") for name in "ab"]
        moves.conclude(rows, Stage.DONE)
        (listed,) = journal.batches()
        assert (listed.id, listed.kind, listed.files, listed.state) == (batch, "move", 2, "written")
        moves.conclude(rows[:1], Stage.UNDONE)
        assert journal.batches()[0].state == "partly undone"
        assert [row.target for row in moves.of(batch, Kind.MOVE)] == ["/to/a", "/to/b"]
        assert journal.unsettled() == []
