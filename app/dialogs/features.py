"""All features of the selected tracks as one table: asks where to, has them computed, and says what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QMainWindow, QTableView, QVBoxLayout, QWidget

from app.dialogs import saving
from app.jobs.stages import Table
from app.jobs.wishes import JobKind, Tally
from app.jobs.work import Work
from app.look import theme, words
from app.look.notices import Notices
from app.look.widgets import button, label
from app.table.failures import FailuresModel
from app.table.track_list import TrackList
from genre_tagger.base.errors import FileFailure

_SHOWN_MS = 10_000


class FeaturesTable(QObject):
    """Connects the action, the work and the bars that say how it went."""

    def __init__(self, window: QMainWindow, action: QAction, tracks: TrackList, work: Work, notices: Notices) -> None:
        super().__init__(window)
        self._window, self._action, self._tracks, self._work, self._notices = window, action, tracks, work, notices
        self._place = saving.Place()
        self._table: Table | None = None
        action.triggered.connect(lambda: self.save())
        tracks.selection_changed.connect(self._update)
        self._update()

    def _update(self) -> None:
        some = any(map(len, self._tracks.view.selected_rows()))
        self._action.setEnabled(some and self._table is None)

    def save(self) -> None:
        """Ask where the table of the selected tracks is to go, and begin."""
        ids = self._tracks.selected_ids()
        if ids and self._table is None and (path := self._ask()):
            self._begin(Table(path, ids))

    def _ask(self) -> str:
        caption, kinds = self.tr("Save all features"), (("csv", self.tr("Table")),)
        return self._place.ask(self._window, caption, "features", kinds)

    def _begin(self, table: Table) -> None:
        self._table = table
        self._notices.unsay(JobKind.DESCRIBE.value)
        self._work.describe(table, self._ended)
        self._update()

    def _again(self, table: Table, *, only_done: bool = False) -> None:
        """Save what was computed somewhere else, or what there is of it."""
        if self._table is None and (path := self._ask()):
            ids = [track for track in table.ids if track in table.rows] if only_done else table.ids
            self._begin(Table(path, ids, dict(table.rows), {} if only_done else dict(table.failed)))

    def _ended(self, tally: Tally) -> None:
        if self._table is None:
            return
        table, self._table = self._table, None
        self._update()
        done = len(table.rows)
        if tally.error is not None:
            text = self.tr("The table was not saved. {}").format(words.one_line(tally.error))
            self._say(text, self.tr("Save elsewhere…"), lambda: self._again(table))
        elif not table.written:
            text = self.tr("Stopped after {} of {}. Nothing was saved.")
            text = text.format(words.number(done), words.tracks(len(table.ids)))
            if done:
                self._say(text, self.tr("Save what there is…"), lambda: self._again(table, only_done=True))
            else:
                self._say(text)
        else:
            self._written(table)

    def _written(self, table: Table) -> None:
        text = self.tr("Features of {} saved as {}").format(
            words.tracks(len(table.rows)), words.printable(table.path)
        )
        failures = list(table.failed.values())
        if not failures:
            self._window.statusBar().showMessage(text, _SHOWN_MS)
            return
        missing = self.tr("{}. Left out: {} that could not be read.").format(text, words.files(len(failures)))
        self._say(missing, self.tr("Show why"), lambda: Missing(failures, self._window).exec())

    def _say(self, text: str, action: str = "", done: Callable[[], object] | None = None) -> None:
        self._notices.say(JobKind.DESCRIBE.value, text, action, done)


class Missing(QDialog):
    """Lists the files that are not in the table, and why."""

    def __init__(self, failures: Sequence[FileFailure], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Not in the table"))
        self.resize(80 * theme.UNIT, 40 * theme.UNIT)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[3 * theme.UNIT] * 4)
        column.setSpacing(theme.UNIT)
        column.addWidget(label(self.tr("These files could not be read. They are as they were."), wrap=True))
        self.model = FailuresModel()
        self.model.show(failures)
        table = QTableView()
        table.setObjectName("plain")
        table.setAccessibleName(self.windowTitle())
        table.setModel(self.model)
        table.setShowGrid(False)
        table.setColumnHidden(1, True)
        table.setColumnWidth(0, 30 * theme.UNIT)
        table.verticalHeader().hide()
        table.horizontalHeader().setStretchLastSection(True)
        column.addWidget(table, 1)
        close = button(self.tr("Close"))
        close.clicked.connect(self.accept)
        column.addWidget(close)
