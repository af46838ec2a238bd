"""Names in the window: genres of files are tidied, what is heard is added; shown before it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMainWindow

from app.jobs.queries import Queries
from app.jobs.window_first import politely
from app.jobs.wishes import JobKind, Tally
from app.jobs.work import Work
from app.review.genres import list_files
from app.review.genres.more import MoreDialog
from app.review.genres.tidy import Names, TidyDialog, names
from app.table.track_list import TrackList
from genre_tagger.review.names.genre_list import GenreList, store_list
from genre_tagger.review.names.suggesting import renamed
from genre_tagger.review.policy import Proposal

if TYPE_CHECKING:
    from genre_tagger.library.library import Library

_SHOWN_MS = 10_000


class Naming(QObject):
    """Has genres tidied and added to. Signal: list_kept() when the person's list was changed and is stored."""

    list_kept = Signal()

    def __init__(
        self,
        window: QMainWindow,
        queries: Queries,
        work: Work,
        tracks: TrackList,
        ask_to_write: Callable[[list[Proposal]], object],
    ) -> None:
        super().__init__(window)
        self._window, self._queries, self._work, self._tracks = window, queries, work, tracks
        self._ask_to_write = ask_to_write
        self.tidying: TidyDialog | None = None
        work.finished.connect(self._worked)

    def _worked(self, tally: Tally) -> None:
        if self.tidying is not None and tally.kind in (JobKind.WRITE, JobKind.UNDO, JobKind.SCAN):
            self._read_names()

    def show_tidy(self) -> None:
        """Show the genres of the files and the person's list, beside the window."""
        if self.tidying is not None:
            self.tidying.raise_()
            self.tidying.activateWindow()
            return
        self.tidying = dialog = TidyDialog(self._window)
        dialog.kept.connect(self._keep)
        dialog.renames_asked.connect(self._rename)
        dialog.tidying_asked.connect(lambda own: self._propose(own.tidied, None))
        dialog.load_button.clicked.connect(self._load)
        dialog.save_button.clicked.connect(self._save)
        dialog.finished.connect(self._forget)
        self._read_names()
        dialog.show()

    def _keep(self, own: GenreList) -> None:
        self._queries.run(lambda library: store_list(library, own), lambda _: self.list_kept.emit())

    def _read_names(self) -> None:
        self._queries.run(names, self._show_names, key="names")

    def _show_names(self, found: Names) -> None:
        if self.tidying is not None:
            self.tidying.show_names(found)

    def _rename(self, changes: dict[str, tuple[str, ...]]) -> None:
        self._propose(lambda genres: renamed(genres, changes), list(changes))

    def _propose(self, become: Callable[[tuple[str, ...]], tuple[str, ...]], genres: Sequence[str] | None) -> None:
        """Show what files would have; `genres` are those that they are looked for by."""

        def ask(library: Library) -> Iterator[Proposal]:
            from genre_tagger.review.names import changes

            return changes.retagged(library, become, genres)

        self._show(ask)

    def add_more(self, ids: Sequence[int]) -> None:
        """Ask which of what is heard beside the genre is to be added to these files, and show it."""
        if not ids:
            return
        dialog = MoreDialog(len(ids), self._window)
        agreed, kinds, most = dialog.exec(), dialog.kinds(), dialog.most.currentData()
        field = dialog.field.currentData()
        dialog.deleteLater()
        if not agreed:
            return

        def ask(library: Library) -> Iterator[Proposal]:
            from genre_tagger.review.names import changes

            return changes.enriched(library, kinds, most, ids=ids, field=field)

        self._show(ask)

    def _show(self, ask: Callable[[Library], Iterator[Proposal]]) -> None:
        """Show what would be written into files; what is being written already is not asked about again."""
        agreed = self._work.being_written()

        def ticked(library: Library) -> list[Proposal]:
            found = (p for p in politely(ask(library)) if p.ticked and p.path not in agreed)
            return sorted(found, key=lambda p: p.path)

        self._queries.run(ticked, self._ask, key="tidy")

    def _ask(self, proposals: list[Proposal]) -> None:
        if not proposals:
            self._window.statusBar().showMessage(self.tr("There is nothing to change in files."), _SHOWN_MS)
        self._ask_to_write(proposals)

    def _load(self) -> None:
        if self.tidying is not None and (path := list_files.ask_load(self.tidying)):
            self.load(path)

    def load(self, path: str) -> None:
        """Take the list of a file."""
        if self.tidying is not None:
            list_files.load(self._queries, path, self.tidying.own, self._take_list, self._tell)

    def _take_list(self, own: GenreList) -> None:
        if self.tidying is not None:
            self.tidying.take(own)

    def _tell(self, sentence: str) -> None:
        if self.tidying is not None:
            self.tidying.problem.set_text(sentence)

    def _save(self) -> None:
        if self.tidying is not None and (path := list_files.ask_save(self.tidying)):
            self.save(path)

    def save(self, path: str) -> None:
        """Write the list into a file."""
        if self.tidying is not None:
            list_files.save(self._queries, path, self.tidying.own, self._tell)

    def _forget(self) -> None:
        self._queries.drop("names")
        if self.tidying is not None:
            self.tidying.deleteLater()
            self.tidying = None
