"""The history of what was written."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from app.dialogs.history import HistoryDialog
from genre_tagger.writing.journal import Batch


def test_the_history_offers_to_undo_what_is_not_undone(qtbot):
    dialog = HistoryDialog([Batch(1, 1e9, 5, 5, "undone"), Batch(2, 2e9, 5, 1, "partly undone")])
    qtbot.addWidget(dialog)
    asked = []
    dialog.undo_asked.connect(asked.append)
    undo = [button for button in dialog.findChildren(QPushButton) if button.text() == "Undo this"]
    assert len(undo) == 1
    qtbot.mouseClick(undo[0], Qt.MouseButton.LeftButton)
    assert [batch.id for batch in asked] == [2]
    assert not undo[0].isEnabled()
