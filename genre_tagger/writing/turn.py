"""One file on its way: looked at, copied, the copy proven, put in the file's place. A write and an undo differ in how.

Each turn is taken through its steps by :mod:`genre_tagger.writing.flight`; the journal is written between them.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import BinaryIO

from genre_tagger.base.errors import FileError, FileFailure, FileStamp, RefusedError
from genre_tagger.base.genre_words import joined
from genre_tagger.files.proof.survey import is_same_at
from genre_tagger.files.scan import scan_file
from genre_tagger.files.splice.id3 import Id3Style
from genre_tagger.files.values import ScannedTrack
from genre_tagger.writing import delta
from genre_tagger.writing.delta import DeltaError
from genre_tagger.writing.drives import Drive, forbidden_in, is_gone, is_same, is_there, kind_of
from genre_tagger.writing.fileops import FileOps, reason_of
from genre_tagger.writing.journal import Change, Entry, Journal, State, Words
from genre_tagger.writing.swap import CHANGED, Swap, remove
from genre_tagger.writing.tagging_process import Look, Taggers

FAILURES = (FileError, OSError, DeltaError)

_GENRE_CHANGED = "The genre was changed once more since it was written; it was left as it is."
_NOT_STORED = "The genre could not be stored as wanted; the file was left as it is."
_NOT_ALONE = "Writing would have changed more than the genre; the file was left as it is."
_NO_ROOM = "The genre does not fit into this file without moving the sound; it was left as it is."
_NO_WAY_BACK = "This change could not be undone exactly; the file was left as it is."
_FOREIGN_RECORD = "The undo record does not fit this file; it was left as it is."
_GONE = "The drive with this file is not there any more; the file is as it was, or is put right when the drive is back."
_NAME = "A name with “{}” cannot be on this kind of drive, so the file is not there; nothing was written."


@dataclass(frozen=True, slots=True)
class Written:
    """A file that holds the wanted genres; `old` equals `new` when it did so before and was not touched.

    Attributes
    ----------
    batch : int or None
        What :func:`genre_tagger.writing.write.undo` takes; None when the file was not touched.
    old, new : tuple of str
        Its genres as read from the file before, and now.
    track : ScannedTrack
        The file as it is now.
    lacking : str
        Why the words that were to be written besides are not there; empty where they are, or none were wanted.
    """

    path: str
    batch: int | None
    old: tuple[str, ...]
    new: tuple[str, ...]
    track: ScannedTrack
    lacking: str = ""


@dataclass(frozen=True, slots=True)
class Undone:
    """A file that was set back.

    Attributes
    ----------
    genres : tuple of str
        Its genres now.
    identical : bool
        Whether every byte is as before the write; otherwise somebody had changed the file since, and only the
        genre was set back.
    track : ScannedTrack
        The file as it is now.
    """

    path: str
    batch: int
    genres: tuple[str, ...]
    track: ScannedTrack
    identical: bool


Outcome = Written | Undone | FileFailure


@dataclass
class Run:
    """What the files of one run share.

    `touched` are files that were written already, by their place and by their stamp when scanned: as they are since.
    """

    journal: Journal
    files: FileOps
    taggers: Taggers
    keep_mtime: bool
    id3: Id3Style
    batch: int | None = None

    def __post_init__(self) -> None:
        self.touched: dict[FileStamp | str, FileStamp] = {}


class Turn:
    """The steps that a write and an undo have in common.

    Attributes
    ----------
    path : str
        The file as it was named.
    entry : int or None
        Its entry in the journal, once it is there.
    outcome : Written or Undone or FileFailure or None
        How it ended, once it has.
    landed : bool
        Whether the copy took the file's place, or was not needed.
    gone : bool
        Whether it failed because the drive is not there any more.
    """

    stage = ""
    done, not_done = State.DONE, State.FAILED

    def __init__(self, path: str, run: Run) -> None:
        self.path = path
        self.run = run
        self.entry: int | None = None
        self.outcome: Outcome | None = None
        self.landed = self.gone = False
        self._swap: Swap | None = None
        self.found = self.made = b""
        self.places: tuple[tuple[int, int], ...] = ()  # of the sound
        self.device: int | None = None

    @property
    def swap(self) -> Swap:
        """The replacement of the file; there after :meth:`locate`."""
        assert self._swap is not None
        return self._swap

    @property
    def identity(self) -> tuple[int, int] | None:
        """What no two names of one file differ in; None before it was looked at."""
        return None if self._swap is None else (self._swap.stamp.dev, self._swap.stamp.ino)

    @property
    def target(self) -> str:
        """The file itself, as far as that is known."""
        return self.path if self._swap is None else self._swap.target

    def attempt(self, step: Callable[[], None]) -> None:
        """Take a step; an error of the world ends the turn as a failure."""
        try:
            step()
        except FAILURES as error:
            self.fail(error)

    def fail(self, error: Exception) -> None:
        """End as a failure."""
        self.gone = self._is_gone(error)
        self.outcome = FileFailure(self.path, self.stage, _GONE if self.gone else reason_for(self.path, error))

    def _is_gone(self, error: Exception) -> bool:
        if self.device is None:
            return False
        if isinstance(error, OSError):
            return is_gone(error, self.target, self.device)
        return not is_there(self.target, self.device)

    def begin_again(self) -> None:
        """Start anew after the drive was away: from the beginning, or from what settling found to be done."""
        self._swap, self.outcome, self.gone, self.landed = None, None, False, False
        entry = None if self.entry is None else self.run.journal.entry(self.entry)
        self.entry = None
        if entry is not None and entry.state is self.done:
            self.attempt(lambda: self.resume(entry))
        else:
            self.attempt(self.locate)

    def resume(self, entry: Entry) -> None:
        """Say how a file is now that was done before the drive had gone."""
        raise NotImplementedError

    def locate(self) -> None:
        """Find the file and refuse what cannot be replaced."""
        raise NotImplementedError

    def examine(self) -> None:
        """Read the file, and end here when there is nothing to do."""
        raise NotImplementedError

    def intend(self) -> None:
        """Note in the journal what is about to be done."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Make the copy and prove it."""
        raise NotImplementedError

    def ready(self) -> None:
        """Note in the journal that the copy is about to take the file's place."""
        raise NotImplementedError

    def land(self) -> None:
        """Put the copy in the file's place, and say how it is there now."""
        raise NotImplementedError

    def _commit(self) -> None:
        self.swap.commit(self.found, self.made, self.places)
        self.landed = True

    def _rescanned(self) -> ScannedTrack:
        try:
            return self._scanned()
        except FileError as error:
            raise FileError(
                self.path, f"The genre was stored, but the file cannot be read now: {error.reason}"
            ) from error

    def _scanned(self) -> ScannedTrack:
        # By its own name: under another one a system may still have the content from before in memory.
        target = self.path if self._swap is None else self._swap.target
        return replace(scan_file(target), path=self.path)


