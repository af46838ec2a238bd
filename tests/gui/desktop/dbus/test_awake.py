"""Holding off sleep: by systemd's way, and where that is not there by the desktop's."""

from __future__ import annotations

import os

import pytest

from app.desktop.dbus.awake import Awake


@pytest.fixture
def awake():
    awake = Awake()
    yield awake
    awake.let_go()


def test_sleep_is_held_off_until_it_is_let_go(awake, serve, system, services, until):
    login = serve(system, services["Login"]())
    awake.hold("Files are being changed")
    until(lambda: awake._file is not None)
    assert login.asked == [("sleep", "Genre Tagger", "Files are being changed", "block")]
    assert login.held() == 1
    awake.let_go()
    assert login.held() == 0


def test_it_is_asked_once_however_often_it_is_held(awake, serve, system, services, until):
    login = serve(system, services["Login"]())
    awake.hold("One")
    awake.hold("Two")
    until(lambda: awake._file is not None)
    awake.hold("Three")
    assert [asked[2] for asked in login.asked] == ["One"]
    awake.let_go()
    assert login.held() == 0
    awake.hold("Four")
    until(lambda: login.held())
    assert [asked[2] for asked in login.asked] == ["One", "Four"]


def test_who_lets_go_before_there_was_an_answer_holds_nothing(awake, serve, system, services, qtbot):
    login = serve(system, services["Login"]())
    awake.hold("One")
    awake.let_go()
    qtbot.wait(100)
    assert login.asked == []
    assert not awake.held


def test_an_answer_that_comes_too_late_holds_nothing(awake, serve, system, services, until):
    login = serve(system, services["Login"]())
    awake.hold("One")
    until(lambda: login.asked)
    awake.let_go()
    until(lambda: login.held() == 0)
    assert awake._file is None


@pytest.mark.parametrize("kind", ["SessionManager", "PowerManagement"])
def test_without_systemd_the_desktop_is_asked(awake, serve, session, services, until, kind):
    desktop = serve(session, services[kind]())
    awake.hold("Files are being changed")
    until(lambda: desktop.asked)
    assert desktop.asked == [
        ("Genre Tagger", 0, "Files are being changed", 12)
        if kind == "SessionManager"
        else ("Genre Tagger", "Files are being changed")
    ]
    assert desktop.held() == 1
    awake.let_go()
    until(lambda: desktop.held() == 0)


def test_a_system_bus_without_systemd_is_no_end(awake, serve, system, session, services, until):
    desktop = serve(session, services["SessionManager"]())
    awake.hold("One")
    until(lambda: desktop.asked)
    assert desktop.held() == 1


def test_where_there_is_nobody_to_ask_nothing_happens(awake, system, session, until):
    awake.hold("One")
    until(lambda: awake._bus is not None and awake._bus.connection is not None)
    assert awake.held
    awake.let_go()
    assert not awake.held


def test_no_file_stays_open(awake, serve, system, services, until):
    login = serve(system, services["Login"]())

    def opened():
        awake.hold("One")
        until(lambda: awake._file is not None)
        awake.let_go()
        # The service keeps one end of each pipe.
        return len(os.listdir("/proc/self/fd")) - len(login._files)

    opened()
    before = opened()
    for _ in range(3):
        opened()
    assert opened() <= before + 2
