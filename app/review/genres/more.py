"""Asks which of what is heard beside the genre is to be added to files as further genres."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.look import theme, words
from app.look.widgets import TickBox, button, label
from genre_tagger.files.values import GENRE
from genre_tagger.review.names.more import KINDS

_MOST = 5


class MoreDialog(QDialog):
    """Offers the kinds of what is heard; none is ticked at first."""

    def __init__(self, tracks: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Add what is heard"))
        self.setMinimumWidth(55 * theme.UNIT)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[3 * theme.UNIT] * 4)
        column.setSpacing(theme.UNIT)
        column.addWidget(label(self.tr("Add what is heard to {}").format(words.tracks(tracks)), "title"))
        text = self.tr(
            "What is clearly heard is written behind the genres that a file has, as further genres, or into a field of "
            "its own that players show. Files without a genre are left out. Every change is shown before it is "
            "written, and can be undone."
        )
        column.addWidget(label(text, "quiet", wrap=True))
        said = {
            "style": self.tr("&Styles"), "mood": self.tr("&Moods"), "voice": self.tr("&Voices"),
            "era": self.tr("&Eras"), "instrument": self.tr("&Instruments"),
        }  # fmt: skip
        self.boxes = {kind: TickBox(said[kind]) for kind in KINDS}
        for box in self.boxes.values():
            column.addWidget(box)
            box.toggled.connect(self._look)
        self.most = QComboBox()
        self.most.setAccessibleName(self.tr("Words that a file gets at most"))
        for most in range(1, _MOST + 1):
            self.most.addItem(self.tr("at most {} for each file").format(most), most)
        self.most.setCurrentIndex(1)
        column.addWidget(self.most)
        self.field = QComboBox()
        self.field.setAccessibleName(self.tr("Where it is written"))
        places = (
            (GENRE, self.tr("as further genres")), ("mood", self.tr("into the field for the mood (MOOD, TMOO)")),
            ("grouping", self.tr("into the field for the grouping (GROUPING)")),
        )  # fmt: skip
        for field, text in places:
            self.field.addItem(text, field)
        column.addWidget(self.field)
        column.addSpacing(theme.UNIT)
        column.addLayout(self._buttons())
        self._look()

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch()
        cancel = button(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.show_button = button(self.tr("Show &what would be written…"), primary=True)
        self.show_button.setDefault(True)
        self.show_button.clicked.connect(self.accept)
        row.addWidget(cancel)
        row.addWidget(self.show_button)
        return row

    def _look(self) -> None:
        self.show_button.setEnabled(bool(self.kinds()))

    def kinds(self) -> list[str]:
        """List what is ticked."""
        return [kind for kind, box in self.boxes.items() if box.isChecked()]
