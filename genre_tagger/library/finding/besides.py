"""What is written behind a genre, as SQL asks for it: moods and the like, where they become further genres."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from sqlite3 import Connection

from genre_tagger.base.genre_words import joined
from genre_tagger.library.storing import pack, unpack
from genre_tagger.library.tracks import Candidate, Prediction, TagFact, TagValues


class WithBesides:
    """Adds them to packed genres, for the statements of one connection.

    Parameters
    ----------
    db : sqlite3.Connection
        It gets the function ``besides``, which :mod:`genre_tagger.library.finding.query` names.
    read_as : callable
        Gives a prediction as the library reads it.

    Attributes
    ----------
    tag_lists : mapping of int to sequence of TagFact
        The models' tags by the id of their list; to be there before a statement asks.
    """

    def __init__(self, db: Connection, read_as: Callable[[Prediction], Prediction]) -> None:
        self.tag_lists: Mapping[int, Sequence[TagFact]] = {}
        self._read_as = read_as
        db.create_function("besides", 6, self._added)

    def _added(
        self, genres: str | None, candidates: str | None, tag_list: int | None, tags: bytes | None, kinds: str,
        most: int,
    ) -> str | None:  # fmt: skip
        if not genres or not candidates or tags is None or tag_list is None:
            return genres
        offered = tuple(Candidate(*row) for row in json.loads(candidates))
        values = TagValues(tuple(self.tag_lists[tag_list]), tags)
        prediction = self._read_as(Prediction("", "", offered, tag_values=values))
        return pack(joined(unpack(genres), prediction.besides(kinds.split(), most)))
