"""The SQL statements that filter and sort the library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from genre_tagger.base.genre_words import BETWEEN
from genre_tagger.library.conditions import Conditions
from genre_tagger.library.rules import Rule
from genre_tagger.library.shelves import Chosen, conditions, questions
from genre_tagger.library.storing import FROM, OF_ALL, pack
from genre_tagger.library.tracks import TagFact

UNCLASSIFIED = (
    "NOT t.missing AND (t.error_stage IS NULL OR t.error_stage NOT IN ('scan', 'classify')) "
    "AND (p.model IS NULL OR (:model IS NOT NULL AND "
    "(p.model IS NOT :model OR (NOT p.embedding_kept AND p.why_none IS NULL))))"
)

# The user's choice goes first; without one, the policy decides: the rule of review.policy.propose in SQL. {word} stands
# for the model's or the album's genre as the policy spells it, which may be several; {genre} and {probability} are that
# genre as it is heard. SQLite folds the case of ASCII alone; lacks() of all letters, slowly.
_WORD = "char(31) || {word} || char(31)"
_CHOICE = f"(CASE WHEN coalesce(d.genres, '') <> '' THEN d.genres ELSE {_WORD} END)"

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
    "add": f"lacks(t.genres, {_WORD})",
    "replace": f"t.genres <> {_WORD}",
}
_CHOSEN = "(d.accepted = 1 OR (d.accepted IS NULL AND coalesce(d.genres, '') <> ''))"
_CHOICE_CHANGES = {
    "fill": f"{_CHOICE} <> t.genres",
    "add": f"lacks(t.genres, {_CHOICE})",
    "replace": f"{_CHOICE} <> t.genres",
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
        "unclassified": UNCLASSIFIED,
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
    """What is asked for, as :meth:`genre_tagger.library.library.Library.find` has it.

    `tag_lists` are the models' tags; `columns` are SQL for the likeliest ``"genre"`` and its ``"probability"``.
    """

    rule: Rule | None = None
    tag_lists: Mapping[int, Sequence[TagFact]] = {}
    genre: str | None = None
    proposed: str | None = None
    state: str | None = None
    threshold: float = 0.5
    mode: str = "fill"
    agreed: float | None = None
    spelling: Mapping[str, str] = {}
    chosen: Chosen | None = None
    columns: Mapping[str, str] = OF_ALL


def find(asked: Asked, order: str, descending: bool) -> tuple[str, dict[str, object]]:
    """Build the statement behind :meth:`genre_tagger.library.library.Library.find`.

    Returns
    -------
    sql : str
    parameters : dict
    """
    where, parameters = _where(asked)
    where += [part for part in conditions(asked.chosen, parameters) if part != "1"] if asked.chosen is not None else []
    direction = "DESC" if descending else "ASC"
    # A plus keeps SQLite from reading all tracks in the order of an index, which is much slower than to sort some.
    mark = "+" if where else ""
    ordering = ", ".join(f"{mark}{column} {direction} NULLS LAST" for column in ORDERS[order])
    sql = f"SELECT t.id {FROM} WHERE {' AND '.join(where) or '1'} ORDER BY {ordering}"
    return _filled(sql, asked, parameters), parameters


def count_shelves(asked: Asked, chosen: Chosen) -> tuple[list[str], dict[str, object]]:
    """Build the three statements behind :meth:`genre_tagger.library.library.Library.shelves`."""
    where, parameters = _where(asked)
    statements = questions(chosen, " AND ".join(where) or "1", parameters)
    return [_filled(sql, asked, parameters) for sql in statements], parameters


def _filled(sql: str, asked: Asked, parameters: dict[str, object]) -> str:
    """Put what is heard in its places: the album's vote where that counts, and the genre as it is spelt."""
    sql = sql.replace("{word}", _word(asked.spelling, parameters))
    for name, column in asked.columns.items():
        heard = column if asked.agreed is None else f"(CASE WHEN v.agree >= :agreed THEN v.{name} ELSE {column} END)"
        sql = sql.replace(f"{{{name}}}", heard)
    return sql


def _where(asked: Asked) -> tuple[list[str], dict[str, object]]:
    """The conditions, but for what is chosen on shelves, and their parameters."""
    rule, genre, proposed, state, mode = asked.rule, asked.genre, asked.proposed, asked.state, asked.mode
    where = []
    parameters: dict[str, object] = {"model": None, "threshold": asked.threshold, "agreed": asked.agreed}
    if rule is not None:
        where.append(f"({Conditions(lambda name: _state(name, mode), asked.tag_lists, parameters).of(rule)})")
    if genre is not None:
        where.append("instr(t.genres, :genre) > 0" if genre else "t.genres = ''")
        parameters["genre"] = pack([genre])
    if proposed is not None:
        where.append("{genre} = :proposed")
        parameters["proposed"] = proposed
    if state is not None:
        where.append(_state(state, mode))
    return where, parameters
