"""Whether a message bus answers at an address, found out without stopping the window.

Qt connects to a bus while it holds Python's lock, for as long as the bus keeps it waiting; so each bus is first asked
for a sign of life. Where there is none, none is started.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtNetwork import QLocalSocket

_ALIVE_MS = 3000
_SYSTEM = "unix:path=/var/run/dbus/system_bus_socket"


def session_address() -> str:
    """Give the address of the user's session bus, "" when there is none."""
    address = os.environ.get("DBUS_SESSION_BUS_ADDRESS", "")
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return address or (f"unix:path={runtime}/bus" if runtime else "")


def system_address() -> str:
    """Give the address of the computer's bus."""
    return os.environ.get("DBUS_SYSTEM_BUS_ADDRESS", "") or _SYSTEM


@dataclass(frozen=True, slots=True)
class Socket:
    """A place in an address that one can connect to: all of its text, the socket's name, and of what kind it is."""

    address: str
    name: str
    abstract: bool


def sockets(address: str) -> list[Socket]:
    """List the local sockets that an address names; other kinds of places are passed over."""
    local = []
    for place in address.split(";"):
        kind, _, rest = place.partition(":")
        given = dict(part.partition("=")[::2] for part in rest.split(","))
        for key in ("path", "abstract"):
            if kind == "unix" and given.get(key):
                local.append(Socket(place, os.fsdecode(unquote_to_bytes(given[key])), key == "abstract"))
    return local


class Knock(QObject):
    """Tries the local sockets of an address one after the other.

    Signals: answered(address) with the first one at which a bus answers; nobody() when there is none.
    """

    answered = Signal(str)
    nobody = Signal()

    def __init__(self, address: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._to_try = sockets(address)
        self._at = ""
        self._socket: QLocalSocket | None = None
        self._patience = QTimer(self, interval=_ALIVE_MS, singleShot=True)
        self._patience.timeout.connect(self._next)

    def start(self) -> None:
        """Begin, in a moment."""
        QTimer.singleShot(0, self, self._next)

    def stop(self) -> None:
        """Give it up."""
        self._to_try = []
        self._drop()

    def _next(self) -> None:
        self._drop()
        if not self._to_try:
            self.nobody.emit()
            return
        place = self._to_try.pop(0)
        self._at = place.address
        self._socket = socket = QLocalSocket(self)
        if place.abstract:
            socket.setSocketOptions(QLocalSocket.SocketOption.AbstractNamespaceOption)
        socket.connected.connect(self._greet)
        socket.readyRead.connect(self._read_answer)
        socket.errorOccurred.connect(self._fail, Qt.ConnectionType.QueuedConnection)
        self._patience.start()
        socket.connectToServer(place.name)

    def _fail(self) -> None:
        # The signal may be a late one of the previous socket.
        if self._socket is not None and self._socket.state() == QLocalSocket.LocalSocketState.UnconnectedState:
            self._next()

    def _greet(self) -> None:
        # Every connection begins with this; what answers it will answer Qt as well.
        if self._socket is not None:
            self._socket.write(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")

    def _read_answer(self) -> None:
        if self._socket is None or not self._socket.canReadLine():
            return
        if bytes(self._socket.readLine().data()).startswith(b"OK "):
            self._drop()
            self.answered.emit(self._at)
        else:
            self._next()

    def _drop(self) -> None:
        self._patience.stop()
        if self._socket is not None:
            self._socket.blockSignals(True)
            self._socket.abort()
            self._socket.deleteLater()
            self._socket = None