class Writing(Turn):
    """One file that gets other genres."""

    stage = "write"

    def __init__(self, change: Change, run: Run) -> None:
        super().__init__(change.path, run)
        self.change = change
        self.device = change.stamp.dev
        self._twin = False
        self._words: Words | None = None
        self._lacking = ""
        self._difference = b""

    def locate(self) -> None:
        """Find the file; it must be as it was scanned, or as this very run has written it under another name."""
        self._swap = Swap.of(self.path, self.run.files, self.run.journal.spare)
        self.device = self._swap.stamp.dev
        touched = self.run.touched
        self._twin = self._swap.stamp in (touched.get(self.change.stamp), touched.get(self._swap.target))
        if not (self._twin or is_same(self.change.stamp, self._swap.stamp)):
            raise RefusedError(self.path, CHANGED)

    def examine(self) -> None:
        """Read the file; one that holds the genres already is not touched, unless every tag is to say them."""
        self.found = self.swap.digest()
        with self.run.taggers.lent() as tagger:
            self._look = tagger.look(self.swap.target, field=self.change.field)
        self.places = self._look.places
        genres, new = self._look.genres, self.change.new
        if self.change.stamp != self.swap.stamp and not self._twin and genres != self.change.old:
            raise RefusedError(self.path, CHANGED)
        if genres == new and not self.run.id3.everywhere and not self._lacks_words():
            self.outcome = Written(self.path, None, genres, genres, self._scanned(), self._lacking)

    def _lacks_words(self) -> bool:
        """Whether words that go besides are not in the file, and there is a field for them."""
        look = self._look_besides(self.swap.target)
        return look is not None and self._words is not None and look.genres != self._words.new

    def _look_besides(self, path: str, *, copy: bool = False) -> Look | None:
        """See what is there where words go besides; a file without such a field gets its genre alone."""
        words = self.change.words
        if words is None:
            return None
        try:
            with self.run.taggers.lent() as tagger:
                look = tagger.look(path, copy=copy, field=words.field)
        except FileError as error:
            self._lacking = error.reason
            return None
        self._lacking, self._words = "", Words(words.field, look.genres, joined(look.genres, words.new))
        return look

    def intend(self) -> None:
        """Begin the batch with its first file, and note the file."""
        run, swap = self.run, self.swap
        if run.batch is None:
            run.batch = run.journal.start()
        change = replace(self.change, old=self._look.genres, stamp=swap.stamp)
        self.entry = run.journal.intend(run.batch, change, swap.target, swap.temp, self.found, self._look.audio)

    def prepare(self) -> None:
        """Tag the copy, prove it, and make the way back from it."""
        self.swap.copy()
        now = retag(self.swap, self.change.new, self._look, self.run, self.change.field)
        now = self._with_words() or now
        with self.swap.held() as (old, new):
            require_same_sound(self.swap, self._look, old, now, new)
            self._difference, self.made = way_back(self.swap, old, new), self.run.files.digest(new)
        self.swap.seal(keep_mtime=self.run.keep_mtime)

    def _with_words(self) -> Look | None:
        """Write what goes besides into the copy, which has its genre: what each step left alone, both did."""
        try:
            there = self._look_besides(self.swap.temp, copy=True)
            return self._words and there and retag(self.swap, self._words.new, there, self.run, self._words.field)
        except FileError as error:
            self._lacking, self._words = error.reason, None
            remove(self.swap.temp, self.run.files)
            self.swap.copy()
            return retag(self.swap, self.change.new, self._look, self.run, self.change.field)

    def ready(self) -> None:
        """Note the copy and the way back."""
        assert self.entry is not None
        self.run.journal.ready(self.entry, self.made, self._difference, self._words)

    def land(self) -> None:
        """Put the copy in the file's place."""
        self._commit()
        self._is_written(self.run.batch, self._look.genres)

    def resume(self, entry: Entry) -> None:
        """Say that the file was written."""
        self._is_written(entry.batch, entry.old, entry.target)

    def _is_written(self, batch: int | None, old: tuple[str, ...], target: str | None = None) -> None:
        track = self._rescanned()
        self.run.touched[self.change.stamp] = self.run.touched[target or self.swap.target] = track.stamp
        self.outcome = Written(self.path, batch, old, self.change.new, track, self._lacking)


