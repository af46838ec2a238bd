"""Lists in the sidebar: saved from the filter line, kept up to date, changed and removed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QApplication

from app.sorting.lists.filters import ListDialog
from app.window.panels.sidebar import ALL, Place
from genre_tagger.library.shelves.browsing import HEARD
from genre_tagger.library.tracks import SavedList
from helpers.patience import LONG


@pytest.fixture
def answer(qtbot):
    """A function that fills in the next dialog of a list and saves it."""

    def answer(name, rule=None):
        def fill():
            dialog = QApplication.activeModalWidget()
            if isinstance(dialog, ListDialog):
                timer.stop()
                dialog.name.setText(name)
                dialog.rule.setText(dialog.rule.text() if rule is None else rule)
                dialog.marks.button(1).setChecked(True)
                dialog.save_button.click()

        timer = QTimer(qtbot._request.node.funcargs["qapp"], interval=10)
        timer.timeout.connect(fill)
        timer.start()

    return answer


def test_a_filter_becomes_a_list_that_follows_the_library_and_can_be_changed_and_removed(
    open_window, shelf, qtbot, shown_names, answer, track_id
):
    def shows(window, place, names):
        qtbot.waitUntil(lambda: window.sidebar.place() == place and shown_names(window) == names, timeout=LONG)

    window = open_window()
    assert not window.actions_by_id["save_list"].isEnabled()
    shows(window, ALL, ["Alone.flac", "Blue.flac"])
    window.filter.setText("chosen:Waltz")
    answer("Waltzes")
    window.actions_by_id["save_list"].trigger()
    shows(window, Place("list", "Waltzes"), [])
    assert window.filter.text() == ""

    window.show_everything()
    shows(window, ALL, ["Alone.flac", "Blue.flac"])
    window.tracks.set_genres([track_id(window, "Blue.flac")], ["Waltz"])
    qtbot.waitUntil(lambda: [n for _, n in window.state.now.counted.lists] == [1], timeout=LONG)
    window.sidebar.go(Place("list", "Waltzes"))
    shows(window, Place("list", "Waltzes"), ["Blue.flac"])

    window.actions_by_id["browse"].trigger()  # what is chosen above the table narrows the list
    browse = window.sorting.shelves
    qtbot.waitUntil(lambda: browse.isVisible() and bool(browse.models[0].rows), timeout=LONG)
    browse.by.setCurrentIndex(browse.by.findData(HEARD))
    qtbot.waitUntil(lambda: [shelf.name for shelf in browse.models[0].rows] == ["", "Waltz"], timeout=LONG)
    window.actions_by_id["browse"].trigger()
    assert not browse.isVisible()

    answer("Not waltzes", "-chosen:Waltz")
    window.sorting.lists.change("Waltzes")
    shows(window, Place("list", "Not waltzes"), ["Alone.flac"])
    menu = window.place_menu.show(Place("list", "Not waltzes"), QPoint(0, 0))
    assert menu.actions()[0].text() == "Re&view this list"
    menu.actions()[-1].trigger()
    menu.close()
    shows(window, ALL, ["Alone.flac", "Blue.flac"])
    qtbot.waitUntil(lambda: window.state.now.counted.lists == [], timeout=LONG)


def test_the_next_start_is_at_the_list_again():
    assert Place.of(str(Place("list", "Waltzes: slow"))) == Place("list", "Waltzes: slow")


def test_the_dialog_says_what_a_rule_does_not_mean_and_which_list_it_would_replace(qtbot):
    dialog = ListDialog(SavedList("", "length:long"), ["Long ones"])
    qtbot.addWidget(dialog)
    assert "“length:” wants a time" in dialog.told.text()
    assert not dialog.save_button.isEnabled()
    dialog.rule.setText("length:>10:00")
    dialog.name.setText("  Long   ones ")
    assert "will be replaced" in dialog.told.text()
    assert dialog.save_button.isEnabled()
    assert dialog.saved() == SavedList("Long ones", "length:>10:00", "list")
