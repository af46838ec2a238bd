"""What the lanes need is computed on one thread; only what is still wanted is, and only that is delivered."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal

from app.jobs.queue import attempt
from app.jobs.window_first import give_way

if TYPE_CHECKING:
    from genre_tagger.sound.frames import Wanted

Key = tuple[Hashable, ...]
_END = object()


class _Task:
    def __init__(
        self,
        key: Key,
        fn: Callable[[Wanted], Any],
        done: Callable[[Any], None],
        failed: Callable[[str], None] | None,
        later: bool,
    ) -> None:
        self.key, self.fn, self.done, self.failed, self.later = key, fn, done, failed, later
        self.void = False
        self.undelivered = False
        self.steps: Iterator[Any] | None = None

    def wanted(self) -> bool:
        return not self.void


class Loader(QObject):
    """One thread for all lanes; it has to be stopped before it is let go.

    What `fn` returns is delivered on the thread that made this object. When that is a generator, each of its
    values is; several generators take turns, and none runs ahead of what has been delivered.
    """

    _answered = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._fresh: deque[_Task] = deque()
        self._running: deque[_Task] = deque()
        self._newest: dict[Key, _Task] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def ask(
        self,
        key: Key,
        fn: Callable[[Wanted], Any],
        done: Callable[[Any], None],
        failed: Callable[[str], None] | None = None,
        *,
        later: bool = False,
    ) -> None:
        """Have something computed; what was asked for under the same key before is not wanted any more.

        `fn` gets a function to call now and then: whether the answer is still wanted. `failed` gets a sentence.
        What is asked for `later` has its turn when nothing else is to be done.
        """
        if self._stopped:
            return
        task = _Task(key, fn, done, failed, later)
        with self._changed:
            if (older := self._newest.get(key)) is not None:
                older.void = True
            self._newest[key] = task
            (self._running if later else self._fresh).append(task)
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="views", daemon=True)
            self._thread.start()

    def drop(self, *first: Hashable) -> None:
        """Want nothing more of what was asked for under keys that begin so."""
        with self._changed:
            for key in [key for key in self._newest if key[: len(first)] == first]:
                self._newest.pop(key).void = True
            self._changed.notify()

    def busy(self) -> bool:
        """Whether something that is wanted is still to come."""
        return bool(self._newest)

    def stop(self, timeout: float = 10.0) -> bool:
        """Want nothing more, and end; return whether `timeout` seconds were enough."""
        self._stopped = True
        self.drop()
        thread, self._thread = self._thread, None
        if thread is None:
            return True
        with self._changed:
            self._changed.notify()
        thread.join(timeout)
        return not thread.is_alive()

    # --- on the thread that computes -----------------------------------------------------------------

    def _serve(self) -> None:
        while (task := self._next()) is not None:
            give_way()
            if task.void:
                self._close(task)
                continue
            value, error = attempt(lambda task=task: self._step(task))  # type: ignore[misc]
            self._hand_over(task, value, error)

    def _next(self) -> _Task | None:
        """Wait for something to do: what is asked for anew goes first, then all take turns."""
        with self._changed:
            while True:
                if self._fresh:
                    return self._fresh.popleft()
                ready = [task for task in self._running if task.void or not task.undelivered]
                if ready:
                    task = min(ready, key=lambda task: task.later and not task.void)
                    self._running.remove(task)
                    return task
                if self._stopped and not self._running:
                    return None
                self._changed.wait()

    @staticmethod
    def _step(task: _Task) -> Any:
        if task.steps is None:
            value = task.fn(task.wanted)
            if not isinstance(value, Iterator):
                return value
            task.steps = value
        return next(task.steps, _END)

    def _hand_over(self, task: _Task, value: Any, error: str | None) -> None:
        goes_on = error is None and task.steps is not None and value is not _END
        with self._changed:
            task.undelivered = True
            if goes_on:
                self._running.append(task)
        self._answered.emit((task, value, error, goes_on))

    @staticmethod
    def _close(task: _Task) -> None:
        if (close := getattr(task.steps, "close", None)) is not None:
            attempt(close)

    # --- on the window's thread ----------------------------------------------------------------------

    def _deliver(self, answered: tuple[_Task, Any, str | None, bool]) -> None:
        task, value, error, goes_on = answered
        with self._changed:
            task.undelivered = False
            wanted = task.wanted()
            if not goes_on and self._newest.get(task.key) is task:
                del self._newest[task.key]
            self._changed.notify()
        if not wanted:
            return
        if error is not None:
            if task.failed is not None:
                task.failed(error)
        elif value is not _END:
            task.done(value)
