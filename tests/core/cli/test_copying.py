"""The commands that take music to where people listen, in this process, on real files."""

from __future__ import annotations

import json
import os
import shutil
import wave

import pytest

from genre_tagger.cli import __main__
from genre_tagger.files.tags import read_genres
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision, SavedList


@pytest.fixture
def music(media, tmp_path):
    folder = tmp_path / "music"
    folder.mkdir()
    for name in ("mp3", "mp3-v23", "mp3-many", "wav"):
        shutil.move(media(name), folder)
    return folder


@pytest.fixture
def run(call):
    """The same with the parsed JSON."""

    def run(*arguments):
        status, out, _ = call("--json", *arguments)
        return status, json.loads(out)

    return run


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_music_is_planned_copied_and_found_there_the_next_time(run, music, tmp_path):
    stick = tmp_path / "stick"
    run("scan", music)
    status, plan = run("copy", "--to", stick, "--pattern", "{genre}/{name}", "--plan")
    assert (status, len(plan["steps"]), plan["kept"], plan["failures"]) == (__main__.DONE, 4, 0, [])
    assert plan["bytes"] == sum(path.stat().st_size for path in music.iterdir())
    assert not stick.exists()

    status, report = run("copy", "--to", stick, "--pattern", "{genre}/{name}", "--playlists")
    assert (status, len(report["files"]), report["bytes"]) == (__main__.DONE, 4, plan["bytes"])
    assert [(item["genre"], item["tracks"]) for item in report["playlists"]] == [("Blues", 1), ("Jazz", 2), ("Rock", 1)]
    assert {f["target"] for f in report["files"]} == {step["target"] for step in plan["steps"]}
    assert names(stick) == [
        ".genre-tagger.json", "Blues.m3u8", "Jazz.m3u8", "Jazz/mp3-many.mp3", "Jazz/mp3.mp3", "No genre/wav.wav",
        "Rock.m3u8", "Rock/mp3-v23.mp3",
    ]  # fmt: skip

    status, again = run("copy", "--to", stick, "--pattern", "{genre}/{name}", "--playlists")
    assert (status, again["files"], again["kept"], again["bytes"]) == (__main__.DONE, [], 4, 0)


def test_saved_lists_are_playlists_beside_the_copies(run, music, tmp_path):
    run("scan", music)
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        library.save_list(SavedList("Blue ones", "genre:blues"))
        library.save_list(SavedList("Nothing", "genre:polka"))
    stick = tmp_path / "stick"
    _, report = run("copy", "--to", stick, "--pattern", "{name}", "--playlists")
    assert [item["genre"] for item in report["playlists"]] == ["Blue ones", "Blues", "Jazz", "Rock"]
    assert (stick / "Blue ones.m3u8").read_text(encoding="utf-8").splitlines()[-1] == "mp3-many.mp3"
    one = tmp_path / "one"
    _, report = run("copy", "--to", one, "--pattern", "{name}", "--playlists", "--list", "Blue ones")
    assert [item["genre"] for item in report["playlists"]] == ["Blue ones", "Blues", "Jazz"]


def test_playlists_name_files_from_the_root_where_that_is_wished(run, music, tmp_path):
    stick = tmp_path / "stick"
    run("scan", music)
    run("copy", "--to", stick, "--pattern", "{genre}/{name}", "--playlists", "--from-root")
    assert "/Rock/mp3-v23.mp3" in (stick / "Rock.m3u8").read_text(encoding="utf-8").splitlines()
    _, again = run("copy", "--to", stick, "--pattern", "{genre}/{name}", "--playlists")
    assert [item["written"] for item in again["playlists"]] == [True] * 3
    assert "Rock/mp3-v23.mp3" in (stick / "Rock.m3u8").read_text(encoding="utf-8").splitlines()
    run("playlists", "--to", music, "--from-root")
    assert "/mp3-v23.mp3" in (music / "Rock.m3u8").read_text(encoding="utf-8").splitlines()


def test_a_genre_a_single_one_in_the_copy_and_what_goes_again(run, call, music, tmp_path):
    stick = tmp_path / "stick"
    run("scan", music)
    status, report = run("copy", "--to", stick, "--genre", "jazz", "--genre", "rock", "--carry", "first")
    assert (status, len(report["files"])) == (__main__.DONE, 3)
    (many,) = [file["target"] for file in report["files"] if file["path"].endswith("many.mp3")]
    assert read_genres(many) == ("Jazz",)
    status, out, _ = call("copy", "--to", stick, "--genre", "jazz", "--carry", "first")
    assert (status, out) == (
        __main__.DONE,
        "2 there already (0.0 MB), 0 failed. 1 file there not wanted any more; --delete removes them.\n",
    )
    status, report = run("copy", "--to", stick, "--genre", "jazz", "--carry", "first", "--delete")
    assert [(file["action"], os.path.basename(file["path"])) for file in report["files"]] == [("delete", "mp3-v23.mp3")]


def test_an_album_is_copied_alone(run, music, tmp_path):
    run("scan", music)
    _, plan = run("copy", "--to", tmp_path / "stick", "--album", "Test Tones", "--album", "None", "--plan")
    assert len(plan["steps"]) == 3
    _, plan = run("copy", "--to", tmp_path / "stick", "--album", "None", "--plan")
    assert plan["steps"] == []


