"""What a person's genres are learned from, and where the answers go: the SQL of learning.

An answer takes the place of the bundled model's, which is kept beside it, so that everything that reads predictions
shows one truth, and taking the answers back gives what was there before. Functions that write take a connection in a
transaction, which the caller opens and ends.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any, NamedTuple

from genre_tagger.library import piles
from genre_tagger.library.albums import raw_rows
from genre_tagger.library.finding.among import Among, Taught, keep_taught, taught
from genre_tagger.library.storing import OF_ALL, pack, unpack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MODEL = (
    "SELECT p.model FROM embeddings e JOIN predictions p USING (track) "
    "GROUP BY p.model ORDER BY count(*) DESC, 1 LIMIT 1"
)
_UNREVIEWED = (
    "LEFT JOIN (SELECT track, group_concat(genre, char(31)) AS genres FROM unreviewed GROUP BY track) u "
    "ON u.track = t.id "
)
_HEARD = (
    "SELECT t.id, t.artist, t.genres, t.length, d.track IS NOT NULL, d.accepted, d.genres, p.genre, p.probability, "
    "p.bundled_candidates IS NOT NULL, u.genres, CASE WHEN d.accepted THEN {genre} END "
    "FROM embeddings e JOIN predictions p USING (track) JOIN tracks t ON t.id = e.track "
    f"LEFT JOIN decisions d ON d.track = t.id {_UNREVIEWED} WHERE p.model = ? ORDER BY t.id"
)
_VALUES = (
    "SELECT e.track, coalesce(p.bundled_candidates, p.candidates), e.vector "
    "FROM embeddings e JOIN predictions p USING (track) WHERE p.model = ? ORDER BY 1"
)
_EMBEDDINGS = "SELECT e.track, e.vector FROM embeddings e JOIN predictions p USING (track) WHERE p.model = ? ORDER BY 1"
_ANSWERS = "SELECT track, candidates FROM predictions WHERE bundled_candidates IS NOT NULL"
_JUDGED = (
    "SELECT p.track, {probability} FROM predictions p LEFT JOIN decisions d ON d.track = p.track "
    "WHERE d.track IS NULL AND p.genre IS NOT NULL ORDER BY 1"
)
_BUNDLED = "SELECT coalesce(bundled_candidates, candidates) FROM predictions WHERE track = ?"
# What there is to learn from, in short: tracks of which the same is known are counted together.
_SAID = (
    "SELECT t.genres, d.track IS NOT NULL, d.accepted, d.genres, CASE WHEN d.accepted THEN {genre} END, "
    f"u.genres, p.track IS NOT NULL, count(*) FROM tracks t LEFT JOIN decisions d ON d.track = t.id {_UNREVIEWED}"
    "LEFT JOIN predictions p ON p.track = t.id AND p.model = ? AND p.embedding_kept "
    "WHERE t.genres <> '' OR d.track IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7"
)
# What the person has said yes to stays what it is.
_OPEN = "NOT EXISTS (SELECT 1 FROM decisions d WHERE d.track = predictions.track AND d.accepted = 1 AND d.genres = '')"
_ANSWER = (
    "UPDATE predictions SET "
    "bundled_genre = CASE WHEN bundled_candidates IS NULL THEN genre ELSE bundled_genre END, "
    "bundled_probability = CASE WHEN bundled_candidates IS NULL THEN probability ELSE bundled_probability END, "
    "bundled_candidates = coalesce(bundled_candidates, candidates), genre = ?, probability = ?, candidates = ? "
    f"WHERE track = ? AND {_OPEN}"
)
_TAKE_BACK = (
    "UPDATE predictions SET genre = bundled_genre, probability = bundled_probability, candidates = bundled_candidates, "
    "bundled_genre = NULL, bundled_probability = NULL, bundled_candidates = NULL WHERE bundled_candidates IS NOT NULL"
)


class HeardRow(NamedTuple):
    """A track as learning sees it.

    Attributes
    ----------
    id, artist, length
        Of the track; seconds.
    genres : tuple of str
        What its file has.
    accepted, chosen : bool or None, tuple of str
        What the person said of it, as :class:`genre_tagger.library.tracks.Decision` has it.
    genre, probability : str or None, float or None
        The answer that stands, among all genres.
    answered : bool
        Whether the answer that stands was learned.
    unreviewed : tuple of str
        Those genres of the file that this program wrote as the model proposed them, with no word from a person.
    agreed : str or None
        The genre that the person said yes to.
    """

    id: int
    artist: str
    genres: tuple[str, ...]
    length: float
    accepted: bool | None
    chosen: tuple[str, ...]
    genre: str | None
    probability: float | None
    answered: bool
    unreviewed: tuple[str, ...] = ()
    agreed: str | None = None


class HeardValue(NamedTuple):
    """What the bundled model heard in a track: JSON of its candidates, and the embedding, half-precision floats."""

    track: int
    bundled: str
    vector: bytes


class Said(NamedTuple):
    """What is said of so many `tracks` that say the same; names as of :class:`HeardRow`.

    `heard` says whether the model has heard them, so that they can be examples.
    """

    genres: tuple[str, ...]
    accepted: bool | None
    chosen: tuple[str, ...]
    agreed: str | None
    unreviewed: tuple[str, ...]
    heard: bool
    tracks: int


class Answer(NamedTuple):
    """What stands for a track in the bundled model's place: a genre, how likely in 0…1, and JSON of all candidates."""

    track: int
    genre: str | None
    probability: float | None
    candidates: str


