"""How long the rest of a job will take."""

from __future__ import annotations

from collections import deque

_WINDOW_S = 30.0
_KNOWN_AFTER_S = 3.0
_SMOOTH = 0.15


class Pace:
    """Estimates the seconds left from the pace of the last half minute, smoothed."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()
        self._left: float | None = None

    def left(self, done: int, total: int | None, now: float) -> float | None:
        """Note that `done` of `total` are done at time `now` (seconds); None until an estimate is worth showing."""
        self._marks.append((now, done))
        while now - self._marks[0][0] > _WINDOW_S:
            self._marks.popleft()
        began, before = self._marks[0]
        if total is None or now - began < _KNOWN_AFTER_S or done <= before:
            return None if total is None else self._left
        estimate = max(0, total - done) * (now - began) / (done - before)
        self._left = estimate if self._left is None else self._left + _SMOOTH * (estimate - self._left)
        return self._left
