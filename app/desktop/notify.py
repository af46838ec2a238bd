"""A word from the desktop when something long has come to its end and nobody is looking.

The specification: https://specifications.freedesktop.org/notification-spec/latest/
"""

from __future__ import annotations

import os
from collections.abc import Callable
from html import escape
from typing import Any

from PySide6.QtCore import QObject, Slot

from app import APP_ID, words
from app.desktop.bus import Bus

_SERVICE = _INTERFACE = "org.freedesktop.Notifications"
_PATH = "/org/freedesktop/Notifications"
_TOKEN = "XDG_ACTIVATION_TOKEN"


class Notifier(QObject):
    """Shows one notification at a time; a newer one replaces the one before. `clicked` is called for a click on it."""

    def __init__(self, bus: Bus, clicked: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bus, self._clicked = bus, clicked
        self._shown = 0
        self._token = ""

    def start(self) -> None:
        """Hear of clicks."""
        for signal, slot in (
            ("ActivationToken", "token_given(uint,QString)"), ("ActionInvoked", "invoked(uint,QString)"),
            ("NotificationClosed", "closed(uint,uint)"),
        ):  # fmt: skip
            self._bus.listen(_PATH, _INTERFACE, signal, self, slot)

    def notify(self, title: str, body: str) -> None:
        """Show a sentence or two, if there is anybody who shows such things."""
        self._bus.call(
            _SERVICE, _PATH, _INTERFACE, "GetCapabilities", then=lambda able: self._show(title, body, able)
        )

    def _show(self, title: str, body: str, able: list[Any] | None) -> None:
        if able is None:
            return
        can = able[0] if able and isinstance(able[0], list) else []
        self._bus.ask(
            _SERVICE, _PATH, _INTERFACE, "Notify",
            ("QString", "Genre Tagger"), ("uint", self._shown), ("QString", APP_ID), ("QString", title),
            # Where it is read as HTML, a genre may still be called R&B.
            ("QString", escape(body, quote=False) if "body-markup" in can else body),
            ("QStringList", ["default", words.tr("Show")] if "actions" in can else []),
            ("QVariantMap", {"desktop-entry": APP_ID, "category": "transfer.complete"}), ("int", -1),
            then=self._take,
        )  # fmt: skip

    def _take(self, answer: list[Any] | None) -> None:
        self._shown = int(answer[0]) if answer else 0

    @Slot("uint", str)
    def token_given(self, number: int, token: str) -> None:
        """Take the desktop's leave for coming to the front."""
        if number == self._shown:
            self._token = token

    @Slot("uint", str)
    def invoked(self, number: int, _action: str) -> None:
        """Somebody clicked."""
        if number != self._shown or not self._shown:
            return
        if self._token:
            # Where Qt looks for it, once.
            os.environ[_TOKEN] = self._token
        self._clicked()
        os.environ.pop(_TOKEN, None)
        self._token = ""

    @Slot("uint", "uint")
    def closed(self, number: int, _why: int) -> None:
        """It is gone; the next one has none to replace."""
        if number == self._shown:
            self._shown = 0
