"""What players will show as the genre of files: the command, as text and for scripts."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator
from typing import Any

from genre_tagger.base.errors import FileFailure, TagError
from genre_tagger.cli import report
from genre_tagger.files.genre_places import GenrePlace, genre_places
from genre_tagger.files.scan import Music
from genre_tagger.sorting.players.shown import Shown, Verdict, strays, verdict


def told(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    """Say of each file what players show; the result and the same as text."""
    found, failures = list[Verdict](), list[FileFailure]()
    for path in _files(options.paths):
        try:
            found.append(verdict(genre_places(path)))
        except TagError as error:
            failures.append(FileFailure(path, "players", error.reason))
    result = {"files": list(map(_as_json, found)), "failures": report.failures(failures)}
    return result, "\n\n".join(map(_as_text, found))


def _files(paths: Iterable[str]) -> Iterator[str]:
    """Yield files, and the music in folders and below."""
    for path in map(os.path.abspath, paths):
        if os.path.isdir(path):
            yield from sorted(met[0] for met in Music().stamps(path) if met is not None)
        else:
            yield path


def _as_json(found: Verdict) -> dict[str, Any]:
    return {
        "path": found.places.path, "container": found.places.container, "agree": found.agree,
        "places": [_place(place) for place in found.places.places],
        "unread": [_place(place) for place in strays(found)],
        "players": [
            {
                "player": shown.player.key, "name": shown.player.name, "genre": shown.genre or None,
                "silent": None if shown.silence is None else shown.silence.value,
                "source": shown.player.source, "certain": shown.player.sure,
            }
            for shown in found.shown
        ],
    }  # fmt: skip


def _place(place: GenrePlace) -> dict[str, Any]:
    return {"kind": place.kind.value, "values": list(place.values), "version": place.version or None}


def _as_text(found: Verdict) -> str:
    width = max(len(shown.player.name) for shown in found.shown)
    rows = [f"  {shown.player.name:<{width}}  {_shown(shown)}" for shown in found.shown]
    warning = "" if found.agree else "  They do not agree. Write one genre into the file to make them."
    beside = [
        f"  {place.kind.value} says “{report.plain('; '.join(place.values))}”, which other programs may show."
        for place in strays(found)
    ]
    return "\n".join(filter(None, [report.plain(found.places.path), *rows, warning, *beside]))


def _shown(shown: Shown) -> str:
    return f"({shown.silence.value})" if shown.silence is not None else report.plain(shown.genre) or "–"
