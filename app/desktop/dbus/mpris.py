"""The player on the session bus, as MPRIS 2 has it: for media keys, the desktop's own controls and playerctl.

The specification: https://specifications.freedesktop.org/mpris-spec/latest/
"""

from __future__ import annotations

import os
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtDBus import QDBusAbstractAdaptor, QDBusMessage, QDBusVariant

from app.desktop.dbus.bus import Bus
from app.desktop.dbus.remote import PLAYER, ROOT, ROWS, Remote, Row, Unfit
from app.desktop.dbus.values import Typed, exported, mapping, strings, variant

NAME, PATH = "org.mpris.MediaPlayer2.genre_tagger", "/org/mpris/MediaPlayer2"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_ERRORS = "org.freedesktop.DBus.Error."
# What a property of a type may be set to.
_FITS: dict[str, tuple[type, ...]] = {"s": (str,), "b": (bool,), "d": (float, int)}
_METHODS = {
    ROOT: '<method name="Raise"/><method name="Quit"/>',
    PLAYER: "".join(f'<method name="{name}"/>' for name in ("Next", "Previous", "Pause", "PlayPause", "Stop", "Play"))
    + '<method name="Seek"><arg name="Offset" type="x" direction="in"/></method>'
    '<method name="SetPosition"><arg name="TrackId" type="o" direction="in"/>'
    '<arg name="Position" type="x" direction="in"/></method>'
    '<method name="OpenUri"><arg name="Uri" type="s" direction="in"/></method>'
    '<signal name="Seeked"><arg name="Position" type="x"/></signal>',
}


def described(interface: str) -> str:
    """Describe an interface, for other programs that ask what it has."""
    properties = "".join(
        f'<property name="{row.name}" type="{row.kind}" access="{"readwrite" if row.write else "read"}"/>'
        for row in ROWS
        if row.interface == interface
    )
    return f'<interface name="{interface}">{_METHODS[interface]}{properties}</interface>'


@exported(ROOT, described(ROOT))
class _Root(QDBusAbstractAdaptor):
    def __init__(self, parent: QObject, remote: Remote) -> None:
        super().__init__(parent)
        self._remote = remote

    @Slot()
    def Raise(self) -> None:
        self._remote.show()

    @Slot()
    def Quit(self) -> None:
        self._remote.quit()


@exported(PLAYER, described(PLAYER))
class _Player(QDBusAbstractAdaptor):
    Seeked = Signal("qlonglong")  # type: ignore[arg-type]

    def __init__(self, parent: QObject, remote: Remote, server: Mpris) -> None:
        super().__init__(parent)
        self._remote, self._server = remote, server

    @Slot()
    def Next(self) -> None:
        self._remote.do("play_next")

    @Slot()
    def Previous(self) -> None:
        self._remote.do("play_previous")

    @Slot()
    def Pause(self) -> None:
        self._remote.play(False)

    @Slot()
    def PlayPause(self) -> None:
        self._remote.do("play")

    @Slot()
    def Stop(self) -> None:
        self._remote.do("play_stop")

    @Slot()
    def Play(self) -> None:
        self._remote.play(True)

    @Slot("qlonglong")
    def Seek(self, offset: int) -> None:
        self._remote.step(offset)

    @Slot("QDBusObjectPath", "qlonglong")
    def SetPosition(self, track: Any, position: int) -> None:
        self._remote.seek(track.path(), position)

    @Slot(str, QDBusMessage)
    def OpenUri(self, address: str, message: QDBusMessage) -> None:
        try:
            self._remote.open(address)
        except Unfit as reason:
            self._server.refuse(message, "InvalidArgs", str(reason))


# It goes before Qt's own, which cannot give a map whose numbers have 64 bits; Qt still describes it.
@exported(_PROPERTIES, " ")
class _Properties(QDBusAbstractAdaptor):
    def __init__(self, parent: QObject, server: Mpris) -> None:
        super().__init__(parent)
        self._server = server

    @Slot(str, str, QDBusMessage)
    def Get(self, interface: str, name: str, message: QDBusMessage) -> None:
        self._server.get(interface, name, message)

    @Slot(str, QDBusMessage)
    def GetAll(self, interface: str, message: QDBusMessage) -> None:
        self._server.get_all(interface, message)

    @Slot(str, str, QDBusVariant, QDBusMessage)
    def Set(self, interface: str, name: str, value: QDBusVariant, message: QDBusMessage) -> None:
        self._server.set(interface, name, value.variant(), message)


