"""Several files on their way at once: workers prepare them, and what the journal has to note is noted for all together.

The promises of one file hold for each: its intent is on the drive before anything is touched, its copy is proven and
noted before it takes the file's place, and files end in the order in which they came. A file takes its place only when
it is asked for, so that whoever stops asking finds nothing done that was not reported.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from enum import Enum, auto
from typing import TypeVar

from genre_tagger.base.errors import FileFailure, Waiting
from genre_tagger.writing.drives import is_there
from genre_tagger.writing.settle import settle_entry
from genre_tagger.writing.turn import Outcome, Run, Turn

_INTERRUPTED = "This was stopped before the file was written; it is as it was."
_T = TypeVar("_T")
_LOOK_AGAIN_S = 1.0  # between two looks for a drive that is away


class _Step(Enum):
    EXAMINED = auto()
    PREPARED = auto()
    READY = auto()
    LANDED = auto()


class _Flyer:
    """A turn in the air: the step it was sent to, and the work on it."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self.step = _Step.EXAMINED
        self.work = Future[None]()
        self.work.set_result(None)

    def is_done(self) -> bool:
        return self.work.done()

    def needs_noting(self) -> bool:
        """Whether the journal has to know before it can go on."""
        return self.is_done() and not self.turn.outcome and self.step in (_Step.EXAMINED, _Step.PREPARED)


