"""The page of problems."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app.table.failures import FailuresView
from genre_tagger.base.errors import FileFailure

HOSTILE = "<b>x</b> & y\nz"


def test_problems_can_be_tried_again_one_by_one_or_all(qtbot):
    view = FailuresView()
    qtbot.addWidget(view)
    failures = [FileFailure(f"/m/{HOSTILE}{n}.mp3", "write", "The disk is full.") for n in range(3)]
    asked = []
    view.retry_asked.connect(asked.append)
    view.show_failures(failures)
    assert not view.retry.isEnabled()
    view.table.selectRow(1)
    qtbot.mouseClick(view.retry, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(view.retry_all, Qt.MouseButton.LeftButton)
    assert asked == [[failures[1]], failures]
    assert "\n" not in view.model.index(0, 0).data()
