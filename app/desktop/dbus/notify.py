"""Notifications of the desktop, for long jobs that end while the window is not in use.

The specification: https://specifications.freedesktop.org/notification-spec/latest/
"""

from __future__ import annotations

import os
from collections.abc import Callable
from html import escape
from typing import Any

from PySide6.QtCore import QObject, Slot

from app import APP_ID
from app.desktop.dbus.bus import Bus
from app.look import words

_SERVICE = _INTERFACE = "org.freedesktop.Notifications"
_PATH = "/org/freedesktop/Notifications"
_TOKEN = "XDG_ACTIVATION_TOKEN"


class _Ear(QObject):
    """Receives the signals about all notifications, also those of other programs."""

    def __init__(self, notifier: Notifier) -> None:
        super().__init__()
        self._notifier = notifier

    @Slot("uint", str)
    def token_given(self, number: int, token: str) -> None:
        self._notifier.take_token(number, token)

    @Slot("uint", str)
    def invoked(self, number: int, _action: str) -> None:
        self._notifier.take_click(number)

    @Slot("uint", "uint")
    def closed(self, number: int, _why: int) -> None:
        self._notifier.forget(number)


class Notifier:
    """Shows one notification at a time; a newer one replaces the one before. `clicked` is called for a click on it."""

    def __init__(self, bus: Bus, clicked: Callable[[], object]) -> None:
        self._bus, self._clicked = bus, clicked
        self._shown = 0
        self._token = ""

    def start(self) -> None:
        """Subscribe to clicks, once the bus is ready."""
        ear = _Ear(self)
        for signal, slot in (
            ("ActivationToken", "token_given(uint,QString)"), ("ActionInvoked", "invoked(uint,QString)"),
            ("NotificationClosed", "closed(uint,uint)"),
        ):  # fmt: skip
            self._bus.subscribe(_PATH, _INTERFACE, signal, ear, slot)

    def notify(self, title: str, body: str) -> None:
        """Show a sentence or two, if the desktop has a notification service."""
        self._bus.call(
            _SERVICE, _PATH, _INTERFACE, "GetCapabilities", then=lambda able: self._show(title, body, able)
        )

    def _show(self, title: str, body: str, able: list[Any] | None) -> None:
        if able is None:
            return
        can = able[0] if able and isinstance(able[0], list) else []
        self._bus.ask(
            _SERVICE, _PATH, _INTERFACE, "Notify",
            ("s", "Genre Tagger"), ("u", self._shown), ("s", APP_ID), ("s", title),
            # Where it is read as HTML, a genre may still be called R&B.
            ("s", escape(body, quote=False) if "body-markup" in can else body),
            ("as", ["default", words.tr("Show")] if "actions" in can else []),
            ("a{sv}", {"desktop-entry": APP_ID, "category": "transfer.complete"}), ("i", -1),
            then=self._take,
        )  # fmt: skip

    def _take(self, answer: list[Any] | None) -> None:
        self._shown = int(answer[0]) if answer else 0

    def take_token(self, number: int, token: str) -> None:
        """Keep the token with which the desktop lets the window come to the front; it arrives before the click."""
        if number == self._shown:
            self._token = token

    def take_click(self, number: int) -> None:
        """Bring the window to the front if the notification that was clicked is ours."""
        if number != self._shown or not self._shown:
            return
        if self._token:
            # Where Qt looks for it, once.
            os.environ[_TOKEN] = self._token
        self._clicked()
        os.environ.pop(_TOKEN, None)
        self._token = ""

    def forget(self, number: int) -> None:
        """Note that a notification has been closed: if it was ours, the next one replaces none."""
        if number == self._shown:
            self._shown = 0
