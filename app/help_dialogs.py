"""Help: the keys, and what this program and its model are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app import theme, words
from app.widgets import Glyph, button, label
from genre_tagger.errors import ModelError

if TYPE_CHECKING:
    from genre_tagger.model import ModelCard


class _Sheet(QDialog):
    """A title, some content, and Close."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(*[3 * theme.UNIT] * 4)
        self.column.setSpacing(theme.UNIT)
        self.column.addWidget(label(title, "title"))

    def add_scrolling(self, sheet: QWidget) -> None:
        """Add what may be higher than the dialog."""
        scroll = QScrollArea()
        scroll.setObjectName("framed")
        scroll.setWidgetResizable(True)
        scroll.setWidget(sheet)
        self.column.addWidget(scroll, 1)

    def add_close(self) -> None:
        """End the sheet with its one button."""
        row = QHBoxLayout()
        row.addStretch()
        close = button(self.tr("Close"))
        close.clicked.connect(self.accept)
        row.addWidget(close)
        self.column.addLayout(row)


class KeysDialog(_Sheet):
    """All keyboard shortcuts."""

    def __init__(self, keys: Sequence[tuple[str, str]], parent: QWidget) -> None:
        super().__init__(words.tr("Keyboard shortcuts"), parent)
        sheet = QWidget()
        sheet.setObjectName("page")
        grid = QGridLayout(sheet)
        grid.setContentsMargins(*[2 * theme.UNIT] * 4)
        grid.setHorizontalSpacing(4 * theme.UNIT)
        grid.setColumnStretch(0, 1)
        for row, (text, shortcut) in enumerate(keys):
            grid.addWidget(label(text), row, 0)
            grid.addWidget(label(shortcut, "quiet"), row, 1)
        self.add_scrolling(sheet)
        self.add_close()
        self.resize(56 * theme.UNIT, 60 * theme.UNIT)


class AboutDialog(_Sheet):
    """Name, version, licence, and the facts of the model's card."""

    def __init__(self, model_folder: str | None, parent: QWidget) -> None:
        super().__init__("Genre Tagger", parent)
        version = QApplication.applicationVersion()
        self.column.insertWidget(0, Glyph("sparkle", 40, accent=True))
        self.column.addWidget(label(self.tr("Version {}").format(version), "quiet"))
        text = self.tr(
            "Sorts a music library by genre from its sound. Nothing leaves this computer, and every write can be "
            "undone. Free software under the GNU General Public License, version 3 or later; it comes without warranty."
        )
        self.column.addWidget(label(text, wrap=True))
        self.column.addWidget(label(self.tr("The model"), "caption"))
        facts_of_model = label(self._model(model_folder), wrap=True)
        facts_of_model.setObjectName("page")
        facts_of_model.setContentsMargins(*[2 * theme.UNIT] * 4)
        facts_of_model.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.add_scrolling(facts_of_model)
        self.add_close()
        self.resize(62 * theme.UNIT, 62 * theme.UNIT)

    def _model(self, folder: str | None) -> str:
        from genre_tagger.model import ModelCard, default_model_folder

        try:
            card = ModelCard.read(folder or default_model_folder())
        except ModelError as error:
            return str(error)
        return facts(card)


def facts(card: ModelCard) -> str:
    """Say what a model is, how often it was right, and where it is not to be trusted."""
    parts = [card.title]
    if card.accuracy is not None:
        right = words.tr("Right on {} of the tracks it was measured on, by artists it had never heard.")
        parts.append(right.format(words.percent(card.accuracy)))
    limits = card.raw.get("limits")
    parts += [limits] if isinstance(limits, str) else []
    parts.append(words.tr("Genres: {}.").format(", ".join(card.labels)))
    parts.append(words.tr("Licence: {}.").format(card.licence))
    return "\n\n".join(part for part in parts if part)
