"""A connection of our own to a message bus: opened, used and closed without ever stopping the window."""

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

# Milliseconds that a service may take to answer a `call`, and an `ask`.
_CALLED_MS, _ASKED_MS = 10_000, 2000
# Milliseconds between two looks for answers, while there are open calls.
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
        self._subscriptions: list[tuple[Any, ...]] = []
        self._threads: list[threading.Thread] = []
        self._closed = threading.Event()
        self._answered.connect(self._take, Qt.ConnectionType.QueuedConnection)

    # --- opening and closing -------------------------------------------------------------------------

    def open(self) -> None:
        """Look for the bus and connect."""
        # Who calls us wrongly is answered so; Qt's warnings about it are no use here.
        quieten("qt.dbus.integration")
        self._knock.start()

    def close(self) -> None:
        """Leave the bus; calls that are not answered yet never will be."""
        self._knock.stop()
        self._closed.set()
        self._looking.stop()
        self._calls.clear()
        # The threads of `ask` end before this object does: they emit its signal.
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
        """Delete the objects that others could reach.

        WORKAROUND: Qt's own thread looks at these objects when it leaves the bus, and through PySide6 at their Python
        side. They must not be deleted at the same time, so they are deleted before.
        """
        for path, exported in self._exported:
            connection.unregisterObject(path)
            delete(exported)
        for subscription in self._subscriptions:
            connection.disconnect(*subscription)
        for receiver in {id(subscription[4]): subscription[4] for subscription in self._subscriptions}.values():
            delete(receiver)
        self._exported, self._subscriptions = [], []

    # --- calling others ------------------------------------------------------------------------------

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
        """Pass on the answers that have arrived.

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
        """Call a method that returns an unsigned number, with arguments of the given types.

        WORKAROUND: PySide6 passes every small number to Qt's messages as an int; arguments of another type need the
        description of the remote object. Qt would ask that object for it while holding Python's lock, so it is given
        a description of ours, which it keeps: only one method of each interface can be asked for. The call itself
        waits for its answer, so it has a thread.
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
        # An answer that comes after `close` is dropped.
        if not self._closed.is_set():
            self._answered.emit(then, answer)

    def _take(self, then: Then | None, answer: list[Any] | None) -> None:
        if then is not None and self.connection is not None:
            then(answer)

    # --- being called, and signals of others ---------------------------------------------------------

    def export(self, path: str, exported: QObject) -> None:
        """Let others on the bus call an object through its adaptors. It is deleted when the bus is closed."""
        if self.connection is not None:
            self.connection.registerObject(path, exported, QDBusConnection.RegisterOption.ExportAdaptors)
            self._exported.append((path, exported))

    def subscribe(self, path: str, interface: str, signal: str, receiver: QObject, slot: str) -> None:
        """Have a slot of `receiver` called when anybody sends the signal. It is deleted when the bus is closed."""
        if self.connection is not None:
            subscription = ("", path, interface, signal, receiver, cast(Any, SLOT(slot)))
            self.connection.connect(*subscription)
            self._subscriptions.append(subscription)
