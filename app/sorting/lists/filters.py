"""Filters kept as lists in the sidebar: saving what the filter line says, and changing, copying and removing lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QButtonGroup, QDialog, QHBoxLayout, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from app.jobs.queries import Queries
from app.jobs.state import LibraryState
from app.look import theme, words
from app.look.widgets import FilterField, button, label
from app.sorting.filter_help import Offers
from genre_tagger.library.rules import parse
from genre_tagger.library.tracks import SavedList

ICONS = (
    ("list", "List"), ("heart", "Heart"), ("star", "Star"), ("moon", "Moon"), ("sun", "Sun"), ("car", "Car"),
    ("clock", "Clock"), ("home", "Home"), ("note", "Note"), ("phone", "Phone"),
)  # fmt: skip
"""What a list can be marked with, and what each mark is called."""

_LONGEST = 80


class Lists(QObject):
    """Joins the action, the filter line and the sidebar's menu with the library.

    Signal: saved(name) when there is a list of that name, None when one was removed.
    """

    saved = Signal(object)

    def __init__(
        self, window: QWidget, action: QAction, field: FilterField, queries: Queries, state: LibraryState
    ) -> None:
        super().__init__(window)
        self._window, self._field, self._queries, self._state = window, field, queries, state
        self._action = action
        action.triggered.connect(lambda: self.save())
        field.textChanged.connect(lambda _: self._update())
        self._update()

    def _update(self) -> None:
        self._action.setEnabled(bool(self._field.text().strip()))

    def known(self) -> list[SavedList]:
        """Give the lists that there are."""
        counted = self._state.now.counted
        return [saved for saved, _ in counted.lists] if counted is not None else []

    def save(self) -> None:
        """Ask for a name, and keep what the filter line says under it."""
        self._ask(SavedList("", self._field.text().strip()), None)

    def change(self, name: str) -> None:
        """Ask for another name, rule or mark of a list."""
        for saved in self.known():
            if saved.name == name:
                self._ask(saved, name)
                return

    def _ask(self, saved: SavedList, before: str | None) -> None:
        dialog = ListDialog(saved, [other.name for other in self.known()], self._window)
        if self._state.now.counted is not None:
            dialog.offers.know_genres([genre for genre, _ in self._state.now.counted.genres])
        agreed, wanted = dialog.exec(), dialog.saved()
        dialog.deleteLater()
        if agreed:
            self._queries.run(
                lambda library: library.save_list(wanted, instead_of=before), lambda _: self.saved.emit(wanted.name)
            )

    def remove(self, name: str) -> None:
        """Forget a list; its tracks stay."""
        self._queries.run(lambda library: library.save_list(None, instead_of=name), lambda _: self.saved.emit(None))

    def offer(self, menu: QMenu, name: str) -> None:
        """Offer what can be done with a list."""
        entries: tuple[tuple[str, str, Callable[[str], None]], ...] = (
            (self.tr("Change “{}”…"), "settings", self.change), (self.tr("Remove “{}”"), "close", self.remove),
        )  # fmt: skip
        for text, icon, act in entries:
            entry = menu.addAction(theme.icon(icon), text.format(words.menu_text(name)))
            entry.triggered.connect(lambda _=False, act=act: act(name))


class ListDialog(QDialog):
    """Asks for name, rule and mark of a list."""

    def __init__(self, saved: SavedList, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._before, self._names = saved.name, set(names)
        self.setWindowTitle(self.tr("Change a list") if saved.name else self.tr("Save the filter as a list"))
        self.name, self.rule = QLineEdit(saved.name), QLineEdit(saved.rule)
        self.name.setMaxLength(_LONGEST)
        self.name.setPlaceholderText(self.tr("Quiet evenings"))
        self.offers = Offers(self.rule)
        self.told = label("", "warning", wrap=True)
        self.marks = QButtonGroup(self)
        self.save_button = button(self.tr("Save"), primary=True)
        self._compose(saved)
        self.name.textChanged.connect(lambda _: self._check())
        self.rule.textChanged.connect(lambda _: self._check())
        self._check()
        self.name.setFocus()

    def _compose(self, saved: SavedList) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(*[3 * theme.UNIT] * 4)
        column.setSpacing(theme.UNIT)
        promise = self.tr("A list holds the tracks that fit now; it changes as the library does.")
        column.addWidget(label(promise, "quiet", wrap=True))
        for text, field in ((self.tr("&Name"), self.name), (self.tr("&What it shows"), self.rule)):
            head = label(text, "caption")
            head.setBuddy(field)
            field.setAccessibleName(text.replace("&", ""))
            column.addWidget(head)
            column.addWidget(field)
        column.addWidget(self.told)
        column.addLayout(self._marks(saved.icon))
        column.addStretch()
        row = QHBoxLayout()
        row.addStretch()
        cancel = button(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.save_button.setDefault(True)
        self.save_button.clicked.connect(self.accept)
        row.addWidget(cancel)
        row.addWidget(self.save_button)
        column.addLayout(row)
        self.setMinimumWidth(64 * theme.UNIT)

    def _marks(self, chosen: str) -> QHBoxLayout:
        row = QHBoxLayout()
        for number, (icon, name) in enumerate(ICONS):
            mark = QToolButton()
            mark.setProperty("quiet", True)
            mark.setCheckable(True)
            mark.setChecked(icon == chosen or (number == 0 and chosen not in dict(ICONS)))
            mark.setIcon(theme.icon(icon))
            mark.setIconSize(QSize(20, 20))
            mark.setAccessibleName(words.tr(name))
            mark.setToolTip(words.tr(name))
            self.marks.addButton(mark, number)
            row.addWidget(mark)
        row.addStretch()
        return row

    def saved(self) -> SavedList:
        """Give what was said."""
        return SavedList(" ".join(self.name.text().split()), self.rule.text().strip(), ICONS[self.marks.checkedId()][0])

    def _check(self) -> None:
        saved = self.saved()
        told = list(parse(saved.rule).told)
        if saved.name != self._before and saved.name in self._names:
            told.append(self.tr("There is a list of this name already; it will be replaced."))
        self.told.setText(words.one_line(" ".join(told)))
        self.told.setVisible(bool(told))
        self.save_button.setEnabled(bool(saved.name) and parse(saved.rule).rule is not None)
