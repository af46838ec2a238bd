"""The filter line: words, fields, OR, NOT, brackets and quotes, read into a tree. What it does not understand it says.

    genre:jazz year:1960..1969 -live length:>10:00 sure:>0.8 (mood:calm OR mood:sad) "blue train" added:<30d

Nothing that a person types is an error: what makes no sense is told and left out, and the rest holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import Enum

from genre_tagger.library.amounts import READERS, Between, UnreadableError


class Kind(Enum):
    """What a field holds, and so how it is asked for."""

    TEXT = "text"
    NUMBER = "number"
    SHARE = "share"
    LENGTH = "length"
    SIZE = "size"
    TIME = "time"
    TAG = "tag"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Field:
    """Something that can be asked for by name.

    Attributes
    ----------
    kind : Kind
    sql : str
        What is looked at; text as :func:`genre_tagger.library.storing.fold` folds it. {genre} and {probability} stand
        for what the model finds likeliest.
    raw : str
        The column that says whether there is any; "" where there always is.
    example : str
        What may stand behind its colon.
    """

    kind: Kind
    sql: str = ""
    raw: str = ""
    example: str = ""


# A name of as many letters as bytes has none to fold but those that SQLite knows; to ask Python of a million is felt.
_PATH = "CAST(t.path AS TEXT)"
_FOLDED_PATH = f"iif(length(t.path) = length({_PATH}), lower({_PATH}), fold_path(t.path))"

FIELDS: Mapping[str, Field] = {
    "title": Field(Kind.TEXT, "t.sort_title", "t.title", "blue"),
    "artist": Field(Kind.TEXT, "t.sort_artist", "t.artist", "davis"),
    "album": Field(Kind.TEXT, "t.sort_album", "t.album", "train"),
    "genre": Field(Kind.TEXT, "fold(t.genres)", "t.genres", "jazz"),
    "heard": Field(Kind.TEXT, "fold(coalesce({genre}, ''))", "coalesce({genre}, '')", "jazz"),
    "chosen": Field(Kind.TEXT, "fold(coalesce(d.genres, ''))", "coalesce(d.genres, '')", "jazz"),
    "albumartist": Field(Kind.TEXT, "fold(t.album_artist)", "t.album_artist", "various"),
    "composer": Field(Kind.TEXT, "fold(t.composer)", "t.composer", "bach"),
    "path": Field(Kind.TEXT, _FOLDED_PATH, "", "downloads"),
    "playlist": Field(Kind.TEXT, example="evening"),
    "format": Field(Kind.TEXT, "fold(t.format)", "t.format", "flac"),
    "year": Field(Kind.NUMBER, "t.year", "t.year", "1960..1969"),
    "disc": Field(Kind.NUMBER, "t.disc", "t.disc", "2"),
    "track": Field(Kind.NUMBER, "t.track_number", "t.track_number", "1..3"),
    "length": Field(Kind.LENGTH, "t.length", "nullif(t.length, 0)", ">10:00"),
    "size": Field(Kind.SIZE, "t.size", "", ">50MB"),
    "sure": Field(Kind.SHARE, "{probability}", "{probability}", ">0.8"),
    "added": Field(Kind.TIME, "coalesce(t.added, 0)", "t.added", "<30d"),
    "changed": Field(Kind.TIME, "t.mtime_ns / 1e9", "", "<7d"),
    "style": Field(Kind.TAG, example="ambient"),
    "mood": Field(Kind.TAG, example="calm"),
    "voice": Field(Kind.TAG, example="female"),
    "instrument": Field(Kind.TAG, example="guitar"),
    "era": Field(Kind.TAG, example="80s"),
    "is": Field(Kind.STATE, example="unsure"),
}
"""All fields by name, in the order in which they are offered."""

STATES: Mapping[str, str] = {
    "unsure": "unsure", "to-write": "proposed", "no-genre": "nothing", "problem": "errors", "missing": "missing",
    "unheard": "unclassified", "compilation": "compilation", "new": "new",
}  # fmt: skip
"""What may stand behind ``is:``, and the state of :meth:`genre_tagger.library.library.Library.find` that it means."""

_WANTS = {
    Kind.NUMBER: "a number, or a range such as 1960..1969, >1960 or <=1969",
    Kind.SHARE: "a number from 0 to 1 or a percentage, such as >0.8 or >80%",
    Kind.LENGTH: "a time, such as >10:00 or 3:00..4:30",
    Kind.SIZE: "a size, such as >50MB or <3MB",
    Kind.TIME: "an age such as <30d (hours h, days d, weeks w, months m, years y) or a day such as >2026-01-31",
    Kind.STATE: "one of " + ", ".join(STATES),
}
_DEEPEST = 40  # brackets in brackets
_MOST = 200  # terms; SQLite understands no longer conditions


# --- the tree ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Words:
    """Words that begin somewhere in title, artist, album, genres or path, in any order."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in this order in one of these."""

    text: str