class Undoing(Turn):
    """One file that is set back."""

    stage = "undo"
    done, not_done = State.UNDONE, State.DONE

    def __init__(self, record: Entry, path: str, run: Run) -> None:
        super().__init__(path, run)
        self.record = record
        self._look: Look | None = None  # only where the file was changed since
        self._words: tuple[str, ...] | None = None  # what it has besides, there
        self._delta = b""

    def locate(self) -> None:
        """Find the file."""
        self._swap = Swap.of(self.path, self.run.files, self.run.journal.spare)
        self.device = self._swap.stamp.dev

    def examine(self) -> None:
        """Read the file; one that somebody has changed since must at least hold the genres it was given."""
        self.found, record = self.swap.digest(), self.record
        if self.found == record.before:
            self.landed, self.entry = True, record.id
            self.outcome = Undone(self.path, record.batch, record.old, self._scanned(), True)
        elif self.found != record.after or self.swap.in_place:
            with self.run.taggers.lent() as tagger:
                look = tagger.look(self.swap.target, field=record.field)
            self.places = look.places
            if self.found != record.after:
                self._look = look
                if look.genres != record.new:
                    raise RefusedError(self.path, _GENRE_CHANGED)
                if record.words is not None:
                    with self.run.taggers.lent() as tagger:
                        self._words = tagger.look(self.swap.target, field=record.words.field).genres

    def intend(self) -> None:
        """Note that the file is about to be set back."""
        self._delta = self.run.journal.delta(self.record.id)
        self.run.journal.intend_undo(self.record.id, self.swap.target, self.swap.temp, self.found)
        self.entry = self.record.id

    def prepare(self) -> None:
        """Make the file from before; if the file was changed since, one with the genres from before."""
        if self._look is None:
            rebuild(self.swap, self._delta, self.record.before)
            self.made = self.record.before
        else:
            self.swap.copy()
            now = retag(self.swap, self.record.old, self._look, self.run, self.record.field)
            if (words := self.record.words) is not None and self._words == words.new:
                now = self._without_words(words)
            with self.swap.held() as (old, new):
                require_same_sound(self.swap, self._look, old, now, new)
                self.made = self.run.files.digest(new)
        self.swap.seal(keep_mtime=self.run.keep_mtime)

    def _without_words(self, words: Words) -> Look:
        with self.run.taggers.lent() as tagger:
            look = tagger.look(self.swap.temp, copy=True, field=words.field)
        return retag(self.swap, words.old, look, self.run, words.field)

    def ready(self) -> None:
        """Note the copy."""
        self.run.journal.ready_undo(self.record.id, self.made)

    def land(self) -> None:
        """Put the copy in the file's place."""
        self._commit()
        identical = self._look is None
        self.outcome = Undone(self.path, self.record.batch, self.record.old, self._rescanned(), identical)

    def resume(self, entry: Entry) -> None:
        """Say that the file was set back."""
        identical = entry.made in (None, entry.before)
        self.outcome = Undone(self.path, entry.batch, entry.old, self._rescanned(), identical)


