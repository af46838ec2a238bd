"""Library and journal as the commands of the command line open them, with what there is to say about it."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator

from genre_tagger import line
from genre_tagger.base.errors import FileFailure, LibraryError
from genre_tagger.base.genre_words import TEN
from genre_tagger.base.progress import Progress
from genre_tagger.cli.report import plain
from genre_tagger.library.library import Library
from genre_tagger.library.schema import hold
from genre_tagger.writing.journal import Journal


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
