"""What the tracks of an album say together, and which of them sound different.

How they are pooled was chosen with ``benchmarks/albums.py``, which measures this and other ways on labelled tracks.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from genre_tagger.library.tracks import Vote
from genre_tagger.review.albums.grouping import Album

# A probability below this is nothing a track can know; one track must not be able to forbid a genre to its album.
_LEAST = 0.03
# Tracks of one album are no independent witnesses: of so many at most they are worth the evidence. And how much of the
# evidence is left where no two of them agree.
_WITNESSES = 3.0
_SHRUNK = 0.75
# A track sounds different from its album when it finds another genre so much likelier, as a ratio, and so likely.
_DIFFERENT = 8.0
_CLEAR = 0.5


Shares = Mapping[str, float]
"""The probabilities of a track's genres, in 0…1, by their names, the likeliest first; at the end those that are only
offered, together as ""."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an album's tracks say together.

    Attributes
    ----------
    album : Album
    heard : int
        In how many of its tracks a genre was heard.
    shares : Shares
        All genres with the probability that the album is of them, the likeliest first; empty where nothing was heard.
    agree : float
        The share, in 0…1, of the tracks heard in which the album's genre is the likeliest by themselves.
    outliers : tuple of int
        Ids of the tracks that sound different, the most different first.
    """

    album: Album
    heard: int
    shares: Shares
    agree: float
    outliers: tuple[int, ...]

    @property
    def genre(self) -> str | None:
        """The genre that is likeliest, whatever the album is."""
        return next(iter(self.shares), None) or None

    @property
    def probability(self) -> float | None:
        """Its probability, in 0…1."""
        return next(iter(self.shares.values()), None)

    @property
    def vote(self) -> Vote | None:
        """What it means for each of its tracks; none in a compilation, whose tracks are judged by themselves."""
        if self.album.compilation or self.genre is None or self.probability is None:
            return None
        return Vote(self.genre, self.probability, self.agree)


def pool(tracks: Sequence[Shares]) -> dict[str, float]:
    """Pool what is heard in the tracks of an album.

    The mean of the logarithms of their probabilities, sharpened as far as they agree: tracks of which each says
    something else leave the album unsure.

    Parameters
    ----------
    tracks : sequence of Shares
        For each track its genres with their probabilities, the likeliest first.

    Returns
    -------
    dict of str to float
        Probabilities that add up to 1; the likeliest first. The order of the tracks does not matter.

    Examples
    --------
    >>> unsure = {"Jazz": 0.6, "Blues": 0.4}
    >>> {genre: round(probability, 2) for genre, probability in pool([unsure, unsure]).items()}
    {'Jazz': 0.65, 'Blues': 0.35}
    """
    if not tracks:
        return {}
    agreeing = max(Counter(map(_best, tracks)).values()) / len(tracks)
    weight = sharpness(len(tracks), agreeing) / len(tracks)
    genres = sorted({genre for shares in tracks for genre in shares})
    logs = {genre: math.fsum([math.log(max(shares.get(genre, 0.0), _LEAST)) for shares in tracks]) for genre in genres}
    most = max(logs.values())
    powers = {genre: math.exp(weight * (value - most)) for genre, value in logs.items()}
    total = math.fsum(powers.values())
    return {genre: powers[genre] / total for genre in sorted(powers, key=lambda genre: (not genre, -powers[genre]))}


def sharpness(tracks: int, agreeing: float, *, witnesses: float = _WITNESSES, shrunk: float = _SHRUNK) -> float:
    """Say how many independent tracks an album's tracks are worth, of which a share `agreeing` in 0…1 say the same."""
    worth = tracks / (1 + (tracks - 1) / witnesses)
    return worth * (shrunk + (1 - shrunk) * agreeing) if tracks > 1 else 1.0


def judge(albums: Iterable[Album], heard: Mapping[int, tuple[str, Shares]]) -> list[Verdict]:
    """Judge albums.

    Parameters
    ----------
    albums : iterable of Album
    heard : mapping of int to (str, Shares)
        By the ids of tracks, the model and what it heard; what another model heard than in most of an album's tracks
        has no part in its verdict.

    Returns
    -------
    list of Verdict
        One for each album, in their order.
    """
    return [_verdict(album, {track: heard[track] for track in album.tracks if track in heard}) for album in albums]


def votes(verdicts: Iterable[Verdict]) -> dict[int, Vote]:
    """Give each track of these albums its vote, but for compilations and albums of which one track was heard."""
    return {
        track: vote
        for verdict in verdicts
        if verdict.heard > 1 and (vote := verdict.vote) is not None
        for track in verdict.album.tracks
    }


def _verdict(album: Album, heard: Mapping[int, tuple[str, Shares]]) -> Verdict:
    counted = Counter(model for model, _ in heard.values())
    model = max(sorted(counted), key=counted.__getitem__, default="")
    tracks = {track: shares for track, (by, shares) in heard.items() if by == model}
    pooled = pool(list(tracks.values()))
    genre = next(iter(pooled), "")
    agree = sum(shares.get(genre, 0.0) == shares[_best(shares)] for shares in tracks.values()) / max(len(tracks), 1)
    different = {track: _difference(shares, genre) for track, shares in tracks.items()}
    outliers = [] if album.compilation else [track for track, ratio in different.items() if ratio >= _DIFFERENT]
    outliers.sort(key=lambda track: (-different[track], track))
    return Verdict(album, len(tracks), pooled, agree, tuple(outliers))


def _best(shares: Shares) -> str:
    return next(iter(shares))


def _difference(shares: Shares, genre: str) -> float:
    """How much likelier than the album's genre another one is in a track, as a ratio; 0 where none is clear."""
    best = _best(shares)
    if best == genre or shares[best] < _CLEAR:
        return 0.0
    return shares[best] / max(shares.get(genre, 0.0), _LEAST)
