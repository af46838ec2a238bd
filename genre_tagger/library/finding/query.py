"""The SQL statements that filter and sort the library."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from sqlite3 import Connection
from typing import NamedTuple

from genre_tagger.base.genre_words import BETWEEN
from genre_tagger.library import piles
from genre_tagger.library.finding.among import KEPT, OF_TRACK, lacking
from genre_tagger.library.finding.conditions import Conditions, match
from genre_tagger.library.rules import All, Holds, Rule, Words
from genre_tagger.library.shelves.browsing import Chosen, conditions, questions
from genre_tagger.library.storing import FROM, OF_ALL, pack
from genre_tagger.library.tracks import TagFact

_CAN_BE_HEARD = "NOT t.missing AND (t.error_stage IS NULL OR t.error_stage NOT IN ('scan', 'classify'))"
UNCLASSIFIED = (
    f"{_CAN_BE_HEARD} AND (p.model IS NULL OR (:model IS NOT NULL AND "
    "(p.model IS NOT :model OR (NOT p.embedding_kept AND p.why_none IS NULL))))"
)

# The user's choice goes first; without one, the policy decides: the rule of review.policy.propose in SQL. {word} stands
# for the model's or the album's genre as the policy spells it, which may be several; {genre} and {probability} are that
# genre as it is heard. SQLite folds the case of ASCII alone; lacks() of all letters, slowly.
_WORD = "char(31) || {word} || char(31)"
_CHOICE = f"(CASE WHEN coalesce(d.genres, '') <> '' THEN d.genres ELSE {_WORD} END)"
# What is heard besides may become further genres: {heard} and {choice} are the two above with these behind them.
_WITH_MORE = "besides({}, p.candidates, p.tag_list, p.tags, :kinds, :most)"

# What a column header sorts by; ties are broken so that albums stay together.
_ALBUM = ("t.sort_artist", "t.sort_album", "t.track_number", "t.sort_title", "t.id")
ORDERS: dict[str, tuple[str, ...]] = {
    "title": ("t.sort_title", "t.id"),
    "artist": _ALBUM,
    "album": _ALBUM[1:],
    "track_number": ("t.track_number", "t.sort_title", "t.id"),
    "genres": ("t.genres COLLATE NOCASE", *_ALBUM),
    "proposal": (f"{_CHOICE} COLLATE NOCASE", "{probability}", "t.id"),
    "confidence": ("{probability}", "t.id"),
    "length": ("t.length", "t.id"),
    "format": ("t.format", "t.id"),
    "path": ("t.path",),
    "id": ("t.id",),
}

# What came by itself (see review/arrivals.py), as long as nothing is said of it.
_NEW = (
    "t.id IN (SELECT value FROM json_each(coalesce((SELECT text FROM documents WHERE name = 'new'), '[]'))) "
    "AND d.track IS NULL AND NOT t.missing"
)
_WELL = "NOT t.missing AND t.error_stage IS NOT 'scan'"
_CAN_BE_WRITTEN = "t.refusal = ''"
_OPEN = "(d.accepted IS NULL AND coalesce(d.genres, '') = '')"
_WOULD_CHANGE = {
    "fill": "t.genres = ''",
    "add": "lacks(t.genres, {heard})",
    "replace": "t.genres <> {heard}",
}
_CHOSEN = "(d.accepted = 1 OR (d.accepted IS NULL AND coalesce(d.genres, '') <> ''))"
_CHOICE_CHANGES = {
    "fill": "{choice} <> t.genres",
    "add": "lacks(t.genres, {choice})",
    "replace": "{choice} <> t.genres",
}


def _state(state: str, mode: str) -> str:
    return {
        "proposed": f"{_WELL} AND {_CAN_BE_WRITTEN} AND (({_CHOSEN} AND {_CHOICE_CHANGES[mode]}) OR "
        f"({_OPEN} AND {{probability}} >= :threshold AND {_WOULD_CHANGE[mode]}))",
        "unsure": f"{_WELL} AND {_CAN_BE_WRITTEN} AND {_OPEN} AND {{probability}} < :threshold "
        f"AND {_WOULD_CHANGE[mode]}",
        "nothing": f"{_WELL} AND p.why_none IS NOT NULL AND coalesce(d.genres, '') = ''",
        "errors": "t.error IS NOT NULL",
        "missing": "t.missing",
        "unclassified": f"{_CAN_BE_HEARD} AND p.model IS NULL",
        "compilation": "t.compilation",
        "new": _NEW,
    }[state]


def _word(spelling: Mapping[str, str], parameters: dict[str, object]) -> str:
    """SQL for a genre as the policy spells it, packed if it is several; adds its parameters."""
    cases = []
    for number, (label, word) in enumerate(spelling.items()):
        parameters[f"label{number}"], parameters[f"word{number}"] = label, pack(word.split(BETWEEN))[1:-1]
        cases.append(f"WHEN :label{number} THEN :word{number}")
    return f"(CASE {{genre}} {' '.join(cases)} ELSE {{genre}} END)" if cases else "{genre}"


class Asked(NamedTuple):
    """What is asked for.

    Attributes
    ----------
    rule : Rule, optional
        What filter line and list say.
    tag_lists : mapping of int to sequence of TagFact
        The models' tags.
    clear_kept : bool
        Whether all tracks have the bits of :mod:`genre_tagger.library.finding.clear_tags`.
    genre, proposed : str, optional
        A genre the file has ("" finds files without one); the genre heard in the track, or in its album.
    state : {"proposed", "unsure", "nothing", "errors", "missing", "unclassified", "compilation", "new"}, optional
        "proposed" and "unsure" depend on `threshold` (0…1), `mode` ("fill", "add", "replace") and `spelling` (the
        words written for a model's label), as :class:`genre_tagger.review.policy.Policy` has them.
    agreed : float, optional
        The share, in 0…1, of an album's tracks that have to hear the same so that its vote counts for all of them;
        without it each track is judged by itself.
    chosen : Chosen, optional
        What is chosen on the library's shelves.
    further : (tuple of str, int)
        The kinds of what is heard besides that becomes further genres, and how many of these at most.
    columns : mapping of str to str
        SQL for the likeliest ``"genre"`` and its ``"probability"``.
    """

    rule: Rule | None = None
    tag_lists: Mapping[int, Sequence[TagFact]] = {}
    clear_kept: bool = False
    genre: str | None = None
    proposed: str | None = None
    state: str | None = None
    threshold: float = 0.5
    mode: str = "fill"
    agreed: float | None = None
    spelling: Mapping[str, str] = {}
    chosen: Chosen | None = None
    further: tuple[tuple[str, ...], int] = ((), 0)
    columns: Mapping[str, str] = OF_ALL

    @property
    def narrows(self) -> bool:
        """Whether not all tracks are asked for."""
        return (self.rule, self.genre, self.proposed, self.state, self.chosen) != (None,) * 5


def find(asked: Asked, order: str, descending: bool) -> tuple[str, dict[str, object]]:
    """Build the statement that has SQLite filter and sort; its one column is ``id``.

    Returns
    -------
    sql : str
    parameters : dict
    """
    where, parameters = _where(asked)
    # A plus keeps SQLite from reading all tracks in the order of an index, which is much slower than to sort some.
    mark = "+" if where else ""
    # What is not known of the first comes last both ways; the rest is turned around as a whole.
    ends = ["DESC NULLS LAST", "DESC NULLS FIRST"] if descending else ["ASC NULLS LAST"] * 2
    ordering = ", ".join(f"{mark}{column} {ends[place > 0]}" for place, column in enumerate(ORDERS[order]))
    sql = f"SELECT t.id AS id {FROM} WHERE {' AND '.join(where) or '1'} ORDER BY {ordering}"
    return _filled(sql, asked, asked.columns, parameters), parameters


def choose(asked: Asked, what: str = "g.track AS id") -> tuple[str, dict[str, object]]:
    """Build the statement that filters by way of the piles, in no order; `what` is SQL of its one column."""
    where, parameters = _where(asked, lambda sql, parameters: _by_piles(sql, asked, parameters))
    condition = " AND ".join(where) or "1"
    heard = {"genre": "p.genre", "probability": "g.probability"}
    condition = _filled(condition, asked, heard, parameters)
    if re.search(r"\b[gpdh]\.", condition):
        condition = condition.replace("t.id", "g.track")
        tables = "piled g " + " ".join(join for alias, join in _JOINS.items() if re.search(rf"\b{alias}\.", condition))
    else:
        what, tables = what.replace("g.track", "t.id"), "tracks t"
    return f"SELECT {what} FROM {tables} WHERE {condition}", parameters


def choose_of_some(asked: Asked, *, by_piles: bool) -> tuple[str, dict[str, object]]:
    """Build the statement that filters a few tracks, in no order; its parameter ``some`` takes their ids as JSON."""
    sql, parameters = choose(asked) if by_piles else find(asked, "id", False)
    return _TABLE.sub(_of_some, sql, count=1), parameters


_TABLE = re.compile(r"FROM (piled g|tracks t)\b")


def _of_some(table: re.Match[str]) -> str:
    # CROSS JOIN has SQLite begin with these few, however many tracks the rest may fit.
    return f"FROM json_each(:some) CROSS JOIN {table[1]} ON {'g.track' if table[1] == 'piled g' else 't.id'} = value"


_JOINS = {
    "t": "JOIN tracks t ON t.id = g.track",
    "p": "LEFT JOIN predictions p ON p.track = g.track",
    "d": "LEFT JOIN decisions d ON d.track = g.track",
    "h": "LEFT JOIN clear_tags h ON h.track = g.track",
}


def count(asked: Asked) -> tuple[str, dict[str, object]]:
    """Build the statement that counts, by way of the piles alone where those know enough."""
    unknown = list[str]()

    def on_piles(sql: str, parameters: dict[str, object]) -> str:
        known = _on_piles(sql, asked, parameters)
        unknown.extend([] if known else [sql])
        return f"({known})"

    where, parameters = _where(asked, on_piles)
    if unknown or any(map(_COLUMN.search, where)):  # words are looked for in an index of tracks
        return choose(asked, "count(*)")
    return f"SELECT coalesce(sum(k.tracks), 0) FROM piles k WHERE {' AND '.join(where) or '1'}", parameters


def alike(
    threshold: float, agreed: float | None, columns: Mapping[str, str], further: tuple[Sequence[str], int] = ((), 0)
) -> tuple[str, dict[str, object]]:
    """Build the statement that groups tracks which are alike in what decides about them.

    Its parameter ``some`` are their ids as JSON; its columns are one id of each group, and all of them as a text.
    """
    asked = Asked(threshold=threshold, agreed=agreed, columns=columns, further=(tuple(further[0]), further[1]))
    parameters: dict[str, object] = {"threshold": threshold, "agreed": agreed}
    # What is heard besides is written behind genres, so to tell it apart it is put behind the one that is heard.
    more = ", {heard}" if further[0] else ""
    told = _filled(f"{{genre}}, {{probability}} >= :threshold{more}", asked, columns, parameters)
    return (
        f"SELECT min(t.id), group_concat(t.id) {FROM} WHERE t.id IN (SELECT value FROM json_each(:some)) GROUP BY "
        f"t.genres, t.missing, t.error_stage, t.error IS NULL, t.refusal = '', {told}, p.why_none, d.accepted, d.genres"
    ), parameters


def begun_by_words(asked: Asked) -> Asked | None:
    """Ask besides that a word begins with a text that is looked for: the index of words answers that at once."""
    if asked.rule is None:
        return None
    rules = asked.rule.rules if isinstance(asked.rule, All) else (asked.rule,)
    texts = (rule.text for rule in rules if isinstance(rule, Holds) and rule.field in _INDEXED and match(rule.text))
    text = next(texts, None)
    return None if text is None else asked._replace(rule=All((*rules, Words(text))))


_INDEXED = ("title", "artist", "album", "genre", "path")


def word_of(genre: str, asked: Asked, parameters: dict[str, object]) -> str:
    """Give the SQL of a genre as the policy spells it, packed; `genre` is that of the genre as it is heard."""
    return _WORD.replace("{word}", _word(asked.spelling, parameters)).replace("{genre}", genre)


def is_heard_by_track(asked: Asked) -> bool:
    """Tell whether what is heard in each track stands in narrow tables: see :func:`heard_by_track`."""
    return asked.columns is OF_ALL or asked.columns is KEPT


def heard_by_track(asked: Asked) -> tuple[dict[str, str], str]:
    """Give the SQL of what is heard in each track, in the order of their ids, and the tables that it is read from.

    The ``"genre"`` is NULL where it is as the track's pile has it; of what albums say, ``:agreed`` is a parameter.
    """
    heard, tables = {"genre": "NULL", "probability": "g.probability"}, "FROM piled g"
    if asked.columns is KEPT:
        heard, tables = {**OF_TRACK}, f"{tables} LEFT JOIN among a ON a.track = g.track"
    if asked.agreed is not None:
        tables = f"{tables} LEFT JOIN votes v ON v.track = g.track"
        heard = {name: f"(CASE WHEN v.agree >= :agreed THEN v.{name} ELSE {sql} END)" for name, sql in heard.items()}
    return heard, f"{tables} ORDER BY g.track"


def indexed_by_probability(asked: Asked, db: Connection) -> str | None:
    """Name the table whose index has all tracks in which something is heard by its probability; None if none has."""
    if asked.agreed is not None:
        return None
    if asked.columns is OF_ALL:
        return "piled"
    return "among" if asked.columns is KEPT and not lacking(db) else None


def judges_alone(asked: Asked) -> bool:
    """Tell whether each track is judged by itself, among all genres, as piles have it."""
    return asked.agreed is None and asked.columns is OF_ALL


def fits_piles(asked: Asked) -> bool:
    """Tell whether piles may be asked: each track is judged by itself, or nothing depends on what is heard in it."""
    terms = list[str]()

    def note(sql: str, _: dict[str, object]) -> str:
        terms.append(sql)
        return sql

    if not judges_alone(asked):
        _where(asked, note)
    return not any(word in sql for sql in terms for word in _HEARD)


_HEARD = ("{genre}", "{probability}", "{word}", "{heard}", "{choice}")


def _by_piles(sql: str, asked: Asked, parameters: dict[str, object]) -> str:
    """Have a condition asked of the piles, where these know enough."""
    known = _on_piles(sql, asked, parameters)
    return sql if known is None else f"g.pile IN (SELECT k.id FROM piles k WHERE {known})"


def _on_piles(sql: str, asked: Asked, parameters: dict[str, object]) -> str | None:
    """Turn a condition into one of a pile ``k``; None where it asks for more than that knows."""
    # Of how sure the model is piles know whole percents.
    if "{probability}" in sql and (":threshold" not in sql or whole_percent(asked.threshold) is None):
        return None
    return _told_by_piles(sql, asked, parameters)


def _told_by_piles(sql: str, asked: Asked, parameters: dict[str, object]) -> str | None:
    heard = {"genre": "p.genre", "probability": "(nullif(k.percent, -1) / 100.0)"}
    filled = _filled(sql, asked, heard, parameters)
    if not set(_COLUMN.findall(filled)) <= piles.COLUMNS.keys():
        return None
    return _COLUMN.sub(lambda found: piles.COLUMNS[found[0]], filled)


_COLUMN = re.compile(r"\b[tpdvh]\.\w+")


def whole_percent(threshold: float) -> int | None:
    """Give a probability in percent; None if that is no whole number."""
    percent = round(threshold * 100)
    return percent if percent / 100 == threshold else None


def count_shelves(asked: Asked, chosen: Chosen) -> tuple[list[str], dict[str, object]]:
    """Build the three statements behind :meth:`genre_tagger.library.library.Library.shelves`."""
    where, parameters = _where(asked)
    statements = questions(chosen, " AND ".join(where) or "1", parameters)
    return [_filled(sql, asked, asked.columns, parameters) for sql in statements], parameters


def _filled(sql: str, asked: Asked, columns: Mapping[str, str], parameters: dict[str, object]) -> str:
    """Put what is heard in its places: the album's vote where that counts, and the genre as it is spelt."""
    (kinds, most), more = asked.further, "{}"
    if kinds:
        more = _WITH_MORE
        parameters |= {"kinds": " ".join(kinds), "most": most}
    for name, told in (("heard", _WORD), ("choice", _CHOICE)):
        sql = sql.replace(f"{{{name}}}", more.format(told))
    if "{word}" in sql:
        sql = sql.replace("{word}", _word(asked.spelling, parameters))
    for name, column in columns.items():
        heard = column if asked.agreed is None else f"(CASE WHEN v.agree >= :agreed THEN v.{name} ELSE {column} END)"
        sql = sql.replace(f"{{{name}}}", heard)
    return sql


def _where(
    asked: Asked, leaf: Callable[[str, dict[str, object]], str] = lambda sql, _: sql
) -> tuple[list[str], dict[str, object]]:
    """The conditions, all of which have to hold, and their parameters; `leaf` may put each term in another way."""
    rule, genre, proposed, state, mode = asked.rule, asked.genre, asked.proposed, asked.state, asked.mode
    where = []
    parameters: dict[str, object] = {"model": None, "threshold": asked.threshold, "agreed": asked.agreed}
    if genre is not None:
        where.append("instr(t.genres, :genre) > 0" if genre else "t.genres = ''")
        parameters["genre"] = pack([genre])
    if proposed is not None:
        where.append("{genre} = :proposed")
        parameters["proposed"] = proposed
    if state is not None:
        where.append(_state(state, mode))
    if asked.chosen is not None:
        where += [part for part in conditions(asked.chosen, parameters) if part != "1"]
    where = [leaf(part, parameters) for part in where]
    if rule is not None:
        reading = Conditions(lambda name: _state(name, mode), asked.tag_lists, parameters, leaf, asked.clear_kept)
        where.append(f"({reading.of(rule)})")
    return where, parameters
