"""The library out as a file and in again: asks where, and says what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from app.dialogs import saving
from app.jobs.state import LibraryState
from app.jobs.wishes import Tally
from app.jobs.work import Work
from app.look import words
from app.look.notices import Notices

if TYPE_CHECKING:
    from genre_tagger.sorting.tables.exchange import TakenIn

_SUBJECT = "tables"
_SHOWN_MS = 10_000
_TABLE = ".csv"


@dataclass
class Export:
    """Writes the library into a file; `tracks` are how many there are."""

    path: str
    tracks: int = 0

    def run(self, library_path: str) -> Iterator[object]:
        """Do it; for the worker thread."""
        from genre_tagger.library.library import Library
        from genre_tagger.sorting.tables.exchange import write_csv, write_json

        with Library.open(library_path) as library:
            write = write_csv if self.path.lower().endswith(_TABLE) else write_json
            self.tracks = write(self.path, library)
        yield from ()


@dataclass
class Import:
    """Takes a file over; `replace` lets it win over what is decided here, `taken` is what came of it."""

    path: str
    replace: bool
    taken: TakenIn | None = None

    def run(self, library_path: str) -> Iterator[object]:
        """Do it; for the worker thread."""
        from genre_tagger.library.library import Library
        from genre_tagger.sorting.tables.exchange import read_json

        with Library.open(library_path) as library:
            self.taken = read_json(self.path, library, replace=self.replace)
        yield from ()


class Tables(QObject):
    """Joins both actions with the jobs, and says how they went."""

    def __init__(
        self, window: QMainWindow, out: QAction, back: QAction, work: Work, state: LibraryState, notices: Notices
    ) -> None:
        super().__init__(window)
        self._window, self._work, self._state, self._notices = window, work, state, notices
        self._actions = (out, back)
        self._place = saving.Place()
        out.triggered.connect(lambda: self.ask_where())
        back.triggered.connect(lambda: self.ask_which())
        state.changed.connect(lambda _: self._offer())
        self._offer()

    def _offer(self) -> None:
        for action in self._actions:
            action.setEnabled(self._state.now.opened)

    def ask_where(self) -> None:
        """Ask where the library is to go, and write it."""
        kinds = (("json", self.tr("All that another computer needs")), ("csv", self.tr("Table of all tracks")))
        path = self._place.ask(self._window, self.tr("Save the library as a file"), "library", kinds)
        if path:
            self.export(path)

    def export(self, path: str) -> None:
        """Write the library: as a table if the name ends so, else all of it."""
        job = Export(path)
        self._work.export(job.run, lambda tally: self._exported(job, tally))

    def _exported(self, job: Export, tally: Tally) -> None:
        if tally.error is not None:
            self._notices.say(_SUBJECT, tally.error)
        elif not tally.cancelled:
            self._notices.unsay(_SUBJECT)
            text = self.tr("{} saved as {}").format(words.tracks(job.tracks), words.printable(job.path))
            self._window.statusBar().showMessage(text, _SHOWN_MS)

    def ask_which(self) -> None:
        """Ask which file is to be taken over, and what goes first where both say something."""
        from PySide6.QtWidgets import QFileDialog, QMessageBox

        filters = self.tr("Saved library (*.json)")
        title = self.tr("Take over decisions from a file")
        path, _ = QFileDialog.getOpenFileName(self._window, title, self._place.folder, filters)
        if not path:
            return
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(title)
        box.setText(self.tr("Where you have decided otherwise here, what goes first?"))
        box.setInformativeText(self.tr("Music files and their tags are not touched."))
        mine = box.addButton(self.tr("What is here"), QMessageBox.ButtonRole.AcceptRole)
        theirs = box.addButton(self.tr("What the file says"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(mine)
        box.exec()
        clicked = box.clickedButton()
        box.deleteLater()
        if clicked in (mine, theirs):
            self.take_in(path, replace=clicked is theirs)

    def take_in(self, path: str, *, replace: bool) -> None:
        """Take a file over."""
        job = Import(path, replace)
        self._work.take_in(job.run, self._state.now.policy, lambda tally: self._taken_in(job, tally))

    def _taken_in(self, job: Import, tally: Tally) -> None:
        if tally.error is not None:
            self._notices.say(_SUBJECT, tally.error)
        elif job.taken is not None:
            self._notices.say(_SUBJECT, in_words(job.taken))


def in_words(taken: TakenIn) -> str:
    """Say what came of taking a file over."""
    decisions = words.tr("1 decision") if taken.decided == 1 else words.tr("{} decisions").format(
        words.number(taken.decided)
    )  # fmt: skip
    lists = words.tr("1 list") if taken.lists == 1 else words.tr("{} lists").format(words.number(taken.lists))
    said = [words.tr("Taken over: {}, {}.").format(decisions, lists)]
    parts = (
        (taken.genres, words.tr("Your own genres were taken over.")),
        (taken.learning, words.tr("What is to be learned was taken over.")),
        (taken.same, words.tr("The same here already: {}.").format(words.number(taken.same))),
        (taken.kept, words.tr("Decided otherwise here, and kept so: {}.").format(words.tracks(taken.kept))),
        (taken.kept_lists, words.tr("Lists kept as they are here: {}.").format(
            words.one_line(", ".join(taken.kept_lists))
        )),
        (taken.kept_genres, words.tr("Your own genres here are others and were kept.")),
        (taken.unknown, words.tr("Decided, but not in this library: {}.").format(words.tracks(taken.unknown))),
    )  # fmt: skip
    return " ".join([*said, *(sentence for holds, sentence in parts if holds)])
