"""Tracks dropped onto a genre of the sidebar get it; onto "New genre…", one whose name is asked for.

A sidebar that is folded opens when tracks are dragged.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QMouseEvent
from PySide6.QtWidgets import QFrame

from app.table.dragging import tracks_in
from app.window.panels.sidebar import NEW_GENRE, Sidebar

# Nearer to an edge than this (pixels) the list scrolls, by so much at a time.
_EDGE, _STEP, _STEP_MS = 28, 8, 30


class GenreDrops(QObject):
    """Signals: given(ids, genre, add) – "" asks for a name, `add` keeps their other genres; new_asked() by a click."""

    given = Signal(object, str, bool)
    new_asked = Signal()

    def __init__(self, sidebar: Sidebar, shows: QAction) -> None:
        super().__init__(sidebar)
        # The window may outlive both by an event.
        self._sidebar, self._shows, self._list = sidebar, shows, sidebar.viewport()
        self._frame = QFrame(sidebar.viewport())
        self._frame.setObjectName("hot")
        self._frame.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._frame.hide()
        self._by = 0
        self._scrolling = QTimer(self, interval=_STEP_MS)
        self._scrolling.timeout.connect(self._scroll)
        sidebar.viewport().setAcceptDrops(True)
        sidebar.viewport().installEventFilter(self)
        sidebar.window().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if watched is not self._list:
            # Where the sidebar is folded there is nothing to drop on, so it opens for what is dragged over the window.
            if isinstance(event, QDragEnterEvent) and tracks_in(event.mimeData()):
                self._shows.setChecked(True)
            return False
        if kind == QEvent.Type.DragLeave:
            self._hover(QModelIndex())
        elif isinstance(event, QDropEvent) and tracks_in(event.mimeData()):
            self._take(event)
            return True
        elif kind == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            new = self._genre_at(event.position().toPoint())[1] == ""
            if new:
                self.new_asked.emit()
            return new
        return False

    def _genre_at(self, at: QPoint) -> tuple[QModelIndex, str | None]:
        """What row is there, and which genre it is: "" for a new one, None for none."""
        index = self._sidebar.indexAt(at)
        place = self._sidebar.places.place_at(index)
        if place == NEW_GENRE:
            return index, ""
        return index, place.value or None if place is not None and place.kind == "genre" else None

    def _take(self, event: QDropEvent) -> None:
        """Follow what is dragged over the list, or take what is dropped."""
        at = event.position().toPoint()
        index, genre = self._genre_at(at)
        dropped = event.type() == QEvent.Type.Drop
        self._hover(QModelIndex() if genre is None or dropped else index)
        self._by = 0 if dropped else -_STEP if at.y() < _EDGE else _STEP if self._below(at) else 0
        (self._scrolling.start if self._by else self._scrolling.stop)()
        if genre is None and event.type() != QEvent.Type.DragEnter:
            event.ignore()
            return
        event.acceptProposedAction()
        if dropped and genre is not None:
            # With Ctrl, as what is copied leaves what was there.
            add = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.given.emit(tracks_in(event.mimeData()), genre, add)

    def _below(self, at: QPoint) -> bool:
        return at.y() > self._sidebar.viewport().height() - _EDGE

    def _hover(self, index: QModelIndex) -> None:
        self._frame.setVisible(index.isValid())
        if index.isValid():
            self._frame.setGeometry(self._sidebar.visualRect(index).adjusted(4, 0, -4, 0))
        else:
            self._scrolling.stop()

    def _scroll(self) -> None:
        bar = self._sidebar.verticalScrollBar()
        bar.setValue(bar.value() + self._by)
