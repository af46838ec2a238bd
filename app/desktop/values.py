"""Values in the types that D-Bus has and Python has not.

To Qt's messages PySide6 gives a number as an int, or as a 64-bit one only where it is too large for that; and a list
that is empty as one of anything. Here they get the types they are to have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Property, QMetaType, QObject
from PySide6.QtDBus import QDBusArgument, QDBusConnection, QDBusMessage, QDBusObjectPath, QDBusVariant

from app.desktop.bus import exported

_PLACE, _INTERFACE = "/number", "io.github.genre_tagger.Number"

#: A value and its type in D-Bus's letters: one of s, b, d, i, x, o, as and a{sv}.
Typed = tuple[str, Any]


@exported(_INTERFACE)
class _Number(QObject):
    number = 0

    @Property("qlonglong")  # type: ignore[arg-type]
    def long(self) -> int:
        return self.number


def variant(connection: QDBusConnection, typed: Typed) -> QDBusVariant:
    """Pack a value."""
    kind, value = typed
    if kind == "x":
        return _long(connection, value)
    if kind == "o":
        return QDBusVariant(QDBusObjectPath(value))
    if kind == "as":
        return QDBusVariant(strings(value))
    if kind == "a{sv}":
        return QDBusVariant(mapping(connection, value))
    return QDBusVariant(value)


def strings(values: list[str]) -> QDBusArgument:
    """Make a list of strings, which may be empty."""
    made = QDBusArgument()
    made.beginArray(QMetaType(QMetaType.Type.QString))
    for value in values:
        made.appendVariant(value)
    made.endArray()
    return made


def mapping(connection: QDBusConnection, values: Mapping[str, Typed]) -> QDBusArgument:
    """Make a map from names to values of several types."""
    made = QDBusArgument()
    made.beginMap(QMetaType(QMetaType.Type.QString), QMetaType.fromName(b"QDBusVariant"))
    for name, typed in values.items():
        packed = variant(connection, typed)
        made.beginMapEntry()
        made.appendVariant(name)
        made.appendVariant(packed)
        made.endMapEntry()
    made.endMap()
    return made


def _long(connection: QDBusConnection, value: int) -> QDBusVariant:
    """Make a number of 64 bits, however small.

    WORKAROUND: only a property of an object has such a type in PySide6, and only as an answer it keeps it on the way
    back to Python; so this asks itself. Qt hands such a question over at once, and nothing of it gets to the bus.
    """
    number = _Number()
    number.number = value
    connection.registerObject(_PLACE, number, QDBusConnection.RegisterOption.ExportAllProperties)
    message = QDBusMessage.createMethodCall(
        connection.baseService(), _PLACE, "org.freedesktop.DBus.Properties", "Get"
    )
    message.setArguments([_INTERFACE, "long"])
    answer = connection.call(message).arguments()
    connection.unregisterObject(_PLACE)
    return answer[0] if answer else QDBusVariant(value)
