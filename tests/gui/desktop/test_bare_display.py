"""The program on displays that lack what most have: no window manager, no compositor, no OpenGL; and twice as fine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed (package xvfb)")
_PATIENCE_S = 60.0


@pytest.fixture
def display():
    """A function that starts an X server with these arguments and gives its name."""
    servers = []

    def start(*arguments):
        read, write = os.pipe()
        # -noreset: otherwise the server starts anew, and takes nobody meanwhile, when its only visitor leaves.
        command = ["Xvfb", "-displayfd", str(write), "-noreset", "-screen", "0", "1600x1200x24", "-nolisten", "tcp"]
        server = subprocess.Popen([*command, *arguments], pass_fds=[write], stderr=subprocess.DEVNULL)
        servers.append(server)
        os.close(write)
        with os.fdopen(read) as told:
            return f":{told.readline().strip()}"

    yield start
    for server in servers:
        server.terminate()
        server.wait(10)


def colours(name):
    """The colours that are to be seen there."""
    script = (
        "import numpy\n"
        "from PySide6.QtGui import QGuiApplication, QImage\n"
        "app = QGuiApplication([])\n"
        "image = app.primaryScreen().grabWindow(0).toImage().convertToFormat(QImage.Format.Format_RGB32)\n"
        "pixels = numpy.frombuffer(image.constBits(), numpy.uint32) & 0xFFFFFF\n"
        "colours = {f'#{value:06x}' for value in numpy.unique(pixels)}\n"
        "print(' '.join(sorted(colours)))\n"
    )
    environment = {**os.environ, "DISPLAY": name, "QT_QPA_PLATFORM": "xcb"}
    asked = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60)
    return set(asked.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        (("-extension", "GLX", "-extension", "Composite"), {}),
        (("-extension", "RENDER", "-extension", "Composite", "-extension", "DAMAGE"), {}),
        ((), {"QT_SCALE_FACTOR": "2"}),
    ],
    ids=["no OpenGL", "nothing drawn by the server", "twice as fine"],
)
def test_the_window_is_shown_draws_itself_and_ends_when_it_is_told_to(display, home, arguments, variables):
    name = display(*arguments)
    settings = os.path.join(home, "config", "genre-tagger", "settings.json")
    os.makedirs(os.path.dirname(settings))
    with open(settings, "w", encoding="utf-8") as file:
        file.write('{"version": 1, "scheme": "dark"}')
    environment = {**os.environ, "DISPLAY": name, "QT_QPA_PLATFORM": "xcb", **variables}
    program = subprocess.Popen([sys.executable, "-P", "-m", "app"], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + _PATIENCE_S
        # The ground of the dark scheme, its cards and its accent; the bare display is black.
        while missing := {"#1c1f22", "#262a2e", "#4cc2b8"} - (seen := colours(name)):
            assert program.poll() is None, program.stderr.read()
            assert time.monotonic() < end, (missing, seen)
            time.sleep(0.2)
        program.send_signal(signal.SIGTERM)
        assert program.wait(_PATIENCE_S) == 0
        assert program.stderr.read() == ""
    finally:
        program.kill()
        program.wait()
        program.stderr.close()
