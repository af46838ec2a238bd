"""What the actions do: dialogs, questions and the jobs that follow from them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from app.jobs.queries import Queries, batches, model_card, ticked
from app.jobs.state import LibraryState
from app.jobs.work import Work
from app.look import words
from app.look.candidate import offered
from app.settings.store import SettingsStore
from app.table.track_list import TrackList
from app.window.actions import CANDIDATE_KEYS
from genre_tagger.base.errors import FileFailure, LibraryError
from genre_tagger.base.places import asset
from genre_tagger.review.policy import Proposal

if TYPE_CHECKING:
    from PySide6.QtGui import QUndoStack
    from PySide6.QtWidgets import QDialog, QMainWindow

    from genre_tagger.model.card import ModelCard
    from genre_tagger.writing.journal import Batch

_SHOWN_MS = 10_000


class Commands(QObject):
    """What a person can tell the window to do. Signal: card_read(card) when the model's card, or why not, is known."""

    card_read = Signal(object)

    def __init__(
        self,
        window: QMainWindow,
        queries: Queries,
        work: Work,
        tracks: TrackList,
        stack: QUndoStack,
        settings: SettingsStore,
        state: LibraryState,
    ) -> None:
        super().__init__(window)
        self._window, self._queries, self._work = window, queries, work
        self._tracks, self._stack, self._settings, self._state = tracks, stack, settings, state
        self._waiting: list[str] = []
        work.agreed.connect(lambda: self._take_batches([]))

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Give what the actions do that are not of one part of the window, by their ids."""
        return {
            "add_folder": self.add_folder,
            "add_files": self.add_files,
            "rescan": self.rescan,
            "remove_folder": self.remove_folder,
            "write": self.write,
            "write_selected": self.write_selected,
            "undo_write": self.undo_last_write,
            "history": self.show_history,
            "quit": self._window.close,
            "undo": self._stack.undo,
            "redo": self._stack.redo,
            "columns": self.choose_columns,
            **{f"scheme_{name}": partial(self._settings.set, "scheme", name) for name in ("system", "light", "dark")},
            "open_folder": self.open_folder,
            "model": self.show_model,
            "about": self.show_about,
            **{f"candidate_{key}": partial(self.choose_candidate, key) for key in CANDIDATE_KEYS},
        }

    # --- the library ---------------------------------------------------------------------------------

    def add_folder(self) -> None:
        """Ask for a folder."""
        from PySide6.QtWidgets import QFileDialog

        folder = QFileDialog.getExistingDirectory(self._window, self.tr("Add a folder of music"))
        if folder:
            self.add([folder])

    def add_files(self) -> None:
        """Ask for files."""
        from PySide6.QtWidgets import QFileDialog

        files, _ = QFileDialog.getOpenFileNames(self._window, self.tr("Add music files"))
        if files:
            self.add(files)

    def add(self, paths: list[str]) -> None:
        """Add folders and files to the library and scan them, as soon as it is open."""
        if not self._state.now.opened:
            self._waiting += paths
        elif paths:
            self._work.scan([os.path.abspath(path) for path in paths], remember=True)

    def add_waiting(self) -> bool:
        """Add what came before the library was open; return whether anything did."""
        paths, self._waiting = self._waiting, []
        self.add(paths)
        return bool(paths)

    def add_demo(self) -> None:
        """Add a copy of the demo library, so that it can be written to and the shipped one stays as it is."""
        target = os.path.join(os.path.dirname(self._queries.library_path), "Demo")
        self._queries.run(lambda _: copy_demo(target), lambda _: self.add([target]))

    def rescan(self) -> None:
        """Look through all folders again."""
        if folders := self._state.now.folders:
            self._work.scan(folders)

    def remove_folder(self) -> None:
        """Ask which folder to forget."""
        folders = self._state.now.folders
        if not folders:
            return
        from PySide6.QtWidgets import QInputDialog

        shown = [words.printable(folder) for folder in folders]
        title, text = self.tr("Remove a folder"), self.tr("The files stay where they are. Forget the tracks below:")
        chosen, agreed = QInputDialog.getItem(self._window, title, text, shown, 0, False)
        if agreed:
            folder = folders[shown.index(chosen)]
            self.forget_folder(folder)

    def forget_folder(self, folder: str) -> None:
        """Forget a folder and the tracks below it; the files stay."""
        self._work.forget(folder)

    def retry(self, failures: list[FileFailure]) -> None:
        """Try files again."""
        if failures:
            self._work.retry(failures)

    # --- writing -------------------------------------------------------------------------------------

    def write(self, among: Sequence[int] | None = None) -> None:
        """Gather what is ticked, then ask."""
        policy = self._state.now.policy
        # Not asked about again; noted now, because a file that is written until the library is read is another by then.
        agreed = self._work.being_written()

        def ask(proposals: list[Proposal]) -> None:
            new = [proposal for proposal in proposals if proposal.path not in agreed]
            if proposals and not new:
                self._window.statusBar().showMessage(self.tr("These files are being written already."), _SHOWN_MS)
            self.ask_to_write(new)

        self._queries.run(lambda library: ticked(library, policy, among), ask, key="write")

    def write_selected(self) -> None:
        """Write what is ticked among the selected tracks."""
        self.write(self._tracks.selected_ids())

    def ask_to_write(self, proposals: list[Proposal]) -> None:
        """Show what would be written, and write it when that is agreed to."""
        from app.dialogs.write import WriteDialog

        if not proposals or QApplication.activeModalWidget() is not None:
            return
        dialog = WriteDialog(proposals, self._settings.settings.keep_mtime, self._window)
        agreed = dialog.exec()
        self._settings.set("keep_mtime", dialog.keep_mtime)
        dialog.deleteLater()
        if agreed:
            chosen = self._settings.settings
            self._work.write(proposals, keep_mtime=chosen.keep_mtime, id3_version=chosen.id3_version)

    def read_batches(self) -> None:
        """Find the newest write that can be undone."""
        self._queries.run(batches, self._take_batches, key="batches")

    def _take_batches(self, known: list[Batch]) -> None:
        # As long as files are being changed, the last write is not what was read: it may be on its way, or going back.
        undoable = [] if self._work.is_changing_files() else [batch for batch in known if batch.undone < batch.files]
        self._state.take_last_batch(max(undoable, key=lambda batch: batch.id, default=None))

    def undo_last_write(self) -> None:
        """Take back the newest write that is not undone."""
        if self._state.now.last_batch is not None:
            self._undo(self._state.now.last_batch)

    def _undo(self, batch: Batch) -> None:
        self._work.undo(batch.id, batch.files - batch.undone)

    def show_history(self) -> None:
        """Show all writes."""
        self._queries.run(batches, self._open_history, key="history")

    def _open_history(self, known: list[Batch]) -> None:
        from app.dialogs.history import HistoryDialog

        if QApplication.activeModalWidget() is not None:
            return
        dialog = HistoryDialog(known, self._window)
        dialog.undo_asked.connect(self._undo)
        shown = self._work.finished.connect(lambda _: self._queries.run(batches, dialog.show_batches, key="history"))
        dialog.exec()
        self._work.finished.disconnect(shown)
        self._queries.drop("history")
        dialog.deleteLater()

    # --- decisions -----------------------------------------------------------------------------------

    def choose_genre(self, text: str) -> None:
        """Give the selected tracks a genre of the user's own; semicolons separate several."""
        self._tracks.set_genres(self._tracks.selected_ids(), text.split(";"))

    def add_genre(self, text: str) -> None:
        """Give each of the selected tracks genres besides those it has."""
        self._tracks.change_genres(self._tracks.selected_ids(), add=text.split(";"))

    def give_genre(self, ids: Sequence[int], genre: str, add: bool) -> None:
        """Give tracks a genre, or one whose name is asked for, in place of theirs or besides."""
        if not genre:
            from PySide6.QtWidgets import QInputDialog

            title, text = self.tr("New genre"), self.tr("The genre of {}:").format(words.tracks(len(ids)))
            genre, agreed = QInputDialog.getText(self._window, title, text)
            if not agreed or not genre.strip():
                return
        if add:
            self._tracks.change_genres(ids, add=genre.split(";"))
        else:
            self._tracks.set_genres(ids, genre.split(";"))

    def new_genre(self) -> None:
        """Give the selected tracks a genre whose name is asked for."""
        if ids := self._tracks.selected_ids():
            self.give_genre(ids, "", add=False)

    def remove_genre(self, genre: str) -> None:
        """Take a genre from all of the selected tracks."""
        self._tracks.change_genres(self._tracks.selected_ids(), remove=[genre])

    def choose_candidate(self, key: int) -> None:
        """Give the selected tracks the candidate with that key, of the one where the keyboard is."""
        track = self._tracks.judged_track()
        genres = offered(track, self._state.now.policy)
        if track is not None and key <= len(genres):
            self._tracks.set_genres(self._tracks.selected_ids(), genres[key - 1].split(";"))

    def leave_alone(self) -> None:
        """Untick the selected tracks."""
        self._tracks.tick(self._tracks.selected_ids(), False)

    def forget_choice(self) -> None:
        """Go back to what the model says."""
        self._tracks.forget_selected()

    def choose_columns(self) -> None:
        """Offer the columns, below their heads."""
        view = self._tracks.view
        view.column_menu().popup(view.mapToGlobal(view.horizontalHeader().geometry().bottomLeft()))

    def open_folder(self) -> None:
        """Show the current file's folder in the system's file manager."""
        from PySide6.QtCore import QUrl
        from PySide6.QtGui import QDesktopServices

        track = self._tracks.current_track()
        if track is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(os.path.dirname(track.path)))

    # --- help ----------------------------------------------------------------------------------------

    def show_about(self) -> None:
        """Show what this program and its model are."""
        self._with_card(self._open_about)

    def show_model(self) -> None:
        """Show the model's card."""
        self._with_card(self._open_model)

    def read_card(self) -> None:
        """Read the model's card and tell what it says."""
        self._with_card(self.card_read.emit)

    def _with_card(self, use: Callable[[ModelCard | str], None]) -> None:
        folder = self._work.model_folder
        self._queries.run(lambda _: model_card(folder), use)

    def _open_about(self, card: ModelCard | str) -> None:
        from app.dialogs.help import AboutDialog

        self._open(AboutDialog(card, self._window))

    def _open_model(self, card: ModelCard | str) -> None:
        from app.dialogs.help import ModelDialog

        self._open(ModelDialog(card, self._window))

    def _open(self, dialog: QDialog) -> None:
        if QApplication.activeModalWidget() is None:
            dialog.exec()
        dialog.deleteLater()


def copy_demo(target: str) -> None:
    """Copy the demo library, unless it is there already; it is there whole or not at all."""
    if os.path.isdir(target):
        return
    import shutil

    partial = f"{target}.part"
    try:
        shutil.rmtree(partial, ignore_errors=True)
        source = str(asset("resources", "demo"))
        for folder, _, names in os.walk(source):
            below = os.path.join(partial, os.path.relpath(folder, source))
            os.makedirs(below)
            for name in names:
                shutil.copy2(os.path.join(folder, name), os.path.join(below, name))
        os.rename(partial, target)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise LibraryError(f"The demo library could not be copied to {target} ({error.strerror}).") from error
