"""Lists in the sidebar: saved from the filter line, kept up to date, changed, removed, and there at the next start."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QApplication

from app.sorting.lists import ListDialog
from app.window.panels.sidebar import ALL, Place
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import SavedList
from helpers.patience import LONG
from helpers.tracks import predicted, scanned


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


@pytest.fixture
def shelf(places):
    """A library with two tracks, of which one is heard, and no folder to scan."""
    with Library.open(places.library) as library:
        for title, genre in (("Alone", "Jazz"), ("Blue", None)):
            library.store(scanned(f"/music/{title}.flac", title=title))
            if genre:
                library.store(predicted(f"/music/{title}.flac", genre))


def test_a_filter_becomes_a_list_that_follows_the_library_and_is_there_at_the_next_start(
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
    window.close()

    again = open_window()
    shows(again, Place("list", "Waltzes"), ["Blue.flac"])
    answer("Not waltzes", "-chosen:Waltz")
    again.sorting.lists.change("Waltzes")
    shows(again, Place("list", "Not waltzes"), ["Alone.flac"])
    menu = again.sorting.lists.menu("Not waltzes", QPoint(0, 0))
    menu.actions()[1].trigger()
    menu.close()
    shows(again, ALL, ["Alone.flac", "Blue.flac"])
    qtbot.waitUntil(lambda: again.state.now.counted.lists == [], timeout=LONG)


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
