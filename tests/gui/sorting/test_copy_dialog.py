"""Copies from the window: what is chosen, the plan before anything is done, stopping, going on, what is remembered."""

from __future__ import annotations

import os

import pytest
from PySide6.QtCore import Qt

from app.jobs.copying import SHOWN, SOME, CopyWish, Memory, Remembered
from app.jobs.counts import count
from app.jobs.queries import Filter
from app.jobs.work import Work
from app.sorting.copies.choices import CopyChoices, Stock
from app.sorting.copies.dialog import CopyDialog
from app.sorting.copies.drives import free
from app.sorting.planned import Line
from genre_tagger.base.errors import FileStamp
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision, SavedList
from helpers.patience import LONG
from helpers.tracks import track

_EVERYTHING = Filter()


@pytest.fixture
def open_dialog(collection, library_path, queries, library_state, tmp_path, qtbot):
    """A function that opens the dialog on the collection, with what the table shows."""
    work = Work(library_path, state_folder=str(tmp_path / "state"))
    memory = Memory(str(tmp_path / "state"), library_path)

    def open_(shown=_EVERYTHING, *, nothing_shown=False):
        with Library.open(library_path) as library:
            library_state.open(may_write=True)
            library_state.take_count(count(library, library_state.now.policy))
            first = next(library.tracks())
        stock = Stock(library_state.now.counted, shown, 3, [], None if nothing_shown else first)
        dialog = CopyDialog(stock, queries, work, library_state, memory)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    yield open_
    assert work.stop(LONG)


@pytest.fixture
def dialog(open_dialog):
    return open_dialog()


@pytest.fixture
def press(qtbot):
    """A function that presses the button which goes on, and waits for what it begins."""

    def press(dialog: CopyDialog) -> None:
        qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not dialog.is_busy(), timeout=LONG)

    return press


def files(folder):
    return sorted(
        os.path.relpath(os.path.join(above, name), folder)
        for above, _, names in os.walk(folder)
        for name in names
        if not name.startswith(".")
    )


def test_the_plan_comes_first_and_a_second_copy_has_nothing_to_do(dialog, press, tmp_path):
    stick = str(tmp_path / "stick")
    assert not dialog.go.isEnabled()
    dialog.choices.show_target(stick)
    assert dialog.choices.pattern.example.accessibleName() == "Jazz/Genre Tagger/Test Tones/03 A Short Chord.flac"
    press(dialog)
    assert dialog.plan.title.text().startswith("3 files to copy")
    assert "free" in dialog.plan.summary.text()
    assert not os.path.exists(stick)
    press(dialog)
    assert dialog.course.title.text() == "Done"
    music = [name for name in files(stick) if not name.endswith(".m3u8")]
    assert len(music) == 3
    assert {"Jazz.m3u8", "Blues.m3u8"} <= set(files(stick))

    press(dialog)  # back to the choices
    press(dialog)
    assert dialog.plan.title.text() == "Nothing has to be copied"
    assert "3 files there already" in dialog.plan.summary.text()
    assert dialog.plan.model.rows == []


def test_genres_and_lists_choose_and_what_is_not_wanted_any_more_is_deleted_if_wished(
    open_dialog, press, tmp_path, qtbot, queries
):
    stick, dialog = str(tmp_path / "stick"), open_dialog()
    wish = CopyWish(stick, SOME, genres=("Blues",), pattern="{genre}/{name}", carry="first", playlists=False)
    dialog.choices.show_wish(wish)
    press(dialog)
    press(dialog)
    assert files(stick) == ["Jazz/b.mp3"]
    dialog.close()

    queries.run(lambda library: library.save_list(SavedList("Flat", "format:flac")), lambda _: saved.append(True))
    saved = []
    qtbot.waitUntil(lambda: bool(saved), timeout=LONG)
    again = open_dialog()
    qtbot.waitUntil(lambda: again.choices.target.count() > 0, timeout=LONG)
    again.choices.target.activated.emit(0)
    assert again.choices.wish() == wish, "the whole wish of a target comes back"
    again.choices.show_wish(CopyWish(stick, SOME, lists=("Flat",), pattern="{genre}/{name}", delete=True))
    press(again)
    assert Line("Delete there", "Jazz/b.mp3", "", "deleted") in again.plan.model.rows
    press(again)
    assert files(stick) == ["Flat.m3u8", "Jazz.m3u8", "Jazz/a.flac"], "a playlist for the genre and one for the list"


def test_an_album_is_copied_alone(open_dialog, press, tmp_path, qtbot, library_path):
    stick, dialog = str(tmp_path / "stick"), open_dialog()
    with Library.open(library_path) as library:
        album = next(track.album for track in library.tracks(best_only=True) if track.album)
        count = sum(track.album == album for track in library.tracks(best_only=True))
    wish = CopyWish(stick, SOME, albums=(album,), pattern="{name}", playlists=False)
    dialog.choices.show_wish(wish)
    qtbot.waitUntil(lambda: dialog.choices.wish() == wish, timeout=LONG)
    press(dialog)
    press(dialog)
    assert len(files(stick)) == count


def test_what_the_table_shows_is_copied_as_its_filter_says(open_dialog, press, tmp_path):
    stick, dialog = str(tmp_path / "stick"), open_dialog(Filter("format:mp3 -genre:blues"))
    dialog.choices.show_wish(CopyWish(stick, SHOWN, pattern="{name}", playlists=False))
    press(dialog)
    press(dialog)
    assert files(stick) == ["c.mp3"]


