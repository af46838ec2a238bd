"""The SQL that a rule of the filter line becomes; every text and number of a person's is a parameter."""

from __future__ import annotations

import struct
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from genre_tagger.library.finding import clear_tags
from genre_tagger.library.rules import (
    FIELDS,
    All,
    Any,
    Holds,
    Kind,
    Not,
    Phrase,
    Rule,
    Sounds,
    Stands,
    Within,
    Words,
)
from genre_tagger.library.storing import fold
from genre_tagger.library.tracks import QUADRANT, TagFact

_PLACES = ("t.sort_title", "t.sort_artist", "t.sort_album", "fold(t.genres)", "fold_path(t.path)")
_SEPARATOR = "\x1f"


def match(words: str) -> str:
    """Turn words into an FTS5 query: each run of letters and digits, as the beginning of a word."""
    composed = unicodedata.normalize("NFC", words)
    runs = "".join(letter if letter.isalnum() else " " for letter in composed).split()
    return " ".join(f'"{run}"*' for run in runs)


def asks(rule: Rule | None, *kinds: type) -> bool:
    """Tell whether a rule is or has in it one of these kinds."""
    return rule is not None and any(isinstance(part, kinds) for part in _parts(rule))


def _parts(rule: Rule) -> Iterator[Rule]:
    yield rule
    if isinstance(rule, Not):
        yield from _parts(rule.rule)
    elif isinstance(rule, All | Any):
        for part in rule.rules:
            yield from _parts(part)


@dataclass
class Conditions:
    """Makes the conditions of one statement.

    Attributes
    ----------
    states : callable
        Gives the SQL of a state.
    tag_lists : mapping of int to sequence of TagFact
        The models' tags, by the id of their list; needed for :class:`Sounds` alone.
    parameters : dict
        Takes the parameters.
    leaf : callable
        May put the SQL of each term but words and phrases in another way; gets it and the parameters.
    clear_kept : bool
        Whether it is kept for all tracks which tags are clear in them.
    now : float
        Seconds since 1970.
    """

    states: Callable[[str], str]
    tag_lists: Mapping[int, Sequence[TagFact]]
    parameters: dict[str, object]
    leaf: Callable[[str, dict[str, object]], str] = lambda sql, _: sql
    clear_kept: bool = False
    now: float = field(default_factory=time.time)

    def of(self, rule: Rule) -> str:
        """Give the condition under which a track has a rule; it is true or false, never null."""
        if isinstance(rule, Not):
            return f"NOT ({self.of(rule.rule)})"
        if isinstance(rule, Any):
            return " OR ".join(f"({self.of(part)})" for part in rule.rules)
        if isinstance(rule, All):
            # One question to the index is much cheaper than one for each word.
            words = " ".join(part.text for part in rule.rules if isinstance(part, Words))
            others: list[Rule] = [part for part in rule.rules if not isinstance(part, Words)]
            together: list[Rule] = [Words(words), *others] if words else others
            return " AND ".join(f"({self.of(part)})" for part in together)
        return self._term(rule)

    def _term(self, rule: Words | Phrase | Holds | Within | Sounds | Stands) -> str:
        if isinstance(rule, Words):
            return self._begin(match(rule.text))
        if isinstance(rule, Phrase):
            return self._phrase(rule.text)
        if isinstance(rule, Holds):
            sql = self._holds(rule)
        elif isinstance(rule, Within):
            sql = self._within(rule)
        else:
            sql = self._sounds(rule) if isinstance(rule, Sounds) else f"({self.states(rule.state)}) IS TRUE"
        return self.leaf(sql, self.parameters)

    def _value(self, value: object) -> str:
        name = f"r{len(self.parameters)}"
        self.parameters[name] = value
        return f":{name}"

    def _begin(self, query: str) -> str:
        return f"t.id IN (SELECT rowid FROM words WHERE words MATCH {self._value(query)})"

    def _phrase(self, text: str) -> str:
        # The index knows no order, but it leaves few tracks to look at.
        value, query = self._value(fold(text)), match(text)
        places = " OR ".join(f"instr({place}, {value}) > 0" for place in _PLACES)
        return f"{self._begin(query)} AND ({places})" if query else places

    def _holds(self, rule: Holds) -> str:
        column = FIELDS[rule.field]
        text = fold(rule.text)
        if rule.field == "playlist":
            return self._in_playlist(text, whole=rule.whole)
        if not rule.text:
            return f"{column.raw} = ''" if column.raw else "0"
        if not rule.whole:
            return f"instr({column.sql}, {self._value(text)}) > 0"
        if rule.field in ("genre", "chosen"):
            return f"instr({column.sql}, {self._value(_SEPARATOR + text + _SEPARATOR)}) > 0"
        return f"{column.sql} = {self._value(text)}"

    def _in_playlist(self, text: str, *, whole: bool) -> str:
        """Say that a playlist whose name holds a text, or that is or lies there, names the file; or none does."""
        if not text:
            return "t.path NOT IN (SELECT path FROM playlist_files)"
        value = self._value(text)
        called = f"{value} IN (fold(l.name), l.place)" if whole else f"instr(fold(l.name), {value}) > 0"
        listed = f"SELECT f.path FROM playlists l JOIN playlist_files f ON f.playlist = l.path WHERE {called}"
        return f"t.path IN ({listed})"

    def _within(self, rule: Within) -> str:
        column = FIELDS[rule.field]
        if rule.between is None:
            return f"{column.raw} IS NULL"
        bounds = rule.between.at(self.now)
        conditions = [f"{column.raw or column.sql} IS NOT NULL"] if column.kind is not Kind.TIME else []
        if bounds.low is not None:
            conditions.append(f"{column.sql} {'>=' if bounds.low_in else '>'} {self._value(bounds.low)}")
        if bounds.high is not None:
            conditions.append(f"{column.sql} {'<=' if bounds.high_in else '<'} {self._value(bounds.high)}")
        return " AND ".join(conditions)

    def _sounds(self, rule: Sounds) -> str:
        """Say that one of the tags of this kind and name is worth mentioning."""
        wanted, heard = fold(rule.text), []
        for number, facts in self.tag_lists.items():
            thresholds = {
                place: fact.threshold
                for place, fact in enumerate(facts)
                if rule.field == ("mood" if fact.kind == QUADRANT else fact.kind)
                and fact.threshold is not None and wanted in fold(fact.label)
            }
            places = list(thresholds)
            if places and self.clear_kept:
                kept, places = clear_tags.any_of(places, number, facts)
                heard.append(kept)
            if clear := [_at_least(place, thresholds[place]) for place in places]:
                heard.append(f"(p.tag_list = {number} AND ({' OR '.join(clear)}))")
        return f"({' OR '.join(heard)}) IS TRUE" if heard else "0"


def _at_least(place: int, threshold: float) -> str:
    """Compare a packed half-precision float with a threshold: of two that are not negative, bytes tell the greater."""
    least = _bits(threshold)
    low, high = (f"substr(p.tags, {2 * place + byte}, 1)" for byte in (1, 2))
    return f"({high} > x'{least >> 8:02x}' OR ({high} = x'{least >> 8:02x}' AND {low} >= x'{least & 255:02x}'))"


def _bits(threshold: float) -> int:
    """The least half-precision float that is not below a threshold (0 or more), as its bits."""
    packed = struct.pack("<e", threshold)
    bits = int.from_bytes(packed, "little")
    return bits + 1 if struct.unpack("<e", packed)[0] < threshold else bits
