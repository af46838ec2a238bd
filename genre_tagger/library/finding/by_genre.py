"""Large libraries sorted by genres: by those of the files, by those that would be written, by how sure these are.

What piles know is read of them, and what they do not, shares among fewer genres than all and what albums say, from
tables as narrow. Numbers are sorted by numpy; of texts there are few.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from sqlite3 import Connection
from types import MappingProxyType
from typing import TYPE_CHECKING

from genre_tagger.library.finding import query
from genre_tagger.library.finding.orders import ids_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Probabilities as whole numbers that sort as they do, and what stands for none.
_ONE, _NONE = 2**62, 2**63 - 1
_NOTHING: Mapping[str, object] = MappingProxyType({})


def by_genres(db: Connection, ids: NDArray[np.integer]) -> NDArray[np.integer]:
    """Sort all tracks by the genres of their files; where these are the same, they keep the order of `ids`."""
    import numpy as np

    piles = dict(db.execute("SELECT id, genres FROM piles WHERE tracks > 0").fetchall())
    texts = sorted(set(piles.values()))
    rank, _ = _ranked(db, texts)
    place = {text: number for number, text in enumerate(texts)}
    of_pile = _of_pile({pile: int(rank[place[genres]]) for pile, genres in piles.items()})
    of_track = np.zeros(int(ids.max(initial=0)) + 1, dtype=rank.dtype)
    of_track[np.sort(ids)] = of_pile[_piles(db)]
    return ids[np.argsort(of_track[ids], kind="stable")]


def by_what_is_heard(
    db: Connection, ids: NDArray[np.integer], asked: query.Asked, *, by_choice: bool
) -> tuple[NDArray[np.integer], int]:
    """Sort by how sure it is what is heard, or first by what would be written.

    Parameters
    ----------
    db : sqlite3.Connection
    ids : ndarray of int [shape=(n,)]
        All tracks, by their ids.
    asked : Asked
        Says among which genres, and whether albums count; :func:`query.is_heard_by_track` is true of it.
    by_choice : bool
        Whether what would be written goes first.

    Returns
    -------
    ids : ndarray of int [shape=(n,)]
        Upwards.
    unknown : int
        Of how many at their end nothing is known that they are sorted by.
    """
    import numpy as np

    order, unknown = _by_sureness(db, ids, asked)
    if not by_choice:
        return order, unknown
    rank, unknown = _by_choice(db, asked)
    of_track = np.zeros(int(ids.max(initial=0)) + 1, dtype=rank.dtype)
    of_track[ids] = rank
    return order[np.argsort(of_track[order], kind="stable")], unknown


def _by_sureness(db: Connection, ids: NDArray[np.integer], asked: query.Asked) -> tuple[NDArray[np.integer], int]:
    """Sort tracks by the probability of what is heard, and count those of which there is none."""
    import numpy as np

    if (indexed := query.indexed_by_probability(asked, db)) is not None:
        sql = f"SELECT track AS id FROM {indexed} WHERE probability IS NOT NULL ORDER BY probability, track"
        known = ids_of(db, sql)
        rest = np.ones(int(ids.max(initial=0)) + 1, dtype=bool)
        rest[known] = False
        return np.concatenate([known, ids[rest[ids]]]), len(ids) - len(known)
    heard, tables = query.heard_by_track(asked)
    sure = f"coalesce(CAST({heard['probability']} * {_ONE} AS INTEGER), {_NONE})"
    sureness = ids_of(db, f"SELECT {sure} AS id {tables}", {"agreed": asked.agreed})
    return ids[np.argsort(sureness, kind="stable")], int(np.count_nonzero(sureness == _NONE))


def _by_choice(db: Connection, asked: query.Asked) -> tuple[NDArray[np.unsignedinteger], int]:
    """Rank each track, by their ids, by what would be written, and count those for which that is nothing."""
    import numpy as np

    piles = db.execute("SELECT id, chosen, heard FROM piles WHERE tracks > 0").fetchall()
    # What is heard in a track is a number, a place among all genres; at place 0 there is none.
    genres = list(dict.fromkeys([None, *_heard_apart(db, asked), *sorted({heard for _, _, heard in piles if heard})]))
    texts = [*genres, *sorted({chosen for _, chosen, _ in piles if chosen})]
    parameters: dict[str, object] = {}
    word = query.word_of("value", asked, parameters)
    rank, none = _ranked(db, texts, f"iif(key < {len(genres)}, {word}, value)", parameters)
    place = {text: number for number, text in enumerate(texts)}
    of_pile = _of_pile({pile: place[chosen or heard or None] for pile, chosen, heard in piles})
    genre, tables = query.heard_by_track(asked)[0]["genre"], query.heard_by_track(asked)[1]
    if genre == "NULL" or len(genres) == 1:
        track = of_pile[_piles(db)]
    else:
        told: dict[str, object] = {"agreed": asked.agreed, **{f"g{number}": text for number, text in enumerate(genres)}}
        cases = " ".join(f"WHEN :g{number} THEN {number}" for number in range(1, len(genres)))
        # One number for both, because most of the time goes by in reading the tables.
        both = f"g.pile * {len(genres)} + coalesce(CASE {genre} {cases} END, 0)"
        pile, apart = np.divmod(ids_of(db, f"SELECT {both} AS id {tables}", told), len(genres))
        track = of_pile[pile]
        track = np.where((track < len(genres)) & (apart > 0), apart, track)
    return rank[track], int(none[track].sum())


def _heard_apart(db: Connection, asked: query.Asked) -> list[str]:
    """Genres that some track may be heard as though its pile has another, first those of the most tracks."""
    some = [genre for (genres,) in db.execute("SELECT genres FROM among_of") for genre in json.loads(genres)]
    if asked.agreed is not None:
        some += [genre for (genre,) in db.execute("SELECT DISTINCT genre FROM votes")]
    return some


def _ranked(
    db: Connection, texts: Sequence[str | None], sql: str = "value", parameters: Mapping[str, object] = _NOTHING
) -> tuple[NDArray[np.unsignedinteger], NDArray[np.bool_]]:
    """Rank texts, or what SQL makes of the ``value`` of each and its place, the ``key``; and tell which are none."""
    import numpy as np

    rows = db.execute(
        "SELECT text IS NULL, dense_rank() OVER (ORDER BY text IS NULL, text COLLATE NOCASE) "
        f"FROM (SELECT key, {sql} AS text FROM json_each(:texts)) ORDER BY key",
        {**parameters, "texts": json.dumps(texts)},
    ).fetchall()
    # Numpy sorts the smallest numbers fastest by far.
    kind = np.uint16 if len(rows) < 2**16 else np.uint32
    return np.array([row[1] for row in rows], dtype=kind), np.array([row[0] for row in rows], dtype=bool)


def _of_pile(numbers: Mapping[int, int]) -> NDArray[np.int32]:
    import numpy as np

    of_pile = np.zeros(max(numbers, default=0) + 1, dtype=np.int32)
    of_pile[list(numbers)] = list(numbers.values())
    return of_pile


def _piles(db: Connection) -> NDArray[np.int64]:
    """The pile of each track, by the tracks' ids."""
    return ids_of(db, "SELECT pile AS id FROM piled ORDER BY track")
