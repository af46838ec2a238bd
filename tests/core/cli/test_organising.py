"""The command that puts music into folders, in this process, on real files."""

from __future__ import annotations

import json
import shutil

import pytest

from genre_tagger.cli import __main__


@pytest.fixture
def music(media, tmp_path):
    folder = tmp_path / "music"
    (folder / "new").mkdir(parents=True)
    for name in ("mp3", "mp3-v23"):
        shutil.move(media(name), folder / "new")
    (folder / "list.m3u8").write_text("new/mp3.mp3\n")
    return folder


@pytest.fixture
def run(call):
    """Run a command with a library of its own; returns the exit status and the parsed JSON, or what was said."""

    def run(*arguments):
        status, out, err = call(*arguments)
        return status, json.loads(out) if "--json" in arguments else out + err

    return run


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_music_is_planned_moved_and_brought_back(run, music):
    run("scan", music)
    before = names(music)
    status, plan = run("organise", "--to", music, "--pattern", "{genre}/{name}", "--plan", "--json")
    assert (status, len(plan["moves"]), len(plan["emptied"])) == (__main__.DONE, 2, 1)
    assert plan["lists"] == [{"path": str(music / "list.m3u8"), "names": 1}]
    assert names(music) == before

    status, text = run("organise", "--to", music, "--pattern", "{genre}/{name}")
    assert (status, text.partition(". ")[0]) == (
        __main__.DONE, "2 files moved, 0 were there already, 1 lists follow, 0 failed",
    )  # fmt: skip
    assert names(music) == ["Jazz/mp3.mp3", "Rock/mp3-v23.mp3", "list.m3u8"]
    assert (music / "list.m3u8").read_text() == "Jazz/mp3.mp3\n"
    _, history = run("history", "--json")
    assert [(batch["kind"], batch["files"]) for batch in history] == [("move", 2)]
    _, again = run("organise", "--to", music, "--pattern", "{genre}/{name}", "--json")
    assert (again["files"], again["kept"]) == ([], 2)

    status, undone = run("undo", "--json")
    assert (status, len(undone["undone"]), undone["failures"]) == (__main__.DONE, 2, [])
    assert names(music) == before
    _, shown = run("show", "--json")
    assert sorted(track["path"] for track in shown) == [str(music / name) for name in before if name.endswith("mp3")]


def test_copies_only_of_a_genre_leave_the_library_alone(run, music, tmp_path):
    run("scan", music)
    before = names(music)
    _, result = run("organise", "--copy", "--genre", "rock", "--to", tmp_path / "out", "--pattern", "{name}", "--json")
    assert [file["target"] for file in result["files"]] == [str(tmp_path / "out" / "mp3-v23.mp3")]
    assert names(music) == before


@pytest.mark.parametrize(
    ("pattern", "words"), [("{genre}", "all tracks one name"), ("../{title}", "leads out"), ("{no}/{name}", "no field")]
)
def test_a_pattern_that_names_nothing_is_refused_in_a_sentence(run, music, pattern, words):
    run("scan", music)
    status, text = run("organise", "--to", music, "--pattern", pattern)
    assert (status, words in text) == (__main__.USAGE, True)


def test_copies_into_the_library_are_refused_in_a_sentence(run, music):
    run("scan", music)
    status, text = run("organise", "--copy", "--to", music / "Sorted")
    assert (status, "twice" in text) == (__main__.UNUSABLE, True)
    assert not (music / "Sorted").exists()


def test_what_was_interrupted_is_told_and_goes_on(run, call, music, monkeypatch):
    monkeypatch.setattr("genre_tagger.sorting.folders.carrying._MOST_FILES", 1)
    run("scan", music)
    status, text = run("organise", "--go-on")
    assert (status, "Nothing was interrupted" in text) == (__main__.UNUSABLE, True)

    def interrupt(progress, number):
        raise KeyboardInterrupt

    monkeypatch.setattr("genre_tagger.base.progress.Progress.show", interrupt)
    status, text = run("organise", "--to", music, "--pattern", "{genre}/{name}")
    assert status == __main__.INTERRUPTED
    assert "1 of 2 files moved below" in text
    monkeypatch.undo()
    _, text = run("organise", "--to", music, "--pattern", "{name}", "--plan")
    assert "1 of 2 files moved below" in text
    assert "--go-on" in text
    status, report = run("organise", "--go-on", "--json")
    assert (status, len(report["files"]), report["failures"]) == (__main__.DONE, 1, [])
    assert names(music) == ["Jazz/mp3.mp3", "Rock/mp3-v23.mp3", "list.m3u8"]