def test_a_plan_says_in_words_what_is_renamed_and_why(call, music, tmp_path):
    call("scan", music)
    status, out, _ = call("copy", "--to", tmp_path / "stick", "--pattern", "{title}", "--plan")
    assert status == __main__.DONE
    lines = out.splitlines()
    assert len(lines) == 5
    assert sum("differs only in case" in text for text in lines) == 2
    assert lines[-1].startswith("4 files to copy (")


def test_only_what_a_playlist_names_is_copied_and_the_rest_of_it_is_told(run, music, tmp_path):
    run("scan", music)
    status, report = run("playlists", "--to", tmp_path / "lists")
    assert (status, len(report["playlists"])) == (__main__.DONE, 3)
    playlist = tmp_path / "lists" / "Jazz.m3u8"
    playlist.write_text(playlist.read_text() + "../music/gone.mp3\n/etc/passwd\n")
    status, report = run("copy", "--to", tmp_path / "stick", "--list", playlist)
    assert status == __main__.SOME_FAILED
    assert {os.path.basename(file["path"]) for file in report["files"]} == {"mp3.mp3", "mp3-many.mp3"}
    assert [(failure["stage"], os.path.basename(failure["path"])) for failure in report["failures"]] == [
        ("playlist", "passwd"), ("playlist", "gone.mp3"),
    ]  # fmt: skip


@pytest.mark.parametrize("pattern", ["{composer}/{title}", "../{title}", "{genre}", ""])
def test_a_pattern_that_cannot_be_used_is_wrong_usage_and_copies_nothing(call, music, tmp_path, pattern):
    call("scan", music)
    status, _, err = call("copy", "--to", tmp_path / "stick", "--pattern", pattern)
    assert status == __main__.USAGE
    assert "pattern" in err
    assert not (tmp_path / "stick").exists()


def test_a_target_that_cannot_be_used_is_told_in_a_sentence(call, music, tmp_path):
    call("scan", music)
    for target in (music / "copies", tmp_path, tmp_path / "no" / "such"):
        status, _, err = call("copy", "--to", target)
        assert status == __main__.UNUSABLE
        assert err.startswith("genre-tagger-cli: ")
        assert "copied" in err
    assert names(music) == ["mp3-many.mp3", "mp3-v23.mp3", "mp3.mp3", "wav.wav"]


def test_a_playlist_that_is_not_there_is_told(call, music, tmp_path):
    call("scan", music)
    status, _, err = call("copy", "--to", tmp_path / "stick", "--list", tmp_path / "none.m3u8")
    assert status == __main__.UNUSABLE
    assert "cannot be read" in err


def test_a_list_of_the_window_is_copied_by_its_name_and_says_what_it_does_not_mean(run, music, tmp_path):
    stick = tmp_path / "stick"
    run("scan", music)
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        library.save_list(SavedList("Fast", "genre:rock OR genre:blues"))
        library.save_list(SavedList("Odd", "format:wav year:old"))
    status, report = run("copy", "--to", stick, "--pattern", "{name}", "--list", "Fast")
    assert (status, report["failures"]) == (__main__.DONE, [])
    assert names(stick) == [".genre-tagger.json", "mp3-many.mp3", "mp3-v23.mp3"]
    status, plan = run("copy", "--to", stick, "--pattern", "{name}", "--list", "Odd", "--plan")
    assert status == __main__.SOME_FAILED
    assert [step["target"] for step in plan["steps"]] == [str(stick / "wav.wav")]
    assert "“year:” wants a number" in plan["failures"][0]["reason"]


def test_copies_are_made_smaller_where_that_loses_nothing_twice(run, music, tmp_path):
    stick = tmp_path / "stick"
    with wave.open(str(music / "wav.wav"), "wb") as file:
        file.setparams((2, 2, 44_100, 0, "NONE", ""))
        file.writeframes(bytes(4 * 44_100))
    run("scan", music)
    status, report = run("copy", "--to", stick, "--pattern", "{name}", "--smaller", "opus", "--id3v23")
    assert (status, report["failures"]) == (__main__.DONE, [])
    assert names(stick) == [".genre-tagger.json", "mp3-many.mp3", "mp3-v23.mp3", "mp3.mp3", "wav.opus"]
    assert (stick / "wav.opus").stat().st_size < (music / "wav.wav").stat().st_size
    assert (stick / "mp3.mp3").read_bytes()[3] == 3
    assert read_genres(str(stick / "mp3.mp3")) == ("Jazz",)


def test_a_library_goes_out_and_in_again(run, call, music, tmp_path):
    run("scan", music)
    status, result = run("export", tmp_path / "library.csv")
    assert (status, result["tracks"]) == (__main__.DONE, 4)
    assert (tmp_path / "library.csv").read_text().count("\n") == 5
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        library.decide([1], Decision(False))
        run("export", tmp_path / "library.json")
        library.decide([1], None)
    status, result = run("import", tmp_path / "library.json")
    assert (status, result["decided"], result["unknown"]) == (__main__.DONE, 1, 0)
    assert call("export", tmp_path / "library.txt")[0] == __main__.USAGE
    status, _, said = call("import", tmp_path / "library.csv")
    assert status == __main__.UNUSABLE
    assert "no library that Genre Tagger has written" in said
