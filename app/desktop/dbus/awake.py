"""Keeps the computer from going to sleep while files are changed.

No file is harmed by a sudden sleep (what is written is written whole); but a stick or a drive in the network may be
gone when the computer wakes up, and the rest would have to wait for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from app.desktop.dbus.alive import session_address, system_address
from app.desktop.dbus.bus import Bus

_LOGIN = "org.freedesktop.login1"
_POWER = "org.freedesktop.PowerManagement"
_SESSION = "org.gnome.SessionManager"
# Of GNOME's flags: neither suspend the session, nor take it for idle.
_SUSPEND, _IDLE = 4, 8


class Awake(QObject):
    """Holds sleep off from `hold` until `let_go`.

    systemd (or elogind) gives a file, and sleep is held off until that is closed; where it is not there, the desktop
    is asked, on a connection of its own: who leaves the bus takes back what it has asked for. Both end with the
    process, however that ends.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._why: str | None = None
        self._bus: Bus | None = None
        self._file: int | None = None

    @property
    def held(self) -> bool:
        """Whether the computer is to be kept awake."""
        return self._why is not None

    def hold(self, why: str) -> None:
        """Ask that the computer does not go to sleep; `why` is shown to the user by some desktops."""
        if self._why is None:
            self._why = why
            self._open(system_address(), self._ask_login, self._try_session)

    def let_go(self) -> None:
        """Let it sleep."""
        self._why = None
        self._leave()

    def _leave(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._bus is not None:
            self._bus.close()
            self._bus.deleteLater()
            self._bus = None

    def _open(self, address: str, ready: Callable[[], object], absent: Callable[[], object]) -> None:
        self._leave()
        self._bus = Bus(address, self)
        self._bus.ready.connect(ready)
        self._bus.absent.connect(absent)
        self._bus.open()

    # --- whom it asks --------------------------------------------------------------------------------

    def _ask_login(self) -> None:
        if self._bus is not None:
            self._bus.call(
                _LOGIN, "/org/freedesktop/login1", f"{_LOGIN}.Manager", "Inhibit",
                "sleep", "Genre Tagger", self._why or "", "block", then=self._take_file,
            )  # fmt: skip

    def _take_file(self, answer: list[Any] | None) -> None:
        file = answer[0].takeFileDescriptor() if answer else -1
        if file < 0:
            self._try_session()
        else:
            self._file = file

    def _try_session(self) -> None:
        if self.held:
            self._open(session_address(), self._ask_session, self._leave)

    def _ask_session(self) -> None:
        if self._bus is not None:
            self._bus.ask(
                _SESSION, "/org/gnome/SessionManager", _SESSION, "Inhibit",
                ("s", "Genre Tagger"), ("u", 0), ("s", self._why or ""), ("u", _SUSPEND | _IDLE), then=self._ask_power,
            )  # fmt: skip

    def _ask_power(self, answer: list[Any] | None) -> None:
        if answer is None and self._bus is not None:
            path = "/org/freedesktop/PowerManagement/Inhibit"
            self._bus.call(_POWER, path, f"{_POWER}.Inhibit", "Inhibit", "Genre Tagger", self._why or "")
