"""A connection of our own to a message bus: made, used and let go of without anybody waiting."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any, cast

from PySide6.QtCore import Q_ARG, Q_RETURN_ARG, SLOT, QMetaObject, QObject, Qt, QTimer, Signal
from PySide6.QtDBus import QDBusConnection, QDBusInterface, QDBusMessage, QDBusPendingCall
from shiboken6 import delete

from app.desktop.dbus.alive import Knock
from app.desktop.dbus.values import QT_TYPES, Typed, describe
from app.look.qt_log import quieten

# So long (ms) a service may take to answer what is called, and what is asked.
_CALLED_MS, _ASKED_MS = 10_000, 2000
# So often (ms) is looked whether an answer has come, while one is waited for.
_LOOK_MS = 20
_numbers = itertools.count()

#: What is called with an answer: its values, or None when there was an error or no answer in time.
Then = Callable[[list[Any] | None], object]


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
        self._name = f"genre-tagger-{next(_numbers)}"
        self._knock = Knock(address, self)
        self._knock.answered.connect(self._connect)
        self._knock.nobody.connect(self.absent)
        self._calls: list[tuple[QDBusPendingCall, Then | None]] = []
        self._looking = QTimer(self, interval=_LOOK_MS)
        self._looking.timeout.connect(self._look)
        self._asked: dict[str, str] = {}
        self._exported: list[tuple[str, QObject]] = []
        self._heard: list[tuple[Any, ...]] = []
        self._threads: list[threading.Thread] = []
        self._closed = threading.Event()
        self._answered.connect(self._take, Qt.ConnectionType.QueuedConnection)

    # --- coming and going ----------------------------------------------------------------------------

    def open(self) -> None:
        """Look for the bus and connect."""
        # What others call wrongly they are told; it is nothing to complain about here.
        quieten("qt.dbus.integration")
        self._knock.start()

    def close(self) -> None:
        """Let go of the bus; what was not answered yet is not answered any more."""
        self._knock.stop()
        self._closed.set()
        self._looking.stop()
        self._calls.clear()
        # Who asks is not left behind: nobody could tell it any more that there is nothing to wait for.
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        if self.connection is not None:
            self._forget(self.connection)
            self.connection = None
            QDBusConnection.disconnectFromBus(self._name)

    def _connect(self, address: str) -> None:
        connection = QDBusConnection.connectToBus(address, self._name)
        if connection.isConnected():
            self.connection = connection
            self.ready.emit()
        else:
            QDBusConnection.disconnectFromBus(self._name)
            self.absent.emit()

    def _forget(self, connection: QDBusConnection) -> None:
        """Do away with what others could reach.

        WORKAROUND: Qt's own thread looks at these objects when it leaves the bus, and through PySide6 at what Python
        has of them. They may not go at the same time; so they go before.
        """
        for path, exported in self._exported:
            connection.unregisterObject(path)
            delete(exported)
        for heard in self._heard:
            connection.disconnect(*heard)
        for receiver in {id(heard[4]): heard[4] for heard in self._heard}.values():
            delete(receiver)
        self._exported, self._heard = [], []

    # --- what is said --------------------------------------------------------------------------------

    def call(
        self, service: str, path: str, interface: str, method: str, *arguments: object, then: Then | None = None
    ) -> None:
        """Call a method elsewhere. Its numbers go as 32-bit integers with a sign; for others see :meth:`ask`."""
        if self.connection is None:
            return
        message = QDBusMessage.createMethodCall(service, path, interface, method)
        message.setArguments(arguments)
        self._calls.append((self.connection.asyncCall(message, _CALLED_MS), then))
        self._looking.start()

    def _look(self) -> None:
        """Give out the answers that have come.

        WORKAROUND: a QDBusPendingCallWatcher would tell, but in PySide6 it crashes now and then when it is deleted.
        """
        finished = [call for call in self._calls if call[0].isFinished()]
        self._calls = [call for call in self._calls if call not in finished]
        if not self._calls:
            self._looking.stop()
        for call, then in finished:
            if then is not None:
                then(None if call.isError() else call.reply().arguments())

    def ask(
        self, service: str, path: str, interface: str, method: str, *arguments: Typed, then: Then | None = None
    ) -> None:
        """Call a method that returns an unsigned number, with arguments of the types that are named.

        WORKAROUND: to Qt's messages PySide6 gives every small number as an int; arguments of another type can only be
        had by the description of a remote object. Qt would ask that object for it, holding Python's lock; so it is
        given one of ours, which it keeps: so only one method of an interface can be asked for. The call itself waits
        for its answer, and so has a thread.
        """
        if self._asked.setdefault(interface, method) != method:
            raise ValueError(f"{interface} is known for {self._asked[interface]}, not for {method}")

        def go(answer: list[Any] | None) -> None:
            connection = self.connection
            if answer and connection is not None:
                describe(connection, interface, method, [kind for kind, _ in arguments])
                work = (QDBusInterface, (answer[0], path, interface, connection), method, arguments, then)
                thread = threading.Thread(target=self._ask, args=work, name="bus", daemon=True)
                self._threads = [*filter(threading.Thread.is_alive, self._threads), thread]
                thread.start()
            elif then is not None:
                then(None)

        bus = "org.freedesktop.DBus"
        self.call(bus, "/org/freedesktop/DBus", bus, "GetNameOwner", service, then=go)

    def _ask(
        self,
        make: Callable[..., QDBusInterface],
        place: tuple[object, ...],
        method: str,
        arguments: Sequence[Typed],
        then: Then | None,
    ) -> None:
        remote = make(*place)
        remote.setTimeout(_ASKED_MS)
        typed = [Q_ARG(QT_TYPES[kind], value) for kind, value in arguments]
        direct = Qt.ConnectionType.DirectConnection
        number = QMetaObject.invokeMethod(remote, method, direct, Q_RETURN_ARG("uint"), *typed)
        answer = None if remote.lastError().isValid() else [number]
        # Whoever did not answer until the program ended finds nobody any more.
        if not self._closed.is_set():
            self._answered.emit(then, answer)

    def _take(self, then: Then | None, answer: list[Any] | None) -> None:
        if then is not None and self.connection is not None:
            then(answer)

    # --- what is heard -------------------------------------------------------------------------------

    def export(self, path: str, exported: QObject) -> None:
        """Let everybody on the bus call an object by its adaptors. It is deleted when the bus is closed."""
        if self.connection is not None:
            self.connection.registerObject(path, exported, QDBusConnection.RegisterOption.ExportAdaptors)
            self._exported.append((path, exported))

    def listen(self, path: str, interface: str, signal: str, receiver: QObject, slot: str) -> None:
        """Have a slot of an object called when anybody sends a signal. It is deleted when the bus is closed."""
        if self.connection is not None:
            heard = ("", path, interface, signal, receiver, cast(Any, SLOT(slot)))
            self.connection.connect(*heard)
            self._heard.append(heard)
