"""A genre and what is heard besides, written together: one copy, proven, one entry in the journal, one way back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from genre_tagger.base.errors import FileFailure, FileStamp
from genre_tagger.files.splice.id3 import Id3Style
from genre_tagger.files.tags import field_refusal, read_genres, read_words, write_genres, write_words
from genre_tagger.writing.journal import Change, Journal, Words
from genre_tagger.writing.tagging_process import Tagger
from genre_tagger.writing.turn import Undone, Written
from genre_tagger.writing.write import undo, write
from helpers import id3, riff
from helpers.files import contents, digest, store

Media = Callable[..., str]


@pytest.fixture
def journal(home: str) -> Iterator[Journal]:
    with Journal.open(os.path.join(home, "undo.sqlite3")) as opened:
        yield opened


def put(path: str, journal: Journal, *words: str, field: str = "mood", genre: str = "Polka", version: int = 4,
        tagger: Tagger | None = None) -> Written | FileFailure:  # fmt: skip
    change = Change(path, FileStamp.of(os.stat(path)), read_genres(path), (genre,), words=Words(field, (), words))
    (outcome,) = write([change], journal, id3=Id3Style(version), tagger=tagger or Tagger())
    return outcome


def take_back(journal: Journal, written: Written | FileFailure) -> Undone:
    assert isinstance(written, Written)
    (undone,) = undo(written.batch or 0, journal, tagger=Tagger())
    assert isinstance(undone, Undone), undone
    return undone


@pytest.mark.parametrize("field", ["mood", "grouping"])
@pytest.mark.parametrize(
    "name", ["mp3", "mp3-v23", "mp3-bare", "flac", "ogg", "opus", "m4a", "wma", "wv", "aiff", "wav-tagged", "dsf"]
)
def test_genre_and_words_are_written_at_once_and_taken_back_byte_for_byte(
    name: str, field: str, media: Media, journal: Journal
) -> None:
    path = media(name)
    if name != "mp3-bare":
        write_genres(path, ("Jazz",))
        write_words(path, field, ("Calm",))
    before, had = digest(path), ("Calm",) if name != "mp3-bare" else ()
    assert field_refusal(path, field) == ""
    written = put(path, journal, "calm" if had else "Größe 音楽", "Bright", field=field)
    assert isinstance(written, Written), written
    assert (written.new, written.lacking) == (("Polka",), "")
    now = (*had, "Bright") if had else ("Größe 音楽", "Bright")
    assert (read_genres(path), read_words(path, field)) == (("Polka",), now)
    (entry,) = journal.entries(written.batch or 0)
    assert (entry.field, entry.words) == ("genre", Words(field, had, now))
    assert take_back(journal, written).identical
    assert digest(path) == before


def test_a_new_tag_of_the_older_version_holds_the_words_as_one_text(media: Media, journal: Journal) -> None:
    path = media("mp3-bare")
    written = put(path, journal, "Bright", "Calm", version=3)
    assert contents(path)[3] == 3
    assert read_words(path, "mood") == ("Bright", "Calm")
    assert take_back(journal, written).identical


@pytest.fixture
def without_a_field(media: Media, home: str) -> dict[str, str]:
    """Files whose tags have no field for a mood: ID3v2.2, and a WAV whose tags are in its INFO list."""
    sound = contents(media("mp3-bare"))
    tag = id3.tag(2, id3.text_frame(2, "TT2", b"\0Title"), id3.text_frame(2, "TCO", b"\0Jazz"))
    tags = riff.info_list(INAM=b"Title\0", IGNR=b"Jazz")
    chunks = (riff.chunk(b"fmt ", b"\1\0\1\0\x40\x1f\0\0\x40\x1f\0\0\1\0\x08\0"), riff.chunk(b"data", b"\x80" * 800))
    return {
        "id3v2.2": store(os.path.join(home, "old.mp3"), tag + sound),
        "info": store(os.path.join(home, "info.wav"), riff.wav(*chunks, tags)),
    }


@pytest.mark.parametrize("name", ["id3v2.2", "info"])
def test_where_there_is_no_field_the_genre_is_written_alone_and_that_is_said(
    name: str, without_a_field: dict[str, str], journal: Journal
) -> None:
    path = without_a_field[name]
    before = digest(path)
    foreseen = field_refusal(path, "mood")
    written = put(path, journal, "Bright")
    assert isinstance(written, Written), written
    assert written.lacking == foreseen
    assert "no field for this" in foreseen
    assert (read_genres(path), read_words(path, "mood")) == (("Polka",), ())
    assert [entry.words for entry in journal.entries(written.batch or 0)] == [None]
    assert take_back(journal, written).identical
    assert digest(path) == before


def test_a_format_without_such_fields_says_so(home: str) -> None:
    path = store(os.path.join(home, "sound.au"), b".snd" + bytes(60))
    assert field_refusal(path, "mood") != ""


def test_a_file_that_has_all_of_it_is_not_touched_and_one_that_lacks_a_word_is(media: Media, journal: Journal) -> None:
    path = media("flac")
    write_genres(path, ("Polka",))
    write_words(path, "mood", ("Bright",))
    before = digest(path)
    same = put(path, journal, "bright")
    assert isinstance(same, Written)
    assert (same.batch, digest(path)) == (None, before)
    assert isinstance(put(path, journal, "Calm"), Written)
    assert read_words(path, "mood") == ("Bright", "Calm")


def test_where_somebody_changed_the_file_since_genre_and_words_go_back(media: Media, journal: Journal) -> None:
    path = media("flac")
    write_genres(path, ("Jazz",))
    had = read_words(path, "mood")
    written = put(path, journal, "Bright")
    write_words(path, "grouping", ("Live",))
    assert not take_back(journal, written).identical
    assert (read_genres(path), read_words(path, "mood"), read_words(path, "grouping")) == (("Jazz",), had, ("Live",))


def test_words_that_somebody_changed_since_stay(media: Media, journal: Journal) -> None:
    path = media("flac")
    write_genres(path, ("Jazz",))
    written = put(path, journal, "Bright")
    write_words(path, "mood", ("Dark",))
    assert not take_back(journal, written).identical
    assert (read_genres(path), read_words(path, "mood")) == (("Jazz",), ("Dark",))


def test_a_tagger_that_changes_anything_else_is_found_out(media: Media, journal: Journal) -> None:
    class Careless(Tagger):
        def tag(self, path, genres, style, *, field="genre"):
            super().tag(path, genres, style, field=field)
            if field == "mood":
                write_words(path, "grouping", ("Live",))

    path = media("m4a")
    written = put(path, journal, "Bright", tagger=Careless())
    assert isinstance(written, Written)
    assert "more than the genre" in written.lacking
    assert (read_genres(path), read_words(path, "grouping")) == (("Polka",), ())
    assert take_back(journal, written).identical
