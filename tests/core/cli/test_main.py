"""The command line, in this process, on real files."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from genre_tagger.base import places
from genre_tagger.base.errors import FileFailure, Waiting
from genre_tagger.base.places import asset
from genre_tagger.base.progress import Progress
from genre_tagger.cli import __main__
from genre_tagger.cli.writing import sorted_out
from genre_tagger.files.tags import read_tags
from genre_tagger.library.library import Library
from genre_tagger.library.schema import hold
from genre_tagger.library.tracks import QUADRANT, Candidate, Prediction, TagFact, TagValues
from genre_tagger.model.card import ModelCard
from genre_tagger.model.network import default_model_folder

_PIECE = ("Dusty Rails", "Night Line", "01 Slow Train at Dusk.mp3")


@pytest.fixture
def music(media, tmp_path):
    """A folder with a tagged file of a second, a piece of music without a genre, and a broken file."""
    folder = tmp_path / "music"
    (folder / "deep").mkdir(parents=True)
    shutil.move(media("mp3"), folder / "jazz.mp3")
    shutil.copyfile(asset("resources", "demo", *_PIECE), folder / "deep" / "none.mp3")
    shutil.move(media("broken"), folder / "broken.mp3")
    return folder


@pytest.fixture
def run(tmp_path, capsys):
    """Run a command with a library of its own; returns the exit status and the parsed JSON."""

    def run(*arguments, library=str(tmp_path / "library.sqlite3")):
        status = __main__.main(["--library", library, "--json", *map(str, arguments)])
        out = capsys.readouterr().out
        return status, json.loads(out) if out else None

    return run


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("genre", ["", "  ", "\n"])
def test_an_empty_genre_is_an_error_and_writes_nothing(run, music, genre):
    run("scan", music)
    run("classify")
    before = contents(music)
    assert run("write", "--genre", genre)[0] == __main__.USAGE
    assert contents(music) == before


def test_the_whole_line(run, music):
    before = contents(music)
    status, report = run("scan", music)
    assert status == __main__.SOME_FAILED
    assert report["scanned"] == 2
    assert [os.path.basename(failure["path"]) for failure in report["failures"]] == ["broken.mp3"]

    status, report = run("classify")
    assert (status, report["classified"], report["without_genre"]) == (__main__.DONE, 2, 1)

    status, tracks = run("show")
    assert status == __main__.DONE
    by_name = {os.path.basename(track["path"]): track for track in tracks}
    assert by_name["jazz.mp3"]["genres"] == ["Jazz"]
    assert by_name["none.mp3"]["genres"] == []
    assert by_name["broken.mp3"]["error"]
    assert {track["decision"] for track in tracks} == {None}
    assert by_name["jazz.mp3"]["proposal"] == {"action": "nothing", "genres": ["Jazz"]}
    assert by_name["jazz.mp3"]["no_genre"]["why"] == "short"
    assert "less than 3 seconds" in by_name["jazz.mp3"]["no_genre"]["sentence"]
    assert [by_name["jazz.mp3"][part] for part in ("candidates", "tags", "error")] == [[], [], None]
    assert by_name["none.mp3"]["no_genre"] is None
    values = [tag["value"] for tag in by_name["none.mp3"]["tags"]]
    card = ModelCard.read(default_model_folder())
    assert len(values) == len(card.tags) + len(card.moods)
    assert values == sorted(values, reverse=True)
    assert by_name["broken.mp3"]["proposal"] == {"action": "none", "genres": []}
    probabilities = [candidate["probability"] for candidate in by_name["none.mp3"]["candidates"]]
    assert len(probabilities) == len(ModelCard.read(default_model_folder()).labels)
    assert sum(probabilities) == pytest.approx(1, abs=1e-3)
    assert probabilities == sorted(probabilities, reverse=True)

    status, dry = run("write", "--threshold", "0", "--dry-run")
    assert status == __main__.DONE
    assert contents(music) == before
    assert [os.path.basename(change["path"]) for change in dry["changes"]] == ["none.mp3"]

    status, written = run("write", "--threshold", "0")
    assert status == __main__.DONE
    assert written["changes"] == dry["changes"]
    assert list(read_tags(str(music / "deep" / "none.mp3")).genres) == written["changes"][0]["new"]

    status, history = run("history")
    assert [(batch["id"], batch["files"], batch["undone"]) for batch in history] == [(written["batch"], 1, 0)]

    status, undone = run("undo")
    assert status == __main__.DONE
    assert undone["undone"][0]["identical"] is True
    assert contents(music) == before
    assert run("undo")[1]["undone"] == []


def test_options_are_understood_after_the_command_too(tmp_path, music, capsys):
    library = str(tmp_path / "l.sqlite3")
    assert __main__.main(["scan", "--json", str(music), "--library", library]) == __main__.SOME_FAILED
    assert json.loads(capsys.readouterr().out)["scanned"] == 2
    assert os.path.exists(library)


def test_a_rescan_reads_only_what_changed_and_marks_what_is_gone(run, music):
    run("scan", music)
    assert run("scan", music)[1]["scanned"] == 0
    os.rename(music / "jazz.mp3", music / "moved.mp3")
    os.remove(music / "deep" / "none.mp3")
    report = run("scan", music)[1]
    assert (report["scanned"], report["vanished"]) == (1, 1)
    paths = {os.path.basename(track["path"]): track["missing"] for track in run("show")[1]}
    assert paths == {"moved.mp3": False, "none.mp3": True, "broken.mp3": False}


def test_a_genre_can_be_named_for_some_files(run, music):
    run("scan", music)
    status, report = run("write", "--genre", "Tango", "--genre", "Milonga", "--policy", "add", music / "jazz.mp3")
    assert status == __main__.DONE
    assert report["changes"] == [
        {"path": str(music / "jazz.mp3"), "old": ["Jazz"], "new": ["Jazz", "Tango", "Milonga"]}
    ]
    assert read_tags(str(music / "jazz.mp3")).genres == ("Jazz", "Tango", "Milonga")


def test_cores_and_windows_reach_the_listening(run, music, monkeypatch):
    asked = []
    real = __main__.line.classify

    def watched(tracks, model, *, workers, windows):
        asked.append((workers, windows))
        return real(tracks, model, workers=workers, windows=windows)

    monkeypatch.setattr(__main__.line, "classify", watched)
    run("scan", music)
    assert run("classify", "--cores", 1, "--windows", 9)[0] == __main__.DONE
    assert run("classify")[1]["classified"] == 0
    assert asked == [(1, 9), (None, None)]


def test_the_models_word_is_written_as_it_is_spelt(run, music):
    before = contents(music)
    run("scan", music)
    run("classify")
    said = run("write", "--threshold", 0, "--dry-run")[1]["changes"][0]["new"][0]
    options = ("--threshold", 0, "--spell", f"{said.upper()}= My  Word=that ", "--spell", "metal=Heavy Metal")
    (change,) = run("write", *options)[1]["changes"]
    assert change["new"] == ["My Word=that"]
    assert read_tags(str(music / "deep" / "none.mp3")).genres == ("My Word=that",)
    assert run("write", *options, "--policy", "replace")[1]["changes"] == []
    run("undo")
    assert contents(music) == before


def test_a_label_that_no_model_has_is_wrong_usage_and_nothing_is_written(run, music, capsys):
    before = contents(music)
    run("scan", music)
    status, report = run("write", "--genre", "Tango", "--spell", "Hiphop=Rap")
    assert (status, report) == (__main__.USAGE, None)
    assert contents(music) == before
    __main__.main(["--library", str(music.parent / "library.sqlite3"), "write", "--spell", "Hiphop=Rap"])
    assert "No model calls a genre “Hiphop”. Known are: Blues, Children's, Classical," in capsys.readouterr().err


@pytest.mark.parametrize(("options", "version"), [((), 4), (("--id3v23",), 3)])
def test_new_tags_are_2_4_or_2_3_as_one_likes(run, media, tmp_path, options, version):
    path = tmp_path / "bare.mp3"
    os.rename(media("mp3-bare"), path)
    before = path.read_bytes()
    run("scan", path)
    status, report = run("write", "--genre", "Tango", "--genre", "Milonga", *options)
    assert (status, len(report["changes"])) == (__main__.DONE, 1)
    assert path.read_bytes()[:4] == b"ID3" + bytes([version])
    assert read_tags(str(path)).genres == ("Tango", "Milonga")
    run("undo")
    assert path.read_bytes() == before


def test_the_variables_name_a_library_and_a_model(music, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("GENRE_TAGGER_LIBRARY", str(tmp_path / "elsewhere" / "mine.sqlite3"))
    monkeypatch.setenv("GENRE_TAGGER_MODEL", str(tmp_path / "no model"))
    assert __main__.main(["scan", str(music / "deep")]) == __main__.DONE
    assert (tmp_path / "elsewhere" / "mine.sqlite3").exists()
    assert __main__.main(["classify"]) == __main__.UNUSABLE
    assert __main__.main(["classify", "--model", __main__.default_model_folder()]) == __main__.DONE
    assert "1 file classified" in capsys.readouterr().out


def test_where_nothing_can_be_kept_beside_the_program_the_library_at_home_is_taken_and_that_is_said(
    music, monkeypatch, tmp_path, capsys
):
    blocked = tmp_path / "program"
    blocked.mkdir()
    (blocked / places.PORTABLE_FOLDER).write_text("a file is in the way")
    monkeypatch.setattr(places, "program_folder", lambda: str(blocked))
    monkeypatch.setenv("GENRE_TAGGER_PORTABLE", "1")
    assert __main__.main(["scan", str(music / "deep")]) == __main__.DONE
    assert "are therefore those in your home folder" in capsys.readouterr().err
    assert __main__.main(["show", "--library", str(tmp_path / "nowhere")]) == __main__.UNUSABLE
    assert "home folder" not in capsys.readouterr().err


def test_with_the_portable_variable_the_library_lies_beside_the_program(music, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(places, "program_folder", lambda: str(tmp_path))
    monkeypatch.setenv("GENRE_TAGGER_PORTABLE", "1")
    assert __main__.main(["scan", str(music / "deep")]) == __main__.DONE
    assert (tmp_path / places.PORTABLE_FOLDER / "library.sqlite3").exists()
    assert "genre-tagger-cli:" not in capsys.readouterr().err


def test_a_folder_stands_for_the_files_below_it(run, music):
    run("scan", music)
    report = run("write", "--genre", "Tango", "--policy", "replace", music / "deep")[1]
    assert [os.path.basename(change["path"]) for change in report["changes"]] == ["none.mp3"]


def test_batches_are_undone_one_by_one_or_all(run, music):
    before = contents(music)
    run("scan", music)
    first = run("write", "--genre", "Tango", "--policy", "replace", music / "jazz.mp3")[1]["batch"]
    second = run("write", "--genre", "Polka", "--policy", "replace", music / "jazz.mp3")[1]["batch"]
    run("write", "--genre", "Samba", music / "deep")
    assert run("undo", "--batch", second)[0] == __main__.DONE
    assert read_tags(str(music / "jazz.mp3")).genres == ("Tango",)
    assert run("undo", "--all")[0] == __main__.DONE
    assert contents(music) == before
    assert first < second
    assert run("undo", "--batch", 99)[0] == __main__.USAGE


def test_a_path_that_was_never_scanned_is_a_failure(run, music, tmp_path):
    run("scan", music)
    status, report = run("write", "--genre", "Tango", tmp_path / "elsewhere.mp3")
    assert status == __main__.SOME_FAILED
    assert "Scan it first" in report["failures"][0]["reason"]


def test_music_is_described_in_a_table_without_a_library(run, music, tmp_path, capsys):
    before = contents(music)
    table = tmp_path / "table.csv"
    status, report = run("describe", music, "--csv", table)
    assert status == __main__.SOME_FAILED
    assert [os.path.basename(failure["path"]) for failure in report["failures"]] == ["broken.mp3"]
    with open(table, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["filename"], row["label"]) for row in rows] == [("deep/none.mp3", ""), ("jazz.mp3", "Jazz")]
    assert len(rows[0]) == 60
    assert [track["tempo"] for track in report["tracks"]] == [float(row["tempo"]) for row in rows]
    assert report["csv"] == str(table)

    assert __main__.main(["describe", str(music / "jazz.mp3"), str(music / "deep")]) == __main__.DONE
    assert capsys.readouterr().out == table.read_text("utf-8")
    assert contents(music) == before


def test_a_table_that_could_not_be_written_is_refused_before_the_work(run, music, tmp_path):
    assert run("describe", music, "--csv", tmp_path / "nowhere" / "table.csv") == (__main__.UNUSABLE, None)
    assert run("describe", music, "--csv", tmp_path)[0] == __main__.UNUSABLE


def test_without_a_library_there_is_a_clear_sentence(run, capsys):
    assert run("show")[0] == __main__.UNUSABLE
    __main__.main(["--library", "nowhere", "classify"])
    assert "Scan a folder first" in capsys.readouterr().err
    assert not os.path.exists("nowhere")
    assert not os.path.exists("nowhere.lock")


def test_a_library_in_use_is_a_clear_sentence(run, music, tmp_path, capsys):
    run("scan", music)
    with hold(str(tmp_path / "library.sqlite3")):
        assert run("scan", music)[0] == __main__.UNUSABLE
        assert run("show")[0] == __main__.DONE
    __main__.main(["--library", str(tmp_path / "library.sqlite3"), "show"])
    assert "jazz.mp3\tJazz\tnot classified" in capsys.readouterr().out


def test_a_damaged_library_is_said_and_rebuilt_by_a_scan(run, music, tmp_path, capsys):
    run("scan", music)
    path = tmp_path / "library.sqlite3"
    path.write_bytes(b"no database " * 1000)
    assert __main__.main(["--library", str(path), "scan", str(music)]) == __main__.SOME_FAILED
    assert "was damaged; it is kept as" in capsys.readouterr().err
    assert len(run("show")[1]) == 3


def test_a_library_of_a_newer_version_is_said(run, music, tmp_path):
    run("scan", music)
    db = sqlite3.connect(tmp_path / "library.sqlite3")
    db.execute("PRAGMA user_version = 99")
    db.close()
    assert run("show")[0] == __main__.UNUSABLE


def test_a_changed_model_is_refused(run, music, tmp_path):
    run("scan", music)
    model = tmp_path / "model"
    shutil.copytree(__main__.default_model_folder(), model)
    with open(model / "model.tflite", "r+b") as file:
        file.seek(1000)
        file.write(b"tampered")
    assert run("classify", "--model", model)[0] == __main__.UNUSABLE


def test_names_that_are_no_utf8_go_through(run, media, tmp_path):
    folder = tmp_path / "music"
    folder.mkdir()
    name = os.path.join(os.fsencode(folder), b"caf\xe9.mp3")
    os.rename(media("mp3-nogenre"), name)
    run("scan", folder)
    (track,) = run("show")[1]
    assert os.fsencode(track["path"]) == name
    assert run("write", "--genre", "Tango", track["path"])[0] == __main__.DONE
    assert read_tags(os.fsdecode(name)).genres == ("Tango",)


def test_a_dry_run_and_a_write_refuse_the_same_for_the_same_reason(run, media, tmp_path):
    folder = tmp_path / "music"
    folder.mkdir()
    shutil.move(media("mp3-nogenre"), folder / "misnamed.flac")
    shutil.move(media("mp3-nogenre"), folder / "good.mp3")
    run("scan", folder)
    status, dry = run("write", "--dry-run", "--genre", "Tango")
    assert status == __main__.SOME_FAILED
    assert [os.path.basename(change["path"]) for change in dry["changes"]] == ["good.mp3"]
    status, written = run("write", "--genre", "Tango")
    assert status == __main__.SOME_FAILED
    assert written["changes"] == dry["changes"]
    assert written["failures"] == dry["failures"]
    (track,) = run("show", folder / "misnamed.flac")[1]
    assert (track["proposal"]["action"], track["refusal"]) == ("none", dry["failures"][0]["reason"])


def test_a_rescan_says_what_still_cannot_be_read(run, music):
    assert run("scan", music)[0] == __main__.SOME_FAILED
    status, report = run("scan", music)
    assert (status, report["scanned"]) == (__main__.SOME_FAILED, 0)
    assert [os.path.basename(failure["path"]) for failure in report["failures"]] == ["broken.mp3"]
    assert run("scan", music / "deep")[0] == __main__.DONE
    (music / "broken.mp3").unlink()
    assert run("scan", music)[0] == __main__.DONE


def test_names_act_on_no_terminal_and_stay_as_they_are_in_json(run, media, tmp_path, capsys):
    folder = tmp_path / "music"
    folder.mkdir()
    name = str(folder / "two\nlines \x1b[31m \u202egnp \xa0ü\u200b.mp3")
    os.rename(media("mp3-nogenre"), name)
    os.rename(media("broken"), folder / "brok\ren.mp3")
    run("scan", folder)
    assert name in [track["path"] for track in run("show")[1]]
    library = ["--library", str(tmp_path / "library.sqlite3"), "--quiet"]
    for command in (["show"], ["write", "--dry-run", "--genre", "Tango"], ["scan", str(folder)]):
        __main__.main([*library, *command])
        captured = capsys.readouterr()
        lines = [*captured.out.splitlines(), *captured.err.splitlines()]
        assert not any(c in text for text in lines for c in "\x1b\r\u202e\u200b")
        assert len([text for text in lines if "two" in text]) <= 1
    __main__.main([*library, "show"])
    assert r"two\nlines \x1b[31m \u202egnp" in (out := capsys.readouterr().out)
    assert "\xa0ü" in out


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["write", "--threshold", "2"], ["undo", "--last", "--all"], ["scan"], ["classify", "--windows", "10"],
        ["classify", "--windows", "0"], ["classify", "--cores", "0"], ["classify", "--cores", "two"],
        ["write", "--spell", "Rock"], ["write", "--spell", "Rock= "], ["write", "--spell", "=Rock"],
    ],
)  # fmt: skip
def test_wrong_usage_ends_with_two(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        __main__.main(arguments)
    assert caught.value.code == __main__.USAGE
    capsys.readouterr()


def test_of_the_ten_alone_what_was_heard_is_shared_out_anew(run, music, tmp_path):
    run("scan", music)
    heard = (Candidate("Electronic", 0.7), Candidate("Rock", 0.2), Candidate("Jazz", 0.1))
    facts = (TagFact("calm", "calm", QUADRANT, 0.5), TagFact("tense", "tense", QUADRANT, 0.5))
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        path = str(music / "deep" / "none.mp3")
        library.store(Prediction(path, "m", heard, tag_values=TagValues.of(facts, [0.75, 0.25])))
    _, (every,) = run("show", path)
    _, (ten,) = run("show", path, "--among", "ten")
    assert [one["genre"] for one in every["candidates"]] == ["Electronic", "Rock", "Jazz"]
    assert [one["genre"] for one in ten["candidates"]] == ["Rock", "Jazz"]
    assert ten["candidates"][0]["probability"] == pytest.approx(2 / 3)
    assert every["mood"] == ten["mood"] == {"name": "calm", "probability": 0.75}
    assert ten["proposal"] == {"action": "write", "genres": ["Rock"]}
    _, said = run("write", path, "--dry-run", "--among", "ten")
    assert [change["new"] for change in said["changes"]] == [["Rock"]]


def test_the_model_says_how_good_it_is(run, capsys, tmp_path):
    status, said = run("model")
    assert status == __main__.DONE
    assert {"Blues", "Rock"} <= {*said["labels"]}
    assert isinstance(said["guard"], bool)
    assert 0 < said["measured"]["accuracy"] < 1
    assert __main__.main(["model"]) == __main__.DONE
    words = capsys.readouterr().out
    assert "tracks by artists it had never heard (95 % interval" in words
    assert len(re.findall(r"^  [A-Z].*: \d+ of \d+$", words, re.M)) >= 5
    assert "from 50% sure: " in words
    assert __main__.main(["model", "--model", str(tmp_path)]) == __main__.UNUSABLE
    assert "cannot be read" in capsys.readouterr().err


def test_the_model_says_first_what_is_known_from_other_artists_then_from_elsewhere(run, capsys, tmp_path):
    card = json.loads((Path(default_model_folder()) / "card.json").read_text(encoding="utf-8"))
    card |= {"only_offered": ["Rock"], "measured": {
        "on": "clips of others", "tracks": 474, "accuracy": 0.7, "interval": [0.66, 0.74],
        "recall": {"Rap": {"tracks": 20, "right": 19}},
        "magnatune": {"tracks": 192, "accuracy": 0.78, "interval": [0.72, 0.83]},
    }}  # fmt: skip
    (tmp_path / "card.json").write_text(json.dumps(card), encoding="utf-8")
    assert __main__.main(["model", "--model", str(tmp_path)]) == __main__.DONE
    lines = capsys.readouterr().out.splitlines()
    assert "Rock" not in lines[1]
    assert lines[2:7] == [
        "Offered to be chosen, never proposed, as it is too often wrong: Rock",
        "Right on 70% of 474 tracks by artists it had never heard (95 % interval 66% to 74%).",
        "  measured on: clips of others",
        "  Rap: 19 of 20",
        "Clips of Magnatune's artists: right on 78% of 192 (95 % interval 72% to 83%).",
    ]


def test_a_drive_that_is_waited_for_is_named_once(capsys):
    away = Waiting("/stick/a.mp3", "The drive with this file is not there any more.")
    failed = FileFailure("/stick/a.mp3", "write", "No.")

    def outcomes():
        yield from (away, away, failed)

    with Progress("Writing", True, 1) as progress:
        assert sorted_out(outcomes(), progress) == ([], [failed])
    assert capsys.readouterr().err.count("not there any more. Waiting for it; Ctrl+C stops.") == 1
