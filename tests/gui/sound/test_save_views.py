"""Pictures and tables that a person takes along, from the real window into real files."""

from __future__ import annotations

import csv
import errno
import os

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from app.dialogs import saving
from app.look import words
from helpers.patience import LONG


@pytest.fixture
def answer_dialog():
    """A function: name of a file (and the name of its kind) → the next dialog that asks is answered with it."""
    timers = []

    def answer(path, kind="", accept=True):
        def fill():
            dialog = QApplication.activeModalWidget()
            if not isinstance(dialog, QFileDialog):
                return
            if proposed:
                timer.stop()
                dialog.accept() if accept else dialog.reject()
                return
            proposed.append(os.path.basename(dialog.selectedFiles()[0]))
            for name in dialog.nameFilters():
                if kind and kind in name:
                    dialog.selectNameFilter(name)
                    dialog.filterSelected.emit(name)
            dialog.setDirectory(os.path.dirname(path))
            dialog.findChild(QLineEdit).setText(path)  # selectFile does nothing while the name has the focus

        proposed: list[str] = []
        timer = QTimer(interval=20)
        timer.timeout.connect(fill)
        timer.start()
        timers.append(timer)
        return proposed

    yield answer
    for timer in timers:
        timer.stop()


@pytest.fixture
def drawn(open_window, settled, music, track_id, qtbot):
    """The window with b.wav selected and drawn."""
    window = open_window([music])
    settled(window)
    window.tracks.select([track_id(window, "b.wav")])
    qtbot.waitUntil(lambda: window.sound.dock is not None and window.sound.dock.sound.path is not None, timeout=LONG)
    qtbot.waitUntil(lambda: not window.sound.loader.busy() and window.sound.dock.sound.length > 0, timeout=LONG)
    return window


def lane_of(window, name):
    return window.sound.dock.stack.lanes[name]


@pytest.mark.parametrize("name", ["waveform", "spectrogram"])
def test_a_lane_is_saved_as_a_picture_as_a_drawing_and_as_a_table(drawn, name, tmp_path, qtbot, answer_dialog):
    lane = lane_of(drawn, name)
    for ending, kind in (("png", "Picture"), ("svg", "Drawing"), ("csv", "Table")):
        path = str(tmp_path / f"view.{ending}")
        proposed = answer_dialog(path, kind)
        lane.save_asked.emit()
        qtbot.waitUntil(lambda path=path: os.path.exists(path), timeout=LONG)
        assert proposed[0].startswith(f"b - {lane.title}")
    image = QImage(str(tmp_path / "view.png"))
    assert image.width() > lane.canvas.area().width()
    assert len({image.pixel(x, image.height() // 2) for x in range(image.width())}) > 5
    renderer = QSvgRenderer(str(tmp_path / "view.svg"))
    assert renderer.isValid()
    text = (tmp_path / "view.svg").read_text(encoding="utf-8")
    assert lane.title in text
    assert "Time" in text
    with open(tmp_path / "view.csv", newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert header[0] == "time_s"
    times = [float(row[0]) for row in rows]
    assert times == sorted(times)
    line = drawn.sound.dock.timeline
    assert line.start <= times[0] <= times[-1] <= line.stop
    assert all(len(row) == len(header) for row in rows)
    assert not [left for left in os.listdir(tmp_path) if left.endswith(".part")]


def test_the_table_of_a_waveform_has_the_samples_of_the_file(drawn, tmp_path, qtbot, answer_dialog, music):
    line = drawn.sound.dock.timeline
    line.show(0.5, 0.501)
    loader = drawn.sound.loader
    qtbot.wait(60)
    qtbot.waitUntil(lambda: not loader.busy(), timeout=LONG)
    path = str(tmp_path / "samples.csv")
    answer_dialog(path, "Table")
    lane_of(drawn, "waveform").save_asked.emit()
    qtbot.waitUntil(lambda: os.path.exists(path), timeout=LONG)
    table = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)
    y, sr = soundfile.read(os.path.join(music, "b.wav"), dtype="float32", always_2d=True)
    places = np.round(table[:, 0] * sr).astype(int)
    assert len(places) >= 0.0009 * sr
    np.testing.assert_allclose(table[:, 1:], y[places], atol=1e-6)


def test_all_lanes_together_are_one_picture_and_a_name_without_ending_gets_one(
    drawn, tmp_path, qtbot, answer_dialog
):
    answer_dialog(str(tmp_path / "all"))
    drawn.actions_by_id["save_view"].menu().aboutToShow.emit()
    drawn.actions_by_id["save_view"].menu().actions()[0].trigger()
    qtbot.waitUntil(lambda: (tmp_path / "all.png").exists(), timeout=LONG)
    heights = sum(lane.canvas.area().height() for lane in drawn.sound.dock.lanes())
    assert QImage(str(tmp_path / "all.png")).height() > heights
    assert drawn.sound.choices.saved_in == str(tmp_path)


def test_what_cannot_be_saved_is_said_kindly_and_leaves_nothing_behind(
    drawn, tmp_path, qtbot, notice_texts, monkeypatch
):
    monkeypatch.setattr(saving.Place, "ask", lambda *_: str(tmp_path / "gone" / "view.png"))
    lane_of(drawn, "waveform").save_asked.emit()
    qtbot.waitUntil(lambda: any("not there any more" in text for text in notice_texts(drawn)), timeout=LONG)
    assert not (tmp_path / "gone").exists()
    monkeypatch.setattr(saving.Place, "ask", lambda *_: str(tmp_path / "view.png"))
    lane_of(drawn, "waveform").save_asked.emit()
    qtbot.waitUntil(lambda: (tmp_path / "view.png").exists(), timeout=LONG)
    qtbot.waitUntil(lambda: not drawn.centre.notices.open(), timeout=LONG)


def test_a_dialog_that_is_closed_saves_nothing(drawn, tmp_path, answer_dialog):
    answer_dialog(str(tmp_path / "no.png"), accept=False)
    lane_of(drawn, "waveform").save_asked.emit()
    assert not (tmp_path / "no.png").exists()


@pytest.mark.parametrize(
    ("number", "sentence"),
    [(errno.ENOSPC, "no room left"), (errno.EACCES, "Nothing may be written"), (errno.EROFS, "Nothing may be written")],
)
def test_a_reason_is_a_sentence(number, sentence):
    assert sentence in words.not_written(OSError(number, os.strerror(number)))


@pytest.mark.parametrize(
    ("text", "name"),
    [("a/b: c?", "a b c"), ("..", "sound"), ("x" * 300, "x" * 120), ("Ä" * 100, "Ä" * 60), (" tab\there ", "tab here")],
)
def test_names_of_tracks_become_names_that_every_system_takes(text, name):
    assert saving.file_name(text) == name