class Flight:
    """Takes turns through their steps.

    Parameters
    ----------
    turns : iterator of Turn or FileFailure
        Made when there is room for another one; failures are passed on in their place.
    run : Run
        What the turns share.
    workers : int
        Threads that prepare; 1 does everything in the calling thread.
    room : int
        Files on their way at once.
    patience : float
        Seconds that are waited for a drive that has gone.
    """

    def __init__(
        self, turns: Iterator[Turn | FileFailure], run: Run, *, workers: int, room: int, patience: float
    ) -> None:
        self._turns = turns
        self._run = run
        self._pool = ThreadPoolExecutor(workers, "genre-tagger-write") if workers > 1 else None
        self._room = room
        self._patience = patience
        self._held: Turn | None = None  # one whose file is on its way already, under another name
        self._air: deque[_Flyer] = deque()
        self._landed: list[Turn] = []  # ended, and not noted yet
        self._leaving: list[tuple[Turn, Future[bool]]] = []  # noted, and what is left of them is being removed

    def outcomes(self) -> Generator[Outcome | Waiting]:
        """Yield how each turn ended, in order."""
        try:
            while self._fill():
                head = self._air[0]
                self._advance(head)
                if not head.turn.outcome:
                    head.step = _Step.LANDED
                    self._send(head, head.turn.land)
                    self._advance(head)
                if head.turn.gone and self._patience > 0:
                    yield from self._wait_for_drive(head.turn)
                    continue
                self._air.popleft()
                self._landed.append(head.turn)
                if len(self._landed) >= self._room // 2:
                    self._note_landed()
                assert head.turn.outcome is not None
                yield head.turn.outcome
        finally:
            self._end()

    # --- on their way: from being looked at to taking the file's place ---------------------------------

    def _fill(self) -> bool:
        """Send off as many as there is room for; whether any is in the air."""
        while len(self._air) < self._room:
            turn, self._held = self._held or next(self._turns, None), None
            if turn is None:
                break
            if isinstance(turn, FileFailure):
                turn = _Said(turn, self._run)
            else:
                turn.attempt(turn.locate)
            if turn.identity and any(turn.identity == flyer.turn.identity for flyer in self._air):
                self._held = turn
                break
            flyer = _Flyer(turn)
            self._air.append(flyer)
            if not turn.outcome:
                self._send(flyer, turn.examine)
        return bool(self._air)

    def _send(self, flyer: _Flyer, step: Callable[[], None]) -> None:
        flyer.work = self._do(flyer.turn.attempt, step)

    def _do(self, function: Callable[..., _T], *args: object) -> Future[_T]:
        if self._pool is not None:
            return self._pool.submit(function, *args)
        done = Future[_T]()
        done.set_result(function(*args))
        return done

    def _advance(self, head: _Flyer) -> None:
        """Take all further, until the first is ready or has ended."""
        while True:
            self._note_steps(head)
            if head.is_done() and (head.turn.outcome or head.step is _Step.READY):
                return
            wait([flyer.work for flyer in self._air if not flyer.is_done()], return_when=FIRST_COMPLETED)

    def _note_steps(self, head: _Flyer) -> None:
        """Note what has come to where the journal must know of it, as many as can be in one go, and send it on."""
        arrived = [flyer for flyer in self._air if flyer.needs_noting()]
        if not arrived or (head not in arrived and len(arrived) < self._room // 2):
            return
        with self._run.journal.together():
            for flyer in arrived:
                flyer.work.result()
                (flyer.turn.intend if flyer.step is _Step.EXAMINED else flyer.turn.ready)()
        for flyer in arrived:
            if flyer.step is _Step.PREPARED:
                flyer.step = _Step.READY
            else:
                flyer.step = _Step.PREPARED
                self._send(flyer, flyer.turn.prepare)

    # --- arrived: how it ended is noted, copies are removed --------------------------------------------

    def _note_landed(self) -> None:
        """Note how turns ended, and of which no copy lies about any more; have the other copies removed."""
        turns, self._landed = [turn for turn in self._landed if turn.entry is not None], []
        tidied = self._tidied()
        if not (turns or tidied):
            return
        try:
            with self._run.journal.together():
                for turn in turns:
                    _conclude(turn)
                self._run.journal.tidied(tidied)
        finally:
            self._leaving += [(turn, self._do(turn.swap.discard)) for turn in turns]

    def _tidied(self) -> list[int]:
        """List the entries of which nothing is left, for good; the others stay named in the journal for settle()."""
        gone = [turn for turn, work in self._leaving if work.done() and work.result()]
        self._leaving = [(turn, work) for turn, work in self._leaving if not work.done()]
        there = set()
        for folder in {os.path.dirname(turn.target) for turn in gone}:
            with contextlib.suppress(OSError):
                self._run.files.sync_folder(folder)
                there.add(folder)
        return [turn.entry for turn in gone if turn.entry is not None and os.path.dirname(turn.target) in there]

    def _end(self) -> None:
        """Leave nothing lying about: what has not landed is given up."""
        self._ground()
        given_up = [flyer.turn for flyer in self._air]
        self._air.clear()
        try:
            self._give_up(given_up)
            self._note_landed()
        finally:
            if self._pool is not None:
                self._pool.shutdown()
            self._run.taggers.close()
            self._note_landed()

    def _ground(self) -> None:
        """Wait for the workers, so that nobody works on what is in the air."""
        for flyer in self._air:
            flyer.work.cancel()
        wait([flyer.work for flyer in self._air])

    def _give_up(self, turns: list[Turn]) -> None:
        """Remove the copies of turns, and note that their files are as they were; doubtful ones stay open."""
        for turn in turns:
            if turn.entry is not None and turn.swap.discard():
                turn.outcome = turn.outcome or FileFailure(turn.path, turn.stage, _INTERRUPTED)
                self._landed.append(turn)

    # --- a drive that is away ------------------------------------------------------------------------

    def _wait_for_drive(self, turn: Turn) -> Iterator[Waiting]:
        """Wait until a drive is back; then what it left open is settled, and what was in the air starts anew."""
        self._ground()
        assert isinstance(turn.outcome, FileFailure)
        waiting = Waiting(turn.path, turn.outcome.reason)
        until = time.monotonic() + self._patience
        while not is_there(turn.target, turn.device or 0):
            if time.monotonic() >= until:
                self._patience = 0.0  # it is not waited for again; every file on it fails by itself
                return
            yield waiting
            time.sleep(_LOOK_AGAIN_S)
        self._give_up([flyer.turn for flyer in self._air])
        self._note_landed()
        wait([work for _, work in self._leaving])
        self._note_landed()
        for entry in self._run.journal.unsettled():
            settle_entry(entry, self._run.journal, self._run.files)
        for flyer in self._air:
            flyer.step = _Step.EXAMINED
            flyer.turn.begin_again()
            if not flyer.turn.outcome:
                self._send(flyer, flyer.turn.examine)


class _Said(Turn):
    """What is known to have failed before its turn came."""

    def __init__(self, failure: FileFailure, run: Run) -> None:
        super().__init__(failure.path, run)
        self.outcome = failure


def _conclude(turn: Turn) -> bool:
    """Note how a turn ended."""
    assert turn.entry is not None
    reason = turn.outcome.reason if isinstance(turn.outcome, FileFailure) and not turn.landed else None
    turn.run.journal.conclude(turn.entry, turn.done if turn.landed else turn.not_done, reason)
    return True
