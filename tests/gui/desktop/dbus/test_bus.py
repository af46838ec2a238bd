"""Connecting to real buses and to none, and talking to others there."""

from __future__ import annotations

import os

import pytest
from PySide6.QtCore import QObject, Slot

from app.desktop.dbus.bus import Bus
from app.desktop.dbus.values import exported


@pytest.fixture
def outcome(qtbot, until):
    """A function that opens a bus and tells what became of it: a list of "ready" and "absent"."""
    opened = []

    def open_(address):
        bus, told = Bus(address), []
        opened.append(bus)
        bus.ready.connect(lambda: told.append("ready"))
        bus.absent.connect(lambda: told.append("absent"))
        bus.open()
        until(lambda: told)
        return told

    yield open_
    for bus in opened:
        bus.close()


@pytest.mark.parametrize("address", ["", "tcp:host=localhost,port=1", "autolaunch:", "unix:path=/nowhere/bus"])
def test_where_there_is_no_bus_none_is_started_and_nothing_is_said(outcome, address):
    assert outcome(address) == ["absent"]


def test_of_several_places_the_first_that_answers_is_taken(outcome, session):
    assert outcome(f"unix:path=/nowhere/bus;{session}") == ["ready"]


def test_a_bus_may_have_a_name_that_is_no_file(outcome, start_bus):
    address, _ = start_bus(f"unix:abstract=genre-tagger-test-{os.getpid()}")
    assert address.startswith("unix:abstract=")
    assert outcome(address) == ["ready"]


def test_a_call_gives_what_is_answered_and_nothing_for_an_error(open_bus, session, until):
    bus, answers = open_bus(session), []
    place = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
    bus.call(*place, "NameHasOwner", "org.freedesktop.DBus", then=answers.append)
    bus.call(*place, "NoSuchMethod", then=answers.append)
    until(lambda: len(answers) == 2)
    assert answers == [[True], None]


@exported("org.example.Asked")
class Asked(QObject):
    """Answers with unsigned numbers."""

    def __init__(self):
        super().__init__()
        self.got = []

    @Slot("uint", str, result="uint")
    def Add(self, number, text):
        self.got.append((number, text))
        return number + 1


@pytest.fixture
def asked(connect, session, bury):
    """A service that is on the session bus by the name org.example.Asked."""
    service = Asked()
    service.connection = connect(session)
    service.connection.registerObject("/asked", service, service.connection.RegisterOption.ExportAllContents)
    service.connection.registerService("org.example.Asked")
    yield service
    bury(service, "/asked")


def test_asking_sends_numbers_of_the_type_that_is_wanted(open_bus, session, until, asked):
    bus, answers = open_bus(session), []
    place = ("org.example.Asked", "/asked", "org.example.Asked")
    bus.ask(*place, "Add", ("u", 3_000_000_000), ("s", "Bürger"), then=answers.append)
    until(lambda: answers)
    assert answers == [[3_000_000_001]]
    assert asked.got == [(3_000_000_000, "Bürger")]


def test_who_is_asked_for_what_it_has_not_or_is_not_there_gives_nothing(open_bus, session, until, asked):
    bus, answers = open_bus(session), []
    bus.ask("org.example.Asked", "/asked", "org.example.Asked", "Add", ("i", 3), then=answers.append)
    bus.ask("org.example.Asked", "/asked", "org.example.Other", "Add", ("u", 3), then=answers.append)
    bus.ask("org.example.Nobody", "/asked", "org.example.Asked", "Add", ("u", 3), then=answers.append)
    until(lambda: len(answers) == 3)
    assert answers == [None, None, None]
    assert asked.got == []


def test_of_an_interface_only_one_method_can_be_asked_for(open_bus, session):
    bus = open_bus(session)
    bus.ask("org.example.Nobody", "/", "org.example.Asked", "Add")
    with pytest.raises(ValueError, match="Add, not for Remove"):
        bus.ask("org.example.Nobody", "/", "org.example.Asked", "Remove")


def test_after_closing_nothing_is_sent_and_no_answer_comes(open_bus, session, qtbot):
    bus, answers = open_bus(session), []
    place = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
    bus.call(*place, "ListNames", then=answers.append)
    bus.close()
    bus.close()
    bus.call(*place, "ListNames", then=answers.append)
    bus.subscribe("/a", "a.b", "C", QObject(), "deleteLater()")
    qtbot.wait(50)
    assert answers == []


def test_a_bus_that_goes_away_takes_nobody_along(open_bus, start_bus, until):
    address, process = start_bus()
    bus, answers = open_bus(address), []
    process.terminate()
    process.wait()
    until(lambda: not bus.connection.isConnected())
    bus.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ListNames", then=answers.append)
    until(lambda: answers)
    assert answers == [None]
