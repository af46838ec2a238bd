"""Whether there is a bus: real ones are in test_bus, here is what only looks like one."""

from __future__ import annotations

import os
import socket

import pytest
from PySide6.QtCore import QTimer

from app.desktop.dbus import alive
from app.desktop.dbus.alive import Knock, Socket, session_address, sockets


@pytest.fixture
def listener(home):
    """A function that listens at a path below the home and gives it, with what listens."""
    listening = []

    def listen(name="odd"):
        path = os.path.join(home, name)
        server = socket.socket(socket.AF_UNIX)
        listening.append(server)
        server.bind(path)
        server.listen()
        server.setblocking(False)
        return path, server

    yield listen
    for server in listening:
        server.close()


@pytest.fixture
def outcome(qtbot, until):
    """A function that knocks at an address, and tells what came of it."""
    knocking = []

    def knock(address):
        knock, told = Knock(address), []
        knocking.append(knock)
        knock.answered.connect(told.append)
        knock.nobody.connect(lambda: told.append("nobody"))
        knock.start()
        until(lambda: told)
        return told

    yield knock
    for knock in knocking:
        knock.stop()


def test_an_address_names_the_local_sockets_one_can_connect_to():
    found = sockets("tcp:host=a,port=1;unix:abstract=/tmp/b,guid=12;unix:path=/run/a%20c/bus;autolaunch:;unix:")
    assert found == [
        Socket("unix:abstract=/tmp/b,guid=12", "/tmp/b", True),
        Socket("unix:path=/run/a%20c/bus", "/run/a c/bus", False),
    ]


def test_where_no_address_is_given_the_bus_is_in_the_users_runtime_folder(monkeypatch):
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/7")
    assert session_address() == "unix:path=/run/user/7/bus"
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert session_address() == ""


def test_a_bus_that_does_not_answer_is_given_up_without_standing_still(outcome, listener, monkeypatch):
    monkeypatch.setattr(alive, "_ALIVE_MS", 300)
    path, _ = listener()
    turns = []
    timer = QTimer(interval=5)
    timer.timeout.connect(lambda: turns.append(1))
    timer.start()
    assert outcome(f"unix:path={path}") == ["nobody"]
    assert len(turns) > 10


def test_what_is_no_bus_is_left_alone(outcome, listener):
    path, server = listener()
    taken = []

    def answer():
        try:
            taken.append(server.accept()[0])
        except BlockingIOError:
            return
        taken[-1].sendall(b"220 mail.example ready\r\n")

    timer = QTimer(interval=5)
    timer.timeout.connect(answer)
    timer.start()
    assert outcome(f"unix:path={path}") == ["nobody"]
    taken[0].close()


def test_who_has_given_up_hears_nothing_any_more(listener, qtbot):
    path, _ = listener()
    knock, told = Knock(f"unix:path={path}"), []
    knock.nobody.connect(lambda: told.append("nobody"))
    knock.start()
    qtbot.wait(50)
    knock.stop()
    qtbot.wait(50)
    assert told == []
