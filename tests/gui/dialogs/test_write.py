"""The question before writing."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QTableView

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


def test_what_goes_along_into_a_field_of_its_own_has_a_column_where_there_is_any(qtbot):
    moods = replace(proposal(1, ("Jazz",)), besides=("Happy", "Calm"), into="mood")
    proposals = [moods, proposal(2, ("Rock", "Happy"))]
    dialog = WriteDialog(proposals, False)
    qtbot.addWidget(dialog)
    model = dialog.findChild(QTableView).model()
    heads = [model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())]
    assert heads == ["File", "In the file", "After Write", "Mood"]
    assert [model.index(row, 3).data() for row in (0, 1)] == ["+ Happy; Calm", ""]
    assert summary(proposals).split("   ·   ") == ["Happy 2", "Jazz 1", "Rock 1", "Calm 1"]
