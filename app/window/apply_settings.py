"""What follows when a setting changes: policy, colours, and how the model listens are at once what was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.jobs.queries import Queries
from app.jobs.stages import Classifier
from app.jobs.state import LibraryState
from app.look import theme
from app.look.notices import Notices
from app.settings.places import Places
from app.settings.store import SettingsStore
from app.window.actions import Actions
from app.window.commands import Commands
from genre_tagger.base.genre_words import TEN

if TYPE_CHECKING:
    from app.settings.dialog import FoldersPage, SettingsDialog
    from genre_tagger.model.card import ModelCard


_OF_POLICY = ("mode", "threshold", "spelling", "by", "besides", "besides_field", "besides_most")


class SettingsPart(QObject):
    """Joins the settings with what they are about, both ways, and shows their dialog.

    Signal: folders_shown(FoldersPage) when the page with the folders is there.
    """

    folders_shown = Signal(object)

    def __init__(
        self,
        store: SettingsStore,
        state: LibraryState,
        queries: Queries,
        classifier: Classifier,
        commands: Commands,
        actions: Actions,
        notices: Notices,
        places: Places,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._store, self._state, self._queries, self._classifier = store, state, queries, classifier
        self._commands, self._actions, self._notices = commands, actions, notices
        self._places, self._window = places, window
        self._labels: Sequence[str] = TEN
        self._page = 0
        self.dialog: SettingsDialog | None = None
        self._folders: FoldersPage | None = None
        state.changed.connect(lambda _: self._show_folders())
        store.changed.connect(self._apply)
        store.failed.connect(self._tell_failure)
        commands.card_read.connect(self._take_card)
        actions["settings"].triggered.connect(lambda _: self.open_dialog())
        actions[f"scheme_{store.settings.scheme}"].setChecked(True)
        self._apply_to_classifier()
        self._apply_among()
        for subject, sentence in (("settings", store.notice), ("places", places.problem)):
            if sentence:
                notices.say(subject, sentence)

    def _tell_failure(self, sentence: str) -> None:
        if sentence:
            self._notices.say("settings", sentence)
        else:
            self._notices.unsay("settings")

    def take_rules(self, mode: str, threshold: float, by: str) -> None:
        """Set what the strip above the table says."""
        self._store.set("mode", mode)
        self._store.set("by", by)
        self._store.set("threshold", threshold)

    def _apply(self, name: str) -> None:
        settings = self._store.settings
        if name in _OF_POLICY:
            self._state.take_policy(settings.policy)
            self._apply_to_classifier()
        elif name == "among":
            self._apply_among()
        elif name == "scheme":
            theme.apply(settings.scheme)
            self._actions[f"scheme_{settings.scheme}"].setChecked(True)
        elif name in ("cores", "windows", "cluster"):
            self._apply_to_classifier()

    def _apply_to_classifier(self) -> None:
        settings, classifier = self._store.settings, self._classifier
        classifier.cores, classifier.windows, classifier.policy = settings.cores, settings.windows, settings.policy
        classifier.cluster = settings.cluster

    def _apply_among(self) -> None:
        genres = self._store.settings.genres
        self._queries.among = self._classifier.among = genres  # before anybody asks what is known by now
        self._state.take_among(genres)

    # --- the dialog ----------------------------------------------------------------------------------

    def _take_card(self, card: ModelCard | str) -> None:
        self._labels = TEN if isinstance(card, str) else card.labels

    def open_dialog(self) -> None:
        """Show the settings, beside the window."""
        from app.settings.dialog import FoldersPage, SettingsDialog

        if self.dialog is not None:
            self.dialog.raise_()
            self.dialog.activateWindow()
            return
        self.dialog = SettingsDialog(self._store, self._labels, self._window)
        self.dialog.finished.connect(self._forget_dialog)
        self._folders = FoldersPage(self._places)
        self._folders.add_asked.connect(self._commands.add_folder)
        self._folders.removed.connect(self._commands.forget_folder)
        self._show_folders()
        self.folders_shown.emit(self._folders)
        self.dialog.add_page(self.tr("Folders"), "folder", self._folders)
        self.dialog.go(self._page)
        self.dialog.show()

    def _show_folders(self) -> None:
        if self._folders is not None:
            self._folders.show_folders(self._state.now.folders)

    def _forget_dialog(self) -> None:
        if self.dialog is not None:
            self._page = self.dialog.list.currentRow()
            self.dialog.deleteLater()
            self.dialog = self._folders = None
