"""Where a track goes, by a pattern such as ``{genre}/{albumartist}/{year} {album}/{track} {title}``."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from genre_tagger.base.errors import GenreTaggerError
from genre_tagger.library.tracks import Track
from genre_tagger.sorting.names import legal

USUAL = "{genre}/{albumartist}/{year} {album}/{track} {title}"

_FIELDS: Mapping[str, Callable[[Track, Sequence[str]], str]] = {
    "genre": lambda track, genres: genres[0] if genres else "No genre",
    "artist": lambda track, genres: track.artist or "Unknown artist",
    "albumartist": lambda track, genres: _album_artist(track),
    "album": lambda track, genres: track.album or "Unknown album",
    "year": lambda track, genres: f"{track.details.year:04}" if track.details.year else "",
    "disc": lambda track, genres: str(track.details.disc or ""),
    "track": lambda track, genres: f"{track.track_number:02}" if track.track_number else "",
    "title": lambda track, genres: track.title or _stem(track.path),
    "name": lambda track, genres: _stem(track.path),
}
FIELDS = tuple(_FIELDS)
"""What may stand in braces; ``name`` is that of the track's file, without its extension."""

_NAMING = {"title", "name"}
_TOKEN = re.compile(r"\{([^{}]*)\}")
_BRACKETS = {"(": ")", "[": "]"}
_BETWEEN = " -–_.,"


class PatternError(GenreTaggerError):
    """A pattern does not say where tracks go."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that has been looked through.

    Attributes
    ----------
    text : str
        As a person wrote it.
    parts : tuple of tuple of str
        For each part of the path its texts and the names of its fields, taking turns; a text comes first and last.
    """

    text: str
    parts: tuple[tuple[str, ...], ...]

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Look a pattern through.

        Raises
        ------
        PatternError
            If it names a field that there is not, names no track, or leads out of the target.

        Examples
        --------
        >>> Pattern.parse("{artist}/{track} {title}").parts
        (('', 'artist', ''), ('', 'track', ' ', 'title', ''))
        """
        if not text.strip():
            raise PatternError("The pattern is empty, so it names no file. Put {title} or {name} into it.")
        parts = tuple(tuple(_TOKEN.split(part)) for part in text.strip().split("/"))
        for part in parts:
            _check(text, part)
        if not _NAMING & set(parts[-1][1::2]):
            raise PatternError(
                f"The pattern “{text}” gives all tracks one name. Its last part needs {{title}} or {{name}}."
            )
        return cls(text, parts)

    def path(self, track: Track, genres: Sequence[str], extension: str | None = None) -> str:
        """Say where a track goes.

        Parameters
        ----------
        track : Track
        genres : sequence of str
            Those that its copy carries.
        extension : str, optional
            That of the copy, with its dot, where it is not that of the track's file.

        Returns
        -------
        str
            Relative to the target, with ``/`` between its parts, each of which is legal on every drive.
        """
        extension = os.path.splitext(track.path)[1] if extension is None else extension
        said = [_filled(part, {name: _FIELDS[name](track, genres) for name in part[1::2]}) for part in self.parts]
        folders = [legal(part) for part in said[:-1] if part.strip()]
        return "/".join([*folders, legal(said[-1], extension)])


def _check(text: str, part: tuple[str, ...]) -> None:
    literals, fields = part[::2], part[1::2]
    for name in fields:
        if name not in _FIELDS:
            known = ", ".join(f"{{{field}}}" for field in FIELDS)
            raise PatternError(f"There is no field {{{name}}} in the pattern “{text}”. There are {known}.")
    if any(brace in literal for literal in literals for brace in "{}"):
        raise PatternError(f"A brace in the pattern “{text}” has no partner.")
    if not fields and not literals[0].strip():
        raise PatternError(
            f"The pattern “{text}” has an empty part. It is relative to the target and neither begins nor ends with /."
        )
    if not fields and not literals[0].strip(". "):
        raise PatternError(f"The pattern “{text}” leads out of the target. Only names may stand between two /.")


def _filled(part: tuple[str, ...], values: Mapping[str, str]) -> str:
    """Put values in the place of fields; what stands around a missing one goes with it."""
    literals, fields = list(part[::2]), list(part[1::2])
    position = 0
    while position < len(fields):
        if values[fields[position]]:
            position += 1
            continue
        before, behind = literals[position : position + 2]
        if before[-1:] in _BRACKETS and behind.startswith(_BRACKETS[before[-1:]]):
            before, behind = before[:-1], behind[1:]
        last = position + 1 == len(fields)
        literals[position : position + 2] = [before.rstrip(_BETWEEN) + behind if last else before]
        del fields[position]
    return literals[0] + "".join(values[name] + text for name, text in zip(fields, literals[1:], strict=True))


def _album_artist(track: Track) -> str:
    """Whose the album is; one of many artists that does not say so goes by the artist of each track."""
    various = "Various artists" if track.details.compilation else ""
    return track.details.album_artist or various or track.artist or "Unknown artist"


def _stem(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]
