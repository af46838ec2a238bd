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
from itertools import islice
from sqlite3 import Connection

from genre_tagger.library.storing import pack
from genre_tagger.library.tracks import Decision, Track

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
_ALL = 2**63 - 1
_STEP = 20_000
# Of fewer tracks the triggers see to each.
_FEW = 200


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
    CREATE TABLE piled_until (until INTEGER NOT NULL);
    INSERT INTO piled_until SELECT iif(EXISTS (SELECT 1 FROM tracks), 0, {_ALL});
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


def are_whole(db: Connection) -> bool:
    """Tell whether all tracks are on their piles."""
    return bool(db.execute("SELECT until = ? FROM piled_until", (_ALL,)).fetchone()[0])


def left(db: Connection) -> int:
    """Count the ids that :func:`fill` has not come to."""
    if are_whole(db):
        return 0
    return int(db.execute("SELECT max(id) - (SELECT until FROM piled_until) FROM tracks").fetchone()[0] or 0)


def fill(db: Connection, writing: Callable[[], AbstractContextManager[Connection]]) -> Iterator[int]:
    """Put the tracks of an older library on piles, step by step; yields how many ids are left.

    What was interrupted goes on where it was.
    """
    while not are_whole(db):
        with writing():
            (done,) = db.execute("SELECT until FROM piled_until").fetchone()
            (last,) = db.execute("SELECT coalesce(max(id), 0) FROM tracks").fetchone()
            if done == _ALL:
                return
            step = min(done + _STEP, last)
            between = {"after": done, "until": step}
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
            db.execute("UPDATE piled_until SET until = ?", (_ALL if step >= last else step,))
        yield last - step


@contextmanager
def refiled(db: Connection, tracks: Collection[int]) -> Iterator[None]:
    """Put tracks on their piles again after what changes them inside; of many that is quicker than one by one."""
    if len(tracks) < _FEW or not are_whole(db):
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
    db.execute("UPDATE piled_until SET until = ?", (_ALL,))


_OF_MOVED = "(SELECT pile, count(*) AS number FROM moved JOIN piled USING (track) GROUP BY 1)"
_REFILED = (
    f"UPDATE piles SET tracks = tracks - gone.number FROM {_OF_MOVED} gone WHERE gone.pile = id",
    f"INSERT OR IGNORE INTO piles ({_NAMES}) SELECT {_NAMES} FROM moved m JOIN pile_keys v ON v.track = m.track",
    "INSERT OR REPLACE INTO piled SELECT v.track, k.id, v.probability "
    f"FROM moved m JOIN pile_keys v ON v.track = m.track JOIN piles k ON {_SAME}",
    f"UPDATE piles SET tracks = tracks + new.number FROM {_OF_MOVED} new WHERE new.pile = id",
    "DELETE FROM moved",
)


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
    _pick(db, tracks)
    groups = _alike(db, percent)
    samples = {track.id: track for track in load(list(groups))}
    decided = ((samples[sample].decision, change(samples[sample]), met) for sample, met in groups.items())
    turns = [(pile, before, after) for before, after, met in decided if before != after for pile in met]
    said = {}
    for before in {before for _, before, _ in turns}:
        rows = [(pile,) for pile, said_before, _ in turns if said_before == before]
        said[before] = _of_piles(db, rows)
    _turn(db, ((pile, after) for pile, _, after in turns))
    return said


def decide(db: Connection, tracks: Iterable[int], decision: Decision | None) -> None:
    """Say the same of many tracks, all of which are on piles; None takes back what was said."""
    _pick(db, tracks)
    _turn(db, [(row[0], decision) for row in db.execute("SELECT pile FROM met").fetchall()])


