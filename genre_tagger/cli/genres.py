"""The command about the genres that files have and the person's list of them, and what it says."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from genre_tagger import line
from genre_tagger.base.errors import ModelError, TargetError
from genre_tagger.base.genre_words import BETWEEN
from genre_tagger.base.small_files import write_whole
from genre_tagger.cli import report
from genre_tagger.cli.learning import tell_damage, trust
from genre_tagger.library.library import Library
from genre_tagger.model.card import ModelCard
from genre_tagger.model.network import default_model_folder
from genre_tagger.review.names.changes import enriched, retagged
from genre_tagger.review.names.genre_list import GenreList, GenreListError, read_list, store_list
from genre_tagger.review.names.standing import Standing, standings
from genre_tagger.review.names.suggesting import renamed, suggest
from genre_tagger.review.names.trees import read_yaml, write_yaml
from genre_tagger.review.policy import Proposal, clean

_TREES = (".yaml", ".yml")
_Answer = tuple[Any, str]


def asked(options: argparse.Namespace, library: Library) -> _Answer:
    """Do what needs no write into music files; returns the result for JSON, and in words."""
    answers: dict[str, Callable[[argparse.Namespace, Library], _Answer]] = {
        "list": _listed, "try": _tried, "import": _imported, "export": _exported, "trust": trust, "distrust": trust,
    }  # fmt: skip
    return answers[options.action](options, library)


def changes(options: argparse.Namespace, library: Library) -> tuple[list[Proposal], str]:
    """Propose what merging, renaming, removing, tidying or adding would write; else say why that cannot be meant."""
    if options.action == "more":
        ids = [track.id for track in line.tracks_below(library, options.paths)] if options.paths else None
        return list(enriched(library, options.kind, options.most, ids=ids, field=options.field)), ""
    become: Callable[[tuple[str, ...]], tuple[str, ...]]
    if options.action == "tidy":
        become, old = read_list(library).tidied, None
    else:
        old = [options.old] if isinstance(options.old, str) else options.old
        new = clean(options.into.split(";")) if options.action != "remove" else ()
        if options.action != "remove" and not new:
            return [], "The new genre is empty; nothing was written. To take a genre out of files there is “remove”."
        known = {genre for genre, _ in library.genre_counts()}
        if unknown := [genre for genre in old if genre not in known or not genre]:
            return [], f"No file of the library has the genre “{'”, “'.join(unknown)}”; nothing was written."
        table = dict.fromkeys(old, new)

        def become(genres: tuple[str, ...]) -> tuple[str, ...]:
            return renamed(genres, table)

    return list(retagged(library, become, old)), ""


def _listed(options: argparse.Namespace, library: Library) -> _Answer:
    tell_damage(library)
    counts = library.genre_counts()
    own = read_list(library)
    found = suggest(counts, [one.name for one in own.genres])
    result = {
        "genres": [{"name": name, "tracks": tracks} for name, tracks in counts if name],
        "without": dict(counts).get("", 0),
        "suggestions": [{"old": s.old, "new": s.new, "tracks": s.tracks, "why": s.why} for s in found],
        "own": json.loads(own.to_json())["genres"],
        "standing": [_standing(row) for row in standings(library, _labels()).genres],
    }
    rows = [f"{report.plain(name)}\t{tracks}" for name, tracks in counts if name]
    rows += [
        f"{s.why}\t{report.plain(BETWEEN.join(s.old))}\t→ {report.plain(BETWEEN.join(s.new)) or '–'}"
        f"\t{report.files(s.tracks)}"
        for s in found
    ]
    return result, "\n".join(rows)


def _labels() -> tuple[str, ...]:
    """The genres of the model that ships, if there is one."""
    with contextlib.suppress(ModelError):
        return ModelCard.read(default_model_folder()).labels
    return ()


def _standing(row: Standing) -> dict[str, Any]:
    report = None if row.report is None else asdict(row.report)
    return row._asdict() | {"report": report, "examples": row.examples, "missing": row.missing}


def _tried(options: argparse.Namespace, library: Library) -> _Answer:
    tidy = read_list(library).tidied(options.old)
    return {"old": options.old, "new": tidy}, report.plain(BETWEEN.join(tidy)) or "–"


def _imported(options: argparse.Namespace, library: Library) -> _Answer:
    try:
        with open(options.file, encoding="utf-8-sig") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise GenreListError(f"{options.file} cannot be read as text ({error}); the list is as it was.") from error
    if options.file.lower().endswith(_TREES):
        own = read_list(library).with_genres(read_yaml(text))
    else:
        own = GenreList.from_json(text)
    store_list(library, own)
    return {"genres": len(own.genres)}, f"{len(own.genres)} genres are in your list now."


def _exported(options: argparse.Namespace, library: Library) -> _Answer:
    own = read_list(library)
    text = write_yaml(own.genres) if options.file.lower().endswith(_TREES) else own.to_json() + "\n"
    try:
        write_whole(options.file, text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise TargetError(f"{options.file} cannot be written ({error.strerror}).") from error
    count = len(own.genres)
    return {"file": os.path.abspath(options.file), "genres": count}, f"{count} genres are in the file."
