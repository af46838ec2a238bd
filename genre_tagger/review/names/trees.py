"""Trees of genres as text: the nested lists in YAML that beets' lastgenre reads, and an outline that people edit.

Of YAML only that is read: lists of names, nested by indentation, plain or in quotes, with comments. What is more is
refused with its line.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from genre_tagger.base.genre_words import genre_key
from genre_tagger.review.names.genre_list import GenreListError, OwnGenre

_ITEM = re.compile(r"^( *)-(?: +(.*))?$")
_SCALAR = re.compile(
    r"""(?:(?P<double>"(?:[^"\\]|\\.)*")|'(?P<single>(?:[^']|'')*)'"""
    r"""|(?P<plain>(?![-?]\s)[^\s\[\]{}&*!|>%@`,#"':](?:(?!:\s|\s\#).)*?))\s*:?\s*(?:(?:^|\s)\#.*)?$"""
)
_INDENT = "    "
_DEEPEST = 50


def read_yaml(text: str) -> tuple[OwnGenre, ...]:
    """Read a tree of genres.

    Raises
    ------
    GenreListError
        If a line is something else than an item of a nested list.
    """
    lines = ((number, line.rstrip()) for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1))
    items = []
    for number, line in lines:
        if not line.strip() or line.lstrip().startswith("#") or line in ("---", "..."):
            continue
        match = _ITEM.match(line)
        if match is None or not match[2]:
            raise GenreListError(f"Line {number} is no item of a list, as “- Jazz” is: “{line.strip()}”.")
        items.append((number, len(match[1]), _scalar(match[2], number)))
    return _tree(items)


def write_yaml(genres: Sequence[OwnGenre]) -> str:
    """Write a tree of genres; other words for them and rules have no place in it."""
    below = _below(genres)
    quoted = {one.name: _quoted(one.name) for one in genres}
    return "".join(
        f"{_INDENT * depth}- {quoted[one.name]}{':' if below[genre_key(one.name)] else ''}\n"
        for one, depth in _walk(below)
    )


def read_outline(text: str) -> tuple[OwnGenre, ...]:
    """Read an outline: a genre a line, kinds of it indented below it, other words for it behind "=".

    Raises
    ------
    GenreListError
        If a line has no name.
    """
    items = []
    for number, line in enumerate(text.expandtabs(4).splitlines(), start=1):
        if line.strip():
            items.append((number, len(line) - len(line.lstrip()), line.strip()))
    aliases = {}
    named = []
    for number, indent, said in items:
        name, _, others = (part.strip() for part in said.partition(" = " if " = " in said else "="))
        if not name:
            raise GenreListError(f"Line {number} has no genre in front of “=”.")
        aliases[name] = tuple(part.strip() for part in re.split("[;,]", others) if part.strip())
        named.append((number, indent, name))
    return tuple(OwnGenre(one.name, one.parent, aliases[one.name]) for one in _tree(named))


def write_outline(genres: Sequence[OwnGenre]) -> str:
    """Write an outline that :func:`read_outline` reads."""
    return "".join(
        f"{_INDENT * depth}{one.name}{' = ' + ', '.join(one.aliases) if one.aliases else ''}\n"
        for one, depth in _walk(_below(genres))
    )


def _tree(items: Sequence[tuple[int, int, str]]) -> tuple[OwnGenre, ...]:
    """Make genres of names with their indentation (columns); `number` is the line, for sentences."""
    found: list[OwnGenre] = []
    above: list[tuple[int, str]] = []
    for number, indent, name in items:
        while above and above[-1][0] >= indent:
            above.pop()
        if indent and not above:
            raise GenreListError(f"Line {number} is indented, but nothing stands above it: “{name}”.")
        if len(above) > _DEEPEST:
            raise GenreListError(f"Line {number} is too deep; genres can be kinds of others {_DEEPEST} times over.")
        found.append(OwnGenre(name, above[-1][1] if above else ""))
        above.append((indent, name))
    return tuple(found)


def _scalar(text: str, number: int) -> str:
    """Read a name: plain, or in quotes; the colon in front of a nested list and comments are left out."""
    match = _SCALAR.match(text)
    if match is None:
        raise GenreListError(f"Line {number} is no name of a genre; put it into quotes: {text}.")
    if match["double"] is not None:
        try:
            return str(json.loads(match["double"]))
        except ValueError as error:
            raise GenreListError(f"Line {number} has quotes that do not fit: {text}.") from error
    return match["single"].replace("''", "'") if match["single"] is not None else match["plain"]


def _quoted(name: str) -> str:
    """Put a name into quotes where YAML would take it for something else."""
    plain = re.fullmatch(r"[^\W\d][\w .&'/()+’-]*", name) and name.strip() == name
    words = {"yes", "no", "true", "false", "null", "on", "off", "y", "n"}
    return name if plain and name.casefold() not in words and " #" not in name else json.dumps(name, ensure_ascii=False)


def _below(genres: Sequence[OwnGenre]) -> dict[str, list[OwnGenre]]:
    below: dict[str, list[OwnGenre]] = defaultdict(list)
    for one in genres:
        below[genre_key(one.parent) if one.parent else ""].append(one)
    return below


def _walk(below: dict[str, list[OwnGenre]], parent: str = "", depth: int = 0) -> Iterator[tuple[OwnGenre, int]]:
    for one in below[parent]:
        yield one, depth
        yield from _walk(below, genre_key(one.name), depth + 1)