class Wishes(NamedTuple):
    """What a person wants of learning.

    Attributes
    ----------
    trusted, off : frozenset of str
        Keys of the genres whose tags are examples, and of those that are not to be answered.
    nothing : bool
        Whether nothing at all is to be answered.
    """

    trusted: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()
    nothing: bool = False


def model_of(db: Connection) -> str | None:
    """Name the model that heard most of the tracks whose embeddings are kept."""
    row = db.execute(_MODEL).fetchone()
    return None if row is None else str(row[0])


def stamp(db: Connection) -> str:
    """Say in a word what embeddings there are; it changes whenever any of them does, and is empty without any."""
    model = model_of(db)
    (number,) = db.execute("SELECT number FROM embeddings_changed").fetchone()
    return "" if model is None else f"{model} {number}"


def heard_row(raw: Sequence[Any]) -> HeardRow:
    """Build a track from a row of :meth:`Teaching.heard_rows`."""
    accepted = None if raw[5] is None else bool(raw[5])
    chosen = unpack(raw[6]) if raw[4] else ()
    genre, probability, answered, unreviewed, agreed = raw[7:]
    return HeardRow(
        raw[0], raw[1], unpack(raw[2]), raw[3], accepted, chosen, genre, probability, bool(answered),
        _parts(unreviewed), agreed,
    )


def _parts(joined: str | None) -> tuple[str, ...]:
    return tuple(joined.split("\x1f")) if joined else ()


def said(db: Connection, model: str, columns: Mapping[str, str] = OF_ALL) -> Iterator[Said]:
    """Yield what is said of the tracks that have a genre or a decision, those that say the same together."""
    for row in db.execute(_SAID.format(**columns), (model,)):
        genres, decided, accepted, chosen, agreed, unreviewed, heard, tracks = row
        yield Said(
            unpack(genres), None if accepted is None else bool(accepted), unpack(chosen) if decided else (), agreed,
            _parts(unreviewed), bool(heard), tracks,
        )


