"""A move that is ended in the middle: what is left of it goes on as it was agreed to, or all of it comes back."""

from __future__ import annotations

import contextlib

import pytest

from genre_tagger.base.errors import FileFailure
from genre_tagger.sorting.folders.in_step import organise_into, settle_moves_into
from genre_tagger.sorting.folders.interrupted import close, interrupted
from genre_tagger.writing.moves import Stage


@pytest.fixture
def half_done(albums, monkeypatch):
    """An album of three tracks and a cover, of which one file has gone; with what was there before."""
    monkeypatch.setattr("genre_tagger.sorting.folders.carrying._MOST_FILES", 1)
    for name in ("a.mp3", "b.mp3", "c.mp3"):
        albums.put(f"old/{name}")
    albums.put("old/cover.jpg", b"cover")
    albums.put("list.m3u8", b"old/a.mp3\nold/b.mp3\n")
    plan = albums.plan("{genre}/{name}")
    before = albums.there()
    with contextlib.closing(organise_into(albums.library, albums.journal, plan)) as outcomes:
        next(outcomes)
    assert albums.there() != before
    return albums, before


def left(albums):
    return interrupted(albums.journal, albums.library.folders())


def test_the_rest_goes_on_in_the_same_batch_and_one_undo_brings_all_back(half_done):
    albums, before = half_done
    there = left(albums)
    assert there is not None
    assert there.done + len(there.rest.moves) == 4
    list(settle_moves_into(albums.library, albums.journal))
    assert left(albums) == there, "a start after a crash changes nothing of it"
    outcomes = list(organise_into(albums.library, albums.journal, there.rest, going_on=there.batch))
    assert not [outcome for outcome in outcomes if isinstance(outcome, FileFailure)]
    assert albums.files() == ["Jazz/a.mp3", "Jazz/b.mp3", "Jazz/c.mp3", "Jazz/cover.jpg", "list.m3u8"]
    assert albums.there()["list.m3u8"] == b"Jazz/a.mp3\nJazz/b.mp3\n"
    assert "old" not in albums.there()
    assert left(albums) is None
    assert [batch.files for batch in albums.journal.batches()] == [4]
    albums.undo()
    assert albums.there() == before


def test_what_is_put_back_is_not_offered_again(half_done):
    albums, before = half_done
    albums.undo()
    assert albums.there() == before
    assert left(albums) is None


def test_what_is_given_up_or_planned_anew_is_not_offered_again(half_done):
    albums, _ = half_done
    there = left(albums)
    albums.organise(albums.plan("{genre}/{name}"))
    assert left(albums) is None
    assert albums.files() == ["Jazz/a.mp3", "Jazz/b.mp3", "Jazz/c.mp3", "Jazz/cover.jpg", "list.m3u8"]
    close(albums.journal.moves, there.batch, Stage.FAILED)  # to say so twice does nothing


def test_a_file_that_was_changed_since_stays_where_it_is(half_done):
    albums, _ = half_done
    there = left(albums)
    path = there.rest.moves[-1].source
    with open(path, "ab") as file:
        file.write(b"more")
    outcomes = list(organise_into(albums.library, albums.journal, there.rest, going_on=there.batch))
    assert [outcome.path for outcome in outcomes if isinstance(outcome, FileFailure)] == [path]
    assert left(albums) is None, "nothing of it could be done again"
