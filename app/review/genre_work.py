"""What is done with genres besides one track at a time: joins its dialogs with the window, once that can be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from app.jobs.counts import Counts
from app.jobs.queries import Queries
from app.jobs.state import Known, LibraryState
from app.jobs.window_first import politely
from app.jobs.wishes import JobKind, Tally
from app.jobs.work import Work
from app.look import words
from app.table.track_list import TrackList
from genre_tagger.review.policy import By, Proposal

if TYPE_CHECKING:
    from app.review.albums import AlbumRow, AlbumsDialog
    from app.review.tidy import Names, TidyDialog
    from genre_tagger.library.library import Library
    from genre_tagger.review.names.genre_list import GenreList

_SHOWN_MS = 10_000
_TREES = (".yaml", ".yml")
_FILES = "JSON (*.json);;YAML (*.yaml *.yml)"


class GenreWork(QObject):
    """Albums: gives them their genres, and has them judged anew when that is wanted. Names: has them tidied."""

    def __init__(
        self,
        window: QMainWindow,
        actions: Mapping[str, QAction],
        queries: Queries,
        work: Work,
        tracks: TrackList,
        state: LibraryState,
        counts: Counts,
        ask_to_write: Callable[[list[Proposal]], object],
    ) -> None:
        super().__init__(window)
        self._ask_to_write = ask_to_write
        self.tidying: TidyDialog | None = None
        self._window, self._queries, self._work, self._tracks = window, queries, work, tracks
        self._state, self._counts = state, counts
        self.dialog: AlbumsDialog | None = None
        actions["album_genre"].triggered.connect(lambda _: self.give(tracks.selected_ids()))
        actions["albums"].triggered.connect(lambda _: self.show_albums())
        actions["tidy"].triggered.connect(lambda _: self.show_tidy())
        actions["more"].triggered.connect(lambda _: self.add_more(tracks.selected_ids()))
        state.changed.connect(self._follow)
        work.finished.connect(self._judged)

    def _follow(self, before: Known) -> None:
        now = self._state.now
        rules = (now.policy.by, now.among)
        if now.opened and now.policy.by is not By.TRACK and rules != (before.policy.by, before.among):
            self._work.classify()  # which ends with what albums say, also when there is nothing to hear

    def _judged(self, tally: Tally) -> None:
        if tally.kind is JobKind.CLASSIFY and self._state.now.policy.by is not By.TRACK:
            self._tracks.reload_soon()
            self._counts.count_soon()
        if self.tidying is not None and tally.kind in (JobKind.WRITE, JobKind.UNDO, JobKind.SCAN):
            self._read_names()

    def give(self, ids: Sequence[int]) -> None:
        """Give all tracks of these tracks' albums the genre that is heard in the album."""
        from app.review.albums import genres_of  # dialogs are not loaded before they are wanted

        if ids:
            self._queries.run(genres_of(ids, self._state.now.policy), self._take)

    def _take(self, genres: dict[int, tuple[str, ...]]) -> None:
        from app.review.albums import told

        if genres:
            self._tracks.set_each(genres)
        text = told(genres)
        self._window.statusBar().showMessage(text, _SHOWN_MS)
        if self.dialog is not None:
            self.dialog.tell(text)

    def show_albums(self) -> None:
        """Show the list of albums, beside the window."""
        from app.review.albums import AlbumsDialog, listed

        if self.dialog is not None:
            self.dialog.raise_()
            self.dialog.activateWindow()
            return
        self.dialog = AlbumsDialog(self._window)
        self.dialog.wanted.connect(self.give)
        self.dialog.shown.connect(self._tracks.select)
        self.dialog.finished.connect(self._forget)
        self._queries.run(listed(self._state.now.policy), self._list, key="albums")
        self.dialog.show()

    def _list(self, rows: list[AlbumRow]) -> None:
        if self.dialog is not None:
            self.dialog.show_albums(rows)

    def _forget(self) -> None:
        self._queries.drop("albums")
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    # --- names ---------------------------------------------------------------------------------------

    def show_tidy(self) -> None:
        """Show the genres of the files and the person's list, beside the window."""
        from app.review.tidy import TidyDialog

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
        dialog.finished.connect(self._forget_tidying)
        self._read_names()
        dialog.show()

    def _keep(self, own: GenreList) -> None:
        from genre_tagger.review.names.genre_list import store_list

        self._queries.run(lambda library: store_list(library, own))

    def _read_names(self) -> None:
        from app.review.tidy import names

        self._queries.run(names, self._show_names, key="names")

    def _show_names(self, found: Names) -> None:
        if self.tidying is not None:
            self.tidying.show_names(found)

    def _rename(self, changes: dict[str, tuple[str, ...]]) -> None:
        from genre_tagger.review.names.suggesting import renamed

        self._propose(lambda genres: renamed(genres, changes), list(changes))

    def _propose(self, become: Callable[[tuple[str, ...]], tuple[str, ...]], genres: Sequence[str] | None) -> None:
        """Show what files would have; `genres` are those that they are looked for by."""

        def ask(library: Library) -> Iterator[Proposal]:
            from genre_tagger import line

            return line.retagged(library, become, genres)

        self._show(ask)

    def add_more(self, ids: Sequence[int]) -> None:
        """Ask which of what is heard beside the genre is to be added to these files, and show it."""
        from app.review.more import MoreDialog

        if not ids:
            return
        dialog = MoreDialog(len(ids), self._window)
        agreed, kinds, most = dialog.exec(), dialog.kinds(), dialog.most.currentData()
        dialog.deleteLater()
        if not agreed:
            return

        def ask(library: Library) -> Iterator[Proposal]:
            from genre_tagger import line

            return line.enriched(library, kinds, most, ids=ids)

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
        from PySide6.QtWidgets import QFileDialog

        path, _ = QFileDialog.getOpenFileName(self.tidying, self.tr("Import a list of genres"), "", _FILES)
        if path:
            self.load(path)

    def load(self, path: str) -> None:
        """Take the list of a file: JSON, or a tree in YAML."""
        from genre_tagger.review.names.genre_list import GenreListError

        unread = self.tr("{} cannot be read as text; the list is as it was.").format(path)

        def read(_: Library) -> str:
            try:
                with open(path, encoding="utf-8-sig") as file:
                    return file.read()
            except (OSError, UnicodeDecodeError) as error:
                raise GenreListError(unread) from error

        self._queries.run(read, lambda text: self._take_list(path, text), failed=self._tell)

    def _take_list(self, path: str, text: str) -> None:
        from genre_tagger.review.names.genre_list import GenreList, GenreListError
        from genre_tagger.review.names.trees import read_yaml

        if self.tidying is None:
            return
        try:
            own = self.tidying.own
            tree = path.lower().endswith(_TREES)
            self.tidying.take(own.with_genres(read_yaml(text)) if tree else GenreList.from_json(text))
        except GenreListError as error:
            self._tell(str(error))

    def _tell(self, sentence: str) -> None:
        if self.tidying is not None:
            self.tidying.problem.set_text(sentence)

    def _save(self) -> None:
        from PySide6.QtWidgets import QFileDialog

        title = self.tr("Export your list of genres")
        path, _ = QFileDialog.getSaveFileName(self.tidying, title, "genres.json", _FILES)
        if path:
            self.save(path)

    def save(self, path: str) -> None:
        """Write the list into a file: JSON, or a tree in YAML where its name ends so."""
        from genre_tagger.base.small_files import write_whole
        from genre_tagger.review.names.trees import write_yaml

        if self.tidying is None:
            return
        own = self.tidying.own
        text = write_yaml(own.genres) if path.lower().endswith(_TREES) else own.to_json() + "\n"

        def write(_: Library) -> None:
            with words.file_errors(path):
                write_whole(path, text.encode())

        self._queries.run(write, failed=self._tell)

    def _forget_tidying(self) -> None:
        self._queries.drop("names")
        if self.tidying is not None:
            self.tidying.deleteLater()
            self.tidying = None
