"""What will my player show: the dialog follows the selection, warns, foretells, and mends with one click."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from app.jobs.work import Work
from app.settings.store import SettingsStore
from app.sorting.players.part import PlayersPart
from genre_tagger.files.genre_places import Kind, genre_places
from genre_tagger.files.scan import scan_file
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision
from helpers.patience import LONG


@pytest.fixture
def files(library_path, media):
    """A file whose APEv2 tag says something else, and a WAV file; the library knows both."""
    paths = [media("mp3-ape", "a.mp3"), media("wav-tagged", "b.wav")]
    with Library.open(library_path) as library:
        library.store(*map(scan_file, paths))
    return paths


@pytest.fixture
def part(files, queries, library_path, library_state, track_list, showing, tmp_path, qtbot):
    window, action = QMainWindow(), QAction()
    qtbot.addWidget(window)
    work = Work(library_path, state_folder=str(tmp_path))
    library_state.open(may_write=True)
    settings = SettingsStore.open(str(tmp_path / "settings.json"))
    showing(track_list.reload)
    part = PlayersPart(window, action, queries, work, track_list, library_state, settings)
    part.work = work
    action.trigger()
    yield part
    part.dialog.close()
    assert work.stop(10)


def rows(dialog):
    model = dialog.model
    return {model.text(row, 0): (model.text(row, 1), model.text(row, 2)) for row in model.rows}


def test_without_a_single_selected_track_it_says_what_to_do(part, track_list, qtbot):
    assert "Select one track" in part.dialog.said.text()
    assert not part.dialog.write_button.isEnabled()
    track_list.select(track_list.model.ids())
    assert part.dialog.name.text() == "No track selected"


def test_it_follows_the_selection_and_one_click_mends_a_tag_beside(part, files, track_list, qtbot):
    dialog = part.dialog
    track_list.select([track_list.model.ids()[1]])
    qtbot.waitUntil(lambda: "Windows Explorer" in rows(dialog), timeout=LONG)
    assert rows(dialog)["Windows Explorer"] == ("Jazz", "Jazz")
    assert rows(dialog)["Android’s media store"] == ("reads no genre from this format",) * 2
    assert not dialog.write_button.isEnabled()  # nothing would change

    track_list.select([track_list.model.ids()[0]])
    qtbot.waitUntil(lambda: "Swing" in dialog.said.text(), timeout=LONG)
    assert not dialog.mark.isHidden()
    assert [dialog.genre.itemText(row) for row in range(dialog.genre.count())] == ["Jazz", "Swing"]
    assert rows(dialog)["Car radio (ID3v2.3 only)"] == ("cannot read this tag (ID3v2.4)",) * 2
    dialog.table.selectRow(0)
    assert "id3/ID3.cpp" in dialog.source.text()
    assert "Old car radios need ID3v2.3" in dialog.limits.text()
    dialog.genre.setEditText("Swing")
    assert rows(dialog)["Rhythmbox"] == ("Jazz", "Swing")

    dialog.genre.setEditText("Jazz")
    assert dialog.write_button.isEnabled()  # the players show it; the tag at the end does not say it
    with qtbot.waitSignal(part.work.finished, timeout=LONG):
        dialog.write_button.click()
    qtbot.waitUntil(lambda: "show the same" in dialog.said.text(), timeout=LONG)
    assert genre_places(files[0]).of(Kind.APEV2)[0].values == ("Jazz",)
    assert not dialog.write_button.isEnabled()


def test_what_would_be_written_is_offered_first(part, files, track_list, library_path, qtbot):
    first = track_list.model.ids()[0]
    with Library.open(library_path) as library:
        library.decide([first], Decision(True, ("Tango",)))
    track_list.select([first])
    qtbot.waitUntil(lambda: part.dialog.genre.currentText() == "Tango", timeout=LONG)
    assert [part.dialog.genre.itemText(row) for row in range(part.dialog.genre.count())] == ["Tango", "Jazz", "Swing"]


def test_a_wav_file_without_an_info_list_gets_one_for_windows(part, files, track_list, library_path, qtbot):
    with open(files[1], "rb") as file:
        data = file.read()
    start = data.index(b"LIST")
    size = int.from_bytes(data[start + 4 : start + 8], "little")
    data = data[:start] + data[start + 8 + size + size % 2 :]
    with open(files[1], "wb") as file:
        file.write(data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:])
    with Library.open(library_path) as library:
        library.store(scan_file(files[1]))
    dialog = part.dialog
    track_list.select([track_list.model.ids()[1]])
    qtbot.waitUntil(lambda: "do not agree" in dialog.said.text(), timeout=LONG)
    assert rows(dialog)["Windows Explorer"] == ("none", "Jazz")
    with qtbot.waitSignal(part.work.finished, timeout=LONG) as ended:
        dialog.write_button.click()
    assert not ended.args[0].failures
    qtbot.waitUntil(lambda: "show the same" in dialog.said.text(), timeout=LONG)
    with open(files[1], "rb") as file:
        data = file.read()
    assert all(part in data[data.index(b"LIST") :] for part in (b"INAM", b"A Short Chord", b"IGNR", b"Genre Tagger"))


def test_a_file_that_cannot_be_read_is_told_in_the_dialog(part, files, track_list, tmp_path, qtbot):
    (tmp_path / "b.wav").unlink()
    track_list.select([track_list.model.ids()[1]])
    qtbot.waitUntil(lambda: "No such file" in part.dialog.said.text(), timeout=LONG)
    assert not part.dialog.write_button.isEnabled()
    assert part.dialog.model.rows == []
