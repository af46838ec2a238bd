"""What was agreed to and is not done yet: kept on the drive, so that it can go on at the next start.

A write is put on the drive before its first file is touched, so that what a crash interrupts is not forgotten.
Which files it came to is not noted here: the journal and the library know that better.
"""

from __future__ import annotations

import functools
import logging
import threading
from typing import TYPE_CHECKING, Any

from app.jobs.wishes import JobKind, Task
from genre_tagger.base.errors import FileStamp
from genre_tagger.base.small_files import library_file, read_json, write_json
from genre_tagger.files.values import FIELDS, GENRE
from genre_tagger.review.policy import Action, Proposal

if TYPE_CHECKING:
    from genre_tagger.library.library import Library
    from genre_tagger.writing.journal import Batch, Journal

_VERSION = 1
_OPTIONS = ("keep_mtime", "id3_version", "everywhere")


class Unfinished:
    """The tasks that belong to one library; may be used from any thread.

    Parameters
    ----------
    folder : str
        Where such things are kept; each library has a file of its own there.
    library_path : str
        The library.
    """

    def __init__(self, folder: str, library_path: str) -> None:
        self._folder, self._library = folder, library_path
        self.tasks: list[Task] = []
        self._lock, self._saving = threading.RLock(), threading.Lock()
        self._changed = False

    @functools.cached_property
    def path(self) -> str:
        """Where the tasks are kept."""
        return library_file(self._folder, "unfinished", self._library)

    def add(self, task: Task) -> None:
        """Take note of a task; it is on the drive after the next :meth:`save`."""
        with self._lock:
            task.goes_on = False
            self._changed = True
            if task not in self.tasks:
                self.tasks.append(task)

    def drop(self, task: Task) -> None:
        """Forget a task: it is done, or nobody wants it any more."""
        with self._lock:
            if task in self.tasks:
                self.tasks.remove(task)
                self._changed = True

    def keep(self, task: Task) -> None:
        """Have a task go on at the next start."""
        with self._lock:
            task.goes_on = self._changed = True

    def count(self, task: Task, batch: int | None) -> None:
        """Take note that one more file of a task is done, and of the batch it went into."""
        task.done += 1
        if batch is not None and task.batch is None:
            with self._lock:
                task.batch, self._changed = batch, True
            self.save()

    def end(self, task: Task) -> None:
        """Take note that nobody works on a task any more: it is forgotten, unless it is to go on and can."""
        with self._lock:
            self._changed = True
            if not (task.goes_on and task.remaining):
                self.drop(task)
        self.save()

    # --- on the drive --------------------------------------------------------------------------------

    def save(self) -> None:
        """Put everything on the drive, if it has changed; a drive that takes nothing costs no more than this."""
        # The window, which takes note of things, need not wait for the drive.
        with self._saving:
            with self._lock:
                tasks, changed, self._changed = list(self.tasks), self._changed, False
            try:
                if changed:
                    write_json(self.path, _VERSION, {"tasks": list(map(_stored, tasks))} if tasks else None)
            except OSError as error:
                self._changed = True
                logging.getLogger(__name__).info("What is to go on at the next start could not be kept: %s", error)

    def read(self, library: Library, journal: Journal) -> list[Task]:
        """Find what the last session left; what is done, undone or gone since is passed over."""
        unfinished, batches = [], journal.batches()
        tasks = read_json(self.path, _VERSION).get("tasks")
        for stored in filter(_is_sound, tasks if isinstance(tasks, list) else ()):
            batch = next((batch for batch in batches if batch.id == stored.get("batch")), None)
            if stored["kind"] == JobKind.WRITE.value:
                task = _write(stored, batch)
                task.narrow(library)
            else:
                task = _undo(stored, batch)
            if task.remaining:
                unfinished.append(task)
        with self._lock:
            self.tasks += unfinished
        self._take_over([task for task in unfinished if task.goes_on])
        return unfinished

    def _take_over(self, tasks: list[Task]) -> None:
        """Have the drive say from now on that these need to be asked about: whatever happens, they go on once only."""
        for task in tasks:
            task.goes_on, self._changed = False, True
        self.save()
        for task in tasks:
            self.keep(task)


def _stored(task: Task) -> dict[str, Any]:
    stored: dict[str, Any] = {"kind": task.kind.value, "goes on": task.goes_on, "batch": task.batch}
    if task.kind is JobKind.UNDO:
        return stored
    files = [
        [
            proposal.path, [stamp.dev, stamp.ino, stamp.size, stamp.mtime_ns], proposal.old, proposal.new,
            proposal.unreviewed, proposal.field, proposal.besides, proposal.into,
        ]
        for proposal in task.proposals[task.done :]
        for stamp in (proposal.stamp,)
    ]
    return stored | {"options": dict(task.options), "files": files}


def _is_sound(stored: object) -> bool:
    """Whether this is a task as :func:`_stored` makes it."""
    if not isinstance(stored, dict) or type(stored.get("goes on")) is not bool:
        return False
    if stored.get("kind") == JobKind.UNDO.value:
        return type(stored.get("batch")) is int
    options, files = stored.get("options"), stored.get("files")
    return (
        stored.get("kind") == JobKind.WRITE.value
        and isinstance(options, dict)
        and all(type(value) in (bool, int) for value in options.values())
        and isinstance(files, list)
        and all(map(_is_file, files))
    )


def _is_file(stored: object) -> bool:
    if not isinstance(stored, list) or len(stored) not in (4, 5, 6, 8):
        return False
    path, stamp, old, new, unreviewed, field, besides, into = _whole(stored)
    whole = isinstance(stamp, list) and len(stamp) == 4 and all(type(number) is int for number in stamp)
    texts = all(isinstance(part, list) and all(type(genre) is str for genre in part) for part in (old, new, besides))
    fields = field in (GENRE, *FIELDS) and into in (GENRE, *FIELDS)
    return type(path) is str and whole and texts and type(unreviewed) is bool and fields


def _whole(stored: list[Any]) -> list[Any]:
    """Add what older programs did not keep: whether nobody has looked at the genres, that they are genres, and more."""
    return [*stored, *(False, GENRE, [], GENRE)[len(stored) - 4 :]]


def _write(stored: dict[str, Any], batch: Batch | None) -> Task:
    proposals = [
        Proposal(
            0, path, FileStamp(*stamp), tuple(old), tuple(new), None, None, Action.WRITE, unreviewed=unreviewed,
            field=field, besides=tuple(besides), into=into,
        )
        for path, stamp, old, new, unreviewed, field, besides, into in map(_whole, stored["files"])
    ]
    options = {name: value for name, value in stored["options"].items() if name in _OPTIONS}
    task = Task(JobKind.WRITE, proposals, options, goes_on=stored["goes on"], resumed=True)
    # What was taken back meanwhile stays taken back; the rest then is a write of its own.
    task.batch = batch.id if batch is not None and not batch.undone else None
    return task


def _undo(stored: dict[str, Any], batch: Batch | None) -> Task:
    files = batch.files - batch.undone if batch is not None else 0
    return Task(JobKind.UNDO, batch=stored["batch"], files=files, goes_on=stored["goes on"], resumed=True)
