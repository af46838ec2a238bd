"""Which genres copies have: what the files have, and what the library would write into them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from genre_tagger.library.library import Library
from genre_tagger.library.shelves.browsing import FILES, HEARD, Chosen
from genre_tagger.review.policy import Mode, Policy
from genre_tagger.sorting.names import folded


def genres_in_copies(library: Library, policy: Policy) -> list[tuple[str, int]]:
    """Count by SQL how many copies each genre would have, sorted by name.

    A track counts by the genres that would be written into it, and otherwise by those of its file.
    """
    terms = policy.terms()
    counts = _counted(library, FILES, terms)
    written = {"state": "proposed", **terms}
    if policy.mode is not Mode.ADD:
        counts.subtract(_counted(library, FILES, written))
    for name, tracks in _counted(library, HEARD, written).items():
        for genre in policy.genres(name) if name else ():
            counts[genre] += tracks
    return sorted(((name, count) for name, count in counts.items() if name and count > 0), key=lambda g: folded(g[0]))


def _counted(library: Library, by: str, terms: dict[str, Any]) -> Counter[str]:
    return Counter({shelf.name: shelf.tracks for shelf in library.shelves(Chosen(by), **terms).genres[1:]})
