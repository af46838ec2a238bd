"""How far one is: how many answers there were, how long the rest takes at this pace, and how the spot check goes."""

from __future__ import annotations

import time
from collections import deque

from app.look import words
from genre_tagger.review.asking.spot import Spots, interval

# The pace is that of the last so many answers; who was away for longer (s) was not deciding.
_PACE, _AWAY = 20, 60.0
_TEN = 10


class Pace:
    """Counts answers and looks at the clock."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=_PACE)
        self._count = 0

    def note(self, answers: int) -> bool:
        """Take note of so many answers that come now; True where another ten are full."""
        self._times.extend([time.monotonic()] * answers)
        before, self._count = self._count, self._count + answers
        return self._count // _TEN > before // _TEN

    def told(self, left: int) -> str:
        """Say how many are left and how long that takes."""
        texts = [words.tr("{} to decide").format(words.tracks(left))] if left else []
        gaps = [after - before for before, after in zip(self._times, list(self._times)[1:], strict=False)]
        gaps = [gap for gap in gaps if gap < _AWAY]
        if left and gaps:
            texts.append(words.time_left(left * sum(gaps) / len(gaps)))
        return "  ·  ".join(texts)


def told_of(spots: Spots) -> str:
    """Say how often the model was right where it was sure; "" where nobody has looked."""
    if not spots.asked:
        return ""
    low, high = interval(spots)
    said = words.tr("Spot check: {} of {} sure ones right ({}–{})")
    return said.format(spots.right, spots.asked, words.share(low), words.share(high))
