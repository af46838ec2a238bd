"""What is written behind a genre, as SQL asks for it: moods and the like, where they become further genres."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from sqlite3 import Connection
from typing import NamedTuple

from genre_tagger.base.genre_words import joined
from genre_tagger.library.storing import pack, unpack
from genre_tagger.library.tracks import STYLE, TagFact


class _Word(NamedTuple):
    """A word of a model's tags: where its value stands, from which on it is clear, and by what its clearness goes."""

    place: int
    threshold: float
    divisor: float
    label: str


class WithBesides:
    """Adds them to packed genres, for the statements of one connection.

    What it adds is what ``Prediction.besides`` gives, but nothing is built for it: a statement may ask of a million
    tracks.

    Parameters
    ----------
    db : sqlite3.Connection
        It gets the function ``besides``, which :mod:`genre_tagger.library.finding.query` names.
    labels : callable
        Gives the genres that a prediction is read by, from its candidates as they are stored.

    Attributes
    ----------
    tag_lists : mapping of int to sequence of TagFact
        The models' tags by the id of their list; to be there before a statement asks.
    """

    def __init__(self, db: Connection, labels: Callable[[str], Sequence[str]]) -> None:
        self.tag_lists: Mapping[int, Sequence[TagFact]] = {}
        self._labels = labels
        self._words: tuple[object, dict[tuple[int, str], list[_Word]]] = None, {}
        db.create_function("besides", 6, self._added)

    def _added(
        self, genres: str | None, candidates: str | None, tag_list: int | None, tags: bytes | None, kinds: str,
        most: int,
    ) -> str | None:  # fmt: skip
        if not genres or not candidates or tags is None or tag_list is None:
            return genres
        values = struct.unpack(f"<{len(tags) // 2}e", tags)
        clear = [word for word in self._of_kinds(tag_list, kinds) if values[word.place] >= word.threshold]
        labels = self._labels(candidates) if clear else ()
        if not labels:
            return genres
        clear.sort(key=lambda word: (-values[word.place] / word.divisor, -values[word.place]))
        folded, words = {label.casefold() for label in labels}, list[str]()
        for word in clear:
            if word.label.casefold() not in folded:
                words.append(word.label)
                folded.add(word.label.casefold())
        return pack(joined(unpack(genres), words[:most]))

    def _of_kinds(self, tag_list: int, kinds: str) -> list[_Word]:
        if self._words[0] is not self.tag_lists:
            self._words = self.tag_lists, {}
        words = self._words[1]
        if (tag_list, kinds) not in words:
            words[tag_list, kinds] = [
                _Word(place, fact.threshold, 1.0 if fact.kind == STYLE else fact.threshold or 1.0, fact.label)
                for place, fact in enumerate(self.tag_lists[tag_list])
                if fact.kind in kinds.split() and fact.threshold is not None
            ]
        return words[tag_list, kinds]
