"""What the tests of the views share: a stack of lanes on the screen, sounds with known numbers, and waiting."""

from __future__ import annotations

import pytest

from app.look import theme
from app.sound.views.choices import Choices
from app.sound.views.drawn import Sound
from app.sound.views.plot.timeline import Timeline
from app.sound.views.stack import Stack
from helpers.patience import LONG


@pytest.fixture
def choices():
    return Choices()


@pytest.fixture
def stack(qtbot, loader, choices):
    """The lanes, shown, without a track; stack.sound.show(path) draws one."""
    theme.apply("light")
    stack = Stack(Timeline(), Sound(loader), choices)
    qtbot.addWidget(stack)
    stack.resize(1000, 500)
    stack.show()
    return stack


@pytest.fixture
def settled(qtbot, loader):
    """A function that waits until everything that was asked for has been drawn."""

    def wait(stack):
        def quiet():
            waiting = any(lane._again.isActive() for lane in stack.lanes.values() if lane.isVisible())
            return not waiting and not loader.busy()

        qtbot.waitUntil(quiet, timeout=LONG)

    return wait


@pytest.fixture
def draw(stack, settled):
    """A function: path of a track → it is drawn, wholly."""

    def draw(path, title=""):
        stack.sound.show(path, title)
        settled(stack)
        return stack

    return draw
