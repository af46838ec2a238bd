"""The question before writing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.dialogs.write import WriteDialog, summary
from genre_tagger.base.errors import FileStamp
from genre_tagger.review.policy import Action, Proposal


def proposal(number, new, old=()):
    return Proposal(number, f"/m/{number}.mp3", FileStamp(1, 1, 1, 1), old, new, new[0], 0.9, Action.WRITE)


def test_the_question_before_writing_shows_each_change_and_counts_the_genres(qtbot):
    proposals = [proposal(1, ("Jazz",)), proposal(2, ("Jazz",), ("Pop",)), proposal(3, ("Rock", "Pop"), ("Pop",))]
    dialog = WriteDialog(proposals, True)
    qtbot.addWidget(dialog)
    assert summary(proposals).split() == ["Jazz", "2", "·", "Rock", "1"]
    assert dialog.write_button.text() == "Write 3 files"
    assert dialog.keep_mtime
    assert {label.textFormat() for label in dialog.findChildren(QLabel) if label.text()} == {Qt.TextFormat.PlainText}
