"""Genres are tidied in the window: suggested, changed, shown before they are written, taken back; the person's list."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QApplication, QLabel

from app.dialogs.write import WriteDialog
from app.look import theme
from app.review.genres.more import MoreDialog
from app.review.genres.tidy import Names, NamesModel, TidyDialog, rows
from genre_tagger.files.scan import scan_file
from genre_tagger.files.tags import read_genres, read_words, write_genres
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import TagFact, TagValues
from genre_tagger.review.names.genre_list import GenreList, OwnGenre, read_list
from genre_tagger.review.names.suggesting import suggest
from helpers.patience import LONG
from helpers.tracks import predicted, scanned

INTO = QPoint(2 * theme.UNIT, 13)
COUNTS = [("Hip-Hop", 9), ("hip hop", 4), ("Rock/Pop", 3), ("Rock", 2), ("Unknown", 1)]


@pytest.fixture
def dialog(qtbot):
    dialog = TidyDialog()
    qtbot.addWidget(dialog)
    dialog.show_names(Names(COUNTS, suggest(COUNTS), GenreList((OwnGenre("Rock"),))))
    dialog.show()
    return dialog


def test_what_is_suggested_is_ticked_and_can_be_changed():
    model = NamesModel()
    model.show(rows(Names(COUNTS, suggest(COUNTS), GenreList())))
    assert model.changes() == {"hip hop": ("Hip-Hop",), "Rock/Pop": ("Rock", "Pop"), "Unknown": ()}
    line = {row.name: number for number, row in enumerate(model.rows)}
    assert model.setData(model.index(line["Unknown"], 0), Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole)
    assert model.setData(model.index(line["Rock"], 2), " Rock & Roll ; Oldies")
    assert model.setData(model.index(line["hip hop"], 2), "hip hop")
    assert model.changes() == {"Rock/Pop": ("Rock", "Pop"), "Rock": ("Rock & Roll", "Oldies")}
    assert model.index(line["Rock"], 2).data() == "Rock & Roll; Oldies"


def test_what_is_ticked_is_asked_for_with_its_numbers(dialog):
    assert dialog.told.accessibleName() == "3 genres become something else, in 8 tracks"
    asked = []
    dialog.renames_asked.connect(asked.append)
    dialog.rename.click()
    assert asked == [{"hip hop": ("Hip-Hop",), "Rock/Pop": ("Rock", "Pop"), "Unknown": ()}]


def test_the_list_is_kept_when_it_makes_sense_and_tried_at_once(dialog, qtbot):
    kept = []
    dialog.kept.connect(kept.append)
    dialog.field.setText("rap; deep house")
    dialog.outline.setPlainText("Electronic\n    Deep House\nHip-Hop = Rap")
    dialog.parents.setCurrentIndex(2)
    qtbot.waitUntil(lambda: dialog.became.accessibleName() == "Hip-Hop; Electronic", timeout=LONG)
    assert kept[-1].genres[-1] == OwnGenre("Hip-Hop", "", ("Rap",))

    dialog.outline.setPlainText("Electronic\nelectronic")
    qtbot.waitUntil(lambda: "in the list twice" in dialog.problem.accessibleName(), timeout=LONG)
    assert not dialog.tidy.isEnabled()
    assert len(kept[-1].genres) == 3


def test_a_click_into_a_box_or_the_space_bar_ticks_a_genre(dialog, qtbot):
    dialog.grab()
    table, model = dialog.table, dialog.model
    box = table.visualRect(model.index(0, 0)).topLeft() + INTO
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=box)
    assert not model.rows[0].ticked
    table.setCurrentIndex(model.index(0, 0))
    qtbot.keyClick(table, Qt.Key.Key_Space)
    assert model.rows[0].ticked


@pytest.fixture
def spelt(media, places):
    """Two files with two spellings of a genre, in the library, and no folder to scan."""
    paths = [media("mp3", "one.mp3"), media("flac", "two.flac")]
    for path, genre in zip(paths, ["hip hop", "Hip-Hop"], strict=True):
        write_genres(path, [genre])
    with Library.open(places.library) as library:
        library.store(*map(scan_file, paths), scanned("/gone.mp3", genres=("Hip-Hop",)))
    return paths


def test_a_merge_is_shown_written_and_undone(open_window, spelt, settled, qtbot):
    window = open_window()
    settled(window)
    window.actions_by_id["tidy"].trigger()
    dialog = window.genres.naming.tidying
    qtbot.waitUntil(lambda: dialog.rename.isEnabled(), timeout=LONG)

    def agree():
        asking = QApplication.activeModalWidget()
        if isinstance(asking, WriteDialog):
            asking.write_button.click()
        return isinstance(asking, WriteDialog)

    timer = QTimer(window, interval=10)
    timer.timeout.connect(lambda: timer.stop() if agree() else None)
    timer.start()
    dialog.rename.click()
    qtbot.waitUntil(lambda: read_genres(spelt[0]) == ("Hip-Hop",), timeout=LONG)
    qtbot.waitUntil(lambda: not dialog.rename.isEnabled(), timeout=LONG)
    settled(window)
    window.actions_by_id["undo_write"].trigger()
    qtbot.waitUntil(lambda: read_genres(spelt[0]) == ("hip hop",), timeout=LONG)
    settled(window)


def test_moods_are_added_when_they_are_asked_for_and_shown_first(open_window, spelt, settled, qtbot, places):
    facts = (TagFact("happy", "Happy", "mood", 0.3),)
    with Library.open(places.library) as library:
        library.store(replace(predicted(spelt[1], "Hip-Hop"), tag_values=TagValues.of(facts, (0.8,))))
    window = open_window()
    settled(window)

    def agree():
        asking = QApplication.activeModalWidget()
        if isinstance(asking, MoreDialog):
            asking.boxes["mood"].setChecked(True)
            asking.show_button.click()
        elif isinstance(asking, WriteDialog):
            timer.stop()
            asking.write_button.click()

    timer = QTimer(window, interval=10)
    timer.timeout.connect(agree)
    timer.start()
    window.centre.select_all()
    qtbot.waitUntil(lambda: len(window.tracks.selected_ids()) == 3, timeout=LONG)
    window.actions_by_id["more"].trigger()
    qtbot.waitUntil(lambda: read_genres(spelt[1]) == ("Hip-Hop", "Happy"), timeout=LONG)
    settled(window)
    assert read_genres(spelt[0]) == ("hip hop",)


def test_moods_go_into_the_field_of_their_own_if_that_is_chosen(open_window, spelt, settled, qtbot, places):
    facts = (TagFact("happy", "Happy", "mood", 0.3),)
    with Library.open(places.library) as library:
        library.store(replace(predicted(spelt[1], "Hip-Hop"), tag_values=TagValues.of(facts, (0.8,))))
    window, titles = open_window(), []
    settled(window)

    def agree():
        asking = QApplication.activeModalWidget()
        if isinstance(asking, MoreDialog):
            assert asking.field.currentData() == "genre"
            asking.boxes["mood"].setChecked(True)
            asking.field.setCurrentIndex(asking.field.findData("mood"))
            asking.show_button.click()
        elif isinstance(asking, WriteDialog):
            timer.stop()
            titles.extend(one.text() for one in asking.findChildren(QLabel))
            asking.write_button.click()

    timer = QTimer(window, interval=10)
    timer.timeout.connect(agree)
    timer.start()
    window.centre.select_all()
    qtbot.waitUntil(lambda: len(window.tracks.selected_ids()) == 3, timeout=LONG)
    before, genres = read_words(spelt[1], "mood"), read_genres(spelt[1])
    window.actions_by_id["more"].trigger()
    qtbot.waitUntil(lambda: read_words(spelt[1], "mood") == (*before, "Happy"), timeout=LONG)
    assert read_genres(spelt[1]) == genres
    assert "Write moods into 1 file" in titles
    settled(window)


def test_lists_are_taken_from_files_and_given_to_files(open_window, places, qtbot, tmp_path):
    window = open_window()
    window.actions_by_id["tidy"].trigger()
    part, dialog = window.genres.naming, window.genres.naming.tidying
    tree = tmp_path / "tree.yaml"
    tree.write_text("- Electronic:\n    - House\n", encoding="utf-8")
    part.load(str(tree))
    qtbot.waitUntil(lambda: dialog.outline.toPlainText() == "Electronic\n    House\n", timeout=LONG)
    own = tmp_path / "own.json"
    part.save(str(own))
    qtbot.waitUntil(lambda: own.exists(), timeout=LONG)
    assert [one["name"] for one in json.loads(own.read_text(encoding="utf-8"))["genres"]] == ["Electronic", "House"]

    (tmp_path / "bad.json").write_text("{}")
    part.load(str(tmp_path / "bad.json"))
    qtbot.waitUntil(lambda: "no list of genres" in dialog.problem.accessibleName(), timeout=LONG)
    dialog.close()
    window.actions_by_id["tidy"].trigger()
    qtbot.waitUntil(lambda: "House" in window.genres.naming.tidying.outline.toPlainText(), timeout=LONG)
    with Library.open(places.library) as library:
        assert read_list(library).find("house").parent == "Electronic"
