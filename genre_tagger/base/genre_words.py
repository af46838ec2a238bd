"""Genres as words: what stands between several in one text, and when two spellings are the same."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

BETWEEN = "; "
"""Stands between several values where they are one text."""

TEN = ("Blues", "Classical", "Country", "Disco", "Hip-Hop", "Jazz", "Metal", "Pop", "Reggae", "Rock")
"""The broad genres of the GTZAN collection, all that earlier models knew; later ones know others besides."""

_BETWEEN_WORDS = frozenset("-_\u2010\u2011\u2012\u2013\u2014\u2212")


@lru_cache(maxsize=8192)  # a library has few different genres, and many tracks of each
def genre_key(genre: str) -> str:
    """What is the same for spellings of one genre: case, spaces and hyphens do not count.

    Examples
    --------
    >>> genre_key("hip hop") == genre_key("Hip-Hop")
    True
    """
    folded = genre.casefold()
    return "".join(c for c in folded if c not in _BETWEEN_WORDS and not c.isspace()) or folded


def joined(genres: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    """Put further genres behind those that are there, in order and without repetition, however they are spelt.

    Examples
    --------
    >>> joined(["Jazz; hip hop"], ["Hip-Hop", "Blues"])
    ('Jazz; hip hop', 'Blues')
    """
    every = list(genres)
    there = genre_keys(every)
    for genre in more:
        if genre_key(genre) not in there:
            every.append(genre)
            there |= genre_keys([genre])
    return tuple(every)


def genre_keys(genres: Iterable[str]) -> set[str]:
    """The keys of genres, and of the parts of those that name several in one text, as "Jazz; Blues" does."""
    return {genre_key(part) for genre in genres for part in (genre, *genre.split(BETWEEN.strip()))} - {""}
