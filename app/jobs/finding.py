"""What the table asks the library for: the ids of all its rows, and the tracks that are seen first."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.jobs.window_first import politely
from genre_tagger.review.policy import Policy

if TYPE_CHECKING:
    from genre_tagger.library.library import Library
    from genre_tagger.library.rows import Track

_FIRST_ROWS = 120
_PIECE = 50


@dataclass(frozen=True, slots=True)
class Filter:
    """What is shown, in the words of Library.find."""

    words: str = ""
    genre: str | None = None
    proposed: str | None = None
    state: str | None = None

    @property
    def judges(self) -> bool:
        """Whether what the model or the user says decides if a track is shown."""
        return self.state is not None or self.proposed is not None


@dataclass(frozen=True, slots=True)
class Found:
    """The ids of all rows; some tracks to begin with; how long it took (s)."""

    ids: array[int]
    tracks: list[Track]
    seconds: float


def find(
    shown: Filter, policy: Policy, order: tuple[str, bool], anchor: int | None = None
) -> Callable[[Library], Found]:
    """Make the question; the tracks that come with its answer begin with `anchor`, or at the top."""

    def ask(library: Library) -> Found:
        began = time.perf_counter()
        key, descending = order
        ids = library.find(
            words=shown.words, genre=shown.genre, proposed=shown.proposed, state=shown.state,
            order=key, descending=descending, **policy.terms(),
        )  # fmt: skip
        start = ids.index(anchor) if anchor is not None and anchor in ids else 0
        tracks = load(library, ids[start : start + _FIRST_ROWS])
        return Found(ids, tracks, time.perf_counter() - began)

    return ask


def load(library: Library, ids: Sequence[int]) -> list[Track]:
    """Read tracks, a few at a time so that the window is never held up."""
    tracks: list[Track] = []
    for start in range(0, len(ids), _PIECE):
        tracks += politely(library.tracks(ids=ids[start : start + _PIECE]))
    return tracks
