"""Moods and groupings in files of every format: nothing else changes, and the proof sees it if it does."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest

from genre_tagger.base.errors import TagError
from genre_tagger.files.proof.survey import survey
from genre_tagger.files.tags import read_genres, read_words, write_genres, write_words
from genre_tagger.files.values import FIELDS

Media = Callable[..., str]
KINDS = (
    "mp3", "mp3-v23", "flac", "ogg", "opus", "speex", "oga", "m4a", "wav", "wav-tagged", "aiff", "wma", "wv", "dsf",
)  # fmt: skip


def with_genre(media: Media, name: str) -> str:
    path = media(name)
    write_genres(path, ("Jazz", "Größe 音楽"))
    return path


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("name", KINDS)
def test_words_are_stored_and_nothing_else_changes(name: str, field: str, media: Media) -> None:
    path = with_genre(media, name)
    before, genres, original = survey(path, field=field), read_genres(path), path + ".before"
    shutil.copyfile(path, original)
    for words in (("Bright",), ("Dark", "Größe 音楽"), ("Bright",)):
        write_words(path, field, words)
        assert read_words(path, field) == words
        assert read_genres(path) == genres
        assert survey(path, field=field) == before
    assert survey(path) != survey(original)
    write_words(path, field, ())
    assert read_words(path, field) == ()
    assert survey(path, field=field) == before


@pytest.mark.parametrize("name", KINDS)
def test_a_genre_that_changes_with_the_mood_is_seen(name: str, media: Media) -> None:
    path = with_genre(media, name)
    before = survey(path, field="mood")
    write_genres(path, ("Polka",))
    assert survey(path, field="mood") != before


def test_several_words_in_an_old_id3_tag_are_one_text(media: Media) -> None:
    path = media("mp3-v23")
    write_words(path, "grouping", ("Calm", "Dark"))
    assert read_words(path, "grouping") == ("Calm", "Dark")


@pytest.mark.parametrize("word", ["", " ", "a\0b", "line\nend", " padded"])
def test_words_that_no_tag_can_hold_are_refused_and_the_file_stays(media: Media, word: str) -> None:
    path = media("flac")
    with open(path, "rb") as file:
        before = file.read()
    with pytest.raises(TagError):
        write_words(path, "mood", (word,))
    with open(path, "rb") as file:
        assert file.read() == before
    assert os.path.exists(path)


@pytest.mark.parametrize("name", ["text", "broken", "empty"])
def test_what_is_no_music_is_a_sentence(media: Media, name: str) -> None:
    path = media(name)
    with pytest.raises(TagError, match=r"\.$"):
        write_words(path, "mood", ("Calm",))
