"""Long work away from the window: a generator of the library runs on the one thread that may write."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.jobs.window_first import politely
from genre_tagger.base.errors import GenreTaggerError
from genre_tagger.base.progress import Pace

DRAIN_MS = 100
BATCH = 500
_AHEAD = 4 * BATCH

_T = TypeVar("_T")
UNEXPECTED = "Something unexpected went wrong in Genre Tagger. What was done so far is kept; the log has details."


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is; `total` and `seconds_left` are None as long as they are unknown."""

    done: int
    total: int | None
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended; `error` is a sentence for the user."""

    cancelled: bool
    error: str | None
    done: int


class Job(QObject):
    """One long piece of work.

    All signals are emitted on the thread that made the job (the window's), whatever thread the work is on.

    `work` is called on the worker thread and opens there what it needs. `total` counts what it is going to
    yield; a callable is called on the worker thread as well. `weigh` says how much of the total one outcome is.
    A `resumable` job goes on where it was when `work` is called anew.
    """

    started = Signal()
    # A list; as an object it is handed over, as a list Qt would copy it piece by piece.
    outcomes = Signal(object)
    progressed = Signal(Progress)
    paused = Signal()
    ended = Signal(Ended)

    def __init__(
        self,
        title: str,
        work: Callable[[], Iterator[object]],
        total: Callable[[], int] | int | None = None,
        resumable: bool = False,
        weigh: Callable[[object], int] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.title = title
        self.resumable = resumable
        self.done = 0
        self.total: int | None = None
        self._work = work
        self._count = total
        self._weigh = weigh
        self._cancelled = threading.Event()
        self._halted = threading.Event()
        self._ready: deque[object] = deque()
        self._room = threading.Condition()
        self._pace = Pace()
        self._error: str | None = None
        self._timer = QTimer(self, interval=DRAIN_MS)
        self._timer.timeout.connect(self._drain)

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked for the end of this job."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask for the end; the work is closed after the outcome it is at."""
        self._cancelled.set()
        self._halt()

    # --- on the worker thread ------------------------------------------------------------------------

    def _run(self) -> None:
        _, self._error = attempt(self._consume)

    def _consume(self) -> None:
        if self._halted.is_set():
            return
        rest = self._count() if callable(self._count) else self._count
        self.total = None if rest is None else self.done + rest
        outcomes = self._work()
        try:
            for outcome in politely(outcomes):
                self._ready.append(outcome)
                if len(self._ready) >= _AHEAD:
                    self._wait_for_room()
                if self._halted.is_set():
                    return
        finally:
            if close := getattr(outcomes, "close", None):
                close()

    def _wait_for_room(self) -> None:
        """Run no further ahead of the window than it can show."""
        with self._room:
            self._room.wait_for(lambda: len(self._ready) < _AHEAD or self._halted.is_set())

    # --- on the window's thread ----------------------------------------------------------------------

    def _halt(self) -> None:
        with self._room:
            self._halted.set()
            self._room.notify_all()

    def _begin(self) -> None:
        self._pace = Pace()
        self._timer.start()
        self.started.emit()

    def _drain(self) -> None:
        """Hand out what the worker has ready, one batch per turn of the event loop."""
        count = min(len(self._ready), BATCH)
        batch = [self._ready.popleft() for _ in range(count)]
        with self._room:
            self._room.notify_all()
        self.done += sum(map(self._weigh, batch)) if self._weigh else count
        if batch:
            self.outcomes.emit(batch)
        seconds_left = self._pace.seconds_left(self.done, self.total, time.monotonic())
        self.progressed.emit(Progress(self.done, self.total, seconds_left))
        if self._timer.isActive():
            self._timer.setInterval(0 if self._ready else DRAIN_MS)

    def _flush(self) -> None:
        self._timer.stop()
        while self._ready:
            self._drain()

    def _pause(self) -> None:
        self._flush()
        self._halted.clear()
        self.paused.emit()

    def _end(self) -> None:
        self._flush()
        self.ended.emit(Ended(self.cancelled, self._error, self.done))


class JobQueue(QObject):
    """Runs jobs one after the other on one worker thread, so that only one writes at a time.

    It has to be stopped before it is let go.
    """

    job_started = Signal(object)
    job_ended = Signal(object)
    idle = Signal()
    _returned = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.current: Job | None = None
        self._waiting: list[tuple[Job, bool]] = []
        self._handed: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._returned.connect(self._take_back, Qt.ConnectionType.QueuedConnection)

    @property
    def waiting(self) -> list[Job]:
        """The jobs whose turn is still to come."""
        return [job for job, _ in self._waiting]

    def add(self, job: Job, urgent: bool = False) -> None:
        """Queue a job; an urgent one goes first and lets a resumable job pause for it."""
        if self._stopped:
            return
        ahead = sum(1 for _, other_urgent in self._waiting if other_urgent) if urgent else len(self._waiting)
        self._waiting.insert(ahead, (job, urgent))
        if self.current is None:
            self._start_next()
        elif urgent and self.current.resumable:
            self.current._halt()

    def cancel_current(self) -> None:
        """Ask the running job to end."""
        if self.current is not None:
            self.current.cancel()

    def cancel_all(self) -> None:
        """End the waiting jobs and ask the running one to end."""
        waiting, self._waiting = self._waiting, []
        for job, _ in waiting:
            job.cancel()
            job._end()
            self.job_ended.emit(job)
        self.cancel_current()

    def stop(self, timeout: float = 10.0) -> bool:
        """Cancel everything and wait for the worker; return whether it ended in `timeout` seconds.

        If it did not, this can be called again to wait on.
        """
        if not self._stopped:
            self._stopped = True
            self.cancel_all()
            self._handed.put(None)
        if self._thread is not None:
            self._thread.join(timeout)
            if self._thread.is_alive():
                return False
            self._thread = None
            self._take_back()
        return True

    def _start_next(self) -> None:
        self.current, _ = self._waiting.pop(0)
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="jobs", daemon=True)
            self._thread.start()
        self.job_started.emit(self.current)
        self.current._begin()
        self._handed.put(self.current)

    def _serve(self) -> None:
        while (job := self._handed.get()) is not None:
            job._run()
            self._returned.emit()

    def _take_back(self) -> None:
        """Settle the job that the worker has just let go of, and go on."""
        job, self.current = self.current, None
        if job is None:
            return
        if job._halted.is_set() and not job.cancelled and job._error is None:
            self._waiting.append((job, False))
            job._pause()
        else:
            job._end()
            self.job_ended.emit(job)
        # A slot of these signals may have added a job, which then runs already.
        if self.current is None and self._waiting:
            self._start_next()
        elif self.current is None:
            self.idle.emit()


def attempt(call: Callable[[], _T]) -> tuple[_T | None, str | None]:
    """Call something at the edge of a thread: its result, or a sentence that says what went wrong.

    This is the one place where any exception is caught; an unexpected one is logged with its traceback.
    """
    try:
        return call(), None
    except GenreTaggerError as error:
        return None, str(error)
    except Exception:
        logging.exception("Unexpected error in the background")
        return None, UNEXPECTED