@contextmanager
def whose(db: Connection, track: int, unreviewed: bool | None, besides: Collection[str] = ()) -> Iterator[None]:
    """Take note whose word the genres are that a file gets: the row of the track is updated inside.

    Parameters
    ----------
    db : sqlite3.Connection
        In a transaction.
    track : int
    unreviewed : bool or None
        Whether they are the model's alone. What takes the place of such a genre, by a merge or a new name, is one too.
        None: the file gets back what it had.
    besides : collection of str
        Those of them that are the model's alone in any case.
    """
    before, guessed = _genres(db, track), _guessed(db, track)
    yield
    after = _genres(db, track)
    fresh = after - before
    if unreviewed is None:
        fresh = guessed
    elif not unreviewed and not (guessed & before) - after:
        fresh &= set(besides)
    db.executemany("INSERT OR IGNORE INTO unreviewed VALUES (?, ?)", [(track, genre) for genre in sorted(fresh)])


def _genres(db: Connection, track: int) -> set[str]:
    return set(unpack(db.execute("SELECT genres FROM tracks WHERE id = ?", (track,)).fetchone()[0]))


def _guessed(db: Connection, track: int) -> set[str]:
    return {row[0] for row in db.execute("SELECT genre FROM unreviewed WHERE track = ?", (track,))}


def answer(db: Connection, answers: Iterable[Answer], taken_back: Iterable[int]) -> None:
    """Put answers in the place of the bundled model's, and take others back."""
    told, back = list(answers), list(taken_back)
    with piles.refiled(db, [*back, *(one.track for one in told)]):
        db.executemany(f"{_TAKE_BACK} AND track = ? AND {_OPEN}", [(track,) for track in back])
        db.executemany(_ANSWER, [(a.genre, a.probability, a.candidates, a.track) for a in told])


def take_all_back(db: Connection, columns: Mapping[str, str] = OF_ALL) -> None:
    """Give all tracks the bundled model's answers back; a yes to what was learned becomes a choice of that genre."""
    agreed = db.execute(
        f"SELECT p.track, {columns['genre']} FROM predictions p JOIN decisions d USING (track) "
        "WHERE p.bundled_candidates IS NOT NULL AND d.accepted = 1 AND d.genres = ''"
    ).fetchall()
    chosen = [(pack([genre]), track) for track, genre in agreed]
    db.executemany("UPDATE decisions SET genres = ? WHERE track = ?", chosen)
    db.execute(_TAKE_BACK)


def wishes(db: Connection) -> Wishes:
    """Read what the person wants."""
    rows = db.execute("SELECT name, trusted, off FROM teaching").fetchall()
    off = frozenset(name for name, _, is_off in rows if is_off)
    return Wishes(frozenset(name for name, trusted, _ in rows if trusted), off - {""}, "" in off)


def wish(db: Connection, names: Iterable[str], column: str, value: bool) -> None:
    """Set ``trusted`` or ``off`` of genres; the name "" means learning as a whole."""
    for name in names:
        db.execute("INSERT OR IGNORE INTO teaching (name) VALUES (?)", (name,))
        db.execute(f"UPDATE teaching SET {column} = ? WHERE name = ?", (int(value), name))
    db.execute("DELETE FROM teaching WHERE NOT trusted AND NOT off")


