"""A connection of our own to a message bus: made, used and let go of without anybody waiting.

Qt connects to a bus while it holds Python's lock, for as long as the bus lets it wait; so a bus is asked for a sign
of life first. Where there is none, nothing happens, and none is ever started.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import Q_ARG, Q_RETURN_ARG, SLOT, ClassInfo, QMetaObject, QObject, Qt, QTimer, Signal
from PySide6.QtDBus import (
    QDBusConnection,
    QDBusInterface,
    QDBusMessage,
    QDBusPendingCallWatcher,
)
from PySide6.QtNetwork import QLocalSocket

from app.quiet import quieten

# So long a bus may take to show that it is alive, and a service to answer what is called, and what is asked.
_ALIVE_MS, _CALLED_MS, _ASKED_MS = 3000, 10_000, 2000
_SYSTEM = "unix:path=/var/run/dbus/system_bus_socket"
_numbers = itertools.count()
_T = TypeVar("_T")

#: What is called with an answer: its values, or None when there was an error or no answer in time.
Then = Callable[[list[Any] | None], object]


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
    found = []
    for place in address.split(";"):
        kind, _, rest = place.partition(":")
        given = dict(part.partition("=")[::2] for part in rest.split(","))
        for key in ("path", "abstract"):
            if kind == "unix" and given.get(key):
                found.append(Socket(place, os.fsdecode(unquote_to_bytes(given[key])), key == "abstract"))
    return found


def exported(interface: str, description: str = "") -> Callable[[type[_T]], type[_T]]:
    """Name the interface of a class that is to be seen on a bus; Qt describes it itself where nobody else does."""
    told = {"D-Bus Interface": interface, **({"D-Bus Introspection": description} if description else {})}
    return cast(Callable[[type[_T]], type[_T]], cast(Any, ClassInfo)(told))


class Bus(QObject):
    """A connection to the bus at an address. `open` it, and `close` it before the application ends.

    Signals: ready() when messages can be sent; absent() when there is no such bus, or none that answers.
    """

    ready = Signal()
    absent = Signal()
    _answered = Signal(object, object)

    def __init__(self, address: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.connection: QDBusConnection | None = None
        self._left = sockets(address)
        self._name = f"genre-tagger-{next(_numbers)}"
        self._socket: QLocalSocket | None = None
        self._patience = QTimer(self, interval=_ALIVE_MS, singleShot=True)
        self._patience.timeout.connect(self._next)
        self._watchers: set[QDBusPendingCallWatcher] = set()
        self._threads: list[threading.Thread] = []
        self._closed = threading.Event()
        self._answered.connect(self._take, Qt.ConnectionType.QueuedConnection)

    # --- coming and going ----------------------------------------------------------------------------

    def open(self) -> None:
        """Look for the bus and connect."""
        # What others call wrongly they are told; it is nothing to complain about here.
        quieten("qt.dbus.integration")
        QTimer.singleShot(0, self, self._next)

    def close(self) -> None:
        """Let go of the bus; what was not answered yet is not answered any more."""
        self._left = []
        self._closed.set()
        self._drop_socket()
        for watcher in self._watchers:
            watcher.blockSignals(True)
            watcher.deleteLater()
        self._watchers.clear()
        # Who asks is not left behind: nobody could tell it any more that there is nothing to wait for.
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        if self.connection is not None:
            self.connection = None
            QDBusConnection.disconnectFromBus(self._name)

    def _next(self) -> None:
        """Try the next socket of the address."""
        self._drop_socket()
        if self.connection is not None:
            return
        if not self._left:
            self.absent.emit()
            return
        self._socket = socket = QLocalSocket(self)
        if self._left[0].abstract:
            socket.setSocketOptions(QLocalSocket.SocketOption.AbstractNamespaceOption)
        socket.connected.connect(self._greet)
        socket.readyRead.connect(self._hear)
        socket.errorOccurred.connect(lambda _: self._fail(socket), Qt.ConnectionType.QueuedConnection)
        place = self._left.pop(0)
        self._socket.setProperty("address", place.address)
        self._patience.start()
        socket.connectToServer(place.name)

    def _fail(self, socket: QLocalSocket) -> None:
        if socket is self._socket:
            self._next()

    def _greet(self) -> None:
        # The first words of every connection; whoever answers them answers Qt as well.
        if self._socket is not None:
            self._socket.write(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")

    def _hear(self) -> None:
        if self._socket is None or not self._socket.canReadLine():
            return
        address = str(self._socket.property("address"))
        if not bytes(self._socket.readLine().data()).startswith(b"OK "):
            self._next()
            return
        self._drop_socket()
        connection = QDBusConnection.connectToBus(address, self._name)
        if connection.isConnected():
            self._left = []
            self.connection = connection
            self.ready.emit()
        else:
            QDBusConnection.disconnectFromBus(self._name)
            self._next()

    def _drop_socket(self) -> None:
        self._patience.stop()
        if self._socket is not None:
            self._socket.blockSignals(True)
            self._socket.abort()
            self._socket.deleteLater()
            self._socket = None

    # --- what is said --------------------------------------------------------------------------------

    def call(
        self, service: str, path: str, interface: str, method: str, *arguments: object, then: Then | None = None
    ) -> None:
        """Call a method elsewhere. Its numbers go as 32-bit integers with a sign; for others see :meth:`ask`."""
        if self.connection is None:
            return
        message = QDBusMessage.createMethodCall(service, path, interface, method)
        message.setArguments(arguments)
        watcher = QDBusPendingCallWatcher(self.connection.asyncCall(message, _CALLED_MS), self)
        self._watchers.add(watcher)
        watcher.finished.connect(lambda: self._finish(watcher, then))

    def _finish(self, watcher: QDBusPendingCallWatcher, then: Then | None) -> None:
        self._watchers.discard(watcher)
        answer = None if watcher.isError() else watcher.reply().arguments()
        watcher.deleteLater()
        if then is not None:
            then(answer)

    def ask(
        self,
        service: str,
        path: str,
        interface: str,
        method: str,
        *arguments: tuple[str, object],
        then: Then | None = None,
    ) -> None:
        """Call a method that returns an unsigned number, with arguments of the types that are named.

        WORKAROUND: to Qt's messages PySide6 gives every small number as an int; only by its meta-objects arguments
        can be had of another type. That call waits, so it has a thread. Qt has the service describe itself before,
        and holds Python's lock meanwhile; so the service has to show first that it does so without delay.
        """

        def go(answer: list[Any] | None) -> None:
            if answer is None or self.connection is None:
                if then is not None:
                    then(None)
                return
            work = (service, path, interface, method, arguments, self.connection, then)
            thread = threading.Thread(target=self._ask, args=work, name="bus", daemon=True)
            self._threads = [*filter(threading.Thread.is_alive, self._threads), thread]
            thread.start()

        self.call(service, path, "org.freedesktop.DBus.Introspectable", "Introspect", then=go)

    def _ask(
        self,
        service: str,
        path: str,
        interface: str,
        method: str,
        arguments: Sequence[tuple[str, object]],
        connection: QDBusConnection,
        then: Then | None,
    ) -> None:
        remote = QDBusInterface(service, path, interface, connection)
        remote.setTimeout(_ASKED_MS)
        typed = [Q_ARG(kind, value) for kind, value in arguments]
        answer = None
        if remote.isValid() and remote.metaObject().indexOfMethod(signature(method, arguments)) >= 0:
            direct = Qt.ConnectionType.DirectConnection
            number = QMetaObject.invokeMethod(remote, method, direct, Q_RETURN_ARG("uint"), *typed)
            answer = None if remote.lastError().isValid() else [number]
        # Whoever did not answer until the program ended finds nobody any more.
        if not self._closed.is_set():
            self._answered.emit(then, answer)

    def _take(self, then: Then | None, answer: list[Any] | None) -> None:
        if then is not None and self.connection is not None:
            then(answer)

    def listen(self, path: str, interface: str, signal: str, receiver: QObject, slot: str) -> None:
        """Have a slot of an object called when anybody sends a signal."""
        if self.connection is not None:
            self.connection.connect("", path, interface, signal, receiver, cast(Any, SLOT(slot)))


def signature(method: str, arguments: Sequence[tuple[str, object]]) -> str:
    """Write a method as Qt's meta-objects have it."""
    return f"{method}({','.join(kind for kind, _ in arguments)})"
