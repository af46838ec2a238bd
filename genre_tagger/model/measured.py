"""What a model's card says was measured: how often the model is right, about which music, and at which threshold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


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

    @property
    def between(self) -> tuple[float, float]:
        """95 % interval of :attr:`right`: few answers say little."""
        return interval(self.right, max(1, round(self.share * self.tracks)))


def interval(share: float, count: int) -> tuple[float, float]:
    """95 % interval of a share seen in `count` tracks.

    Parameters
    ----------
    share : float
        In [0, 1].
    count : int
        Tracks, at least 1.

    Returns
    -------
    low, high : float
        In [0, 1].

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
    """
    z = 1.959964
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)


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
class Rate:
    """How often a model is right about some tracks; shares in 0…1, None where the card does not say.

    Attributes
    ----------
    tracks : int
        On how many tracks it was measured.
    accuracy, low, high : float or None
        Share of right answers and its 95 % interval.
    """

    tracks: int
    accuracy: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Figures(Rate):
    """How good a model is on music that nothing was learned or chosen from.

    Attributes
    ----------
    elsewhere : mapping of str to Rate
        The same on other tracks, and what else was measured, by the card's name for it: ``"magnatune"``,
        ``"gtzan_valid"``, ``"gtzan_valid_of_ten"`` (the likeliest of GTZAN's ten genres), ``"moods"``.
    top3 : float or None
        How often the right genre is among the three likeliest.
    error : float or None
        Expected calibration error: how far its probabilities are off.
    genres : tuple of (str, int, int)
        Of each genre its name, its tracks and how many of them were right; by the names that the source of the tracks
        has for them, where these are others than the model's.
    music_kept : float or None
        How many pieces of music the guard lets pass.
    turned_away : float or None
        How many of the sounds that are none it turns away.
    """

    elsewhere: Mapping[str, Rate] = field(default_factory=dict)
    top3: float | None = None
    error: float | None = None
    genres: tuple[tuple[str, int, int], ...] = ()
    music_kept: float | None = None
    turned_away: float | None = None


_ELSEWHERE = ("magnatune", "gtzan_valid_of_ten", "gtzan_valid", "moods")


def _rate(measured: object) -> Rate | None:
    if not isinstance(measured, Mapping) or not _is_count(measured.get("tracks")) or not measured["tracks"]:
        return None
    interval = measured.get("interval")
    low, high = interval if isinstance(interval, list) and len(interval) == 2 else (None, None)
    return Rate(measured["tracks"], _share(measured.get("accuracy")), _share(low), _share(high))


def figures(measured: object) -> Figures | None:
    """Read the ``measured`` object of a card; None when there is none."""
    rate = _rate(measured)
    if rate is None or not isinstance(measured, Mapping):
        return None
    others = {name: _rate(measured.get(name)) for name in _ELSEWHERE}
    rows, guard = measured.get("recall", measured.get("per_genre")), measured.get("guard")
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
        rate.tracks, rate.accuracy, rate.low, rate.high,
        {name: other for name, other in others.items() if other is not None and other.accuracy is not None},
        _share(measured.get("top3")), _share(measured.get("ece")), tuple(genres), _share(guard.get("music_kept")),
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
