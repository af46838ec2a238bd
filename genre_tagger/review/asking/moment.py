"""Where a track is best listened to, to tell which genre it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from genre_tagger.model.strip import Strip

SECONDS = 10.0
"""How long one listens to a track, at first."""


def telling_moment(strip: Strip, seconds: float = SECONDS) -> float:
    """Find where a track's two likeliest genres differ most.

    A stretch that speaks clearly for either says more than one where both are half true.

    Parameters
    ----------
    strip : Strip
        What the model says along the track.
    seconds : float
        How long is going to be listened.

    Returns
    -------
    float
        Seconds from the beginning; 0 where nothing of the track is music.
    """
    heard, shares = strip.heard, strip.probabilities
    if not heard.any() or shares.shape[1] < 2:
        return 0.0
    first, second = np.argsort(-shares[heard].mean(axis=0), kind="stable")[:2]
    telling = np.abs(shares[:, first] - shares[:, second]) * heard
    count = min(len(telling), max(1, round(seconds / strip.step)))
    sums = np.convolve(telling, np.ones(count), mode="valid")
    # Of places that tell as much, the first.
    return float(strip.starts[int(np.argmax(sums >= sums.max() - 1e-6))])
