"""What follows when a setting changes: policy, colours, and how the model listens are at once what was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.look import theme
from app.settings.settings import GENRES
from genre_tagger.review.policy import Policy

if TYPE_CHECKING:
    from app.settings.dialog import FoldersPage, SettingsDialog
    from app.settings.places import Places
    from app.window.main_window import MainWindow
    from genre_tagger.model.card import ModelCard

# Settings that are the listener's own.
_LISTENING = ("cores", "windows")


class SettingsWiring(QObject):
    """Joins the settings of a window with its parts, both ways."""

    def __init__(self, window: MainWindow, places: Places) -> None:
        super().__init__(window)
        self._window, self._places, self._store = window, places, window.settings
        self._labels: Sequence[str] = GENRES
        self._page = 0
        self.dialog: SettingsDialog | None = None
        self._store.changed.connect(self._apply)
        window.commands.card_read.connect(self._take_card)
        window.actions_by_id["settings"].triggered.connect(lambda _: self.open_dialog())
        window.centre.policy_bar.policy_changed.connect(self._take_policy)
        window.actions_by_id[f"scheme_{self._store.settings.scheme}"].setChecked(True)
        for name in _LISTENING:
            self._apply(name)
        notices = window.centre.notices
        self._store.failed.connect(self._tell_failure)
        for subject, sentence in (("settings", self._store.notice), ("places", places.problem)):
            if sentence:
                notices.say(subject, sentence)

    def _tell_failure(self, sentence: str) -> None:
        notices = self._window.centre.notices
        if sentence:
            notices.say("settings", sentence)
        else:
            notices.unsay("settings")

    def _take_policy(self, policy: Policy) -> None:
        self._store.set("mode", policy.mode.value)
        self._store.set("threshold", policy.threshold)

    def _apply(self, name: str) -> None:
        settings = self._store.settings
        if name in ("mode", "threshold", "spelling"):
            self._apply_policy(settings.policy)
        elif name == "scheme":
            theme.apply(settings.scheme)
            self._window.actions_by_id[f"scheme_{settings.scheme}"].setChecked(True)
        elif name in _LISTENING:
            setattr(self._window.work.listener, name, getattr(settings, name))

    def _apply_policy(self, policy: Policy) -> None:
        window = self._window
        window.centre.policy_bar.set_policy(policy)
        window.counts.policy = policy
        window.tracks.set_policy(policy)
        window.counts.count_soon()
        window.showing.details()

    # --- the dialog ----------------------------------------------------------------------------------

    def _take_card(self, card: ModelCard | str) -> None:
        self._labels = GENRES if isinstance(card, str) else card.labels

    def open_dialog(self) -> None:
        """Show the settings, beside the window."""
        from app.settings.dialog import FoldersPage, SettingsDialog

        if self.dialog is not None:
            self.dialog.raise_()
            self.dialog.activateWindow()
            return
        self.dialog = SettingsDialog(self._store, self._labels, self._window)
        self.dialog.finished.connect(self._forget_dialog)
        self._add_folders(FoldersPage(self._places))
        self.dialog.go(self._page)
        self.dialog.show()

    def _add_folders(self, page: FoldersPage) -> None:
        window = self._window
        page.add_asked.connect(window.commands.add_folder)
        page.removed.connect(window.commands.forget_folder)
        window.counts.counted.connect(page.take_count)
        if window.commands.counted is not None:
            page.take_count(window.commands.counted)
        if self.dialog is not None:
            self.dialog.add_page(self.tr("Folders"), "folder", page)

    def _forget_dialog(self) -> None:
        if self.dialog is not None:
            self._page = self.dialog.list.currentRow()
            self.dialog.deleteLater()
            self.dialog = None
