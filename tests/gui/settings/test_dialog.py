"""The dialog of the settings by itself: what it offers, what it changes, and how it is used without a mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QMessageBox, QPushButton, QSlider, QWidget

from app.settings.dialog import FoldersPage, SettingsDialog
from app.settings.places import Places
from app.settings.settings import LONGEST, Settings, about, default, names, pages
from app.settings.store import SettingsStore, StoredSettings
from genre_tagger.base.genre_words import TEN
from genre_tagger.model.classify import MOST_WINDOWS

HOSTILE = "<b>x</b> & y"


@pytest.fixture
def store(qapp):
    store = SettingsStore("", StoredSettings(may_save=False))
    yield store
    store.close()


@pytest.fixture
def dialog(qtbot, store):
    dialog = SettingsDialog(store, TEN)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.activateWindow()
    qtbot.waitActive(dialog)
    return dialog


@pytest.fixture
def folders(qtbot, home):
    page = FoldersPage(Places.usual())
    qtbot.addWidget(page)
    page.resize(500, 500)
    page.show()
    return page


def go_to(dialog, name):
    dialog.go(pages().index(about(name).page))


def answer(text):
    """Press a button of the question that is asked next."""

    def press():
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            next(one for one in box.findChildren(QPushButton) if one.text().replace("&", "") == text).click()
            timer.stop()

    timer = QTimer(interval=20)
    timer.timeout.connect(press)
    timer.start()
    return timer


# --- what it offers ----------------------------------------------------------------------------------


def test_every_setting_has_a_row_with_its_words_and_a_name_for_screen_readers(dialog):
    assert set(dialog.rows) == set(names())
    for name, row in dialog.rows.items():
        assert row.control.part.accessibleName() == about(name).title
        assert row.control.part.accessibleDescription() == about(name).help
        texts = [label.text() for label in row.findChildren(QLabel)]
        assert about(name).title in texts
        assert about(name).help in texts


def test_all_text_is_shown_as_text(qtbot, store):
    dialog = SettingsDialog(store, [HOSTILE])
    qtbot.addWidget(dialog)
    page = FoldersPage(Places.usual(f"/tmp/{HOSTILE}"))
    page.show_folders([f"/music/{HOSTILE}"])
    dialog.add_page("Folders", "folder", page)
    assert [one for one in dialog.findChildren(QLabel) if one.textFormat() != Qt.TextFormat.PlainText] == []
    assert "<b>" not in page.list.item(0).toolTip().removeprefix("<qt>").removesuffix("</qt>")


def test_bounds_of_the_dialog_are_those_of_the_settings(dialog):
    assert about("windows").most == MOST_WINDOWS
    for name in ("windows", "cores", "mode", "id3_version", "scheme"):
        box = dialog.rows[name].control.part
        go_to(dialog, name)
        for row in range(box.count()):
            box.setCurrentIndex(row)
            assert getattr(dialog._store.settings, name) == box.itemData(row)
    for name in ("threshold", "volume"):
        slider = dialog.rows[name].control.part
        for end in (slider.minimum(), slider.maximum()):
            slider.setValue(end)
            assert getattr(dialog._store.settings, name) == pytest.approx(end / 100)


def test_a_number_of_cores_from_a_larger_computer_is_shown_and_kept(dialog, store):
    store.set("cores", 200)
    assert dialog.rows["cores"].control.part.currentText() == "200"
    assert store.settings.cores == 200


# --- what it changes ---------------------------------------------------------------------------------


def test_a_click_on_the_words_switches_as_a_click_on_the_box_does(dialog, store, qtbot):
    go_to(dialog, "keep_mtime")
    control = dialog.rows["keep_mtime"].control
    qtbot.mouseClick(control.title, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert store.settings.keep_mtime
    qtbot.mouseClick(control.box, Qt.MouseButton.LeftButton)
    assert not store.settings.keep_mtime


def test_a_word_is_left_alone_while_it_is_typed_and_tidied_when_its_field_is_left(dialog, store, qtbot):
    store.set("spelling", {"Rock": "Rock music"})
    go_to(dialog, "spelling")
    control = dialog.rows["spelling"].control
    field = control.fields["Rock"]
    field.setFocus()
    for _ in " music":
        qtbot.keyClick(field, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: store.settings.spelling == {}, timeout=10_000)
    assert field.text() == "Rock"
    qtbot.keyClicks(field, " & Roll")
    qtbot.waitUntil(lambda: store.settings.spelling == {"Rock": "Rock & Roll"}, timeout=10_000)
    for _ in " & Roll":
        qtbot.keyClick(field, Qt.Key.Key_Backspace)
    control.fields["Jazz"].setFocus()
    assert field.text() == ""
    assert store.settings.spelling == {}
    store.set("spelling", {"Rock": "Swing"})
    assert field.text() == "Swing"
    store.reset("spelling")
    assert field.text() == ""


def test_what_changes_elsewhere_is_shown(dialog, store):
    store.set("threshold", 0.9)
    store.set("mode", "add")
    store.set("play_on", False)
    store.set("spelling", {"Jazz": "Swing"})
    rows = dialog.rows
    assert rows["threshold"].control.part.value() == 90
    assert rows["threshold"].control.number.text() == "90 %"
    assert rows["mode"].control.part.currentData() == "add"
    assert not rows["play_on"].control.part.isChecked()
    assert rows["spelling"].control.fields["Jazz"].text() == "Swing"


def test_showing_a_value_does_not_change_it(dialog, store):
    store.set("threshold", 0.333)
    store.set("volume", 0.777)
    assert (store.settings.threshold, store.settings.volume) == (0.333, 0.777)


def test_a_word_counts_after_a_moment_of_rest_and_not_with_every_letter(dialog, store, qtbot):
    told = []
    store.changed.connect(told.append)
    field = dialog.rows["spelling"].control.fields["Hip-Hop"]
    field.setFocus()
    qtbot.keyClicks(field, "  Hip Hop ;Rap")
    assert told == []
    qtbot.waitUntil(lambda: bool(told), timeout=10_000)
    assert told == ["spelling"]
    assert store.settings.spelling == {"Hip-Hop": "Hip Hop; Rap"}
    assert field.text() == "  Hip Hop ;Rap"  # nothing jumps below the fingers


def test_return_ends_a_word_and_leaves_the_dialog_open(dialog, store, qtbot):
    field = dialog.rows["spelling"].control.fields["Disco"]
    field.setFocus()
    qtbot.keyClicks(field, "Dance")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert store.settings.spelling == {"Disco": "Dance"}
    assert dialog.isVisible()


def test_a_word_typed_last_is_not_lost_when_the_dialog_is_closed(dialog, store, qtbot):
    field = dialog.rows["spelling"].control.fields["Disco"]
    field.setFocus()
    qtbot.keyClicks(field, "Dance")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert store.settings.spelling == {"Disco": "Dance"}


def test_the_label_itself_or_nothing_is_no_word_of_its_own(dialog, store, qtbot):
    store.set("spelling", {"Jazz": "Swing", "Ambient": "Quiet"})
    field = dialog.rows["spelling"].control.fields["Jazz"]
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "Jazz")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert store.settings.spelling == {"Ambient": "Quiet"}  # a label of another model keeps its word
    assert field.text() == ""
    assert field.placeholderText() == "Jazz"


def test_a_very_long_word_is_cut_where_the_bounds_are(dialog, store, qtbot):
    field = dialog.rows["spelling"].control.fields["Pop"]
    field.setFocus()
    qtbot.keyClicks(field, "x" * (LONGEST + 20))
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert store.settings.spelling["Pop"] == "x" * LONGEST


# --- back to the defaults ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [("mode", "add"), ("threshold", 0.1), ("keep_mtime", True), ("spelling", {"Jazz": "Swing"}), ("windows", 4)],
)
def test_a_changed_setting_has_a_button_that_resets_it(dialog, store, qtbot, name, value):
    go_to(dialog, name)
    row = dialog.rows[name]
    assert not row.reset.isVisible()
    store.set(name, value)
    assert row.reset.isVisible()
    assert about(name).title in row.reset.accessibleName()
    qtbot.mouseClick(row.reset, Qt.MouseButton.LeftButton)
    assert getattr(store.settings, name) == default(name)
    assert not row.reset.isVisible()
    assert row.isAncestorOf(dialog.focusWidget())


def test_resetting_everything_asks_first(dialog, store, qtbot):
    assert not dialog.reset_button.isEnabled()
    store.set("scheme", "dark")
    store.set("spelling", {"Jazz": "Swing"})
    assert dialog.reset_button.isEnabled()
    timer = answer("Keep them")
    dialog.reset_button.click()
    assert store.settings.scheme == "dark"
    timer = answer("Reset all")
    dialog.reset_button.click()
    assert not timer.isActive()
    assert store.settings == Settings()
    assert dialog.rows["spelling"].control.fields["Jazz"].text() == ""


# --- by keyboard, by wheel, in large -----------------------------------------------------------------


def test_it_can_be_used_with_the_keyboard_alone(dialog, store, qtbot):
    assert dialog.focusWidget() is dialog.list
    qtbot.keyClick(dialog.list, Qt.Key.Key_Down)
    assert dialog.stack.currentIndex() == 1
    for _ in range(4):
        if dialog.focusWidget() is dialog.rows["keep_mtime"].control.part:
            break
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    assert dialog.focusWidget() is dialog.rows["keep_mtime"].control.part
    qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Space)
    assert store.settings.keep_mtime
    qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Escape)
    assert not dialog.isVisible()


@pytest.mark.parametrize("name", ["mode", "threshold"])
def test_the_wheel_scrolls_the_page_and_changes_nothing_it_passes_over(dialog, store, name):
    control = dialog.rows[name].control.part
    assert isinstance(control, (QComboBox, QSlider))
    dialog.list.setFocus()
    at, down, none = QPointF(4, 4), QPoint(0, -120), Qt.KeyboardModifier.NoModifier
    where, phase = control.mapToGlobal(at), Qt.ScrollPhase.NoScrollPhase
    turn = QWheelEvent(at, where, QPoint(), down, Qt.MouseButton.NoButton, none, phase, False)
    QApplication.sendEvent(control, turn)
    assert store.settings == Settings()


def test_twice_as_large_a_font_needs_no_scrolling_sideways(larger_text, qtbot, store, home):
    dialog = SettingsDialog(store, TEN)
    qtbot.addWidget(dialog)
    page = FoldersPage(Places.usual())
    page.show_folders(["/a very long name of a folder" * 8])
    dialog.add_page("Folders", "folder", page)
    dialog.show()
    for number in range(dialog.stack.count()):
        dialog.go(number)
        scroll = dialog.stack.currentWidget()
        qtbot.waitUntil(lambda scroll=scroll: scroll.widget().isVisible(), timeout=5000)
        assert scroll.horizontalScrollBar().maximum() == 0


def test_every_control_can_be_reached_and_has_a_name(dialog):
    for control in dialog.findChildren(QWidget):
        if isinstance(control, (QLineEdit, QComboBox, QSlider)) and not isinstance(control.parent(), QComboBox):
            assert control.accessibleName(), control
            assert control.focusPolicy() & Qt.FocusPolicy.TabFocus


# --- folders -----------------------------------------------------------------------------------------


def test_folders_are_listed_and_removing_one_asks_first(folders, qtbot):
    removed = []
    folders.removed.connect(removed.append)
    assert not folders.remove_button.isEnabled()
    folders.show_folders(["/music/one", "/music/two"])
    folders.list.setCurrentRow(1)
    timer = answer("Keep them")
    folders.remove_button.click()
    assert removed == []
    timer = answer("Forget them")
    folders.remove_button.click()
    assert not timer.isActive()
    assert removed == ["/music/two"]


def test_the_chosen_folder_stays_chosen_when_others_come(folders):
    folders.show_folders(["/b", "/c"])
    folders.list.setCurrentRow(1)
    folders.show_folders(["/a", "/b", "/c"])
    assert folders.list.currentRow() == 2
    folders.show_folders([])
    assert not folders.remove_button.isEnabled()


def test_a_folder_whose_name_is_no_text_can_be_removed(folders):
    odd = "/music/\udcff"
    removed = []
    folders.removed.connect(removed.append)
    folders.show_folders([odd])
    timer = answer("Forget them")
    folders.remove_button.click()
    assert not timer.isActive()
    assert removed == [odd]


def test_it_says_where_everything_is_kept(folders, home):
    shown = [one.accessibleName() for one in folders.findChildren(QLabel)]
    assert {Places.usual().library, Places.usual().settings, Places.usual().cache} <= set(shown)
