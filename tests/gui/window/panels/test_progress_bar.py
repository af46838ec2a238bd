"""How far a job is, and the button that stops it."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app.window.panels.progress_bar import ProgressPart


def test_progress_says_how_far_it_is_and_stops_once(qtbot):
    part = ProgressPart()
    qtbot.addWidget(part)
    part.begin("Listening")
    part.advance("Listening", 3, 10, 75.0)
    assert part.text.text() == "Listening 3 of 10 · about a minute left"
    asked = []
    part.cancel_asked.connect(lambda: asked.append(1))
    qtbot.mouseClick(part.cancel, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(part.cancel, Qt.MouseButton.LeftButton)
    part.advance("Listening", 4, 10, 75.0)
    assert (asked, part.text.text()) == ([1], "Stopping…")
