"""What a model's card measured: how often it is right, at which threshold, and in which genre.

These are words for the user and nothing is computed from them, so what makes no sense in a card is passed over.
"""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Figures:
    """How good a model is; shares in 0…1, None where the card does not say.

    Attributes
    ----------
    tracks : int
        On how many tracks it was measured.
    accuracy, low, high : float or None
        Share of right answers and its 95 % interval.
    top3 : float or None
        How often the right genre is among the three likeliest.
    error : float or None
        Expected calibration error: how far its probabilities are off.
    genres : tuple of (str, int, int)
        Of each genre its name, its tracks and how many of them were right.
    music_kept : float or None
        How many pieces of music the guard lets pass.
    turned_away : float or None
        How many of the sounds that are none it turns away.
    """

    tracks: int
    accuracy: float | None = None
    low: float | None = None
    high: float | None = None
    top3: float | None = None
    error: float | None = None
    genres: tuple[tuple[str, int, int], ...] = ()
    music_kept: float | None = None
    turned_away: float | None = None


def figures(measured: object) -> Figures | None:
    """Read the ``measured`` object of a card; None when there is none."""
    if not isinstance(measured, Mapping) or not _is_count(measured.get("tracks")) or not measured["tracks"]:
        return None
    interval, rows, guard = measured.get("interval"), measured.get("per_genre"), measured.get("guard")
    low, high = interval if isinstance(interval, list) and len(interval) == 2 else (None, None)
    genres = [
        (name, row["tracks"], row["right"])
        for name, row in (rows.items() if isinstance(rows, Mapping) else ())
        if isinstance(row, Mapping) and _is_count(row.get("tracks")) and _is_count(row.get("right"))
    ]
    guard = guard if isinstance(guard, Mapping) else {}
    kinds = guard.get("turned_away")
    shares = [_share(share) for share in kinds.values()] if isinstance(kinds, Mapping) else []
    known = [share for share in shares if share is not None]
    return Figures(
        measured["tracks"], _share(measured.get("accuracy")), _share(low), _share(high), _share(measured.get("top3")),
        _share(measured.get("ece")), tuple(genres), _share(guard.get("music_kept")),
        sum(known) / len(known) if known else None,
    )  # fmt: skip


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _share(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 1 else None


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
