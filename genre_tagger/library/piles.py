"""Tracks in piles: those that are alike in all that decides what becomes of them, counted by the database itself.

A library of a million tracks has some ten thousand piles. What is asked about states and genres is asked of these
alone; which tracks are meant then stands in ``piled``, a table so narrow that reading all of it takes a fraction of a
second. Triggers keep both in step with tracks, predictions and decisions. What albums vote, and shares among fewer
genres than all, are no part of them.

Functions that write take a connection in a transaction, which the caller opens and ends.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from sqlite3 import Connection
from typing import TYPE_CHECKING, NamedTuple

from genre_tagger.library.finding.gradual import ALL, Gradual
from genre_tagger.library.finding.orders import ids_of
from genre_tagger.library.storing import pack, unpack
from genre_tagger.library.tracks import Decision, Track

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# The columns of a pile and what they are made of. They are part of a migration: a change needs a new one, which makes
# the tables anew. `percent` is the greatest k with k / 100 <= probability, exactly as a comparison would have it.
_WHOLE = "CAST(p.probability * 100 AS INTEGER)"
_KEY = {
    "genres": "t.genres",
    "heard": "coalesce(p.genre, '')",
    "percent": f"coalesce({_WHOLE} + (p.probability >= ({_WHOLE} + 1) / 100.0) "
    f"- (p.probability < {_WHOLE} / 100.0), -1)",
    "judged": "p.track IS NOT NULL",
    "why_none": "coalesce(p.why_none, '')",
    "accepted": "coalesce(d.accepted, -1)",
    "chosen": "coalesce(d.genres, '')",
    "missing": "t.missing",
    "stage": "coalesce(t.error_stage, '')",
    "failed": "t.error IS NOT NULL",
    "refused": "t.refusal <> ''",
    "compilation": "t.compilation",
}
COLUMNS: Mapping[str, str] = {
    "t.genres": "k.genres", "t.missing": "k.missing", "t.error_stage": "nullif(k.stage, '')",
    "t.error": "nullif(k.failed, 0)", "t.refusal": "iif(k.refused, 'x', '')", "t.compilation": "k.compilation",
    "p.model": "nullif(k.judged, 0)", "p.genre": "nullif(k.heard, '')", "p.why_none": "nullif(k.why_none, '')",
    "d.accepted": "nullif(k.accepted, -1)", "d.genres": "k.chosen",
}  # fmt: skip
"""What of tracks, predictions and decisions a pile knows, and how it says it."""

_NAMES = ", ".join(_KEY)
_SAME = " AND ".join(f"k.{name} = v.{name}" for name in _KEY)
_STEP = 20_000
KEPT = Gradual("piled_until", "id", "tracks")
"""Which tracks are on their piles."""
# Of fewer tracks the triggers see to each.
_FEW = 200
# Tracks that SQLite is told of in one text.
_TOLD = 20_000


def _refile(track: str) -> str:
    """Trigger statements that put a track where it belongs now; without OR, which the statement outside would rule."""
    return f"""
        UPDATE piles SET tracks = tracks - 1 WHERE id = (SELECT pile FROM piled WHERE track = {track});
        INSERT INTO piles ({_NAMES}) SELECT {_NAMES} FROM pile_keys v
            WHERE v.track = {track} AND NOT EXISTS (SELECT 1 FROM piles k WHERE {_SAME});
        DELETE FROM piled WHERE track = {track};
        INSERT INTO piled SELECT v.track, k.id, v.probability FROM pile_keys v JOIN piles k ON {_SAME}
            WHERE v.track = {track};
        UPDATE piles SET tracks = tracks + 1 WHERE id = (SELECT pile FROM piled WHERE track = {track});
    """


def _trigger(name: str, event: str, track: str, more: str = "", body: str = "") -> str:
    when = f"{track} <= (SELECT until FROM piled_until){more}"
    return f"CREATE TRIGGER piled_{name} AFTER {event} WHEN {when} BEGIN {body or _refile(track)} END;"


def _differs(*names: str) -> str:
    return " AND (" + " OR ".join(f"old.{name} IS NOT new.{name}" for name in names) + ")"


_OF_TRACK = ("genres", "missing", "error_stage", "error", "refusal", "compilation")
_OF_PREDICTION = ("genre", "probability", "why_none")
_GONE = """
    UPDATE piles SET tracks = tracks - 1 WHERE id = (SELECT pile FROM piled WHERE track = old.id);
    DELETE FROM piled WHERE track = old.id;
