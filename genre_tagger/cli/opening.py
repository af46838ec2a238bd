"""Library, journal and cluster as the commands of the command line open them, with what there is to say about it."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TYPE_CHECKING

from genre_tagger import line
from genre_tagger.base.errors import FileFailure, LibraryError, Waiting
from genre_tagger.base.genre_words import TEN
from genre_tagger.base.progress import Progress
from genre_tagger.cli.report import plain
from genre_tagger.library.library import Library
from genre_tagger.library.schema import hold
from genre_tagger.library.tracks import Prediction, Track
from genre_tagger.model.network import GenreModel, default_model_folder
from genre_tagger.writing.journal import Journal

if TYPE_CHECKING:
    from genre_tagger.cluster.cluster import Cluster


@contextlib.contextmanager
def opened(options: argparse.Namespace, *, create: bool = False) -> Iterator[Library]:
    """Open the library that `options` name, or raise LibraryError where there is none and none is to be made."""
    if options.problem and options.library == options.usual:
        print(f"genre-tagger-cli: {options.problem}", file=sys.stderr)
    if not create and not os.path.exists(options.library):
        raise LibraryError(f"There is no library at {options.library} yet. Scan a folder first.")
    with Library.open(options.library, check=create) as library:
        if library.set_aside:
            print(
                f"genre-tagger-cli: The library was damaged; it is kept as {library.set_aside}. "
                "Scan your folders to rebuild it. What was written can still be undone.",
                file=sys.stderr,
            )
        library.among = TEN if getattr(options, "among", "") == "ten" else ()
        yield library


@contextlib.contextmanager
def held(options: argparse.Namespace, *, create: bool = False) -> Iterator[Library]:
    """Open the library for a command that changes it; nobody else may meanwhile."""
    with contextlib.ExitStack() as stack:
        if create or os.path.exists(options.library):
            stack.enter_context(hold(options.library))
        library = stack.enter_context(opened(options, create=create))
        if older := library.unprepared():
            with Progress("Bringing the library up to date", options.quiet, older) as progress:
                done = 0
                for tracks in library.prepare():
                    progress.show(done := done + tracks)
        yield library


def journal(options: argparse.Namespace) -> contextlib.closing[Journal]:
    """Open the undo journal that belongs to that library."""
    return contextlib.closing(Journal.open(line.journal_path(options.library)))


def settle(library: Library, record: Journal) -> None:
    """Bring files and library in line with the journal after a crash, and say what could not be."""
    for outcome in line.settle_into(library, record):
        if isinstance(outcome, FileFailure):
            print(f"genre-tagger-cli: {plain(outcome.path)}: {outcome.reason}", file=sys.stderr)


@contextlib.contextmanager
def machines(options: argparse.Namespace) -> Iterator[Cluster | None]:
    """Connect to the workers that ``--dask`` names; None without it."""
    if not options.dask:
        yield None
        return
    from genre_tagger.cluster.cluster import Cluster
    from genre_tagger.cluster.where import Where, is_open

    tls = {name: path for name in ("ca", "cert", "key") if (path := getattr(options, f"tls_{name}"))}
    where = Where(options.dask, dict(options.map), tls)

    def say(sentence: str) -> None:
        print(f"genre-tagger-cli: {plain(sentence)}", file=sys.stderr)

    if is_open(where):
        say(
            f"Warning: whoever reaches {where.address} can run programs on its workers. Use TLS (--tls-ca, --tls-cert, "
            "--tls-key and a tls:// address), or keep it to this computer or a network that you trust."
        )
    with Cluster(where, say) as cluster:
        yield cluster


def hearing(
    cluster: Cluster | None, options: argparse.Namespace, library: Library, model: GenreModel
) -> Callable[[Iterable[Track]], Generator[Prediction | FileFailure | Waiting]] | None:
    """Have a cluster classify in the place of this computer, if it has workers that can; None without one."""
    if cluster is None:
        return None
    some = itertools.islice(library.tracks(unclassified=True, model=model.name, best_only=True), 100)
    cluster.check([track.path for track in some if os.path.lexists(track.path)][:3])
    folder = options.model or default_model_folder()
    return lambda tracks: cluster.classify(tracks, model, folder, options.windows)
