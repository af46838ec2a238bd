"""Moods written like genres: through a copy, proven, in the journal, and back byte for byte."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator

import pytest

from genre_tagger.base.errors import FileFailure, FileStamp
from genre_tagger.files.tags import read_genres, read_words, write_genres, write_words
from genre_tagger.writing.journal import Change, Journal
from genre_tagger.writing.tagging_process import Tagger, TaggerProcess
from genre_tagger.writing.turn import Undone, Written
from genre_tagger.writing.write import undo, write
from helpers.files import digest

Media = Callable[..., str]


@pytest.fixture
def journal(home: str) -> Iterator[Journal]:
    with Journal.open(os.path.join(home, "undo.sqlite3")) as opened:
        yield opened


def write_mood(path: str, journal: Journal, *words: str, tagger: Tagger | None = None) -> Written | FileFailure:
    change = Change(path, FileStamp.of(os.stat(path)), (), words, "mood")
    (outcome,) = write([change], journal, tagger=tagger or Tagger())
    return outcome


@pytest.mark.parametrize("name", ["mp3", "mp3-v23", "flac", "ogg", "m4a", "wav-tagged", "aiff", "wma", "wv", "dsf"])
def test_a_mood_is_written_and_taken_back_byte_for_byte(name: str, media: Media, journal: Journal) -> None:
    path = media(name)
    write_genres(path, ("Jazz",))
    before = digest(path)
    written = write_mood(path, journal, "Bright", "Größe 音楽")
    assert isinstance(written, Written), written
    assert read_words(path, "mood") == ("Bright", "Größe 音楽")
    assert read_genres(path) == ("Jazz",)
    (entry,) = journal.entries(written.batch or 0)
    assert (entry.field, entry.new) == ("mood", ("Bright", "Größe 音楽"))
    (undone,) = undo(written.batch or 0, journal, tagger=Tagger())
    assert isinstance(undone, Undone)
    assert undone.identical
    assert digest(path) == before


def test_where_somebody_changed_the_file_since_only_the_mood_goes_back(media: Media, journal: Journal) -> None:
    path = media("flac")
    write_genres(path, ("Jazz",))
    before = read_words(path, "mood")
    written = write_mood(path, journal, "Bright")
    write_genres(path, ("Polka",))
    (undone,) = undo(written.batch or 0, journal, tagger=Tagger())  # type: ignore[union-attr]
    assert isinstance(undone, Undone), undone
    assert not undone.identical
    assert (read_words(path, "mood"), read_genres(path)) == (before, ("Polka",))


def test_where_the_mood_was_changed_since_it_stays(media: Media, journal: Journal) -> None:
    path = media("flac")
    written = write_mood(path, journal, "Bright")
    write_words(path, "mood", ("Dark",))
    (left,) = undo(written.batch or 0, journal, tagger=Tagger())  # type: ignore[union-attr]
    assert isinstance(left, FileFailure)
    assert read_words(path, "mood") == ("Dark",)


def test_a_tagger_that_changes_the_genre_too_is_found_out(media: Media, journal: Journal) -> None:
    class Careless(Tagger):
        def tag(self, path, genres, style, *, field="genre"):
            super().tag(path, genres, style, field=field)
            write_genres(path, ("Polka",))

    path = media("mp3")
    before = digest(path)
    outcome = write_mood(path, journal, "Bright", tagger=Careless())
    assert isinstance(outcome, FileFailure)
    assert digest(path) == before


def test_the_process_apart_writes_fields_too_and_a_file_without_a_tag_says_why(media: Media, journal: Journal) -> None:
    with TaggerProcess() as tagger:
        assert isinstance(write_mood(media("ogg"), journal, "Bright", tagger=tagger), Written)
        bare = media("mp3-bare")
        refused = write_mood(bare, journal, "Bright", tagger=tagger)
    assert isinstance(refused, FileFailure)
    assert "give it a genre first" in refused.reason


def test_a_journal_from_before_takes_moods_and_knows_that_all_else_were_genres(media: Media, home: str) -> None:
    path = os.path.join(home, "old.sqlite3")
    with Journal.open(path) as journal:
        (outcome,) = write([Change((p := media("flac")), FileStamp.of(os.stat(p)), (), ("Reggae",))], journal,
                           tagger=Tagger())  # fmt: skip
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("ALTER TABLE files DROP COLUMN field")
        db.execute("ALTER TABLE files DROP COLUMN words")
        db.execute("PRAGMA user_version = 2")
    with Journal.open(path) as journal:
        assert [entry.field for entry in journal.entries(outcome.batch or 0)] == ["genre"]  # type: ignore[union-attr]
        assert isinstance(write_mood(p, journal, "Bright"), Written)
