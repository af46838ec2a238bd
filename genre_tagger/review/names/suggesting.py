"""Which genres of a library are one and the same, or say several or nothing: suggested as merges, with counts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from genre_tagger.base.genre_words import BETWEEN, genre_key
from genre_tagger.files.splice import id3v1
from genre_tagger.library.storing import fold
from genre_tagger.review.policy import Mode, clean, merge

_AND = re.compile(r"\s*(?:&|\+|\band\b|\bund\b|\bet\b|\by\b|'n'|’n’|\bn\b)\s*")
_BETWEEN = re.compile(r"\s*[;/,|\\]\s*")
_NOTHING = frozenset(
    {"unknown", "unknowngenre", "none", "nogenre", "genre", "na", "other", "misc", "miscellaneous", "undefined",
     "default", "unclassifiable", "notset", "unbekannt", "sonstige", "autres", "inconnu", "otros", "altro"}
)  # fmt: skip
# One word where others write two: all of one key.
_SAME = {"rnb": "randb", "rythmandblues": "rhythmandblues", "dnb": "drumandbass", "dandb": "drumandbass"}
_NO_PLURAL = frozenset({"blues"})


class Why(StrEnum):
    """What is the matter with a genre."""

    SPELLING = "spelling"
    PLURAL = "plural"
    JOINED = "joined"
    NUMBER = "number"
    NOTHING = "says nothing"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Genres that could be something else.

    Attributes
    ----------
    old : tuple of str
        As the files have them.
    new : tuple of str
        What they would become: one name, several, or none.
    tracks : int
        How many tracks have one of `old`, those that have two counted twice.
    why : Why
    """

    old: tuple[str, ...]
    new: tuple[str, ...]
    tracks: int
    why: Why


def loose_key(genre: str) -> str:
    """What is the same for genres that mean the same: case, accents, marks, and how "and" is written do not count.

    Examples
    --------
    >>> loose_key("R'n'B") == loose_key("r & b") == loose_key("RnB")
    True
    """
    folded = fold(genre)
    spelt = "".join(c for c in _AND.sub("and", folded) if c.isalnum())
    return _SAME.get(spelt, spelt) or genre_key(genre)


def suggest(counts: Iterable[tuple[str, int]], listed: Sequence[str] = ()) -> list[Suggestion]:
    """Suggest merges, splits and removals for the genres of a library.

    Parameters
    ----------
    counts : iterable of (str, int)
        Genres as the files have them, with the tracks that have them.
    listed : sequence of str
        How genres are to be spelt, if they are to be: those of a person's list, or of the model.

    Returns
    -------
    list of Suggestion
        Those for most tracks first; no genre is in two of them.
    """
    tracks = {genre: count for genre, count in counts if genre}
    names = _Names(tracks, listed)
    found = [suggestion for genre in tracks if (suggestion := names.alone(genre)) is not None]
    found += names.alike(tracks.keys() - {genre for suggestion in found for genre in suggestion.old})
    return sorted(found, key=lambda suggestion: (-suggestion.tracks, suggestion.old))


def renamed(genres: Sequence[str], changes: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Give genres their new names; those of a file that none is changed of stay as they are.

    Parameters
    ----------
    genres : sequence of str
        Of a file.
    changes : mapping of str to tuple of str
        What a genre, spelt just so, becomes: another one, several, or none.

    Examples
    --------
    >>> renamed(("Rap", "hip hop"), {"hip hop": ("Hip-Hop",), "Rap": ("Hip-Hop",)})
    ('Hip-Hop',)
    """
    if not any(genre in changes for genre in genres):
        return tuple(genres)
    return merge((), [new for genre in genres for new in changes.get(genre, (genre,))], Mode.REPLACE)


class _Names:
    """The spelling that is preferred, by what is the same for all of them."""

    def __init__(self, tracks: Mapping[str, int], listed: Sequence[str]) -> None:
        self._tracks, self._listed = tracks, frozenset(listed)
        by_key = {loose_key(genre): genre for genre in listed}
        self._single = dict(by_key)  # those that do not look like several
        self._best = by_key
        for genre in sorted(tracks, key=lambda genre: (-tracks[genre], genre.islower(), genre.isupper(), genre)):
            self._best.setdefault(loose_key(genre), genre)
            if not _BETWEEN.search(genre):
                self._single.setdefault(loose_key(genre), genre)

    def alone(self, genre: str) -> Suggestion | None:
        """What is to be said of a genre whatever else there is."""
        if loose_key(genre) in _NOTHING:
            return self._suggestion((genre,), (), Why.NOTHING)
        if genre[0] in "(0123456789" and (names := id3v1.by_number(genre)) is not None:
            return self._suggestion((genre,), self._spelt(names), Why.NUMBER)
        parts = clean(_BETWEEN.split(genre))
        known = [part for part in parts if loose_key(part) in self._single]
        if loose_key(genre) not in self._single and _BETWEEN.search(genre) and (known or BETWEEN.strip() in genre):
            return self._suggestion((genre,), self._spelt(parts), Why.JOINED)
        return None

    def alike(self, genres: Iterable[str]) -> list[Suggestion]:
        """Spellings of one genre, and a word and its plural where both are there."""
        groups: dict[str, list[str]] = defaultdict(list)
        for genre in sorted(genres):
            groups[self._singular(loose_key(genre))].append(genre)
        made: dict[tuple[str, Why], list[str]] = defaultdict(list)
        for some in groups.values():
            best = self._preferred({loose_key(genre) for genre in some})
            for genre in some:
                if genre != best:
                    made[best, Why.SPELLING if loose_key(genre) == loose_key(best) else Why.PLURAL].append(genre)
        return [self._suggestion(tuple(old), (best,), why) for (best, why), old in made.items()]

    def _singular(self, key: str) -> str:
        one = key[:-1] if key.endswith("s") and not key.endswith("ss") and key not in _NO_PLURAL else ""
        return one if len(one) > 3 and one in self._best else key

    def _preferred(self, keys: Iterable[str]) -> str:
        """Of words that mean the same the one that is listed, or that most tracks have."""
        best = [self._best[key] for key in sorted(keys)]
        return max(best, key=lambda name: (name in self._listed, self._tracks.get(name, 0)))

    def _spelt(self, names: Iterable[str]) -> tuple[str, ...]:
        return merge((), [self._best.get(loose_key(name), name) for name in names], Mode.REPLACE)

    def _suggestion(self, old: tuple[str, ...], new: tuple[str, ...], why: Why) -> Suggestion:
        return Suggestion(old, new, sum(self._tracks[genre] for genre in old), why)
