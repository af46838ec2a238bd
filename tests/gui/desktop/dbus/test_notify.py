"""Notifications, shown by a service on a real bus."""

from __future__ import annotations

import os

import pytest

from app.desktop.dbus.notify import Notifier


@pytest.fixture
def clicks():
    """What the environment says of the desktop's leave at each click."""
    return []


@pytest.fixture
def notifier(open_bus, session, clicks):
    notifier = Notifier(open_bus(session), lambda: clicks.append(os.environ.get("XDG_ACTIVATION_TOKEN")))
    notifier.start()
    return notifier


@pytest.fixture
def desk(serve, session, services):
    """A service that shows notifications."""
    return serve(session, services["Notifications"]())


def test_a_notification_says_whose_it_is_and_can_be_clicked(notifier, desk, until):
    notifier.notify("Genres are written", "34 files written.")
    until(lambda: desk.shown)
    assert desk.shown[0] == {
        "name": "Genre Tagger", "replaced": 0, "icon": "io.github.genre_tagger.GenreTagger",
        "title": "Genres are written", "body": "34 files written.", "actions": ["default", "Show"],
        "hints": {"desktop-entry": "io.github.genre_tagger.GenreTagger", "category": "transfer.complete"}, "wait": -1,
    }  # fmt: skip


def test_a_newer_notification_replaces_the_one_before_until_that_is_gone(notifier, desk, until, qtbot):
    notifier.notify("One", "")
    until(lambda: notifier._shown)
    notifier.notify("Two", "")
    until(lambda: len(desk.shown) == 2 and not any(thread.is_alive() for thread in notifier._bus._threads))
    qtbot.wait(50)
    desk.NotificationClosed.emit(41, 2)
    until(lambda: not notifier._shown)
    notifier.notify("Three", "")
    until(lambda: len(desk.shown) == 3)
    assert [shown["replaced"] for shown in desk.shown] == [0, 41, 0]


def test_a_click_calls_back_with_the_desktops_leave_and_other_programs_clicks_do_not(notifier, desk, until, clicks):
    notifier.notify("One", "")
    until(lambda: notifier._shown)
    desk.ActivationToken.emit(7, "of another")
    desk.ActionInvoked.emit(7, "default")
    desk.ActivationToken.emit(41, "leave")
    desk.ActionInvoked.emit(41, "default")
    until(lambda: clicks)
    desk.ActionInvoked.emit(41, "default")
    until(lambda: len(clicks) == 2)
    assert clicks == ["leave", None]
    assert "XDG_ACTIVATION_TOKEN" not in os.environ


@pytest.mark.parametrize(
    ("able", "body", "actions"),
    [(["body-markup"], "R&amp;B &lt;3", []), (["body"], "R&B <3", []), (["actions"], "R&B <3", ["default", "Show"])],
)
def test_what_is_sent_is_what_the_desktop_can_show(notifier, serve, session, services, until, able, body, actions):
    desk = serve(session, services["Notifications"](able))
    notifier.notify("R&B", "R&B <3")
    until(lambda: desk.shown)
    assert (desk.shown[0]["title"], desk.shown[0]["body"], desk.shown[0]["actions"]) == ("R&B", body, actions)


def test_where_nobody_shows_notifications_nothing_happens(notifier, open_bus, session, until):
    notifier.notify("One", "")
    until(lambda: not notifier._bus._calls)
    assert notifier._shown == 0
