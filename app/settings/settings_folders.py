"""The folders of the library, and where the program keeps what belongs to it, as a page of the settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QMessageBox, QVBoxLayout, QWidget

from app.look import theme, words
from app.look.widgets import ElidedLabel, button, label
from app.settings.places import Places

if TYPE_CHECKING:
    from app.jobs.counts import Counted

_LINES = 4


class FoldersPage(QWidget):
    """Lists folders. Signals: add_asked(), removed(path) after the user was asked whether to forget its tracks."""

    add_asked = Signal()
    removed = Signal(object)  # not str: the name of a folder need not be text

    def __init__(self, places: Places) -> None:
        super().__init__()
        self._folders: list[str] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT)
        text = self.tr("The music below these is looked through at every start. The files stay where they are.")
        column.addWidget(label(text, "quiet", wrap=True))
        self.list = QListWidget()
        self.list.setObjectName("framed")
        self.list.setAccessibleName(self.tr("Folders of the library"))
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._line = QSize(0, self.list.fontMetrics().height() + theme.UNIT)  # no wider than the list: it is elided
        self.list.setFixedHeight(_LINES * self._line.height() + 2)
        self.list.currentRowChanged.connect(self._show_buttons)
        column.addWidget(self.list)
        row = QHBoxLayout()
        self.add_button = button(self.tr("A&dd folder…"))
        self.add_button.clicked.connect(self.add_asked)
        self.remove_button = button(self.tr("Re&move…"))
        self.remove_button.clicked.connect(self._ask_to_remove)
        row.addWidget(self.add_button)
        row.addWidget(self.remove_button)
        row.addStretch()
        column.addLayout(row)
        column.addSpacing(2 * theme.UNIT)
        self._add_places(column, places)
        self._show_buttons()

    def _add_places(self, column: QVBoxLayout, places: Places) -> None:
        column.addWidget(label(self.tr("Where Genre Tagger keeps what is its own"), "strong", wrap=True))
        if places.portable:
            column.addWidget(label(self.tr("All of it beside the program, so it can be carried along."), "quiet"))
        for title, path in (
            (self.tr("Library"), places.library),
            (self.tr("Settings"), places.settings),
            (self.tr("How you left it"), places.state),
            (self.tr("Drawings, made anew when deleted"), places.cache),
        ):
            block = QVBoxLayout()
            block.setSpacing(0)
            block.addWidget(label(title, "quiet", wrap=True))
            shown = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
            shown.set_text(words.printable(path))
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            block.addWidget(shown)
            column.addLayout(block)

    def take_count(self, counted: Counted) -> None:
        """List the folders that were found when everything was counted."""
        self.show_folders(counted.folders)

    def show_folders(self, folders: Sequence[str]) -> None:
        """List these."""
        if list(folders) == self._folders:
            return
        before = self._folders[self.list.currentRow()] if self.list.currentItem() is not None else None
        self._folders = list(folders)
        self.list.clear()
        for row, folder in enumerate(folders):
            item = QListWidgetItem(words.printable(folder))
            item.setToolTip(words.plain_tooltip(words.printable(folder)))
            item.setSizeHint(self._line)
            self.list.addItem(item)
            if folder == before:
                self.list.setCurrentRow(row)
        if self.list.currentItem() is None:
            self.list.setCurrentRow(0)
        self._show_buttons()

    def _show_buttons(self) -> None:
        self.remove_button.setEnabled(self.list.currentItem() is not None)

    def _ask_to_remove(self) -> None:
        folder = self._folders[self.list.currentRow()]
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(self.tr("Remove a folder"))
        box.setText(self.tr("Forget the tracks below this folder?"))
        box.setInformativeText(words.printable(folder) + "\n\n" + self.tr("The files stay where and as they are."))
        forget = box.addButton(self.tr("Forget them"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(self.tr("Keep them"), QMessageBox.ButtonRole.RejectRole))
        box.exec()
        if box.clickedButton() is forget:
            self.removed.emit(folder)
        box.deleteLater()
