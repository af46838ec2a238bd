"""Genres of files on the command line: listed, merged, renamed, split, removed and tidied, and taken back."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from genre_tagger.cli import __main__
from genre_tagger.files.tags import read_genres, read_words, write_genres
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import TagFact, TagValues
from helpers.files import contents, digest
from helpers.tracks import predicted


@pytest.fixture
def files(media):
    """A file of each kind of tag, with genres."""
    made = {
        "mp3": ("hip hop", "Rock"), "flac": ("Hip-Hop",), "m4a": ("Rock/Pop",), "ogg": ("Unknown",),
        "wav": ("hip hop",),
    }  # fmt: skip
    paths = {}
    for name, genres in made.items():
        paths[name] = media(name, os.path.join("music", f"song.{name}"))
        write_genres(paths[name], genres)
    return paths


@pytest.fixture
def run(tmp_path, files, capsys):
    """A function: command → its status, its JSON and what it complains of."""

    def run(*arguments):
        status = __main__.main(["--library", str(tmp_path / "library.sqlite3"), "--quiet", "--json", *arguments])
        printed = capsys.readouterr()
        return status, json.loads(printed.out) if printed.out else None, printed.err

    assert run("scan", os.path.dirname(files["mp3"]))[0] == 0
    return run


def genres(files):
    return {name: read_genres(path) for name, path in files.items()}


def test_genres_are_listed_with_what_could_be_tidied(run):
    _, found, _ = run("genres")
    assert {"name": "hip hop", "tracks": 2} in found["genres"]
    assert {"old": ["Hip-Hop"], "new": ["hip hop"], "tracks": 1, "why": "spelling"} in found["suggestions"]
    assert {"old": ["Unknown"], "new": [], "tracks": 1, "why": "says nothing"} in found["suggestions"]
    assert run("genres", "list")[1] == found


def test_what_is_merged_split_and_removed_is_shown_first_written_and_undone_byte_for_byte(run, files):
    before, bytes_before = genres(files), {path: contents(path) for path in files.values()}
    _, seen, _ = run("genres", "merge", "hip hop", "--into", "Hip-Hop", "--dry-run")
    assert len(seen["changes"]) == 2
    assert genres(files) == before

    assert run("genres", "merge", "hip hop", "--into", "Hip-Hop")[0] == 0
    assert run("genres", "rename", "Rock/Pop", "Rock; Pop")[0] == 0
    status, removed, _ = run("genres", "remove", "Unknown")
    assert (status, removed["failures"]) == (0, [])
    assert genres(files) == {
        "mp3": ("Hip-Hop", "Rock"), "flac": ("Hip-Hop",), "m4a": ("Rock", "Pop"), "ogg": (), "wav": ("Hip-Hop",),
    }  # fmt: skip

    assert run("undo", "--all")[0] == 0
    assert {path: contents(path) for path in files.values()} == bytes_before


def test_a_genre_that_no_file_has_is_wrong_usage(run, files):
    before = genres(files)
    for command in (("merge", "Hip Hop", "--into", "Rap"), ("rename", "hip hop", " ; "), ("remove", "")):
        status, _, said = run("genres", *command)
        assert (status, "nothing was written" in said) == (2, True)
    assert genres(files) == before


def test_a_list_is_taken_tried_followed_and_given_away(run, files, tmp_path):
    tree = tmp_path / "tree.yaml"
    tree.write_text("- Pop:\n  - Rock\n- Hip-Hop\n", encoding="utf-8")
    assert run("genres", "import", str(tree))[1] == {"genres": 3}
    assert run("genres", "try", "rock/pop", "HIP HOP")[1]["new"] == ["Rock", "Pop", "Hip-Hop"]
    assert run("genres", "tidy")[0] == 0
    assert genres(files)["m4a"] == ("Rock", "Pop")
    assert genres(files)["mp3"] == ("Hip-Hop", "Rock")

    own = tmp_path / "own.json"
    run("genres", "export", str(own))
    data = json.loads(own.read_text(encoding="utf-8"))
    data["parents"] = "instead"
    own.write_text(json.dumps(data), encoding="utf-8")
    run("genres", "import", str(own))
    assert run("genres", "try", "Rock")[1]["new"] == ["Pop"]
    run("genres", "export", str(tmp_path / "again.yaml"))
    assert (tmp_path / "again.yaml").read_text(encoding="utf-8") == "- Pop:\n    - Rock\n- Hip-Hop\n"


def test_a_list_that_makes_no_sense_is_a_sentence_and_the_one_before_stays(run, tmp_path):
    bad = tmp_path / "bad.json"
    bad.write_text('{"version": 1, "genres": [{"name": "A", "parent": "B"}, {"name": "B", "parent": "A"}]}')
    status, _, said = run("genres", "import", str(bad))
    assert (status, "kind of itself" in said) == (3, True)
    assert run("genres", "import", str(tmp_path / "none.json"))[0] == 3
    assert run("genres", "try", "a")[1]["new"] == ["a"]


def test_moods_become_further_genres_if_they_are_asked_for(run, files, tmp_path):
    facts = (TagFact("happy", "Happy", "mood", 0.3), TagFact("House", "House", "style", 0.3))
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        heard = replace(predicted(files["flac"], "Hip-Hop"), tag_values=TagValues.of(facts, (0.8, 0.9)))
        library.store(heard)
    assert run("genres", "more", "--kind", "mood", "--dry-run")[1]["changes"][0]["new"] == ["Hip-Hop", "Happy"]
    assert run("genres", "more", "--kind", "mood", files["mp3"])[1]["changes"] == []
    before, calm = digest(files["flac"]), read_words(files["flac"], "mood")
    changes = run("genres", "more", "--kind", "mood", "--field", "mood", "--dry-run")[1]["changes"]
    assert [(change["old"], change["new"]) for change in changes] == [([*calm], [*calm, "Happy"])]
    assert run("genres", "more", "--kind", "mood", "--field", "mood")[0] == 0
    assert (read_words(files["flac"], "mood"), read_genres(files["flac"])) == ((*calm, "Happy"), ("Hip-Hop",))
    assert run("undo", "--last")[0] == 0
    assert digest(files["flac"]) == before
    assert run("genres", "more", "--kind", "mood")[0] == 0
    assert read_genres(files["flac"]) == ("Hip-Hop", "Happy")