@dataclass(frozen=True, slots=True)
class Holds:
    """A text field holds a text, or is it if `whole`; a text that is empty finds fields that are."""

    field: str
    text: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Within:
    """A number is within bounds; none finds tracks of which it is not known."""

    field: str
    between: Between | None


@dataclass(frozen=True, slots=True)
class Sounds:
    """The model hears a mood, a style, a voice, whose name holds a text."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Stands:
    """A track is in a state."""

    state: str


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class All:
    """All of these."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """One of these at least."""

    rules: tuple[Rule, ...]


Rule = Words | Phrase | Holds | Within | Sounds | Stands | Not | All | Any


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a line means.

    Attributes
    ----------
    rule : Rule or None
        None asks for nothing, so that every track has it.
    told : tuple of str
        A sentence for each thing that was not understood.
    """

    rule: Rule | None
    told: tuple[str, ...] = ()


def parse(text: str) -> Parsed:
    """Read a filter line.

    Parameters
    ----------
    text : str
        Anything.

    Examples
    --------
    >>> parse("train genre:jazz").rule
    All(rules=(Words(text='train'), Holds(field='genre', text='jazz', whole=False)))
    >>> parse("year:old").told
    ('“year:” wants a number, or a range such as 1960..1969, >1960 or <=1969; “old” was left out.',)
    """
    reader = _Reader(list(_tokens(text)))
    rules = [rule for rule in reader.alternatives_until_end() if rule is not None]
    return Parsed(_all(rules), tuple(dict.fromkeys(reader.told)))


def both(one: Rule | None, other: Rule | None) -> Rule | None:
    """Ask for two rules at once."""
    return _all([rule for rule in (one, other) if rule is not None])


