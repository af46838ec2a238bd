"""Tracks dropped onto a genre of the sidebar get it; onto "New genre…", one whose name is asked for.

A sidebar that is folded opens when tracks are dragged. For as long as they are, it offers genres that no file has yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QMouseEvent
from PySide6.QtWidgets import QFrame

from app.table.dragging import drags, tracks_in
from app.window.panels.sidebar import NEW_GENRE, Sidebar

if TYPE_CHECKING:
    from genre_tagger.library.library import Library
    from genre_tagger.review.policy import Policy

# Nearer to an edge than this (pixels) the list scrolls, by so much at a time.
_EDGE, _STEP, _STEP_MS = 28, 8, 30


def genres_to_give(library: Library, policy: Policy, labels: Iterable[str]) -> list[str]:
    """List what tracks may be dropped onto: genres that are chosen, proposed or in files, then those of the model."""
    from genre_tagger.sorting.copies.genres import genres_in_copies  # not before something is dragged

    names = [name for name, _ in genres_in_copies(library, policy)] + [policy.word(label) for label in labels]
    return sorted(filter(None, dict.fromkeys(names)), key=str.casefold)


class GenreDrops(QObject):
    """Signals: given(ids, genre, add) – "" asks for a name, `add` keeps their other genres; new_asked() by a click;
    wanted() when tracks are dragged: :meth:`offer` has the answer.
    """

    given = Signal(object, str, bool)
    new_asked = Signal()
    wanted = Signal()

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
        self._dragged = False
        self._dropped: tuple[list[int], str, bool] | None = None
        drags().begun.connect(self._begin)
        drags().ended.connect(self._end)
        sidebar.viewport().setAcceptDrops(True)
        sidebar.viewport().installEventFilter(self)
        sidebar.window().installEventFilter(self)

    def offer(self, genres: Iterable[str]) -> None:
        """Show these below the genres of the files, while tracks are dragged."""
        if self._dragged:
            self._sidebar.places.offer(genres)

    def _begin(self) -> None:
        self._dragged = True
        self.wanted.emit()

    def _end(self) -> None:
        """Say what was dropped, now that the drag is over: a name may be asked for, and no drag waits for an answer."""
        self._dragged = False
        self._sidebar.places.offer(())
        dropped, self._dropped = self._dropped, None
        if dropped is not None:
            self.given.emit(*dropped)

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
            self._dropped = tracks_in(event.mimeData()), genre, add
            if not self._dragged:
                self._end()

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