class Teaching:
    """What is learned from in a library, and where the answers go; :attr:`Library.teaching` gives it.

    Parameters
    ----------
    db : sqlite3.Connection
        The library's.
    reads, writes : callable
        What its questions, and its transactions, run in.
    among : Among
        The genres that its predictions are read by.
    """

    def __init__(
        self, db: Connection, reads: Callable[[], AbstractContextManager[None]],
        writes: Callable[[], AbstractContextManager[Connection]], among: Among,
    ) -> None:  # fmt: skip
        self._db, self._reads, self._writes, self._among = db, reads, writes, among

    def heard_rows(self, model: str) -> list[tuple[Any, ...]]:
        """Give all tracks that a model heard, by their ids, as :func:`heard_row` takes them."""
        with self._reads():
            return self._db.execute(_HEARD.format(**self._among.columns), (model,)).fetchall()

    def album_rows(self) -> list[tuple[Any, ...]]:
        """Give what puts tracks into albums, as :func:`genre_tagger.library.albums.row_of` takes it."""
        with self._reads():
            return raw_rows(self._db).fetchall()

    def heard_values(self) -> tuple[str, list[HeardValue]]:
        """Give the model that heard most tracks, "" if there is none, and what it heard in each, by their ids."""
        with self._reads():
            model = model_of(self._db) or ""
            return model, [HeardValue(*row) for row in self._db.execute(_VALUES, (model,))]

    def bundled(self, track: int) -> str:
        """Give JSON of the bundled model's candidates for a track, the likeliest first."""
        with self._reads():
            return str(self._db.execute(_BUNDLED, (track,)).fetchone()[0])

    def heard_stamp(self) -> str:
        """Say what embeddings there are: the model's name, a space, and a number that changes whenever they do."""
        with self._reads():
            return stamp(self._db)

    def said(self) -> list[Said]:
        """Give what is said of tracks that have a genre or a decision, those that say the same together."""
        with self._reads():
            return list(said(self._db, model_of(self._db) or "", self._among.columns))

    def judged(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Give how sure the model is of every track that it has a genre for, and that nothing was decided of.

        Returns
        -------
        ids : ndarray [shape=(tracks,)]
            Rising.
        probabilities : ndarray [shape=(tracks,)]
            Of the likeliest genre, in 0…1.
        """
        import numpy as np

        with self._reads():
            sql = _JUDGED.format(**self._among.columns)
            rows = np.array(self._db.execute(sql).fetchall(), dtype=np.float64).reshape(-1, 2)
        return rows[:, 0].astype(np.int64), rows[:, 1]

    def embeddings(self, model: str) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
        """Give what a model heard in all tracks that it has heard.

        Parameters
        ----------
        model : str
            Its name, as :attr:`Prediction.model` has it; embeddings of different models have nothing in common.

        Returns
        -------
        ids : ndarray [shape=(tracks,)]
            Rising.
        vectors : ndarray [shape=(tracks, values)]
            Read-only; no columns when there are no tracks.
        """
        import numpy as np

        with self._reads():
            rows = self._db.execute(_EMBEDDINGS, (model,)).fetchall()
        size = len(rows[0][1]) if rows else 0
        rows = [row for row in rows if len(row[1]) == size]
        vectors = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f2")
        return np.array([row[0] for row in rows], dtype=np.int64), vectors.reshape(len(rows), size // 2)

    def heard_number(self) -> int:
        """Give the number at the end of :meth:`heard_stamp`, which takes no time however many tracks there are."""
        with self._reads():
            (number,) = self._db.execute("SELECT number FROM embeddings_changed").fetchone()
            return int(number)

    def answers(self) -> dict[int, str]:
        """Give the answers that were learned, or kept from the bundled model: JSON of the candidates, by track."""
        with self._reads():
            return dict(self._db.execute(_ANSWERS))

    def taught(self) -> Taught:
        """Give what stands beside the genres that the model chooses among."""
        with self._reads():
            return taught(self._db)

    def answer(self, answers: Iterable[Answer], taken_back: Iterable[int], now: Taught) -> None:
        """Store answers that were learned, in the place of the bundled model's, and take others back.

        A track to whose genre the person has said yes keeps it. `now` is what stands beside the genres that the model
        chooses among from now on.
        """
        with self._writes() as db:
            answer(db, answers, taken_back)
            keep_taught(db, now)

    def take_answers_back(self) -> None:
        """Give all tracks the bundled model's answers back, exactly as they were."""
        with self._writes() as db:
            take_all_back(db, self._among.columns)
            keep_taught(db, Taught())

    def wishes(self) -> Wishes:
        """Give what the person wants of learning."""
        with self._reads():
            return wishes(self._db)

    def trust(self, genres: Iterable[str], trusted: bool) -> None:
        """Have the tags of some genres, by their keys, be examples of them, or not any more."""
        with self._writes() as db:
            wish(db, genres, "trusted", trusted)

    def switch(self, genres: Iterable[str], on: bool) -> None:
        """Have what was learned of some genres, by their keys, be used or not; the name "" means all."""
        with self._writes() as db:
            wish(db, genres, "off", not on)
