"""Short reads and small writes of the library, away from the window's thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from app.jobs.queue import attempt

if TYPE_CHECKING:
    from genre_tagger.library.library import Library

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Request:
    fn: Callable[[Library], Any]
    done: Callable[[Any], None] | None
    failed: Callable[[str], None] | None
    key: str | None
    number: int


class Queries(QObject):
    """One thread with a connection of its own; answers come back on the thread that made this object.

    It has to be stopped before it is let go.
    """

    failed = Signal(str)
    _answered = Signal(object)

    def __init__(self, library_path: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.library_path = library_path
        self._requests: deque[_Request | None] = deque()
        self._changed = threading.Condition()
        self._newest: dict[str, int] = {}
        self._number = 0
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        fn: Callable[[Library], _T],
        done: Callable[[_T], None] | None = None,
        key: str | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Ask for something.

        Requests are served in turn, so a read sees what the requests before it wrote. A newer request with the
        same `key` makes an older one void: it is not run if it still waits, and its answer is dropped.
        `failed` is called besides the signal of that name.
        """
        if self._stopped:
            return
        self._number += 1
        with self._changed:
            if key is not None:
                self._newest[key] = self._number
            self._requests.append(_Request(fn, done, failed, key, self._number))
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="queries", daemon=True)
            self._thread.start()

    def drop(self, key: str) -> None:
        """Make what was asked for under `key` void."""
        self._number += 1
        with self._changed:
            self._newest[key] = self._number

    def stop(self, timeout: float = 10.0) -> bool:
        """Finish the requests without a key (they may write) and end; return whether `timeout` seconds were enough."""
        self._stopped = True
        thread, self._thread = self._thread, None
        if thread is None:
            return True
        with self._changed:
            self._newest = dict.fromkeys(self._newest, -1)
            self._requests.append(None)
            self._changed.notify()
        thread.join(timeout)
        return not thread.is_alive()

    def _serve(self) -> None:
        from genre_tagger.library.library import Library  # not before the window is seen

        library: Library | None = None
        while (request := self._next()) is not None:
            if self._void(request):
                continue
            if library is None:
                library, error = attempt(lambda: Library.open(self.library_path))
                if library is None:
                    self._answered.emit((request, None, error))
                    continue
            self._answer(request, library)
        if library is not None:
            library.close()

    def _answer(self, request: _Request, library: Library) -> None:
        answer, error = attempt(lambda: request.fn(library))
        self._answered.emit((request, answer, error))

    def _next(self) -> _Request | None:
        with self._changed:
            self._changed.wait_for(lambda: bool(self._requests))
            return self._requests.popleft()

    def _void(self, request: _Request) -> bool:
        return request.key is not None and self._newest[request.key] != request.number

    def _deliver(self, answered: tuple[_Request, Any, str | None]) -> None:
        request, answer, error = answered
        if self._stopped or self._void(request):
            return
        if error is not None:
            self.failed.emit(error)
            if request.failed is not None:
                request.failed(error)
        elif request.done is not None:
            request.done(answer)
