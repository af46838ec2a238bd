"""How often the model is right where it is sure, told from the tracks of a library that were asked about at random."""

from __future__ import annotations

import math
from typing import NamedTuple

RIGHT, WRONG = "spot right", "spot wrong"
"""Kinds of steps in which a track that the model was sure of was answered."""

# 95 % of a normal distribution lie within so many standard deviations.
_Z = 1.959964


class Spots(NamedTuple):
    """How many tracks that the model was sure of were asked about, and in how many of them it was right."""

    asked: int = 0
    right: int = 0


def interval(spots: Spots) -> tuple[float, float]:
    """Give the interval in which a share lies, with 95 % confidence, when so many of those asked about were right.

    Parameters
    ----------
    spots : Spots

    Returns
    -------
    low, high : float
        In 0…1; all of it when nothing was asked.

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
    """
    asked, right = spots
    if asked == 0:
        return 0.0, 1.0
    share, spread = right / asked, _Z**2 / asked
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(share * (1 - share) / asked + spread / (4 * asked)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)
