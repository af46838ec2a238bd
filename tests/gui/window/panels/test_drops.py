"""Paths that are dropped on the window."""

from __future__ import annotations

import os
from urllib.parse import quote

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from app.window.panels import drops


@pytest.mark.parametrize("path", ["/a b/ü&#?%.mp3", "/x/\udcff\udcfe.mp3", "/new\nline.mp3"])
def test_a_dropped_path_keeps_every_byte(path):
    data = QMimeData()
    data.setUrls([QUrl.fromEncoded(b"file://" + quote(os.fsencode(path)).encode("ascii"))])
    assert drops.paths_in(data) == [path]


def test_what_is_no_local_file_is_not_taken():
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/a.mp3")])
    assert drops.paths_in(data) == []
    data = QMimeData()
    data.setText("/music")
    assert drops.paths_in(data) == []


def test_what_is_moved_here_is_taken_as_a_copy_so_that_nobody_deletes_it(qtbot):
    window = drops.DropWindow()
    qtbot.addWidget(window)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/music")])
    both = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    event = QDropEvent(QPointF(5, 5), both, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    event.setDropAction(Qt.DropAction.MoveAction)
    with qtbot.waitSignal(window.dropped) as heard:
        window.dropEvent(event)
    assert heard.args == [["/music"]]
    assert (event.isAccepted(), event.dropAction()) == (True, Qt.DropAction.CopyAction)
