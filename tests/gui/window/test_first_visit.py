"""The first page in the window: there for those without a library, gone once there is one, back when asked for."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QFont
from PySide6.QtWidgets import QApplication, QToolButton

from app.look import theme
from app.window.main_window import MainWindow
from helpers.patience import LONG


@pytest.fixture
def pages(open_window, monkeypatch):
    """A function that opens the window, and the list of pages it has shown since it could be seen."""
    seen = []

    def open_(paths=()):
        noted = MainWindow.show

        def show(window):
            seen.append(window.centre.page())
            window.centre._pages.currentChanged.connect(lambda _: seen.append(window.centre.page()))
            noted(window)

        monkeypatch.setattr(MainWindow, "show", show)
        return open_window(paths), seen

    return open_


def test_who_has_no_library_sees_the_first_page_at_once_and_nothing_beside_it(pages, settled):
    window, seen = pages()
    settled(window)
    assert seen == [window.centre.first]
    assert not window.sidebar.isVisible()
    assert not window.details.isVisible()
    assert window.focusWidget() in window.centre.first.cards
    assert not window.centre.first.back.isVisible()


def test_who_has_a_library_never_sees_it_by_itself(open_window, pages, settled, known_music):
    first = open_window([known_music])
    settled(first)
    first.close()
    window, seen = pages()
    settled(window)
    assert window.centre.first not in seen
    assert window.centre.page() is window.centre.view
    assert window.sidebar.isVisible()
    assert window.centre.first.widget() is None  # it costs nothing


@pytest.mark.parametrize("way", ["Escape", "the button", "the filter"])
def test_it_comes_back_by_the_help_menu_and_there_is_a_way_to_the_table_again(
    open_window, settled, known_music, qtbot, way
):
    window = open_window([known_music])
    settled(window)
    page = window.centre.first
    window.actions_by_id["first_page"].trigger()
    assert window.centre.page() is page
    assert page.focusWidget() in page.cards
    assert page.back.isVisible()
    settled(window)  # what is counted meanwhile takes nobody away from it
    assert window.centre.page() is page
    if way == "Escape":
        qtbot.keyClick(page.focusWidget(), Qt.Key.Key_Escape)
    elif way == "the button":
        qtbot.mouseClick(page.back, Qt.MouseButton.LeftButton)
    else:
        qtbot.keyClicks(window.filter, "chord")
    assert window.centre.page() is window.centre.view
    assert window.sidebar.isVisible()


def test_the_number_keys_choose_nothing_for_a_track_that_is_hidden_behind_it(
    open_window, settled, known_music, qtbot, track_id
):
    window = open_window([known_music])
    settled(window)
    one = track_id(window, "b.wav")
    window.tracks.select([one])
    second = window.actions_by_id["candidate_2"]
    qtbot.waitUntil(second.isVisible, timeout=LONG)
    window.actions_by_id["first_page"].trigger()
    settled(window)
    assert not second.isVisible()
    window.activateWindow()
    qtbot.keyClick(window.centre.first.cards[0], Qt.Key.Key_2)
    settled(window)
    assert window.tracks.model.track_of(one).decision is None
    qtbot.mouseClick(window.centre.first.back, Qt.MouseButton.LeftButton)
    assert second.isVisible()


def test_what_is_dropped_on_it_is_scanned_and_the_table_comes(open_window, settled, music):
    window = open_window()
    settled(window)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(music)])
    action, button, key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(5, 5), action, data, button, key))
    settled(window)
    assert window.centre.page() is window.centre.view
    assert len(window.tracks.model.ids()) == 5
    assert window.centre.first.zone.property("hot") is False


def test_dragging_over_the_table_needs_no_first_page(open_window, settled, known_music):
    before = open_window([known_music])
    settled(before)
    before.close()
    window = open_window()
    settled(window)
    window.hovered.emit(True)
    window.hovered.emit(False)
    assert window.centre.page() is window.centre.view


def test_in_a_narrow_window_with_large_text_write_stays_in_the_tool_bar(open_window, settled, qtbot):
    before = QApplication.font()
    larger = QFont(before)
    larger.setPointSizeF(2 * before.pointSizeF())
    QApplication.setFont(larger)
    try:
        window = open_window()
        theme.dress()
        window.resize(900, 600)
        settled(window)
        bar = window.tool_bar
        write = bar.widgetForAction(window.actions_by_id["write"])
        history = bar.widgetForAction(window.actions_by_id["history"])
        qtbot.waitUntil(lambda: write.isVisible() and write.geometry().right() <= bar.width())
        assert isinstance(history, QToolButton)
        assert history.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly
        assert "All writes" in history.toolTip()
        window.resize(2400, 600)
        qtbot.waitUntil(lambda: history.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    finally:
        QApplication.setFont(before)


def test_the_first_window_fits_the_screen(open_window):
    window = open_window(size=None)
    room = window.screen().availableSize()
    assert window.width() <= room.width()
    assert window.height() <= room.height()
