"""What is to be decided on the command line: listed, decided and taken back in the same steps as the window's."""

from __future__ import annotations

import os

import pytest

from genre_tagger.cli import __main__
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision
from helpers.tracks import predicted, scanned


@pytest.fixture
def library(tmp_path):
    """A library of three tracks, of which the model is unsure of two, and its path."""
    path = str(tmp_path / "library.sqlite3")
    with Library.open(path) as library:
        for number, sure in enumerate((0.4, 0.9, 0.2)):
            file = f"/music/{number}.flac"
            library.store(scanned(file, title=f"T{number}"), predicted(file, "Jazz", sure))
    return path


def decided(library):
    with Library.open(library) as opened:
        return {track.title: track.decision.genres for track in opened.tracks() if track.decision is not None}


def test_what_is_unsure_is_listed_decided_on_and_taken_back_one_by_one_also_what_the_window_decided(
    library, ask, capsys
):
    asked = ask("review")
    assert [os.path.basename(track["path"]) for track in asked["tracks"]] == ["2.flac", "0.flac", "1.flac"]
    assert asked["left"] == 3  # a sure one is mixed in, as in the window
    assert ask("review", "/music/2.flac", "--genre", "polka; Jazz ")["genres"] == ["polka", "Jazz"]
    ask("review", "/music/0.flac", "--leave")
    assert decided(library) == {"T2": ("polka", "Jazz"), "T0": ()}
    with Library.open(library) as window:
        window.steps.take("answer", {2: Decision(True, ("Rock",))})
    assert ask("review", "--all")["tracks"] == []
    for genres in (["Rock"], [], ["polka", "Jazz"]):
        assert ask("review", "--take-back")["taken_back"]["genres"] == genres
    assert ask("review", "--take-back")["taken_back"] is None
    assert decided(library) == {}
    assert __main__.main(["--library", library, "review", "--count", "1"]) == __main__.DONE
    assert capsys.readouterr().out == "3 files to decide, the most useful first.\n/music/2.flac\tJazz 20%, Disco 80%\n"


def test_what_is_not_known_fails_and_words_that_say_too_little_change_nothing(library, capsys):
    def call(*words):
        status = __main__.main(["--library", library, "review", *words])
        return status, capsys.readouterr().err

    status, said = call("/music/none.flac", "/music/1.flac", "--genre", "Rock")
    assert status == __main__.SOME_FAILED
    assert "/music/none.flac: This is not in the library." in said
    assert decided(library) == {"T1": ("Rock",)}
    status, said = call("--genre", "Rock")
    assert (status, "wants files or folders" in said) == (__main__.USAGE, True)
    assert call("/music/1.flac", "--genre", " ; ")[0] == __main__.USAGE
    assert decided(library) == {"T1": ("Rock",)}
