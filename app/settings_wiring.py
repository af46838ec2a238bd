"""What follows when a setting changes: policy, colours, and how the model listens are at once what was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app import theme
from genre_tagger.review import Policy

if TYPE_CHECKING:
    from app.main_window import MainWindow
    from app.places import Places


class SettingsWiring(QObject):
    """Joins the settings of a window with its parts, both ways."""

    def __init__(self, window: MainWindow, places: Places) -> None:
        super().__init__(window)
        self._window, self._store = window, window.settings
        self._store.changed.connect(self._apply)
        window.centre.policy_bar.policy_changed.connect(self._take_policy)
        window.actions_by_id[f"scheme_{self._store.settings.scheme}"].setChecked(True)
        notices = window.centre.notices
        self._store.failed.connect(lambda sentence: notices.say("settings", sentence))
        for subject, sentence in (("settings", self._store.notice), ("places", places.problem)):
            if sentence:
                notices.say(subject, sentence)

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

    def _apply_policy(self, policy: Policy) -> None:
        window = self._window
        window.centre.policy_bar.set_policy(policy)
        window.counts.policy = policy
        window.tracks.set_policy(policy)
        window.counts.count_soon()
        window.showing.details()
