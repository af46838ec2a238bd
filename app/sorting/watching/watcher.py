"""Watches folders on a thread of its own, and tells the window what has come and how each folder is watched."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from app.jobs.queue import attempt

if TYPE_CHECKING:
    from genre_tagger.base.watching.watch import Came, Watched

Watch = Callable[[Sequence[str]], Generator["Came | Watched | None"]]
"""Makes the watch of some folders."""


def _usual(folders: Sequence[str]) -> Generator[Came | Watched | None]:
    from genre_tagger.base.watching.watch import watch  # not before the window is seen
    from genre_tagger.files.scan import Music

    return watch(folders, Music())


class Watcher(QObject):
    """Watches the folders it is given, in place of those before; stop it before it is let go.

    Signals: came(list of paths) that are whole or have to be looked through; changed(Watched) when a folder is watched
    in another way; failed(str) when watching ended by a fault.
    """

    came = Signal(list)
    changed = Signal(object)
    failed = Signal(str)
    _told = Signal(int, object)

    def __init__(self, parent: QObject | None = None, watch: Watch = _usual) -> None:
        super().__init__(parent)
        self._watch = watch
        self.folders: list[str] = []
        self._number = 0
        self._end = threading.Event()
        self._thread: threading.Thread | None = None
        self._told.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def follow(self, folders: Sequence[str]) -> None:
        """Watch these folders from now on; nothing happens where they are watched already."""
        if sorted(folders) == self.folders:
            return
        self._let_go()
        self.folders = sorted(folders)
        if not self.folders:
            return
        self._number += 1
        self._end = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(self._number, list(self.folders), self._end), name="watching", daemon=True
        )
        self._thread.start()

    def stop(self, timeout: float = 1.0) -> None:
        """Watch nothing any more; a drive that hangs is waited for no longer than `timeout` (s)."""
        thread = self._thread
        self._let_go()
        self.folders = []
        if thread is not None:
            thread.join(timeout)

    def _let_go(self) -> None:
        """Have the thread end by itself, and hear nothing of it any more."""
        self._number += 1
        self._end.set()
        self._thread = None

    def _run(self, number: int, folders: Sequence[str], end: threading.Event) -> None:
        def go() -> None:
            outcomes = self._watch(folders)
            try:
                for outcome in outcomes:
                    if end.is_set():
                        return
                    if outcome is not None:
                        self._told.emit(number, outcome)
            finally:
                outcomes.close()

        _, error = attempt(go)
        if error is not None and not end.is_set():
            self._told.emit(number, error)

    def _deliver(self, number: int, outcome: Came | Watched | str) -> None:
        if number != self._number:
            return
        if isinstance(outcome, str):
            self.failed.emit(outcome)
        elif hasattr(outcome, "paths"):
            self.came.emit(list(outcome.paths))
        else:
            self.changed.emit(outcome)