class Mpris(QObject):
    """Offers a window's player on the bus. `start` it once the bus is ready."""

    def __init__(self, bus: Bus, remote: Remote, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bus, self._remote = bus, remote
        self._object = QObject()
        self._player = _Player(self._object, remote, self)
        self._others = _Root(self._object, remote), _Properties(self._object, self)
        self._told: dict[str, Typed] = {}
        self._telling = QTimer(self, interval=0, singleShot=True)
        self._telling.timeout.connect(self._tell)
        remote.changed.connect(self._telling.start)
        remote.seeked.connect(self._tell_position)

    def start(self) -> bool:
        """Take the program's name on the bus, or one of our own if another window has it; return whether it worked."""
        connection = self._bus.connection
        if connection is None:
            return False
        self._told = self._values(PLAYER)
        self._bus.export(PATH, self._object)
        return connection.registerService(NAME) or connection.registerService(f"{NAME}.instance{os.getpid()}")

    # --- properties ----------------------------------------------------------------------------------

    def get(self, interface: str, name: str, message: QDBusMessage) -> None:
        """Answer what a property is."""
        row = self._row(interface, name, message)
        if row is not None and self._bus.connection is not None:
            self._answer(message, variant(self._bus.connection, (row.kind, row.read(self._remote))))

    def get_all(self, interface: str, message: QDBusMessage) -> None:
        """Answer what all properties are."""
        if interface not in _METHODS:
            self._unknown(interface, message)
        elif self._bus.connection is not None:
            self._answer(message, mapping(self._bus.connection, self._values(interface)))

    def set(self, interface: str, name: str, value: object, message: QDBusMessage) -> None:
        """Change a property."""
        row = self._row(interface, name, message)
        if row is None:
            return
        if row.write is None:
            return self.refuse(message, "PropertyReadOnly", f"{name} can only be read.")
        if not isinstance(value, _FITS[row.kind]) or (row.kind != "b" and isinstance(value, bool)):
            return self.refuse(message, "InvalidArgs", f"{name} is of type {row.kind}.")
        try:
            row.write(self._remote, value)
        except Unfit as reason:
            return self.refuse(message, "InvalidArgs", str(reason))
        self._answer(message)

    def _unknown(self, interface: str, message: QDBusMessage) -> None:
        self.refuse(message, "UnknownInterface", f"There is no interface {interface} here.")

    def _row(self, interface: str, name: str, message: QDBusMessage) -> Row | None:
        """Find a property by its name, and its interface if that is given; if there is none, say so and return None."""
        if interface not in ("", *_METHODS):
            self._unknown(interface, message)
            return None
        for row in ROWS:
            if row.name == name and interface in ("", row.interface):
                return row
        self.refuse(message, "UnknownProperty", f"There is no property {name} in {interface}.")
        return None

    def _values(self, interface: str) -> dict[str, Typed]:
        return {row.name: (row.kind, row.read(self._remote)) for row in ROWS if row.interface == interface}

    def _tell(self) -> None:
        """Send the properties that have changed, but not the position, which others work out themselves."""
        if self._bus.connection is None:
            return
        values = self._values(PLAYER)
        changed = {name: typed for name, typed in values.items() if typed != self._told.get(name)}
        changed.pop("Position", None)
        self._told = values
        if changed:
            message = QDBusMessage.createSignal(PATH, _PROPERTIES, "PropertiesChanged")
            message.setArguments([PLAYER, mapping(self._bus.connection, changed), strings([])])
            self._bus.connection.send(message)

    def _tell_position(self, position: int) -> None:
        if self._bus.connection is not None:
            self._player.Seeked.emit(position)

    # --- answers -------------------------------------------------------------------------------------

    def refuse(self, message: QDBusMessage, error: str, text: str) -> None:
        """Answer that something cannot be done."""
        message.setDelayedReply(True)
        if self._bus.connection is not None:
            self._bus.connection.send(message.createErrorReply(_ERRORS + error, text))

    def _answer(self, message: QDBusMessage, *values: object) -> None:
        message.setDelayedReply(True)
        if self._bus.connection is not None and message.isReplyRequired():
            reply = message.createReply()
            reply.setArguments(values)
            self._bus.connection.send(reply)
