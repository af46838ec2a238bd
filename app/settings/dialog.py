"""The dialog of the settings, made from their rows, with a page of folders: what is changed counts at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.look import theme, words
from app.look.widgets import ElidedLabel, button, label
from app.settings.places import Places
from app.settings.rows import SettingRow, Words
from app.settings.settings import names, pages, translated
from app.settings.store import SettingsStore

_ICONS = {"Genres": "tag", "Writing": "write", "Listening": "sparkle", "Looks": "panel", "Playing": "volume",
          "Reviewing": "check"}  # fmt: skip
# So many folders can be seen at once.
_LINES = 4


class SettingsDialog(QDialog):
    """Pages of settings, and others that are added; it stays open beside the window, and goes with it."""

    def __init__(self, store: SettingsStore, labels: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        self._store = store
        self.rows: dict[str, SettingRow] = {}
        self._icons: list[str] = []
        self.list = QListWidget()
        self.list.setObjectName("pages")
        self.list.setAccessibleName(self.tr("Pages of settings"))
        self.list.setIconSize(QSize(20, 20))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.stack = QStackedWidget()
        self.list.currentRowChanged.connect(self.stack.setCurrentIndex)
        for page in pages():
            self._add_settings(page, labels)
        self._compose()
        store.changed.connect(self._follow)
        theme.changes().changed.connect(self._draw)
        store.closing.connect(self.close)
        self._show_reset()

    def _compose(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(*[2 * theme.UNIT] * 4)
        column.setSpacing(2 * theme.UNIT)
        middle = QHBoxLayout()
        middle.setSpacing(2 * theme.UNIT)
        middle.addWidget(self.list)
        middle.addWidget(self.stack, 1)
        column.addLayout(middle, 1)
        foot = QHBoxLayout()
        self.reset_button = button(self.tr("&Reset all…"), quiet=True)
        self.reset_button.clicked.connect(self._ask_to_reset)
        self.close_button = button(self.tr("&Close"))
        self.close_button.clicked.connect(self.close)
        foot.addWidget(self.reset_button)
        foot.addStretch()
        foot.addWidget(self.close_button)
        column.addLayout(foot)
        self.list.setCurrentRow(0)
        self.list.setFocus()

    # --- pages ---------------------------------------------------------------------------------------

    def _add_settings(self, page: str, labels: Sequence[str]) -> None:
        sheet = QWidget()
        column = QVBoxLayout(sheet)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3 * theme.UNIT)
        for name in names(page):
            self.rows[name] = SettingRow(name, self._store, labels)
            column.addWidget(self.rows[name])
        self.add_page(translated(page), _ICONS[page], sheet)

    def add_page(self, title: str, icon: str, sheet: QWidget) -> None:
        """Add a page at the end."""
        page = QWidget()
        page.setObjectName("page")
        column = QVBoxLayout(page)
        column.setContentsMargins(*[3 * theme.UNIT] * 4)
        column.setSpacing(2 * theme.UNIT)
        column.addWidget(label(title, "title"))
        column.addWidget(sheet)
        column.addStretch()
        scroll = QScrollArea()
        scroll.setObjectName("framed")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(page)
        self.stack.addWidget(scroll)
        self.list.addItem(QListWidgetItem(theme.icon(icon), title))
        self._icons.append(icon)
        self._fit()

    def _fit(self) -> None:
        """As wide as the names of the pages, and as large as the font wants it; never larger than the screen."""
        self.list.setFixedWidth(self.list.sizeHintForColumn(0) + 3 * theme.UNIT)
        line = self.fontMetrics().height()
        room = self.screen().availableSize() if self.screen() is not None else QSize(1280, 800)
        wanted = QSize(max(92 * theme.UNIT, 44 * line), max(70 * theme.UNIT, 30 * line))
        self.resize(wanted.boundedTo(QSize(room.width() * 9 // 10, room.height() * 9 // 10)))

    def _draw(self) -> None:
        for number, icon in enumerate(self._icons):
            self.list.item(number).setIcon(theme.icon(icon))

    def go(self, page: int) -> None:
        """Show a page."""
        self.list.setCurrentRow(page)

    # --- values --------------------------------------------------------------------------------------

    def _follow(self, name: str) -> None:
        self.rows[name].follow()
        self._show_reset()

    def _show_reset(self) -> None:
        self.reset_button.setEnabled(self._store.is_changed())

    def _ask_to_reset(self) -> None:
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(self.tr("Reset all"))
        box.setText(self.tr("Reset all settings to what they were at first?"))
        box.setInformativeText(self.tr("Folders, tracks and what you chose for them stay as they are."))
        agreed: QPushButton = box.addButton(self.tr("Reset all"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(self.tr("Keep them"), QMessageBox.ButtonRole.RejectRole))
        box.exec()
        if box.clickedButton() is agreed:
            self._store.reset()
        box.deleteLater()

    # --- coming and going ----------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Return ends the typing of a word and does not close the dialog.
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        for row in self.rows.values():
            if isinstance(row.control, Words):
                row.control.flush()
        super().hideEvent(event)


class FoldersPage(QWidget):
    """The folders of the library, and where the program keeps what belongs to it.

    Signals: add_asked(), removed(path) after the user was asked whether to forget its tracks; watch_chosen(path,
    whether) when a folder is to be watched for new music, or not any more.
    """

    add_asked = Signal()
    watch_chosen = Signal(object, bool)
    removed = Signal(object)  # not str: the name of a folder need not be text

    def __init__(self, places: Places) -> None:
        super().__init__()
        self._folders: list[str] = []
        self._watched: tuple[Collection[str], Mapping[str, str], bool] = ((), {}, False)
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
        self.list.itemChanged.connect(self._choose)
        column.addWidget(self.list)
        told = self.tr("Ticked folders are watched: what comes into them is read and heard at once and gathers in New.")
        column.addWidget(label(told, "quiet", wrap=True))
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
        self.show_watched(*self._watched[:2], every=self._watched[2])
        self._show_buttons()

    def show_watched(self, chosen: Collection[str], ways: Mapping[str, str], *, every: bool) -> None:
        """Tick the folders that are watched, and say in which way; where `every` one is, none can be chosen."""
        self._watched = chosen, ways, every
        with QSignalBlocker(self.list):
            for row, folder in enumerate(self._folders):
                item, way = self.list.item(row), ways.get(folder, "")
                watched = every or folder in chosen
                item.setText(f"{words.printable(folder)}   ·   {way}" if way else words.printable(folder))
                item.setCheckState(Qt.CheckState.Checked if watched else Qt.CheckState.Unchecked)
                fixed = item.flags() & ~Qt.ItemFlag.ItemIsUserCheckable
                item.setFlags(fixed if every else fixed | Qt.ItemFlag.ItemIsUserCheckable)

    def _choose(self, item: QListWidgetItem) -> None:
        folder = self._folders[self.list.row(item)]
        self.watch_chosen.emit(folder, item.checkState() == Qt.CheckState.Checked)

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
