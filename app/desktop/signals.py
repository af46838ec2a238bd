"""Ctrl+C in the terminal, a polite kill and the end of the session close the window, but do not ask."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier, Qt
from PySide6.QtGui import QGuiApplication


def on_session_end(leave: Callable[[], object]) -> None:
    """Leave when the desktop says that the user logs out; it waits until that is done."""
    app = QCoreApplication.instance()
    if isinstance(app, QGuiApplication):
        app.commitDataRequest.connect(lambda _: leave(), Qt.ConnectionType.DirectConnection)


def on_signal(leave: Callable[[], object], hurry: Callable[[], object], parent: QObject) -> None:
    """Leave when SIGINT or SIGTERM comes, and `hurry` if that has begun already.

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
        signal.signal(number, lambda *_: hurry())
    notifier = QSocketNotifier(reading, QSocketNotifier.Type.Read, parent)

    def take() -> None:
        os.read(reading, 64)
        leave()

    notifier.activated.connect(take)
