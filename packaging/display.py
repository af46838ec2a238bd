"""An invisible display (Xvfb), and a person's hands at it: find windows, press keys, drag, take a picture.

For smoke.py and benchmarks/bundle_start.py. Needs Xvfb and xdotool (Debian: apt install xvfb xdotool).
"""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import os
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

#: Larger than the window, so that there is something beside it to drag from.
SIZE = (1600, 1000)


class Trouble(Exception):  # noqa: N818 — it is told, not repaired
    """What was seen instead of what was awaited, in a sentence."""


def need(*tools: str) -> None:
    """Fail with a sentence when a tool is missing."""
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing:
        raise Trouble(f"{' and '.join(missing)} missing (Debian: apt install xvfb xdotool dbus)")


@contextlib.contextmanager
def display() -> Iterator[str]:
    """Run an X server with a free number, and end it; yields what DISPLAY is to say."""
    need("Xvfb")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp",
               "-noreset"]  # fmt: skip
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        if not select.select([reading], [], [], 60)[0]:
            raise Trouble("Xvfb did not start")
        number = os.read(reading, 16).decode().strip()
        if not number:
            raise Trouble("Xvfb did not start")
        yield f":{number}"
    finally:
        os.close(reading)
        server.terminate()
        server.wait()


class Hands:
    """Eyes and hands at a display."""

    def __init__(self, environment: dict[str, str]) -> None:
        need("xdotool")
        self._environment = environment

    def _tool(self, *words: str) -> str:
        done = subprocess.run(["xdotool", *words], env=self._environment, capture_output=True, text=True)
        return done.stdout.strip()

    def windows(self, title: str) -> list[str]:
        """List the windows to be seen whose title matches a regular expression."""
        return self._tool("search", "--onlyvisible", "--name", title).split()

    def titles(self) -> list[str]:
        """List the titles of all windows to be seen."""
        windows = self._tool("search", "--onlyvisible", "--name", ".").split()
        return sorted({self._tool("getwindowname", window) for window in windows})

    def pid(self, window: str) -> int:
        """Tell which process a window belongs to, as it says itself."""
        return int(self._tool("getwindowpid", window) or 0)

    def keys(self, window: str, *keys: str) -> None:
        """Give a window the keyboard and press keys, one after the other."""
        self._tool("windowfocus", "--sync", window)
        for key in keys:
            self._tool("key", "--clearmodifiers", key)
            time.sleep(0.1)

    def middle(self, window: str) -> tuple[int, int]:
        """Give the middle of a window on the screen."""
        lines = self._tool("getwindowgeometry", "--shell", window)
        at = {name: int(value) for name, value in re.findall(r"(X|Y|WIDTH|HEIGHT)=(-?\d+)", lines)}
        return at["X"] + at["WIDTH"] // 2, at["Y"] + at["HEIGHT"] // 2

    def drag(self, begin: tuple[int, int], end: tuple[int, int]) -> None:
        """Press the mouse's button in one place, move in steps, and let go in another."""
        self._tool("mousemove", str(begin[0]), str(begin[1]))
        time.sleep(0.3)
        self._tool("mousedown", "1")
        for step in range(1, 21):
            at = [round(begin[axis] + (end[axis] - begin[axis]) * step / 20) for axis in (0, 1)]
            self._tool("mousemove", str(at[0]), str(at[1]))
            time.sleep(0.1)
        time.sleep(0.5)
        self._tool("mouseup", "1")

    def drop(self, path: str, window: str) -> None:
        """Drag a file or folder out of a small window of another program and drop it on a window."""
        source = subprocess.Popen([sys.executable, os.path.abspath(__file__), "source", path], env=self._environment)
        try:
            until(lambda: self.windows("^drag source$"), 60, "the window to drag from")
            time.sleep(1)
            self.drag(self.middle(self.windows("^drag source$")[0]), self.middle(window))
            time.sleep(1)
        finally:
            source.terminate()
            source.wait()

    def picture(self, path: str, window: str = "0") -> int:
        """Save a picture of a window, or of the whole screen; return how many colours are in it."""
        command = [sys.executable, os.path.abspath(__file__), "picture", path, window]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=True)
        return int(done.stdout)


def until(condition, seconds: float, what: str):  # type: ignore[no-untyped-def]
    """Wait until a condition is true and return its value; `what` names it in the error after `seconds`."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise Trouble(f"waited {seconds:.0f} seconds in vain for {what}")
        time.sleep(0.2)
    return value


class Watch:
    """Notices at once when a window is shown on a display; `xdotool` would look twice a second."""

    def __init__(self, display: str) -> None:
        self._x = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._connection = ctypes.c_void_p(self._x.XOpenDisplay(display.encode()))
        if not self._connection:
            raise Trouble(f"no connection to display {display}")
        self._x.XDefaultRootWindow.restype = ctypes.c_ulong
        root = ctypes.c_ulong(self._x.XDefaultRootWindow(self._connection))
        self._x.XSelectInput(self._connection, root, ctypes.c_long(1 << 19))  # SubstructureNotifyMask
        self._x.XFlush(self._connection)

    def shown(self, seconds: float) -> bool:
        """Wait for a window to be shown that is larger than a tooltip or splash."""
        event = (ctypes.c_long * 24)()
        end = time.monotonic() + seconds
        while True:
            while self._x.XPending(self._connection):
                self._x.XNextEvent(self._connection, ctypes.byref(event))
                if ctypes.cast(event, ctypes.POINTER(ctypes.c_int))[0] == 19 and self._is_large(event[5]):  # MapNotify
                    return True
            seconds_left = end - time.monotonic()
            if seconds_left <= 0:
                return False
            select.select([self._x.XConnectionNumber(self._connection)], [], [], seconds_left)

    def _is_large(self, window: int) -> bool:
        root, x, y = ctypes.c_ulong(), ctypes.c_int(), ctypes.c_int()
        width, height, border, depth = (ctypes.c_uint() for _ in range(4))
        results = (ctypes.byref(value) for value in (root, x, y, width, height, border, depth))
        self._x.XGetGeometry(self._connection, ctypes.c_ulong(window), *results)
        return width.value > 300 and height.value > 200

    def close(self) -> None:
        """Let the display go."""
        self._x.XCloseDisplay(self._connection)


def _show_source(path: str) -> None:
    """Be the other program: a window whose content is a file that can be dragged away."""
    from PySide6.QtCore import QMimeData, QUrl
    from PySide6.QtGui import QDrag, QMouseEvent
    from PySide6.QtWidgets import QApplication, QLabel

    class Source(QLabel):
        def mouseMoveEvent(self, event: QMouseEvent) -> None:
            drag, data = QDrag(self), QMimeData()
            data.setUrls([QUrl.fromLocalFile(path)])
            drag.setMimeData(data)
            drag.exec()

    app = QApplication([])
    source = Source("drag me")
    source.setWindowTitle("drag source")
    source.setGeometry(SIZE[0] - 200, SIZE[1] - 200, 150, 150)
    source.show()
    app.exec()


def _take_picture(path: str, window: str = "0") -> None:
    from PySide6.QtGui import QGuiApplication

    app = QGuiApplication([])
    image = app.primaryScreen().grabWindow(int(window)).toImage()
    image.save(path)
    step = 8
    points = ((x, y) for x in range(0, image.width(), step) for y in range(0, image.height(), step))
    print(len({image.pixel(x, y) for x, y in points}))


if __name__ == "__main__":
    {"source": _show_source, "picture": _take_picture}[sys.argv[1]](*sys.argv[2:])