def reason_for(path: str, error: Exception) -> str:
    """Say in a plain sentence, without the path, why something could not be done with a file."""
    if not isinstance(error, OSError):
        return error.reason if isinstance(error, FileError) else str(error)
    wrong = forbidden_in(path)
    if wrong and error.errno in (errno.ENOENT, errno.EINVAL) and Drive.WINDOWS in kind_of(os.path.dirname(path)):
        return _NAME.format(wrong)
    return reason_of(error)


def retag(swap: Swap, genres: tuple[str, ...], look: Look, run: Run, field: str) -> Look:
    """Give the private copy other genres, and prove that nothing else in it is different but perhaps the sound.

    Parameters
    ----------
    swap : Swap
        The file's replacement.
    genres : tuple of str
        What the copy shall hold.
    look : Look
        What the file holds.
    run : Run
        Who tags, and how ID3 tags are made.
    field : str
        Where the genres are written, or the words of another field.

    Returns
    -------
    Look
        What the copy holds.

    Raises
    ------
    FileError, OSError
        If the copy cannot be tagged or proven.
    """
    with run.taggers.lent() as tagger:
        tagger.tag(swap.temp, genres, run.id3, field=field)
        now = tagger.look(swap.temp, copy=True, field=field)
    if now.genres != genres:
        raise RefusedError(swap.path, _NOT_STORED)
    if replace(now, genres=look.genres) != look:
        raise RefusedError(swap.path, _NOT_ALONE)
    if look.fixed_size and swap.copy_size() != swap.stamp.size:
        raise RefusedError(swap.path, _NO_ROOM)
    return now


def require_same_sound(swap: Swap, look: Look, old: BinaryIO, now: Look, new: BinaryIO) -> None:
    """Compare the bytes of the sound in the file and in its copy, whose layout is known to be the same.

    Raises
    ------
    RefusedError
        If any differs.
    """
    if not is_same_at(old, look.places[: look.unread], new, now.places[: now.unread]):
        raise RefusedError(swap.path, _NOT_ALONE)


def rebuild(swap: Swap, difference: bytes, before: bytes) -> None:
    """Make the private copy out of the file and a difference, and prove by its digest `before` that it is right.

    Raises
    ------
    FileError, DeltaError, OSError
        If the copy cannot be made or proven.
    """
    with swap.reading() as file:
        swap.fill(delta.restore(file, difference))
    if swap.digest_copy() != before:
        raise RefusedError(swap.path, _FOREIGN_RECORD)


def way_back(swap: Swap, old: BinaryIO, new: BinaryIO) -> bytes:
    """Make the difference that leads from the private copy back to the file, and try it against the file.

    Raises
    ------
    FileError, DeltaError, OSError
        If it does not give the file byte for byte.
    """
    difference = delta.make(old, new)
    if not delta.gives(old, new, difference):
        raise RefusedError(swap.path, _NO_WAY_BACK)
    return difference
