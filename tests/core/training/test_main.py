"""``genre-tagger-train`` from the command line to its files, on made-up clips; and the page that ``compare`` writes."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genre_tagger.base.places import asset
from genre_tagger.training import metrics
from genre_tagger.training.__main__ import main
from genre_tagger.training.compare import table
from genre_tagger.training.compare.compare import compare
from genre_tagger.training.compare.evaluate import plain
from genre_tagger.training.data.data import DataFolder
from genre_tagger.training.data.datasets import DatasetError

# What it warns of is TensorFlow's own.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("step_by_step")]
SHIPPED = str(asset("models", "two-teachers-cnn"))


def make_clips(root: Path) -> Path:
    """Eight clips of 3 s of hum (called Hip-Hop) and eight of hiss (called Rock), two by each artist."""
    t, rng = np.arange(3 * 22_050) / 22_050, np.random.default_rng(0)
    names = []
    for number in range(8):
        hum = 0.3 * np.sin(2 * np.pi * (80 + 10 * number) * t)
        hiss = 0.1 * rng.normal(size=t.size)
        for label, y in (("hiphop", hum), ("rock", hiss)):
            path = root / "clips" / label / f"{label}{number}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, y, 22_050)
            names.append(f"{label}{number},{label} artist {number // 2}")
    (root / "artists.csv").write_text("track,artist\n" + "\n".join(names) + "\n")
    return root


@pytest.fixture
def clips(tmp_path):
    """Recordings of two labels, and a table of their artists."""
    return make_clips(tmp_path)


@pytest.fixture(scope="module")
def trained(step_by_step, tmp_path_factory):
    """Recordings, one with a name that is no text where that can be; what `prepare` and `train` left and said."""
    root = make_clips(tmp_path_factory.mktemp("trained"))
    rock = os.fsencode(str(root / "clips" / "rock"))
    with contextlib.suppress(OSError):  # some file systems want names that are text
        os.rename(rock + b"/rock0.wav", rock + b"/caf\xe9.wav")
    told, printed = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(told), contextlib.redirect_stdout(printed):
        for words in (("prepare", "mfcc-mlp"), ("train", "mfcc-mlp", "--epochs", "8")):
            assert main([*words, *data_of(root), "--work", str(root / "work")]) == 0
    return root, printed.getvalue(), told.getvalue()


def data_of(root: Path) -> tuple[str, ...]:
    """How a command is told of the recordings."""
    return "--folder", str(root / "clips"), "--artists", str(root / "artists.csv")


def run(capsys, *arguments: str):
    capsys.readouterr()
    status = main(list(arguments))
    caught = capsys.readouterr()
    return status, caught.out, caught.err


@pytest.mark.parametrize("package", ["keras", "librosa"])
def test_without_what_training_needs_there_is_a_sentence(clips, capsys, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    for name in [name for name in sys.modules if name.startswith(package + ".")]:
        monkeypatch.delitem(sys.modules, name)
    work, folder, artists = (str(clips / name) for name in ("work", "clips", "artists.csv"))
    status, _, told = run(capsys, "train", "mfcc-mlp", "--folder", folder, "--artists", artists, "--work", work)
    assert status == 2
    assert f"{package} is not there" in told
    assert 'pip install -e ".[train]"' in told
    assert "Traceback" not in told


def test_from_a_folder_of_clips_to_an_exported_model_that_is_measured(trained, capsys, tmp_path):
    root, out, err = trained
    model, kept = str(tmp_path / "model"), tmp_path / "figures.json"
    assert len(os.listdir(root / "work" / "cache" / "mfcc")) == 16
    assert "pass 8 of at most 8" in err
    measured = json.loads(out)
    assert measured["accuracy"] == 1.0
    assert measured["tracks"] < 8  # the others were learned from
    assert run(capsys, "export", measured["folder"], "--model", model)[0] == 0
    for place in (model, measured["folder"]):  # LiteRT and Keras
        status, out, err = run(capsys, "evaluate", place, *data_of(root), "--json", str(kept))
        assert status == 0
        figures = json.loads(out)
        assert figures["learned_from"] == 16 - measured["tracks"]
        assert "Careful" in err
        assert figures["accuracy"] == 1.0
        assert figures["tracks"] == len(figures["each"]) == 16
        assert {"macro_f1", "top3", "ece", "selective", "interval", "by_artist", "confusion"} <= figures.keys()
    assert json.loads(kept.read_text()) == figures


def test_the_shipped_model_is_measured_on_anybodys_clips_through_the_program(clips, capsys, media):
    (clips / "clips" / "polka").mkdir()
    os.rename(media("flac"), clips / "clips" / "polka" / "dance.flac")
    os.rename(media("broken"), clips / "clips" / "rock" / "broken.mp3")
    status, out, _ = run(capsys, "evaluate", SHIPPED, "--folder", str(clips / "clips"))
    assert status == 0
    figures = json.loads(out)
    assert figures["unknown_labels"] == ["polka"]
    assert "broken.mp3" in {os.path.basename(row["path"]) for row in figures["without_an_answer"]}
    assert {row["right"] for row in figures["each"]} <= {"Hip-Hop", "Rock"}
    assert figures["tracks"] + len(figures["without_an_answer"]) == 17


def test_a_list_with_a_root_is_measured_too(clips, capsys):
    (clips / "list.txt").write_text("rock/rock0.ogg\nhiphop/hiphop1.ogg\nrock/gone.ogg\n")
    status, out, _ = run(capsys, "evaluate", SHIPPED, "--list", str(clips / "list.txt"), "--root", str(clips / "clips"))
    figures = json.loads(out)
    assert status == 0
    assert figures["without_a_file"] == 1
    assert figures["tracks"] + len(figures["without_an_answer"]) == 2


@pytest.mark.parametrize(("arguments", "words"), [
    (("train", "mfcc-mlp", "--work", "w"), "Name the recordings"),
    (("train", "mfcc-mlp", "--folder", "nowhere", "--work", "w"), "There is no folder"),
    (("train", "mfcc-mlp", "--folder", "a", "--train-list", "b", "--root", "c", "--work", "w"), "in one way"),
    (("evaluate", "m", "--folder", "a", "--gtzan"), "no model folder"),
    (("evaluate", SHIPPED, "--folder", "a", "--gtzan"), "in one way"),
    (("train", "mel-cnn", "--folder", "a", "--segments", "6", "--work", "w"), "does not cut recordings"),
    (("evaluate", "nowhere", "--folder", "nowhere"), "no model folder"),
    (("export", "nowhere", "--model", "m"), "no finished run"),
    (("build", "--data", "nowhere", "--work", "w", "--model", "m"), "data folder is not there"),
    (("compare", "--data", "nowhere", "--work", "w"), "data folder is not there"),
])  # fmt: skip
def test_what_is_not_there_is_said_in_words(capsys, arguments, words):
    status, out, err = run(capsys, *arguments)
    assert status == 2
    assert words in err
    assert not out


@pytest.mark.parametrize("wrong", ["--seed=-1", "--epochs=0", "--segments=0", "--epochs=many"])
def test_numbers_that_make_no_sense_are_refused_in_words(capsys, wrong):
    with pytest.raises(SystemExit):
        main(["train", "mfcc-mlp", "--folder", "f", "--work", "w", wrong])
    assert "is not a whole number from" in capsys.readouterr().err


def test_artists_may_be_read_from_the_files(clips, capsys):
    for number in range(8):
        for label in ("hiphop", "rock"):
            path = clips / "clips" / label / f"{label}{number}.wav"
            y, sr = soundfile.read(path)
            path.unlink()
            with soundfile.SoundFile(path.with_suffix(".flac"), "w", sr, 1) as file:
                file.artist = f"{label} artist {number // 2}"
                file.write(y)
    data = ("--folder", str(clips / "clips"), "--artists", "tags", "--work", str(clips / "work"))
    status, _, err = run(capsys, "prepare", "mfcc-mlp", *data)
    assert status == 0, err
    assert "the artists of 16 of 16 recordings are known" in err
    assert sizes(err)["test"] in (2, 4)  # whole artists, of two songs each


def test_a_table_that_names_none_of_the_recordings_is_refused(clips, capsys):
    (clips / "artists.csv").write_text("track,artist\nsomething else,Me\n")
    data = ("--folder", str(clips / "clips"), "--artists", str(clips / "artists.csv"))
    status, _, err = run(capsys, "evaluate", SHIPPED, *data)
    assert status == 2
    assert "names none of these recordings" in err
    assert "hiphop/hiphop0" in err


def sizes(told: str) -> dict[str, int]:
    """How many pieces each part has, from the last line that says so."""
    *_, line = (line for line in told.splitlines() if " pieces of " in line)
    return {part: int(count) for count, part in (words.split() for words in line.split("; ")[1].split(", "))}


def test_a_training_list_alone_is_dealt_out(clips, capsys):
    names = [f"./{label}/{label}{number}.wav" for label in ("hiphop", "rock") for number in range(8)]
    (clips / "train.txt").write_text("\n".join(names))
    data = ("--train-list", str(clips / "train.txt"), "--root", str(clips / "clips"), "--work", str(clips / "work"))
    status, _, err = run(capsys, "prepare", "mfcc-mlp", *data, "--leaky", "--segments", "10")
    assert status == 0
    assert sizes(err).keys() == {"test", "held", "train"}
    assert sum(sizes(err).values()) == 16  # a clip of 3 s is one segment
    status, _, err = run(capsys, "prepare", "mfcc-mlp", *data)
    assert status == 0
    assert 2 <= sizes(err)["test"] <= 4
    (clips / "train.txt").write_text("\n".join(names[:8]))
    status, _, err = run(capsys, "prepare", "mfcc-mlp", *data)
    assert status == 2
    assert "two labels at least" in err


def test_a_track_without_a_genre_counts_as_wrong_whatever_its_label(clips, capsys):
    folder = clips / "silent"
    for label in ("blues", "rock"):
        (folder / label).mkdir(parents=True)
        soundfile.write(folder / label / f"{label}.wav", np.zeros(4 * 22_050), 22_050)
    (folder / "rock" / "short.wav").write_bytes((clips / "clips" / "rock" / "rock0.wav").read_bytes()[:60_000])
    status, out, _ = run(capsys, "evaluate", SHIPPED, "--folder", str(folder))
    figures = json.loads(out)
    assert status == 0
    assert (figures["tracks"], figures["answered"]) == (3, 0)
    assert figures["accuracy"] == figures["top3"] == figures["macro_f1"] == 0
    assert figures["per_genre"]["Blues"] == {"tracks": 1, "right": 0}
    whys = {line["track"]: (line["answer"], line["why"]) for line in figures["each"]}
    assert whys == {"blues/blues": (None, "silent"), "rock/rock": (None, "silent"), "rock/short": (None, "short")}


def test_names_that_are_no_text_are_measured_and_written(trained, capsys, tmp_path):
    root, out, _ = trained
    if "rock0.wav" in os.listdir(root / "clips" / "rock"):
        pytest.skip("this file system wants names that are text")
    kept = tmp_path / "figures.json"
    status, _, _ = run(capsys, "evaluate", SHIPPED, *data_of(root), "--json", str(kept))
    assert status == 0
    assert "rock/caf\udce9" in [line["track"] for line in json.loads(kept.read_text())["each"]]
    learned = json.loads((Path(json.loads(out)["folder"]) / "result.json").read_text())["learned_from"]
    assert len(learned) == 16 - json.loads(out)["tracks"]


def test_a_damaged_run_is_said_in_words(trained, capsys, tmp_path):
    root, _, _ = trained
    shutil.copytree(root / "work", tmp_path / "work")
    command = ("train", "mfcc-mlp", *data_of(root), "--work", str(tmp_path / "work"))
    (tmp_path / "work" / "mfcc-mlp" / "epoch-0008.keras").write_bytes(b"PK\x03\x04 no network")
    status, _, err = run(capsys, *command, "--epochs", "9")
    assert status == 2
    assert "--again" in err
    assert run(capsys, *command, "--epochs", "1", "--again")[0] == 0


def test_a_folder_that_cannot_be_written_is_said_in_words(clips, capsys):
    (clips / "work").write_text("a file where a folder should be")
    data = ("--folder", str(clips / "clips"))
    status, _, err = run(capsys, "prepare", "mfcc-mlp", *data, "--work", str(clips / "work"))
    assert status == 2
    assert "could not be read or written" in err


def test_the_help_lists_every_command_and_recipe(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    for word in ("prepare", "train", "evaluate", "compare", "export", "build", "mel-efficientnet", "0.7852", "--leaky"):
        assert word in text


def test_labels_are_the_same_whatever_their_spelling():
    assert plain("Hip-Hop") == plain("hip hop") == plain("hiphop")
    assert plain("R&B") != plain("Rock")


def row(name: str, share: float, **more):
    """A row of the comparison with four tracks of two labels."""
    answers = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]])
    figures = metrics.summary(answers, np.array([0, 1, 0, 0]), ("A", "B"), ["x", "y", "z", "z"])
    epochs = [{"number": n, "loss": 1 / n, "accuracy": share, "held_loss": 1 / n, "held_accuracy": share, "rate": 1e-3}
              for n in (1, 2)]  # fmt: skip
    return {
        "name": name, "parameters": 1234567, "bytes": 2_500_000, "ms": 3.21, "reported": "0.9361",
        "reported_accuracy": 0.9361, "source": "pictures", "honest": figures, "with_sound": figures,
        "leaky": {"accuracy": share}, "history": {"best": 1, "epochs": epochs}, **more,
    }  # fmt: skip


def test_the_table_goes_between_its_marks_and_leaves_the_page_alone(tmp_path):
    page, folder = tmp_path / "models.md", tmp_path / "models"
    folder.mkdir()
    page.write_text("# Models\n\nWords.\n")
    table.write(str(page), str(folder), [row("mfcc-cnn", 0.8), row("shipped", 0.9, reported="", leaky=None)])
    first = page.read_text()
    assert first.startswith("# Models\n\nWords.\n")
    line = next(line for line in first.splitlines() if "`mfcc-cnn`" in line)
    for cell in ("1,234,567", "2.50 MB", "3.2", "0.9361", "80.0 %", "75.0 % (30 to 95)", "pictures"):
        assert f" {cell}" in line.replace("**", "")
    page.write_text(first + "\nMore words.\n")
    table.write(str(page), str(folder), [row("stft-cnn", 0.5)])
    again = page.read_text()
    assert again.count(table.BEGIN) == again.count(table.END) == 1
    assert "mfcc-cnn" not in again
    assert again.endswith("More words.\n")
    for name in ("accuracy", "coverage", "confusions", "histories"):
        assert f"(models/{name}.png)" in again
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_a_row_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="no row sorcery"):
        compare(DataFolder(""), str(tmp_path), str(tmp_path / "models.md"), names=["sorcery"])


@pytest.mark.data
def test_compare_measures_the_shipped_model_and_keeps_the_other_rows(data_folder, tmp_path):
    page, some = tmp_path / "models.md", tmp_path / "data"
    (tmp_path / "models").mkdir()
    whole = DataFolder(data_folder)
    for clip in whole.clips("valid")[::12]:
        link = some / os.path.relpath(clip.path, data_folder)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(clip.path)
    (some / "gtzan" / "splits").symlink_to(os.path.join(data_folder, "gtzan", "splits"))
    (tmp_path / "models" / "compare.json").write_text(json.dumps([row("mfcc-cnn", 0.8)]))
    rows = compare(DataFolder(str(some)), str(tmp_path), str(page), names=["shipped"], shipped=SHIPPED)
    assert [row["name"] for row in rows] == ["mfcc-cnn", "shipped"]
    assert rows[1]["honest"]["tracks"] + len(rows[1]["honest"]["without_an_answer"]) == 9
    assert "`mfcc-cnn`" in page.read_text()