"""
SCHEMA = "\n".join([
    f"""
    CREATE TABLE piles (
        id INTEGER PRIMARY KEY, genres TEXT NOT NULL, heard TEXT NOT NULL, percent INTEGER NOT NULL,
        judged INTEGER NOT NULL, why_none TEXT NOT NULL, accepted INTEGER NOT NULL, chosen TEXT NOT NULL,
        missing INTEGER NOT NULL, stage TEXT NOT NULL, failed INTEGER NOT NULL, refused INTEGER NOT NULL,
        compilation INTEGER NOT NULL, tracks INTEGER NOT NULL DEFAULT 0, UNIQUE ({_NAMES})
    );
    CREATE TABLE piled (track INTEGER PRIMARY KEY, pile INTEGER NOT NULL, probability REAL);
    CREATE INDEX piled_by_probability ON piled (probability);
    -- Tracks up to this id are on their piles; the others of an older library are put there step by step.
    {KEPT.schema}
    CREATE VIEW pile_keys AS SELECT t.id AS track, p.probability AS probability,
        {", ".join(f"{sql} AS {name}" for name, sql in _KEY.items())}
        FROM tracks t LEFT JOIN predictions p ON p.track = t.id LEFT JOIN decisions d ON d.track = t.id;
    """,
    _trigger("new", "INSERT ON tracks", "new.id"),
    _trigger("changed", f"UPDATE OF {', '.join(_OF_TRACK)} ON tracks", "new.id", _differs(*_OF_TRACK)),
    _trigger("gone", "DELETE ON tracks", "old.id", body=_GONE),
    _trigger("heard", "INSERT ON predictions", "new.track"),
    _trigger("heard_again", f"UPDATE OF {', '.join(_OF_PREDICTION)} ON predictions", "new.track",
             _differs(*_OF_PREDICTION)),
    _trigger("unheard", "DELETE ON predictions", "old.track"),
    _trigger("said", "INSERT ON decisions", "new.track"),
    _trigger("said_again", "UPDATE ON decisions", "new.track"),
    _trigger("unsaid", "DELETE ON decisions", "old.track"),
])  # fmt: skip


def fill(db: Connection, writing: Callable[[], AbstractContextManager[Connection]]) -> Iterator[int]:
    """Put the tracks of an older library on piles, step by step; yields how many ids each step was about."""

    def give(after: int, until: int) -> None:
        between = {"after": after, "until": until}
        within = "WHERE track > :after AND track <= :until"
        db.execute(f"INSERT OR IGNORE INTO piles ({_NAMES}) SELECT {_NAMES} FROM pile_keys {within}", between)
        db.execute(
            "INSERT INTO piled SELECT v.track, k.id, v.probability "
            f"FROM pile_keys v JOIN piles k ON {_SAME} {within.replace('track', 'v.track')}", between,
        )  # fmt: skip
        db.execute(
            "UPDATE piles SET tracks = tracks + new.number FROM "
            f"(SELECT pile, count(*) AS number FROM piled {within} GROUP BY 1) new WHERE new.pile = id", between,
        )  # fmt: skip

    return KEPT.fill(db, writing, _STEP, give)


@contextmanager
def refiled(db: Connection, tracks: Collection[int]) -> Iterator[None]:
    """Put tracks on their piles again after what changes them inside; of many that is quicker than one by one."""
    if len(tracks) < _FEW or not KEPT.is_whole(db):
        yield
        return
    db.execute("CREATE TEMP TABLE IF NOT EXISTS moved (track INTEGER PRIMARY KEY)")
    db.execute("DELETE FROM moved")
    db.execute("INSERT OR IGNORE INTO moved SELECT value FROM json_each(?)", (json.dumps(sorted(tracks)),))
    with _resting(db):
        yield
        for statement in _REFILED:
            db.execute(statement)


@contextmanager
def _resting(db: Connection) -> Iterator[None]:
    """Have the triggers rest; the transaction, which the caller opened, gives back what was if this fails."""
    db.execute("UPDATE piled_until SET until = -1")
    yield
    db.execute("UPDATE piled_until SET until = ?", (ALL,))


_OF_MOVED = "(SELECT pile, count(*) AS number FROM moved JOIN piled USING (track) GROUP BY 1)"
_REFILED = (
    f"UPDATE piles SET tracks = tracks - gone.number FROM {_OF_MOVED} gone WHERE gone.pile = id",
    f"INSERT OR IGNORE INTO piles ({_NAMES}) SELECT {_NAMES} FROM moved m JOIN pile_keys v ON v.track = m.track",
    "INSERT OR REPLACE INTO piled SELECT v.track, k.id, v.probability "
    f"FROM moved m JOIN pile_keys v ON v.track = m.track JOIN piles k ON {_SAME}",
    f"UPDATE piles SET tracks = tracks + new.number FROM {_OF_MOVED} new WHERE new.pile = id",
    "DELETE FROM moved",
)


def genre_counts(db: Connection) -> list[tuple[str, int]]:
    """Count tracks by each genre their files have; see ``Library.genre_counts``."""
    counts: dict[str, int] = {}
    of_piles = "SELECT genres, sum(tracks) FROM piles WHERE tracks > 0 GROUP BY 1"
    of_tracks = "SELECT genres, count(*) FROM tracks GROUP BY 1"
    for packed, number in db.execute(of_piles if KEPT.is_whole(db) else of_tracks):
        for genre in unpack(packed) or ("",):
            counts[genre] = counts.get(genre, 0) + number
    return sorted(counts.items(), key=lambda item: (-item[1], item[0].casefold()))


# --- deciding about many ---------------------------------------------------------------------------------------------


def decide_alike(
    db: Connection,
    tracks: Iterable[int],
    change: Callable[[Track], Decision | None],
    percent: int,
    load: Callable[[list[int]], Iterable[Track]],
) -> dict[Decision | None, array[int]]:
    """Decide about tracks, asking `change` only once for all that are alike.

    Parameters
    ----------
    db : sqlite3.Connection
        In a transaction; all its tracks are on piles.
    tracks : iterable of int
    change : callable
        Gives what is to be said of a track; looks at nothing but what a pile knows of it, and of probabilities only
        whether they reach `percent`.
    percent : int
    load : callable
        Reads tracks.

    Returns
    -------
    dict of Decision or None to array of int
        The tracks for which something changed, by what was said of them before.
    """
    meant = _Meant.of(db, tracks)
    groups = _alike(db, percent, meant)
    samples = {track.id: track for track in load(list(groups))}
    decided = ((samples[sample].decision, change(samples[sample]), met) for sample, met in groups.items())
    turns = [(pile, before, after) for before, after, met in decided if before != after for pile in met]
    said = {}
    for before in {before for _, before, _ in turns}:
        said[before] = meant.on(pile for pile, said_before, _ in turns if said_before == before)
    _turn(db, meant, {pile: after for pile, _, after in turns})
    return {before: array("q", ids.tobytes()) for before, ids in said.items()}


def decide_groups(
    db: Connection,
    groups: Mapping[int, array[int]],
    change: Callable[[Track], Decision | None],
    load: Callable[[list[int]], Iterable[Track]],
) -> dict[Decision | None, array[int]]:
    """Decide about groups of tracks that are alike in more than piles know, each by its sample.

    The parameters are those of :func:`decide_alike`; `groups` are the tracks by the id of one of them.
    """
    said: dict[Decision | None, array[int]] = {}
    turned: dict[Decision | None, array[int]] = {}
    for sample in load(list(groups)):
        after = change(sample)
        if after != sample.decision:
            said.setdefault(sample.decision, array("q")).extend(groups[sample.id])
            turned.setdefault(after, array("q")).extend(groups[sample.id])
    for decision, ids in turned.items():
        decide(db, ids, decision)
    return said


def decide(db: Connection, tracks: Iterable[int], decision: Decision | None) -> None:
    """Say the same of many tracks, all of which are on piles; None takes back what was said."""
    meant = _Meant.of(db, tracks)
    _turn(db, meant, dict.fromkeys(meant.numbers, decision))


class _Meant(NamedTuple):
    """Tracks that something is said of, the pile of each, and how many of each pile they are."""

    ids: NDArray[np.int64]
    piles: NDArray[np.int64]
    numbers: dict[int, int]

    @classmethod
    def of(cls, db: Connection, tracks: Iterable[int]) -> _Meant:
        import numpy as np

        # Said shorter, with `unique`, it holds Python's lock for a tenth of a second, and the window stands still.
        ids = np.frombuffer(tracks if isinstance(tracks, array) else array("q", tracks), dtype=np.int64)
        ids = np.sort(ids)
        ids = ids[np.diff(ids, prepend=-1) > 0]
        # One text is taken in ten times as fast as as many parameters; and rows in the order in which they lie.
        sql = "SELECT coalesce(pile, 0) AS id FROM json_each(:some) LEFT JOIN piled ON track = value"
        piles = np.concatenate([ids_of(db, sql, {"some": some}) for some in _told(ids)] or [ids])
        ids, piles = ids[piles > 0], piles[piles > 0]
        counts = np.bincount(piles)
        met = np.flatnonzero(counts)
        return cls(ids, piles, dict(zip(met.tolist(), counts[met].tolist(), strict=True)))

    def on(self, piles: Iterable[int]) -> NDArray[np.int64]:
        """Those of the tracks that are on some piles."""
        import numpy as np

        wanted = np.zeros(max(self.numbers, default=0) + 1, dtype=bool)
        wanted[list(piles)] = True
        return self.ids[wanted[self.piles]]

    def samples(self) -> dict[int, int]:
        """One track of each pile, by pile."""
        import numpy as np

        first = np.zeros(max(self.numbers, default=0) + 1, dtype=np.int64)
        first[self.piles[::-1]] = self.ids[::-1]
        piles = np.flatnonzero(first)
        return dict(zip(piles.tolist(), first[piles].tolist(), strict=True))


def _told(ids: NDArray[np.int64]) -> Iterator[str]:
    """Tracks as texts for SQLite, a stretch in each."""
    for start in range(0, len(ids), _TOLD):
        yield json.dumps(ids[start : start + _TOLD].tolist())


def _alike(db: Connection, percent: int, meant: _Meant) -> dict[int, list[int]]:
    """The piles of the tracks that are meant, by a sample of those that are alike."""
    names = ", ".join("k.percent >= ?" if name == "percent" else f"k.{name}" for name in _KEY)
    groups: dict[tuple[object, ...], tuple[int, list[int]]] = {}
    samples = meant.samples()
    rows = db.execute(f"SELECT id, {names} FROM piles k WHERE id IN (SELECT value FROM json_each(?))",
                      (percent, json.dumps(list(samples))))  # fmt: skip
    for pile, *key in rows:
        groups.setdefault(tuple(key), (samples[pile], []))[1].append(pile)
    return dict(groups.values())


_UNSAID = [name for name in _KEY if name not in ("accepted", "chosen")]
_WHOLE_PILES = (
    # A pile of which all tracks are meant becomes another, unless there is one like that.
    "UPDATE OR IGNORE piles SET (accepted, chosen) = (SELECT t.accepted, t.chosen FROM turned t WHERE t.pile = id) "
    "WHERE id IN (SELECT t.pile FROM turned t JOIN piles k ON k.id = t.pile WHERE t.number = k.tracks)",
    "UPDATE turned SET target = pile WHERE EXISTS (SELECT 1 FROM piles k WHERE k.id = turned.pile AND "
    "k.tracks = number AND k.accepted = turned.accepted AND k.chosen = turned.chosen)",
    # Others give their tracks to piles that differ from them by what is said.
    f"INSERT OR IGNORE INTO piles ({', '.join(_UNSAID)}, accepted, chosen) "
    f"SELECT {', '.join(f'k.{name}' for name in _UNSAID)}, t.accepted, t.chosen "
    "FROM turned t JOIN piles k ON k.id = t.pile WHERE t.target IS NULL",
)
_OTHER_PILES = (
    "UPDATE piles SET tracks = tracks - t.number FROM turned t WHERE t.pile = id AND t.target <> id",
    "UPDATE piles SET tracks = tracks + new.number FROM (SELECT target, sum(number) AS number FROM turned "
    "WHERE target <> pile GROUP BY 1) new WHERE new.target = id",
    "DELETE FROM piles WHERE tracks = 0",
)


def _turn(db: Connection, meant: _Meant, turns: Mapping[int, Decision | None]) -> None:
    """Say something of tracks, by their piles, and have these piles or others say so."""
    by_decision: dict[Decision | None, list[int]] = {}
    for pile, decision in turns.items():
        by_decision.setdefault(decision, []).append(pile)
    with _resting(db):
        for decision, some in by_decision.items():
            for ids in _told(meant.on(some)):
                _say(db, ids, decision)
        _turn_piles(db, meant, turns)


def _say(db: Connection, ids: str, decision: Decision | None) -> None:
    if decision is None:
        db.execute("DELETE FROM decisions WHERE track IN (SELECT value FROM json_each(?))", (ids,))
    else:
        sql = "INSERT OR REPLACE INTO decisions SELECT value, ?, ? FROM json_each(?)"
        db.execute(sql, (_accepted(decision), pack(decision.genres), ids))


def _turn_piles(db: Connection, meant: _Meant, turns: Mapping[int, Decision | None]) -> None:
    db.execute(
        "CREATE TEMP TABLE IF NOT EXISTS turned "
        "(pile INTEGER PRIMARY KEY, number INTEGER, accepted INTEGER, chosen TEXT, target INTEGER)"
    )
    db.execute("DELETE FROM turned")
    rows = (
        (pile, meant.numbers[pile], -1 if (accepted := _accepted(said)) is None else accepted,
         pack(said.genres) if said is not None else "")
        for pile, said in turns.items()
    )  # fmt: skip
    db.executemany("INSERT INTO turned (pile, number, accepted, chosen) VALUES (?, ?, ?, ?)", rows)
    for statement in _WHOLE_PILES:
        db.execute(statement)
    db.execute(
        "UPDATE turned SET target = (SELECT n.id FROM piles k JOIN piles n ON n.accepted = turned.accepted "
        f"AND n.chosen = turned.chosen AND {' AND '.join(f'n.{name} = k.{name}' for name in _UNSAID)} "
        "WHERE k.id = turned.pile) WHERE target IS NULL"
    )
    others = [row[0] for row in db.execute("SELECT pile FROM turned WHERE target <> pile")]
    for ids in _told(meant.on(others)):
        db.execute(
            "UPDATE piled SET pile = (SELECT target FROM turned WHERE turned.pile = piled.pile) "
            "WHERE track IN (SELECT value FROM json_each(?))", (ids,),
        )  # fmt: skip
    for statement in _OTHER_PILES:
        db.execute(statement)


def _accepted(said: Decision | None) -> int | None:
    return None if said is None or said.accepted is None else int(said.accepted)
