"""The whole line, stage by stage, as the window and the command line run it.

Each stage is a generator that stores its outcomes in the library and yields them; closing it between two
outcomes cancels it, and nothing that was done is lost.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import time
from collections.abc import Callable, Container, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import TypeVar

from genre_tagger.base.errors import FileError, FileFailure, FileStamp, TargetError, Waiting
from genre_tagger.files.scan import scan, scan_file
from genre_tagger.files.splice.id3 import Id3Style
from genre_tagger.files.tags import field_refusal
from genre_tagger.files.values import GENRE, ScannedTrack, Walked
from genre_tagger.library.library import Library
from genre_tagger.library.shelves.browsing import alone
from genre_tagger.library.storing import words_of
from genre_tagger.library.tracks import Prediction, Track
from genre_tagger.model.classify import classify
from genre_tagger.model.network import GenreModel
from genre_tagger.review import arrivals
from genre_tagger.review.albums.listing import judged_lots
from genre_tagger.review.albums.voting import votes
from genre_tagger.review.names.parents import family_of
from genre_tagger.review.policy import Action, Policy, Proposal, propose
from genre_tagger.sorting.copies.copy import Copied, copy
from genre_tagger.sorting.copies.manifest import Manifest, at
from genre_tagger.sorting.copies.plan import Carry, Plan, Wanted, plan
from genre_tagger.sorting.copies.smaller import ORIGINALS, Smaller
from genre_tagger.sorting.folders.carrying import Moved
from genre_tagger.sorting.folders.in_step import settle_moves_into, take_back_into
from genre_tagger.sorting.names import folded
from genre_tagger.sorting.pattern import Pattern
from genre_tagger.sorting.playlists.by_genre import Listed, Placed, write_playlists
from genre_tagger.sorting.playlists.drive_root import named
from genre_tagger.sorting.playlists.in_folders import read_below
from genre_tagger.writing.journal import Change, Entry, Journal, Words
from genre_tagger.writing.settle import Settled, settle
from genre_tagger.writing.turn import Undone, Written
from genre_tagger.writing.write import foresee, undo, write

_T = TypeVar("_T")
_Touched = TypeVar("_Touched", Written, Undone)
_FLUSH_S = 0.25
_FLUSH_COUNT = 500
_GIVEN_BACK: Mapping[str, Proposal] = {}
_NO_LISTS: Mapping[str, Container[int]] = {}
_GROWTH = 1 << 16  # bytes by which a file may have grown or shrunk when its genre was written


def journal_path(library_path: str) -> str:
    """Name the undo journal that belongs to a library: a file of its own beside it, which no other library has."""
    return library_path.removesuffix(".sqlite3") + "-undo.sqlite3"


def scan_into(library: Library, folders: Sequence[str]) -> Generator[ScannedTrack | FileFailure | Walked]:
    """Scan folders into the library; what has vanished below them is marked when the scan ends, and playlists are read.

    Raises
    ------
    LibraryError
        If the library cannot be written.
    """
    known = library.known()
    library.forget_folder_failures(folders)
    playlists: list[str] = []
    with contextlib.closing(_stored(library, scan(folders, known, known.unchanged))) as outcomes:
        for outcome in outcomes:
            if isinstance(outcome, Walked):
                playlists += outcome.playlists
            yield outcome
    # A folder that cannot be reached at the moment (a drive not plugged in) does not lose its tracks' rows:
    # they are only marked, and come back with the next scan. One that is there was met by another name (a link).
    library.mark_vanished([path for path in known.unseen(folders) if not os.path.lexists(path)])
    library.place(known.elsewhere)
    yield from read_below(library, playlists, folders)


def classify_into(
    library: Library,
    model: GenreModel,
    *,
    workers: int | None = None,
    windows: int | None = None,
    again: bool = True,
    meant: Callable[[Prediction], Sequence[str]] = words_of,
    until: Callable[[], bool] = lambda: False,
    hear: Callable[[Iterable[Track]], Generator[Prediction | FileFailure]] | None = None,
) -> Generator[Prediction | FileFailure]:
    """Classify what `model` has not classified yet.

    Parameters
    ----------
    library, model : Library, GenreModel
    workers, windows : int, optional
        Tracks to work on at once, and excerpts of each to listen to; see :func:`genre_tagger.model.classify.classify`.
    again : bool
        Whether that is also what another model has classified. What the user decided stays, see `meant`.
    meant : callable
        Gives the words for a prediction; see :meth:`genre_tagger.library.library.Library.store`.
    until : callable
        Asked before each track; once it says yes, no other is begun.
    hear : callable, optional
        Classifies tracks in another way than here, as :meth:`genre_tagger.cluster.cluster.Cluster.classify` does.

    What albums say together is stored at the end; see :func:`vote_into`.
    """
    # There is time now that a scan does not have.
    for _ in library.prepare():
        pass
    tracks = library.tracks(unclassified=True, model=model.name if again else None, best_only=True)
    wanted = takewhile(lambda _: not until(), tracks)
    heard = hear(wanted) if hear is not None else classify(wanted, model, workers=workers, windows=windows)
    yield from _stored(library, heard, meant)
    for _ in library.prepare():
        pass
    vote_into(library)


def vote_into(library: Library) -> None:
    """Keep with each track what its album says; only albums in which something has changed since then vote again."""
    names = library.albums.unvoted()
    if names is None or names:
        library.albums.set_votes(((ids, votes(verdicts)) for ids, verdicts in judged_lots(library, names)), names)


def _stored(
    library: Library, outcomes: Generator[_T], meant: Callable[[Prediction], Sequence[str]] = words_of
) -> Generator[_T]:
    """Store outcomes in batches of a quarter of a second, and pass each on once it is stored."""
    batch: list[_T] = []
    due = time.monotonic() + _FLUSH_S
    with contextlib.closing(outcomes):
        for outcome in outcomes:
            batch.append(outcome)
            if len(batch) >= _FLUSH_COUNT or time.monotonic() >= due:
                _store(library, batch, meant)
                yield from batch
                batch = []
                due = time.monotonic() + _FLUSH_S
    _store(library, batch, meant)
    yield from batch


def _store(library: Library, outcomes: Iterable[object], meant: Callable[[Prediction], Sequence[str]]) -> None:
    library.store(
        *(
            outcome
            for outcome in outcomes
            if isinstance(outcome, ScannedTrack | Prediction)
            or (isinstance(outcome, FileFailure) and outcome.stage != "hidden")
        ),
        meant=meant,
    )


def proposals(
    library: Library, policy: Policy, *, paths: Sequence[str] | None = None, genres: Sequence[str] | None = None
) -> Iterator[Proposal]:
    """Propose for the tracks of the library, or for those that are or lie below one of `paths`."""
    for track in tracks_below(library, paths):
        yield propose(track, policy, genres)


def tracks_below(library: Library, paths: Sequence[str] | None) -> Iterator[Track]:
    """Yield the tracks that are or lie below one of `paths`; all of them when `paths` is None."""
    if paths is None:
        yield from library.tracks()
        return
    exact = [os.path.abspath(path) for path in paths]
    # What is not there may have been a folder: its drive is away.
    folders = tuple(os.path.join(path, "") for path in exact if not os.path.isfile(path))
    if folders:
        yield from (t for t in library.tracks() if t.path.startswith(folders) or t.path in exact)
    else:
        yield from library.tracks(paths=exact)


def write_into(
    library: Library,
    journal: Journal,
    wanted: Iterable[Proposal],
    *,
    keep_mtime: bool = False,
    id3_version: int = 4,
    everywhere: bool = False,
    batch: int | None = None,
    patience: float = 0.0,
) -> Generator[Written | FileFailure | Waiting]:
    """Write the ticked proposals into their files, as one batch that can be undone.

    `id3_version` (4 or 3) is that of ID3 tags made anew; a file that has one keeps its version. `everywhere` writes
    also where the genre is that already, so that every tag of the file says it. `batch` is one that
    was interrupted, to go on with. A drive that vanishes is waited for as many seconds as `patience` says.
    """
    style = Id3Style(id3_version, everywhere=everywhere)
    ticked = [proposal for proposal in wanted if proposal.ticked]
    firsts, others = _names(ticked)
    outcomes = write(map(_change, firsts), journal, keep_mtime=keep_mtime, id3=style, batch=batch, patience=patience)
    # Who gave a file its genre is as it was where another field is written.
    genres = {proposal.path: proposal for proposal in ticked if proposal.field == GENRE}
    yield from arrivals.dealt_with(library, _restamped(library, _with_others(outcomes, others), genres))


def foreseen(wanted: Iterable[Proposal]) -> Iterator[FileFailure]:
    """Yield what :func:`write_into` would refuse of the ticked proposals, as far as that is known beforehand.

    Reads the files, but for their sound, and writes nothing.
    """
    for proposal in wanted:
        if proposal.action is Action.REFUSED:
            yield FileFailure(proposal.path, "write", proposal.refusal)
        elif proposal.ticked:
            failure = foresee(_change(proposal))
            if failure is not None:
                yield failure


def lacking(proposal: Proposal) -> str:
    """Say why a file will get its genre alone though more is to be written, as far as that is known; "" if it will not.

    Reads the file.
    """
    return field_refusal(proposal.path, proposal.into) if proposal.besides and proposal.into != GENRE else ""


def _change(proposal: Proposal) -> Change:
    words = Words(proposal.into, (), proposal.besides) if proposal.besides and proposal.into != GENRE else None
    return Change(proposal.path, proposal.stamp, proposal.old, proposal.new, proposal.field, words)


def _names(ticked: Sequence[Proposal]) -> tuple[list[Proposal], dict[str, list[Proposal]]]:
    """Sort out files that are wanted under several names (links): the first names, and by these the others."""
    firsts, others = list[Proposal](), dict[str, list[Proposal]]()
    met: dict[FileStamp, Proposal] = {}
    for proposal in ticked:
        first = met.setdefault(proposal.stamp, proposal)
        if first is not proposal and _same_file(first.path, proposal.path):
            others.setdefault(first.path, []).append(proposal)
        else:
            firsts.append(proposal)
    return firsts, others


def _with_others(
    outcomes: Generator[Written | FileFailure | Waiting], others: dict[str, list[Proposal]]
) -> Generator[Written | FileFailure | Waiting]:
    """Give every other name of a file its outcome, too: the file is written once."""
    with contextlib.closing(outcomes):
        for outcome in outcomes:
            yield outcome
            if isinstance(outcome, Waiting):
                continue
            for proposal in others.get(outcome.path, ()):
                yield _also(outcome, proposal)


def _also(outcome: Written | FileFailure, proposal: Proposal) -> Written | FileFailure:
    if isinstance(outcome, FileFailure):
        return replace(outcome, path=proposal.path)
    if outcome.new != proposal.new:
        name = os.path.basename(outcome.path)
        reason = f"This is the same file as {name}, which has got another genre in this write."
        return FileFailure(proposal.path, "write", reason)
    try:
        return replace(outcome, path=proposal.path, track=scan_file(proposal.path))
    except FileError as error:
        return FileFailure(proposal.path, "write", error.reason)


def _same_file(one: str, other: str) -> bool:
    with contextlib.suppress(OSError):
        return os.path.samefile(one, other)
    return False


def undo_into(
    library: Library, journal: Journal, batches: Iterable[int], *, patience: float = 0.0
) -> Generator[Undone | Moved | FileFailure | Waiting]:
    """Undo batches, in the order given; files that were moved since are found by what they hold."""
    locate = functools.partial(_located, library)
    kinds = {batch.id: batch.kind for batch in journal.batches()}
    for batch in batches:
        if kinds.get(batch, "write") != "write":
            yield from take_back_into(library, journal, batch)
            continue
        yield from _restamped(library, undo(batch, journal, locate=locate, patience=patience))


def _located(library: Library, entry: Entry) -> str:
    """Where a written file is now: where it was, or, if nothing is there, where the library has the very same bytes.

    Under another name it is looked for only if the library followed it, so that an undo on a drive that is not plugged
    in does not read half the library.
    """
    if not os.path.lexists(entry.path):
        name = os.path.basename(entry.path)
        followed = not any(library.tracks(paths=[entry.path]))
        for path in library.alike(entry.new, entry.size, _GROWTH):
            if not followed and os.path.basename(path) != name:
                continue
            with contextlib.suppress(OSError), open(path, "rb") as file:
                if hashlib.file_digest(file, "sha256").digest() == entry.after:
                    return path
    return entry.path


def settle_into(library: Library, journal: Journal) -> Generator[Settled | Moved | FileFailure]:
    """Bring files and library in line with the journal after a crash; to be run before anything else."""
    yield from settle_moves_into(library, journal)
    for outcome in settle(journal):
        if isinstance(outcome, Settled):
            # A file that is gone or damaged now is found out by the next scan, which says so.
            with contextlib.suppress(FileError):
                _restamp(library, scan_file(outcome.path))
        yield outcome


def _restamped(
    library: Library, outcomes: Generator[_Touched | FileFailure | Waiting],
    wanted: Mapping[str, Proposal] = _GIVEN_BACK,
) -> Generator[_Touched | FileFailure | Waiting]:
    """Keep the library in step with files that the journal has touched."""
    with contextlib.closing(outcomes):
        for outcome in outcomes:
            if isinstance(outcome, FileFailure):
                library.store(outcome)
            elif not isinstance(outcome, Waiting):
                _restamp(library, outcome.track, wanted.get(outcome.path))
            yield outcome


def _restamp(library: Library, track: ScannedTrack, wanted: Proposal | None = None) -> None:
    """Store a file that was touched, under all names that the library has for it."""
    others = library.namesakes(track.path)
    unreviewed, besides = (None, ()) if wanted is None else (wanted.unreviewed, wanted.unsaid)
    library.restamp(track, unreviewed=unreviewed, besides=besides)
    for path in others:
        if _same_file(path, track.path):
            with contextlib.suppress(FileError):
                library.restamp(scan_file(path), unreviewed=unreviewed, besides=besides)


def wanted_copies(
    library: Library,
    policy: Policy,
    *,
    genres: Sequence[str] | None = None,
    paths: Sequence[str] | None = None,
    ids: Sequence[int] | None = None,
    carry: Carry = Carry.ALL,
    smaller: Smaller = ORIGINALS,
) -> Iterator[Wanted]:
    """Yield the tracks that have one of `genres` (any case of letters), lie below one of `paths`, are of these `ids`.

    A track counts by the genres that the library would write into it, if that was possible, and that its file has
    otherwise. Copies that carry what their genre is a kind of are sorted by that, too.
    """
    chosen = None if genres is None else {folded(genre) for genre in genres}
    above = family_of(library) if carry is Carry.PARENT else alone
    tracks = tracks_below(library, paths) if ids is None else library.tracks(ids=ids)
    for track in tracks:
        proposal = propose(replace(track, refusal=""), policy)
        has = proposal.new if proposal.ticked else track.genres
        kinds = tuple(dict.fromkeys((genre, *above(genre))[-1] for genre in has))
        if chosen is None or chosen & {folded(genre) for genre in (*has, *kinds)}:
            yield Wanted(track, kinds, carry.of(kinds), smaller.of(track))


def copy_plan(
    library: Library, wanted: Iterable[Wanted], target: str, pattern: Pattern, *, delete: bool = False
) -> Plan:
    """Plan a copy of tracks of the library; see :func:`genre_tagger.sorting.copies.plan.plan`."""
    return plan(wanted, target, pattern, folders=library.folders(), delete=delete)


def saved_lists(library: Library, policy: Policy, names: Container[str] | None = None) -> dict[str, Sequence[int]]:
    """Give the ids of the tracks in each saved list, by its name: in all of them, or in those of these names."""
    wanted = (saved for saved in library.lists() if names is None or saved.name in names)
    return {saved.name: library.find(listed=saved.rule, **policy.terms()) for saved in wanted}


def copy_into(
    planned: Plan, *, playlists: bool = False, lists: Mapping[str, Container[int]] = _NO_LISTS, from_root: bool = False
) -> Generator[Copied | Listed | FileFailure]:
    """Carry out a plan, and write one playlist a genre beside the copies if that is wished, and one for each list.

    `lists` are the ids of the tracks in each list, by its name; with `from_root` playlists name files from the root of
    their drive.
    """
    yield from copy(planned)
    if playlists:
        there = planned.manifest.files
        tracks = [(step, step.wanted.track) for step in planned.steps if step.path in there]
        root = planned.manifest.root
        placed = (
            Placed(
                track, (*step.wanted.genres, *(name for name in lists if track.id in lists[name])),
                named(at(root, step.path), root, from_root=True) if from_root else step.path,
            )
            for step, track in tracks
        )  # fmt: skip
        yield from write_playlists(planned.manifest, placed, remove=not planned.unwanted)


def playlists_into(
    library: Library, folder: str, policy: Policy, *, genres: Sequence[str] | None = None, from_root: bool = False
) -> Generator[Listed | FileFailure]:
    """Write one playlist a genre into a folder, which names the library's own files, as :func:`copy_into` does.

    Raises
    ------
    TargetError
        If the folder cannot be made.
    """
    root = os.path.realpath(folder)
    try:
        if not os.path.isdir(root):
            os.mkdir(root)
    except OSError as error:
        raise TargetError(f"The folder {folder} cannot be made: {error.strerror or error}.") from error
    chosen = None if genres is None else {folded(genre) for genre in genres}
    placed = []
    for item in wanted_copies(library, policy, genres=genres):
        if item.track.missing:
            continue
        has = tuple(genre for genre in item.genres if chosen is None or folded(genre) in chosen)
        try:
            placed.append(Placed(item.track, has, named(item.track.path, root, from_root=from_root)))
        except FileError as error:
            yield FileFailure(item.track.path, "playlist", error.reason)
    yield from write_playlists(Manifest.read(root), placed, remove=chosen is None)
