"""What the tests of the views share: a stack of lanes on the screen, sounds with known numbers, and waiting."""

from __future__ import annotations

import os

import numpy as np
import pytest
import soundfile

from app.jobs.loader import Loader
from app.look import theme
from app.sound.views.choices import Choices
from app.sound.views.drawn import Sound
from app.sound.views.plot.timeline import Timeline
from app.sound.views.stack import Stack

LONG = 20_000


def pytest_collection_modifyitems(items):
    # The offscreen platform says so of every window that has a least size, and of every menu.
    for item in items:
        if os.path.dirname(str(item.path)) == os.path.dirname(__file__):
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support "))


@pytest.fixture
def loader(qapp):
    loader = Loader()
    yield loader
    assert loader.stop()


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


@pytest.fixture
def write_wav(tmp_path):
    """A function: samples [shape=(n,) or (n, channels)], rate (and a name) → path of a WAV file of 32-bit floats."""

    def write(y, sr=22_050, name="sound.wav"):
        path = os.path.join(str(tmp_path), name)
        soundfile.write(path, np.asarray(y, dtype=np.float32), sr, subtype="FLOAT")
        return path

    return write
