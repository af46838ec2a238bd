"""Tracks that are dragged: what travels with the pointer."""

from __future__ import annotations

import functools
from array import array
from collections.abc import Sequence

from PySide6.QtCore import QMimeData, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QDrag, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QListView, QTableView

from app.look import theme, words

_FORMAT = "application/x-genre-tagger-tracks"


def tracks_in(data: QMimeData) -> list[int]:
    """List the ids of the tracks in what is dragged."""
    if not data.hasFormat(_FORMAT):
        return []
    ids = array("q")
    ids.frombytes(bytes(data.data(_FORMAT).data()))
    return ids.tolist()


def carried(ids: Sequence[int]) -> QMimeData:
    """Make what is dragged of tracks."""
    data = QMimeData()
    data.setData(_FORMAT, array("q", ids).tobytes())
    return data


class Drags(QObject):
    """Tells of tracks that are dragged. Signals: begun(), ended()."""

    begun = Signal()
    ended = Signal()


@functools.cache
def drags() -> Drags:
    """Give the one who tells of all that is dragged."""
    return Drags()


def drag(ids: Sequence[int], source: QObject) -> None:
    """Drag tracks until they are dropped, or Escape is pressed."""
    drags().begun.emit()
    one = QDrag(source)
    one.setMimeData(carried(ids))
    one.setPixmap(_picture(words.tracks(len(ids))))
    one.setHotSpot(QPoint(-theme.UNIT, -theme.UNIT))
    one.exec(Qt.DropAction.CopyAction | Qt.DropAction.MoveAction, Qt.DropAction.MoveAction)
    drags().ended.emit()


class DragTable(QTableView):
    """A table whose selected rows can be dragged. Signal: dragged() when that begins."""

    dragged = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setDragEnabled(True)

    def startDrag(self, actions: Qt.DropAction) -> None:
        self.dragged.emit()


class DragColumn(QListView):
    """A list whose current row can be dragged. Signal: dragged() when that begins; the row stays current from then on.

    Who hears of it may need a moment to find out what is dragged.
    """

    dragged = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setDragEnabled(True)
        self._dragging = False

    def startDrag(self, actions: Qt.DropAction) -> None:
        self._dragging = True
        self.dragged.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._dragging = False
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not (self._dragging and event.buttons()):
            super().mouseMoveEvent(event)


def _picture(text: str) -> QPixmap:
    metrics = QApplication.fontMetrics()
    picture = QPixmap(metrics.horizontalAdvance(text) + 3 * theme.UNIT, metrics.height() + theme.UNIT)
    colours = theme.colours()
    picture.fill(theme.colour(colours.accent))
    painter = QPainter(picture)
    painter.setPen(theme.colour(colours.on_accent))
    painter.drawText(picture.rect(), Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return picture
