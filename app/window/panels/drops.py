"""What may be dropped on the window: local files and folders."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMainWindow

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData, QUrl
    from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent


def local_path(url: QUrl) -> str:
    """Turn a file URL into a path byte for byte; a name that is no UTF-8 keeps its bytes."""
    if os.name == "nt":
        return url.toLocalFile()
    from urllib.parse import unquote_to_bytes

    from PySide6.QtCore import QUrl

    return os.fsdecode(unquote_to_bytes(url.path(QUrl.ComponentFormattingOption.FullyEncoded)))


def paths_in(data: QMimeData) -> list[str]:
    """List the local files and folders in what is dragged."""
    return [local_path(url) for url in data.urls() if url.isLocalFile()] if data.hasUrls() else []


def _stays(event: QDropEvent) -> None:
    """Take what is dragged, as a copy: of what is moved a program may think that it can go where it was."""
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()


class DropWindow(QMainWindow):
    """A window that takes files and folders anywhere. Signals: hovered(bool), dropped(list of paths)."""

    hovered = Signal(bool)
    dropped = Signal(list)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if paths_in(event.mimeData()):
            _stays(event)
            self.hovered.emit(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.hovered.emit(False)

    def dropEvent(self, event: QDropEvent) -> None:
        _stays(event)
        self.hovered.emit(False)
        self.dropped.emit(paths_in(event.mimeData()))
