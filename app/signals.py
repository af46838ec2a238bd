"""Ctrl+C in the terminal and a polite kill close the window as its cross does, but do not ask."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier


def on_signal(leave: Callable[[], object], parent: QObject) -> None:
    """Call `leave` on the window's thread when SIGINT or SIGTERM comes.

    Python runs its own handlers only when it has its turn, and while Qt waits for events it has none; so the
    signal is written into a pipe that Qt watches.
    """
    if sys.platform == "win32":
        return
    reading, writing = os.pipe()
    for end in (reading, writing):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(writing)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    notifier = QSocketNotifier(reading, QSocketNotifier.Type.Read, parent)

    def take() -> None:
        os.read(reading, 64)
        leave()

    notifier.activated.connect(take)
