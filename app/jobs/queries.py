"""Short reads and small writes of the library, away from the window's thread, and what is asked most."""

from __future__ import annotations

import threading
import time
from array import array
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from app.jobs.queue import attempt
from app.jobs.window_first import politely
from genre_tagger.base.errors import ModelError
from genre_tagger.review.policy import Policy, Proposal, propose

if TYPE_CHECKING:
    from genre_tagger.library.library import Library
    from genre_tagger.library.shelves.browsing import Chosen
    from genre_tagger.library.tracks import Track
    from genre_tagger.model.card import ModelCard
    from genre_tagger.writing.journal import Batch

_T = TypeVar("_T")
# Rows that are shown before all are known: more than a tall screen has, and few enough to be there at once.
_TOP = 300
# Tracks that come with the ids of all rows, and how many are read at a time.
_FIRST_ROWS = 120
_PIECE = 50
# From so many ids on numpy is quicker than a dictionary of them.
_MANY = 30_000


class _Request(NamedTuple):
    fn: Callable[[Library], Any]
    done: Callable[[Any], None] | None
    failed: Callable[[str], None] | None
    key: str | None
    number: int


class Queries(QObject):
    """One thread with a connection of its own; answers come back on the thread that made this object.

    It has to be stopped before it is let go. `among` is what :attr:`Library.among` is for the questions that follow.
    """

    failed = Signal(str)
    _answered = Signal(object)

    def __init__(self, library_path: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.library_path = library_path
        self.among: tuple[str, ...] = ()
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
        library.among = self.among
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


# --- what is asked --------------------------------------------------------------------------------------


class These(NamedTuple):
    """Certain tracks, in an order of their own, and what they are called."""

    title: str
    ids: tuple[int, ...]


AS_GIVEN = "as given"
"""The order of the tracks of :class:`These`."""


class Filter(NamedTuple):
    """What is shown, in the words of Library.find; of `these` tracks alone where there are some."""

    words: str = ""
    genre: str | None = None
    proposed: str | None = None
    state: str | None = None
    listed: str = ""
    chosen: Chosen | None = None
    these: These | None = None

    @property
    def judges(self) -> bool:
        """Whether what the model or the user says may decide if a track is shown."""
        return self.state is not None or self.proposed is not None or ":" in self.words + self.listed


class Rows(NamedTuple):
    """The ids of all rows; some tracks to begin with; how long it took (s).

    `digest` is the same for the same tracks in any order. Where there are many, `places` gives the row of each id,
    -1 for those that have none. Rows that are not `whole` are the first of many that are still being looked for.
    """

    ids: array[int]
    tracks: list[Track]
    seconds: float
    digest: Hashable
    places: array[int]
    whole: bool = True


def ids_of(
    library: Library, shown: Filter, policy: Policy, order: tuple[str, bool] = (AS_GIVEN, False)
) -> array[int]:
    """List the tracks that a filter shows; `order` is a column and whether it goes down."""
    ids = library.find(**_asked(shown, policy, order))
    return ids if shown.these is None else _among(ids, shown.these.ids, as_given=order[0] == AS_GIVEN)


def _asked(shown: Filter, policy: Policy, order: tuple[str, bool]) -> dict[str, Any]:
    key, descending = order
    return {
        "words": shown.words, "genre": shown.genre, "proposed": shown.proposed, "state": shown.state,
        "listed": shown.listed, "chosen": shown.chosen, "order": "path" if key == AS_GIVEN else key,
        "descending": descending, **policy.terms(),
    }  # fmt: skip


def find(
    shown: Filter, policy: Policy, order: tuple[str, bool], anchor: int | None = None, *, at_top: bool = False
) -> Callable[[Library], Rows]:
    """Make the question; the tracks that come with its answer begin with `anchor`, or at the top.

    With `at_top`, the first rows are answer enough where there are so many that all of them would take long.
    """

    def ask(library: Library) -> Rows:
        began = time.perf_counter()
        top = library.begin_to_find(_TOP, **_asked(shown, policy, order)) if at_top and shown.these is None else None
        ids = ids_of(library, shown, policy, order) if top is None else top
        digest, places = _places(ids)
        start = _row_of(anchor, ids, places)
        tracks = load(library, ids[start : start + _FIRST_ROWS])
        return Rows(ids, tracks, time.perf_counter() - began, digest, places, whole=top is None)

    return ask


def _places(ids: array[int]) -> tuple[Hashable, array[int]]:
    """What is the same for the same ids in any order; and where each is, if they are many."""
    if len(ids) < _MANY:
        return frozenset(ids), array("i")
    import numpy as np

    numbers = np.frombuffer(ids, dtype=np.int64)
    rows = np.full(numbers.max() + 1, -1, dtype=np.int32)
    rows[numbers] = np.arange(len(numbers), dtype=np.int32)
    # Squares make it next to impossible that others have the same sums.
    digest = len(ids), int(numbers.sum()), int((numbers.astype(np.uint64) ** 2).sum())
    return digest, array("i", rows.tobytes())


def _row_of(anchor: int | None, ids: array[int], places: array[int]) -> int:
    """The row of a track; the first where that is none of them."""
    if anchor is None:
        return 0
    if places:
        return max(0, places[anchor]) if anchor < len(places) else 0
    return ids.index(anchor) if anchor in ids else 0


def _among(ids: array[int], these: Sequence[int], *, as_given: bool) -> array[int]:
    """Those of some tracks that are among others, in the order of either."""
    first, second = (these, ids) if as_given else (ids, these)
    wanted = set(second)
    return array("q", (track for track in first if track in wanted))


def load(library: Library, ids: Sequence[int]) -> list[Track]:
    """Read tracks, a few at a time so that the window is never held up."""
    tracks: list[Track] = []
    for start in range(0, len(ids), _PIECE):
        tracks += politely(library.tracks(ids=ids[start : start + _PIECE]))
    return tracks


def ticked(library: Library, policy: Policy, among: Sequence[int] | None = None) -> list[Proposal]:
    """List what Write would write, or what of it is `among` some tracks, in the order of the paths."""
    ids = library.find(state="proposed", **policy.terms())
    wanted = ids if among is None else set(ids) & set(among)
    tracks = library.tracks(ids=wanted, best_only=not policy.besides.kinds)
    proposals = (propose(track, policy) for track in tracks)
    return sorted((proposal for proposal in proposals if proposal.ticked), key=lambda proposal: proposal.path)


def batches(library: Library) -> list[Batch]:
    """List the writes there were."""
    from genre_tagger import line
    from genre_tagger.writing.journal import Journal

    with Journal.open(line.journal_path(library.path)) as journal:
        return journal.batches()


def model_card(folder: str | None) -> ModelCard | str:
    """Read the card of the model in use, or say why there is none."""
    from genre_tagger.model.card import ModelCard
    from genre_tagger.model.network import default_model_folder

    try:
        return ModelCard.read(folder or default_model_folder())
    except ModelError as error:
        return str(error)
