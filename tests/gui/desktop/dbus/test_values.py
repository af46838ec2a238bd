"""The types of values as they arrive elsewhere."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, Slot
from PySide6.QtDBus import QDBusMessage

from app.desktop.dbus.values import exported, mapping, strings, variant


@exported("org.example.Values")
class Values(QObject):
    """Answers with what it was given."""

    @Slot(QDBusMessage)
    def Get(self, message):
        message.setDelayedReply(True)
        reply = message.createReply()
        reply.setArguments(self.values)
        self.connection.send(reply)


@pytest.fixture
def sent(connect, session, run, bury):
    """A function: values → what dbus-send says of them, on one line."""

    def send(*values):
        service.values = values
        place = ("--dest=org.example.Values", "/", "org.example.Values.Get")
        said = run("dbus-send", "--session", "--print-reply=literal", *place)
        return " ".join(said.split())

    service = Values()
    service.connection = connect(session)
    service.connection.registerObject("/", service, service.connection.RegisterOption.ExportAllContents)
    service.connection.registerService("org.example.Values")
    yield send
    bury(service, "/")


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("x", 0, "variant int64 0"),
        ("x", -5, "variant int64 -5"),
        ("x", 2**40, f"variant int64 {2**40}"),
        ("i", 7, "variant int32 7"),
        ("d", 2.0, "variant double 2"),
        ("b", True, "variant boolean true"),
        ("s", "Sigur Rós & 上", "variant Sigur Rós & 上"),
        ("o", "/a/b", "variant /a/b"),
        ("as", [], "variant array [ ]"),
        ("as", ["Hip-Hop", "R&B"], "variant array [ Hip-Hop R&B ]"),
    ],
)
def test_a_value_has_the_type_that_is_asked_for(sent, connect, session, kind, value, said):
    assert sent(variant(connect(session), (kind, value))) == said


def test_a_map_holds_values_of_several_types_none_of_them_wrapped_twice(sent, connect, session):
    inner = {"mpris:length": ("x", 61_000_000), "xesam:genre": ("as", ["Jazz"])}
    packed = mapping(connect(session), {"Metadata": ("a{sv}", inner), "Volume": ("d", 0.5)})
    assert sent(packed, strings([])) == (
        "array [ dict entry( Metadata variant array [ dict entry( mpris:length variant int64 61000000 ) "
        "dict entry( xesam:genre variant array [ Jazz ] ) ] ) dict entry( Volume variant double 0.5 ) ] array [ ]"
    )


def test_without_a_bus_a_number_is_still_a_number(connect, start_bus, until):
    address, process = start_bus()
    connection = connect(address)
    process.terminate()
    process.wait()
    until(lambda: not connection.isConnected())
    assert variant(connection, ("x", 5)).variant() == 5
