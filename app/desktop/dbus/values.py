"""Values in the types that D-Bus has and Python has not.

To Qt's messages PySide6 gives a number as an int, or as a 64-bit one only where it is too large for that; and a list
that is empty as one of anything. Here they get the types they are to have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from PySide6.QtCore import ClassInfo, Property, QMetaType, QObject
from PySide6.QtDBus import (
    QDBusArgument,
    QDBusConnection,
    QDBusInterface,
    QDBusMessage,
    QDBusObjectPath,
    QDBusVariant,
    QDBusVirtualObject,
)

_T = TypeVar("_T")
#: A value and its type in D-Bus's letters.
Typed = tuple[str, Any]
#: What Qt calls the types that can be asked with.
QT_TYPES = {"s": "QString", "u": "uint", "i": "int", "as": "QStringList", "a{sv}": "QVariantMap"}
# Where an object of ours stands while Qt asks it for its description.
_DESCRIBED = "/description"
_PLACE, _INTERFACE = "/number", "io.github.genre_tagger.Number"


def exported(interface: str, description: str = "") -> Callable[[type[_T]], type[_T]]:
    """Decorate a class with the name of its D-Bus interface; without an introspection of ours Qt writes one itself."""
    told = {"D-Bus Interface": interface, **({"D-Bus Introspection": description} if description else {})}
    return cast(Callable[[type[_T]], type[_T]], cast(Any, ClassInfo)(told))


@exported(_INTERFACE)
class _Number(QObject):
    number = 0

    @Property("qlonglong")  # type: ignore[arg-type]
    def long(self) -> int:
        return self.number


def variant(connection: QDBusConnection, typed: Typed) -> QDBusVariant:
    """Pack a value of one of the types s, b, d, i, x, o, as and a{sv}."""
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


class _Description(QDBusVirtualObject):
    """Describes an object, and does nothing else."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def handleMessage(self, message: QDBusMessage, connection: QDBusConnection) -> bool:
        return False

    def introspect(self, path: str) -> str:
        return self._text


def describe(connection: QDBusConnection, interface: str, method: str, kinds: Sequence[str]) -> None:
    """Tell Qt what method an interface has; it asks this process for it, and keeps that for the whole bus."""
    named = "org.qtproject.QtDBus.QtTypeName.In"
    taken = "".join(
        f'<arg type="{kind}" direction="in"/><annotation name="{named}{number}" value="{QT_TYPES[kind]}"/>'
        for number, kind in enumerate(kinds)
    )
    given = '<arg type="u" direction="out"/>'
    text = f'<interface name="{interface}"><method name="{method}">{taken}{given}</method></interface>'
    description = _Description(text)
    connection.registerVirtualObject(_DESCRIBED, description)
    QDBusInterface(connection.baseService(), _DESCRIBED, interface, connection)
    connection.unregisterObject(_DESCRIBED)
