"""The genres of a person: their names, other words for them, what they are kinds of, and how files are tidied by them.

The list belongs to a library and is one of its documents; empty, it changes nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from genre_tagger.base.errors import GenreTaggerError
from genre_tagger.base.genre_words import genre_key
from genre_tagger.library.library import Library
from genre_tagger.review.policy import Mode, clean, merge

_DOCUMENT = "genres"
_COLOUR = re.compile("#[0-9a-fA-F]{6}")
_VERSION = 1
MOST = 20
"""So many genres can be kept at most."""
LONGEST = 5_000
"""So many genres at most; a list for people has some hundred."""


class GenreListError(GenreTaggerError):
    """A list of genres that makes no sense, with a sentence for the person."""


class Parents(StrEnum):
    """What becomes of a genre that is a kind of another one."""

    ALONE = "alone"  # it is written alone
    BESIDE = "beside"  # what it is a kind of stands beside it
    INSTEAD = "instead"  # the topmost genre that it is a kind of stands in its place


@dataclass(frozen=True, slots=True)
class OwnGenre:
    """A genre of a person.

    Attributes
    ----------
    name : str
        The word to write.
    parent : str
        What it is a kind of; "" for nothing.
    aliases : tuple of str
        Other words for it.
    colour : str
        What it is drawn in, as ``#rrggbb``; "" for one that the program chooses.
    """

    name: str
    parent: str = ""
    aliases: tuple[str, ...] = ()
    colour: str = ""


@dataclass(frozen=True)
class GenreList:
    """Genres, and how the genres of files are tidied by them.

    Attributes
    ----------
    genres : tuple of OwnGenre
        What is a kind of a genre that is not among them makes that one a genre of the list, too.
    ignored : tuple of str
        What is taken out wherever it stands.
    only_listed : bool
        Whether everything goes that is not in the list.
    most : int
        How many genres a file keeps, the first ones; 0 for all.
    parents : Parents

    Raises
    ------
    GenreListError
        If a name is empty or there twice, if a word means two genres, or if a genre is a kind of itself.
    """

    genres: tuple[OwnGenre, ...] = ()
    ignored: tuple[str, ...] = ()
    only_listed: bool = False
    most: int = 0
    parents: Parents = Parents.ALONE

    def __post_init__(self) -> None:
        """Tidy the words, and refuse what makes no sense."""
        if len(self.genres) > LONGEST:
            raise GenreListError(f"The list has {len(self.genres)} genres; it can have {LONGEST}.")
        if not 0 <= self.most <= MOST:
            raise GenreListError(f"A file cannot be limited to {self.most} genres; 1 to {MOST} can be kept, or all.")
        tidy = [
            OwnGenre(_name(one.name), _name(one.parent, ""), clean(one.aliases), _colour(one)) for one in self.genres
        ]
        named = {genre_key(one.name) for one in tidy}
        for one in tuple(tidy):
            if one.parent and genre_key(one.parent) not in named:
                named.add(genre_key(one.parent))
                tidy.append(OwnGenre(one.parent))
        object.__setattr__(self, "genres", tuple(tidy))
        object.__setattr__(self, "ignored", clean(self.ignored))
        for one in self._by_key.values():
            self.above(one.name)

    @cached_property
    def _by_key(self) -> Mapping[str, OwnGenre]:
        by_key: dict[str, OwnGenre] = {}
        for one in self.genres:
            if (there := by_key.setdefault(genre_key(one.name), one)) is not one:
                raise GenreListError(f"“{one.name}” is in the list twice, as “{there.name}” before.")
        for one in self.genres:
            for alias in one.aliases:
                if (there := by_key.setdefault(genre_key(alias), one)) is not one:
                    raise GenreListError(f"“{alias}” cannot mean “{one.name}”: it means “{there.name}” already.")
        return by_key

    @cached_property
    def _ignored(self) -> frozenset[str]:
        return frozenset(map(genre_key, self.ignored))

    def find(self, word: str) -> OwnGenre | None:
        """Give the genre that a word means, however it is spelt; None if the list has none."""
        return self._by_key.get(genre_key(word))

    def above(self, name: str) -> tuple[str, ...]:
        """List what a genre is a kind of, the nearest first."""
        names: list[str] = []
        one = self.find(name)
        while one is not None and one.parent:
            one = self.find(one.parent)
            if one is None or one.name in names or genre_key(one.name) == genre_key(name):
                raise GenreListError(f"“{name}” would be a kind of itself: {' → '.join([name, *names, name])}.")
            names.append(one.name)
        return tuple(names)

    def tidied(self, genres: Sequence[str]) -> tuple[str, ...]:
        """Tidy the genres of a file: words of the list, without what is ignored, no genre twice, not too many.

        Several genres in one text are taken apart where a semicolon stands between them, or where the list has all of
        the parts.

        Examples
        --------
        >>> own = GenreList((OwnGenre("Hip-Hop", aliases=("Rap",)), OwnGenre("Trap", "Hip-Hop")))
        >>> own.tidied(["hip hop", "Trap/Rap"])
        ('Hip-Hop', 'Trap')
        """
        tidy = [word for genre in genres for part in self._parts(genre) for word in self._words(part)]
        merged = merge((), clean(tidy), Mode.REPLACE)
        return merged[: self.most] if self.most else merged

    def _parts(self, genre: str) -> list[str]:
        if self.find(genre) is not None:
            return [genre]
        parts = [part for part in genre.split(";") if part.strip()]
        return [piece for part in parts for piece in self._pieces(part)]

    def _pieces(self, text: str) -> list[str]:
        for separator in "/,|":
            pieces = [piece for piece in text.split(separator) if piece.strip()]
            if len(pieces) > 1 and self.find(text) is None and all(map(self._known, pieces)):
                return pieces
        return [text]

    def _known(self, word: str) -> bool:
        return self.find(word.strip()) is not None

    def _words(self, part: str) -> tuple[str, ...]:
        one, key = self.find(part.strip()), genre_key(part)
        if key in self._ignored or (one is None and self.only_listed):
            return ()
        if one is None:
            return (part,)
        above = () if self.parents is Parents.ALONE else self.above(one.name)
        words = above[-1:] or (one.name,) if self.parents is Parents.INSTEAD else (one.name, *above)
        return tuple(word for word in words if genre_key(word) not in self._ignored)

    def with_genres(self, genres: Sequence[OwnGenre]) -> GenreList:
        """Give the list with other genres, as trees and outlines have them: those that stay keep their colours.

        Raises
        ------
        GenreListError
            If these make no sense.
        """
        colours = {genre_key(one.name): one.colour for one in self.genres}
        kept = [replace(one, colour=one.colour or colours.get(genre_key(one.name), "")) for one in genres]
        return replace(self, genres=tuple(kept))

    def with_genre(self, name: str, genre: OwnGenre) -> GenreList:
        """Give the list with `genre` in the place of what `name` means, or besides where it means none.

        What was a kind of it stays one under its new name, and the old name means it as well.

        Raises
        ------
        GenreListError
            If it makes no sense so.
        """
        before = self.find(name)
        if before is None:
            return replace(self, genres=(*self.genres, genre))
        renamed = genre_key(genre.name) != genre_key(before.name)
        if renamed and genre_key(before.name) not in map(genre_key, genre.aliases):
            genre = replace(genre, aliases=(*genre.aliases, before.name))
        genres = (
            genre if one is before
            else replace(one, parent=genre.name) if genre_key(one.parent) == genre_key(before.name) else one
            for one in self.genres
        )  # fmt: skip
        return replace(self, genres=tuple(genres))

    def without(self, name: str) -> GenreList:
        """Give the list without a genre; what was a kind of it is a kind of what that was."""
        gone = self.find(name)
        if gone is None:
            return self
        kept = [
            replace(one, parent=gone.parent) if genre_key(one.parent) == genre_key(gone.name) else one
            for one in self.genres
            if one is not gone
        ]
        return replace(self, genres=tuple(kept))

    # --- as text -------------------------------------------------------------------------------------

    def to_json(self) -> str:
        """Write the list as JSON."""
        genres = [
            {"name": one.name, "parent": one.parent, "aliases": one.aliases}
            | ({"colour": one.colour} if one.colour else {})
            for one in self.genres
        ]
        rules = {"ignored": self.ignored, "only_listed": self.only_listed, "most": self.most, "parents": self.parents}
        return json.dumps({"version": _VERSION, "genres": genres, **rules}, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> GenreList:
        """Read what :meth:`to_json` wrote.

        Raises
        ------
        GenreListError
            If it is something else.
        """
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise GenreListError(f"This is no list of genres: it is no JSON ({error}).") from error
        if not isinstance(data, dict) or not isinstance(data.get("genres"), list):
            raise GenreListError("This is no list of genres: a list has “genres”.")
        if type(data.get("version", _VERSION)) is not int:
            raise GenreListError("This list of genres is damaged: its version is no number.")
        if data.get("version", _VERSION) > _VERSION:
            raise GenreListError("This list of genres was written by a newer Genre Tagger; update this one to read it.")
        try:
            return cls(tuple(map(_genre, data["genres"])), tuple(_texts(data.get("ignored", ()))),
                       data.get("only_listed") is True, int(data.get("most", 0)),
                       Parents(data.get("parents", Parents.ALONE)))  # fmt: skip
        except (TypeError, ValueError, KeyError) as error:
            raise GenreListError(f"This list of genres is damaged: {error}.") from error


def read_list(library: Library) -> GenreList:
    """Give the list that belongs to a library.

    Raises
    ------
    GenreListError
        If what the library holds is no list; it stays there until another one is stored.
    """
    text = library.document(_DOCUMENT)
    return GenreList.from_json(text) if text else GenreList()


def store_list(library: Library, genres: GenreList) -> None:
    """Store the list that belongs to a library."""
    library.set_document(_DOCUMENT, genres.to_json())


def _name(text: str, *others: str) -> str:
    if text.strip() in others:
        return text.strip()
    words = clean([text])
    if not words or ";" in words[0]:
        raise GenreListError(f"“{text}” cannot be a genre of the list; it wants a name without semicolons.")
    return words[0]


def _colour(genre: OwnGenre) -> str:
    if genre.colour and not _COLOUR.fullmatch(genre.colour):
        raise GenreListError(f"“{genre.colour}” is no colour for “{genre.name}”; one is written like #0b7a75.")
    return genre.colour.lower()


def _genre(row: Any) -> OwnGenre:
    name, parent = _text(row["name"]), _text(row.get("parent", ""))
    return OwnGenre(name, parent, tuple(_texts(row.get("aliases", ()))), _text(row.get("colour", "")))


def _texts(values: Any) -> Iterator[str]:
    if not isinstance(values, (list, tuple)):
        raise TypeError(f"{values!r} is no list of words")
    return map(_text, values)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no word")
    return value
