"""New: what came by itself, until something is said of it, it is written, or all is seen."""

from __future__ import annotations

import os
import shutil

import pytest

from genre_tagger import line
from genre_tagger.base.errors import FileFailure
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision
from genre_tagger.review import arrivals
from genre_tagger.review.policy import Policy
from genre_tagger.writing.journal import Journal


@pytest.fixture
def folder(media, tmp_path):
    made = tmp_path / "music"
    made.mkdir()
    shutil.move(media("flac"), made / "old.flac")
    return made


@pytest.fixture
def library(tmp_path, folder):
    with Library.open(str(tmp_path / "library.sqlite3")) as opened:
        opened.add_folder(str(folder))
        for _ in line.scan_into(opened, [str(folder)]):
            pass
        yield opened


def _come(library, paths):
    with arrivals.noted(library):
        for _ in line.scan_into(library, paths):
            pass


def _new(library):
    found = library.tracks(ids=library.find(state="new"))
    return [os.path.basename(track.path) for track in found]


def test_what_comes_is_new_and_what_is_moved_or_cannot_be_read_is_not(library, folder, media):
    os.rename(folder / "old.flac", folder / "moved.flac")
    paths = [media("mp3", "music/a.mp3"), media("broken", "music/b.mp3"), str(folder / "moved.flac")]
    _come(library, paths)
    assert _new(library) == ["a.mp3"]
    assert _new(library) == [os.path.basename(t.path) for t in library.tracks(ids=library.find(words="is:new"))]
    _come(library, [media("mp3", "music/c.mp3")])
    assert _new(library) == ["a.mp3", "c.mp3"]


def test_a_word_of_the_person_takes_it_out_and_taking_that_back_brings_it_again(library, media):
    _come(library, [media("mp3", "music/a.mp3")])
    ids = list(library.find(state="new"))
    library.decide(ids, Decision(False))
    assert _new(library) == []
    library.decide(ids, None)
    assert _new(library) == ["a.mp3"]
    arrivals.take_out(library)
    assert _new(library) == []


def test_what_is_written_is_new_no_longer(library, media):
    path = media("mp3-nogenre", "music/a.mp3")
    _come(library, [path, media("mp3", "music/b.mp3")])
    with Journal.open(line.journal_path(library.path)) as journal:
        wanted = list(line.proposals(library, Policy(), paths=[path], genres=["Jazz"]))
        os.rename(path, f"{path}.away")
        assert [type(outcome) for outcome in line.write_into(library, journal, wanted)] == [FileFailure]
        assert _new(library) == ["a.mp3", "b.mp3"]
        os.rename(f"{path}.away", path)
        assert len(list(line.write_into(library, journal, wanted))) == 1
    assert _new(library) == ["b.mp3"]


def test_what_the_library_knows_as_it_is_need_not_be_scanned_again(library, folder, media):
    changed, old = media("mp3", "music/a.mp3"), str(folder / "old.flac")
    gone = str(folder / "gone.mp3")
    assert arrivals.fresh(library, [changed, old, gone, str(folder)]) == [changed, str(folder)]


def test_folders_are_chosen_for_watching_one_by_one_and_forgotten_with_the_folder(library, folder):
    assert arrivals.watched(library) == []
    arrivals.choose_watched(library, str(folder), True)
    arrivals.choose_watched(library, "/not/of/the/library", True)
    assert arrivals.watched(library) == [str(folder)]
    arrivals.choose_watched(library, str(folder), False)
    assert arrivals.watched(library) == []
