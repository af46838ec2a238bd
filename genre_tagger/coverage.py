"""How many tracks get a genre at a threshold, and how many of those are right: what a model's card measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was measured at one threshold.

    Attributes
    ----------
    threshold : float
        The least probability, in 0…1, at which the model answers.
    share : float
        How many of the tracks get an answer, in 0…1.
    right : float
        How many of the answers are right, in 0…1.
    tracks : int
        On how many tracks that was measured.
    """

    threshold: float
    share: float
    right: float
    tracks: int


def coverages(measured: object) -> tuple[Coverage, ...]:
    """Read the ``measured`` object of a card: ``tracks``, and ``thresholds`` with ``selective`` if they are there.

    These are words for the user and nothing is computed from them, so what makes no sense is passed over.

    Returns
    -------
    tuple of Coverage
        By rising threshold, none twice.
    """
    if not isinstance(measured, Mapping):
        return ()
    tracks = measured.get("tracks")
    if not isinstance(tracks, int) or isinstance(tracks, bool) or tracks < 1:
        return ()
    found = {}
    for name in ("selective", "thresholds"):
        rows = measured.get(name)
        for row in rows if isinstance(rows, list) else ():
            if not isinstance(row, Mapping):
                continue
            numbers = [_share(row.get(key)) for key in ("threshold", "coverage", "accuracy")]
            if None not in numbers:
                threshold, share, right = (float(number) for number in numbers if number is not None)
                found[threshold] = Coverage(threshold, share, right, tracks)
    return tuple(found[threshold] for threshold in sorted(found))


def _share(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value <= 1 else None


def at(known: Sequence[Coverage], threshold: float) -> Coverage | None:
    """Say what to expect at any threshold.

    Parameters
    ----------
    known : sequence of Coverage
        By rising threshold.
    threshold : float
        In 0…1.

    Returns
    -------
    Coverage or None
        Interpolated between the two thresholds around it; None where nothing was measured: above the highest
        threshold, or where no track was answered.
    """
    above = next((one for one in known if one.threshold >= threshold), None)
    if above is None or above.share == 0:
        return None
    below = next((one for one in reversed(known) if one.threshold <= threshold), None)
    if below is None:  # below the lowest, every track is answered already or nearly so
        return Coverage(threshold, above.share, above.right, above.tracks)
    width = above.threshold - below.threshold
    part = (threshold - below.threshold) / width if width else 0.0
    return Coverage(
        threshold,
        below.share + part * (above.share - below.share),
        below.right + part * (above.right - below.right),
        above.tracks,
    )