def _pick(db: Connection, tracks: Iterable[int]) -> None:
    """Take down which tracks are meant, on which pile each is, and how many of each pile they are."""
    db.execute("CREATE TEMP TABLE IF NOT EXISTS picked (track INTEGER PRIMARY KEY, pile INTEGER)")
    db.execute(
        "CREATE TEMP TABLE IF NOT EXISTS met (pile INTEGER PRIMARY KEY, sample INTEGER, number INTEGER, "
        "gone INTEGER, accepted INTEGER, genres TEXT, target INTEGER)"
    )
    db.execute("DELETE FROM picked")
    db.execute("DELETE FROM met")
    upcoming = iter(tracks)
    while some := list(islice(upcoming, _STEP)):
        # One text is taken in ten times as fast as as many parameters; and rows in the order in which they are stored.
        db.execute(
            "INSERT OR IGNORE INTO picked SELECT track, pile FROM json_each(?) JOIN piled ON track = value",
            (json.dumps(sorted(some)),),
        )
    db.execute("INSERT INTO met (pile, sample, number) SELECT pile, min(track), count(*) FROM picked GROUP BY 1")


def _alike(db: Connection, percent: int) -> dict[int, list[int]]:
    """The piles of the tracks that were picked, by a sample of those that are alike."""
    names = ", ".join("k.percent >= ?" if name == "percent" else f"k.{name}" for name in _KEY)
    groups: dict[tuple[object, ...], tuple[int, list[int]]] = {}
    rows = db.execute(f"SELECT sample, pile, {names} FROM met JOIN piles k ON k.id = pile", (percent,))
    for track, pile, *key in rows:
        groups.setdefault(tuple(key), (track, []))[1].append(pile)
    return dict(groups.values())


def _of_piles(db: Connection, rows: list[tuple[int]]) -> array[int]:
    db.execute("CREATE TEMP TABLE IF NOT EXISTS some (pile INTEGER PRIMARY KEY)")
    db.execute("DELETE FROM some")
    db.executemany("INSERT INTO some VALUES (?)", rows)
    return array("q", (row[0] for row in db.execute("SELECT track FROM picked WHERE pile IN some")))


_UNSAID = [name for name in _KEY if name not in ("accepted", "chosen")]
_TURNS = (
    # Piles that differ from those that were met by what is said.
    f"INSERT OR IGNORE INTO piles ({', '.join(_UNSAID)}, accepted, chosen) "
    f"SELECT {', '.join(f'k.{name}' for name in _UNSAID)}, coalesce(m.accepted, -1), m.genres "
    "FROM met m JOIN piles k ON k.id = m.pile WHERE m.gone IS NOT NULL",
    "UPDATE met SET target = (SELECT n.id FROM piles k JOIN piles n ON n.accepted = coalesce(met.accepted, -1) "
    f"AND n.chosen = met.genres AND {' AND '.join(f'n.{name} = k.{name}' for name in _UNSAID)} WHERE k.id = met.pile) "
    "WHERE gone IS NOT NULL",
    "DELETE FROM decisions WHERE track IN "
    "(SELECT p.track FROM picked p CROSS JOIN met m ON m.pile = p.pile WHERE m.gone)",
    "INSERT OR REPLACE INTO decisions SELECT p.track, m.accepted, m.genres "
    "FROM picked p CROSS JOIN met m ON m.pile = p.pile WHERE NOT m.gone ORDER BY p.track",
    "UPDATE piled SET pile = (SELECT target FROM met WHERE met.pile = piled.pile) WHERE track IN "
    "(SELECT p.track FROM picked p CROSS JOIN met m ON m.pile = p.pile WHERE m.gone IS NOT NULL)",
    "UPDATE piles SET tracks = tracks - met.number FROM met WHERE met.pile = id AND met.gone IS NOT NULL",
    "UPDATE piles SET tracks = tracks + new.number FROM (SELECT target, sum(number) AS number FROM met "
    "WHERE gone IS NOT NULL GROUP BY 1) new WHERE new.target = id",
    "DELETE FROM piles WHERE tracks = 0",
    "DELETE FROM picked",
)


def _turn(db: Connection, turns: Iterable[tuple[int, Decision | None]]) -> None:
    """Say something of the tracks that were picked, by their piles, and put them on others."""
    db.executemany(
        "UPDATE met SET gone = ?, accepted = ?, genres = ? WHERE pile = ?",
        (
            (said is None, None if said is None or said.accepted is None else int(said.accepted),
             pack(said.genres) if said is not None else "", pile)
            for pile, said in turns
        ),
    )  # fmt: skip
    with _resting(db):
        for statement in _TURNS:
            db.execute(statement)