# --- reading -------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""(?P<space>\s+) | (?P<open>\() | (?P<close>\)) | (?P<minus>-(?=[^\s)]))
    | (?P<term>(?P<name>[^\W\d_]+:)? (?: (?P<whole>=)?"(?P<quoted>[^"]*)" | (?P<bare>[^\s()"]*) ) )""",
    re.VERBOSE | re.DOTALL,
)


def _tokens(text: str) -> Iterator[re.Match[str]]:
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None or found.end() == position:  # a quotation mark without a partner
            position += 1
            continue
        if not found["space"]:
            yield found
        position = found.end()


def _all(rules: list[Rule]) -> Rule | None:
    return All(tuple(rules)) if len(rules) > 1 else rules[0] if rules else None


@dataclass
class _Reader:
    """Goes through the tokens of one line."""

    tokens: list[re.Match[str]]
    told: list[str] = field(default_factory=list)
    at: int = 0
    terms: int = 0
    depth: int = 0

    def alternatives_until_end(self) -> Iterator[Rule | None]:
        """Read on after each bracket that closes nothing."""
        while self.at < len(self.tokens):
            yield self._alternatives()
            self.at += 1

    def _word(self) -> str:
        """The next token, if it is a word without quotes; it may be OR, AND or NOT."""
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        plain = token is not None and token["term"] and token["bare"] and not token["name"]
        return token["bare"] if token is not None and plain else ""

    def _ends(self) -> bool:
        return self.at >= len(self.tokens) or bool(self.tokens[self.at]["close"])

    def _alternatives(self) -> Rule | None:
        choices = [self._together()]
        while self._word() == "OR":
            self.at += 1
            choices.append(self._together())
        rules = [rule for rule in choices if rule is not None]
        return Any(tuple(rules)) if len(rules) > 1 else rules[0] if rules else None

    def _together(self) -> Rule | None:
        rules: list[Rule] = []
        while not self._ends() and self._word() != "OR":
            if self._word() == "AND":
                self.at += 1
                continue
            rule = self._one()
            if rule is not None:
                rules.append(rule)
        return _all(rules)

    def _one(self) -> Rule | None:
        """Read a term or what stands in brackets, with all that turns it around."""
        turned = False
        while not self._ends() and (self.tokens[self.at]["minus"] or self._word() == "NOT"):
            turned = not turned
            self.at += 1
        if self._ends():
            return None
        token = self.tokens[self.at]
        self.at += 1
        rule = self._bracket() if token["open"] else self._term(token) if token["term"] else None
        return Not(rule) if turned and rule is not None else rule

    def _bracket(self) -> Rule | None:
        if self.depth >= _DEEPEST:
            self.told.append("There are too many brackets within brackets; the innermost do not count.")
            return None
        self.depth += 1
        rule = self._alternatives()
        self.depth -= 1
        self.at += not self.at >= len(self.tokens)  # past what closes it, if anything does
        return rule

    def _term(self, token: re.Match[str]) -> Rule | None:
        self.terms += 1
        if self.terms > _MOST:
            self.told.append(f"This is too long; what comes after the first {_MOST} words does not count.")
            return None
        name = (token["name"] or "")[:-1].casefold()
        if name in FIELDS:
            return self._field(name, token)
        if name:
            self.told.append(_no_field(token["name"][:-1], token[0]))
        if token["quoted"] is not None and not name:
            text = " ".join(token["quoted"].split())
            return Phrase(text) if text else None
        return Words(token[0]) if any(map(str.isalnum, token[0])) else None

    def _field(self, name: str, token: re.Match[str]) -> Rule | None:
        quoted, bare, kind = token["quoted"], token["bare"] or "", FIELDS[name].kind
        text = " ".join((bare if quoted is None else quoted).split())
        whole = bool(token["whole"])
        if quoted is None and kind is Kind.TEXT and bare.startswith("="):
            text, whole = bare[1:], True
        if not text and quoted is None:
            self.told.append(f"Nothing follows “{name}:”, so it was left out. Write {name}:{FIELDS[name].example}.")
            return None
        if kind is Kind.TEXT:
            return Holds(name, text, whole and bool(text))
        if kind is Kind.TAG and text:
            return Sounds(name, text)
        if not text and FIELDS[name].raw:
            return Within(name, None)
        return self._amount(name, kind, text)

    def _amount(self, name: str, kind: Kind, text: str) -> Rule | None:
        if kind is Kind.STATE and text.casefold() in STATES:
            return Stands(STATES[text.casefold()])
        if kind in _AMOUNTS:
            try:
                return Within(name, READERS[_AMOUNTS[kind]](text))
            except UnreadableError:
                pass
        self.told.append(f"“{name}:” wants {_WANTS.get(kind, 'a word')}; “{text}” was left out.")
        return None


_AMOUNTS = {kind: kind.value for kind in (Kind.NUMBER, Kind.SHARE, Kind.LENGTH, Kind.SIZE, Kind.TIME)}


def _no_field(name: str, term: str) -> str:
    near = get_close_matches(name.casefold(), FIELDS, 1, 0.7)
    advice = f"Did you mean {near[0]}:?" if near else f"There are {', '.join(FIELDS)}."
    return f"There is no field “{name}”, so “{term}” was looked for as words. {advice}"
