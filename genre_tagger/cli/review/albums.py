"""The command that lists albums, and what it says."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any

from genre_tagger import line
from genre_tagger.cli import report
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Track
from genre_tagger.review.albums.grouping import sorting_key
from genre_tagger.review.albums.listing import judged_lots, judged_of
from genre_tagger.review.albums.voting import Verdict


def listed(options: argparse.Namespace, library: Library) -> tuple[list[dict[str, Any]], str]:
    """List albums with what is heard in them; returns the result for JSON, and in words."""
    if options.paths:
        lots = iter([judged_of(library, [track.id for track in line.tracks_below(library, options.paths)])])
    else:
        lots = (verdicts for _, verdicts in judged_lots(library))
    rows = sorted((row for verdicts in lots for row in _rows(options, library, verdicts)), key=itemgetter(0))
    return [album for _, album, _ in rows], "\n".join(text for _, _, text in rows)


def _rows(
    options: argparse.Namespace, library: Library, verdicts: Sequence[Verdict]
) -> Iterator[tuple[tuple[Any, ...], dict[str, Any], str]]:
    """Say of albums what they are sorted by, and what is printed: as JSON or in words."""
    ids = [track for verdict in verdicts for track in (verdict.album.tracks if options.json else verdict.outliers)]
    tracks = {track.id: track for track in library.tracks(ids=ids, best_only=True)}
    for verdict in verdicts:
        said = (_album(verdict, tracks), "") if options.json else ({}, _row(verdict, tracks))
        yield sorting_key(verdict.album), *said


def _album(verdict: Verdict, tracks: dict[int, Track]) -> dict[str, Any]:
    album = verdict.album
    return {
        "album": album.name, "artist": album.artist, "year": album.year, "discs": album.discs,
        "compilation": album.compilation,
        "genre": verdict.genre, "probability": verdict.probability, "heard": verdict.heard,
        "agree": verdict.agree if verdict.heard else None,
        "candidates": [{"genre": genre, "probability": share} for genre, share in verdict.shares.items() if genre],
        "tracks": [{"path": tracks[track].path, "genres": tracks[track].genres,
                    **_heard(tracks[track]), "different": track in verdict.outliers} for track in album.tracks],
    }  # fmt: skip


def _heard(track: Track) -> dict[str, Any]:
    heard = track.prediction
    return {"heard": heard.genre if heard else None, "probability": heard.probability if heard else None}


def _row(verdict: Verdict, tracks: dict[int, Track]) -> str:
    album = verdict.album
    if album.compilation:
        says = "compilation: by track"
    elif verdict.genre is None:
        says = "not classified"
    else:
        says = f"{verdict.genre} {verdict.probability or 0:.0%}, {verdict.agree:.0%} of {verdict.heard} agree"
    rows = ["\t".join(map(report.plain, (album.artist or "–", album.name, report.files(len(album.tracks)), says)))]
    rows += [f"\tsounds different: {report.plain(tracks[t].path)}\t{report.guess(tracks[t])}" for t in verdict.outliers]
    return "\n".join(rows)