def test_what_cannot_be_is_said_and_nothing_is_done(dialog, press, collection, tmp_path):
    choices = dialog.choices
    choices.show_target(os.path.join(collection, "inside"))
    choices.pattern.setEditText("{genre}/{titel}")
    assert "There is no field {titel}" in choices.pattern.wrong.text()
    assert not dialog.go.isEnabled()
    choices.pattern.setCurrentIndex(0)
    choices.what.setCurrentIndex(choices.what.findData(SOME))
    assert not dialog.go.isEnabled()
    choices.what.setCurrentIndex(0)
    choices.show_target(str(tmp_path / "file"))
    (tmp_path / "file").write_text("no folder")
    press(dialog)
    assert dialog.course.title.text() == "Nothing can be copied there"
    assert "is not a folder" in dialog.course.text.text()
    assert free(str(tmp_path / "not" / "there" / "yet")) > 0


def test_what_was_not_copied_is_said_first_and_a_sentence_can_be_read_whole(dialog, press, collection, tmp_path):
    stick = str(tmp_path / "stick")
    dialog.choices.show_wish(CopyWish(stick, pattern="{name}", playlists=False))
    press(dialog)
    os.utime(os.path.join(collection, "a.flac"), (1, 1))
    press(dialog)
    assert dialog.course.title.text() == "1 file not copied"
    assert "Plan it again" in dialog.course.text.text()
    assert [failure.path for failure in dialog.course.model.rows] == [os.path.join(collection, "a.flac")]
    dialog.plan.show_lines([Line("Copy", "a", "Because", "everything")], [("everything", "All ({})")])
    model = dialog.plan.model
    assert model.data(model.index(0, 2), Qt.ItemDataRole.ToolTipRole) == "Because"


def test_a_genre_that_changed_is_told_as_such(dialog, press, library_path, tmp_path):
    wish = CopyWish(str(tmp_path / "stick"), pattern="{genre}/{name}", playlists=False)
    dialog.choices.show_wish(wish)
    press(dialog)
    press(dialog)
    with Library.open(library_path) as library:
        library.decide([next(library.tracks()).id], Decision(None, ("Bebop",)))
    press(dialog)
    press(dialog)
    assert "1 file given another genre there" in dialog.plan.summary.text()
    assert {line.first for line in dialog.plan.model.rows} == {"New genre"}
    press(dialog)
    assert dialog.course.text.text().startswith("1 file got another genre there.")


def test_where_no_track_is_shown_one_of_the_library_is_the_example(open_dialog, qtbot):
    dialog = open_dialog(nothing_shown=True)
    expected = "Jazz/Genre Tagger/Test Tones/03 A Short Chord.flac"
    qtbot.waitUntil(lambda: dialog.choices.pattern.example.accessibleName() == expected)
    dialog.close()  # what else it has asked for needs no answer


def test_a_folder_has_to_be_typed_from_the_root_on_or_from_home(dialog, monkeypatch, tmp_path):
    choices = dialog.choices
    choices.show_target("stick")
    assert choices.nowhere.isVisibleTo(choices)
    assert not dialog.go.isEnabled()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    choices.show_target("~/stick")
    assert not choices.nowhere.isVisibleTo(choices)
    assert dialog.go.isEnabled()
    assert os.path.normpath(choices.wish().target) == str(tmp_path / "stick")


def test_a_copy_that_was_left_in_the_middle_is_offered_at_the_next_start(
    open_window, qtbot, places, notice_texts, tmp_path
):
    wish = CopyWish(str(tmp_path / "stick"), pattern="{name}")
    Memory(places.state, places.library).keep(Remembered(wish, unfinished=True, pace=3.5))
    window = open_window()
    qtbot.waitUntil(lambda: any("was not finished" in text for text in notice_texts(window)), timeout=LONG)
    window.centre.notices.open()[0].button.click()
    assert window.sorting.copies.dialog.choices.wish() == wish
    window.actions_by_id["copy_to"].trigger()  # the one that is open comes to the front
    assert len(window.findChildren(CopyDialog)) == 1
    assert Memory(places.state, places.library).recall() == [Remembered(wish, True, 3.5)]


def test_stopping_leaves_what_is_there_whole_and_another_copy_goes_on(dialog, press, tmp_path, qtbot):
    stick = str(tmp_path / "stick")
    dialog.choices.show_wish(CopyWish(stick, pattern="{name}"))
    press(dialog)
    dialog.go.click()
    dialog.other.click()
    qtbot.waitUntil(lambda: not dialog.is_busy(), timeout=LONG)
    assert dialog.course.title.text() in ("Copying was stopped", "Done")
    remembered = dialog._memory.recall()  # nothing where it was stopped before it began
    assert all(each.unfinished == (dialog.course.title.text() == "Copying was stopped") for each in remembered)
    press(dialog)
    press(dialog)
    press(dialog)
    assert {"a.flac", "b.mp3", "c.mp3"} <= set(files(stick))
    assert not dialog._memory.recall()[0].unfinished


@pytest.mark.parametrize("stored", [{}, {"target": 7}, {"shown": 3}, {"ids": ["x"]}, {"genres": 5, "carry": None}])
def test_an_odd_memory_is_as_if_nothing_was_chosen(stored):
    assert CopyWish.read({"pattern": "{name}", **stored}).target == ""


def test_the_example_says_what_a_smaller_copy_is_called(qtbot):
    example = track(format="FLAC", length=200.0, stamp=FileStamp(1, 1, 20_000_000, 1))
    choices = CopyChoices(Stock(None, _EVERYTHING, 0, [], example, ("Jazz",)))
    qtbot.addWidget(choices)
    choices.pattern.setEditText("{genre}/{title}")
    assert choices.pattern.example.accessibleName() == "Jazz/Song.flac"
    choices.smaller.setCurrentIndex(choices.smaller.findData("opus"))
    assert choices.pattern.example.accessibleName() == "Jazz/Song.opus"
    assert choices.again.isEnabled()
    assert choices.wish().smaller == "opus"
