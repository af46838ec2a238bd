from __future__ import annotations

import json

import pytest

from genre_tagger.cli.__main__ import DONE, USAGE, main
from genre_tagger.cli.learning import sentence
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision
from genre_tagger.review.learned import GenreReport, State, learned_path
from helpers.sounds import store


def test_trusted_tags_are_learned_and_reported_and_a_reset_takes_them_back(ask):
    assert ask("learn")["genres"] == []
    learned = ask("genres", "trust", "Chanson", "DUB")
    assert {entry["name"]: entry["state"] for entry in learned["genres"]} == {"Chanson": "on", "Dub": "on"}
    assert learned["right_learned"] > learned["right_bundled"]
    shown = ask("show")
    assert {track["candidates"][0]["genre"] for track in shown} == {"Chanson", "Dub", "Jazz", "Rock"}
    assert ask("learn") == learned
    assert ask("learn", "reset")["on"] is False
    shown = ask("show")
    assert {track["candidates"][0]["genre"] for track in shown} == {"Jazz", "Rock"}


def test_learning_is_switched_off_and_on_as_a_whole_and_by_genre(ask):
    ask("genres", "trust", "Chanson", "Dub")
    off = ask("learn", "off", "Dub")
    assert {entry["name"]: entry["state"] for entry in off["genres"]} == {"Chanson": "on", "Dub": "off"}
    assert ask("learn", "off")["on"] is False
    shown = ask("show")
    assert {track["candidates"][0]["genre"] for track in shown} == {"Jazz", "Rock"}
    assert ask("learn", "on")["on"] is True


def test_another_machine_goes_on_where_this_one_stood(ask, library, tmp_path, capsys):
    out, there = str(tmp_path / "library.json"), str(tmp_path / "there.sqlite3")
    with Library.open(library) as here, Library.open(there) as other:
        store(other, ["Chanson", "Dub", "Jazz", "Rock"] * 12, tagged=range(32))
        here.decide([track.id for track in here.tracks() if "Chanson" in track.genres], Decision(None, ("Chanson",)))
    ask("learn", "on")
    ask("export", out)
    assert main(["import", out, "--library", there, "--json"]) == DONE
    taken = json.loads(capsys.readouterr().out)
    assert (taken["decided"], taken["learned"]) == (8, ["Chanson"])
    assert main(["show", "--library", there, "--json"]) == DONE
    shown = json.loads(capsys.readouterr().out)
    assert shown == ask("show")
    assert "Chanson" in {track["candidates"][0]["genre"] for track in shown}


def test_the_report_is_in_sentences(library, capsys):
    assert main(["learn", "--library", library]) == DONE
    assert "There are no examples yet" in capsys.readouterr().out
    assert main(["genres", "trust", "Chanson", "--library", library]) == DONE
    assert "Chanson: 8 examples, right in " in capsys.readouterr().out


def test_trust_wants_a_genre(library, capsys):
    with pytest.raises(SystemExit) as left:
        main(["genres", "trust", "--library", library])
    assert left.value.code == USAGE
    assert "GENRE" in capsys.readouterr().err


def test_the_list_of_genres_says_what_each_is_learned_from_and_what_it_is_worth(ask):
    learned = ask("genres", "trust", "Chanson")
    standing = {row["name"]: row for row in ask("genres", "list")["standing"]}
    chanson, dub = standing["Chanson"], standing["Dub"]
    assert (chanson["tracks"], chanson["trusted"], chanson["tagged"], chanson["examples"]) == (8, True, 8, 8)
    assert (dub["tracks"], dub["trusted"], dub["tagged"], dub["examples"], dub["missing"]) == (8, False, 8, 0, 5)
    assert chanson["report"] == learned["genres"][0]
    assert ask("genres", "distrust", "Chanson")["genres"] == []


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (GenreReport("Dub", 1, 1, 4), "Dub: 1 example; it needs 4 more."),
        (GenreReport("Dub", 9, 1, 1, State.ONE), "Dub: 9 examples, all by one artist"),
        (GenreReport("Dub", 9, 3, 0, State.UNHEARD, 2, instead="Rock"), "most often called Rock instead."),
        (GenreReport("Jazz", 9, 3, 0, State.WORSE, 8), "the bundled model decides"),
        (GenreReport("Dub", 9, 3, 0, State.OFF, 8), "switched off."),
        (GenreReport("Dub", 41, 9, 0, State.ON, 36, 0.74, 0.95, threshold=0.4, would_name=212),
         "Dub: 41 examples, right in 88% (74%–95%), names 212 of your untagged tracks"),
    ],
)  # fmt: skip
def test_each_state_of_a_genre_has_its_sentence(entry: GenreReport, said):
    assert said in sentence(entry)


def test_a_damaged_file_of_what_was_learned_is_named_and_learning_replaces_it(ask, call, library, capsys):
    ask("genres", "trust", "Chanson")
    path = learned_path(library)
    with open(path, "r+b") as file:
        file.write(b"garbage")
    for words in (["learn"], ["genres", "list"], ["learn", "on"]):
        status, _, said = call(*words)
        assert status == 0
        assert said.count("is damaged and is not used. Your examples are safe in the library") == 1
    assert call("learn")[2] == ""


def test_who_trusts_a_genre_that_no_file_has_is_told_so(call, library):
    status, _, said = call("genres", "trust", "Nonsense", "Dub")
    assert status == 0
    assert said == (
        "genre-tagger-cli: No file of the library has the genre “Nonsense”, so that its tags are no examples yet.\n"
    )
