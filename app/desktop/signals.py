"""Ctrl+C in the terminal, a polite kill and the end of the session close the window, but do not ask."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QSocketNotifier, Qt
from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from app.window.session import Leaving


def on_session_end(leaving: Leaving) -> None:
    """Leave when the desktop says that the user logs out; it waits until that is done."""
    app = QCoreApplication.instance()
    if isinstance(app, QGuiApplication):
        app.commitDataRequest.connect(lambda _: leaving.leave(), Qt.ConnectionType.DirectConnection)


def on_signal(leaving: Leaving) -> None:
    """Leave when SIGINT or SIGTERM comes.

    Python runs its own handlers only when it has its turn, and while Qt waits for events it has none; so the
    signal is written into a pipe that Qt watches. While Python waits for the last job, it is the other way round.
    """
    if sys.platform == "win32":
        return
    reading, writing = os.pipe()
    for end in (reading, writing):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(writing)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: leaving.hurry())
    notifier = QSocketNotifier(reading, QSocketNotifier.Type.Read, leaving)

    def take() -> None:
        os.read(reading, 64)
        leaving.leave()

    notifier.activated.connect(take)
