"""Drafts compared with what they were made of, as the drive gives them back."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from genre_tagger.base.errors import FileError
from genre_tagger.sorting.copies.drafts import NOT_PROVEN, Draft, Drafter, blame, digest_of_source, opened
from genre_tagger.sorting.copies.manifest import Record
from genre_tagger.sorting.copies.plan import Action
from genre_tagger.writing.drives import Drive, kind_of

_AT_ONCE = 2  # reading one file and hashing another
NOT_GIVEN_BACK = "The drive did not give back what was written to it; this file was not copied. Check the drive."


Compared = list[tuple[Draft, "Future[Record | OSError | FileError | None]"]]
"""Drafts, each with what the list on the target is to say of it, or what is wrong; None where that was left."""


class NotProvenError(FileError):
    """A draft is not to be used, because more than its genres was changed; the file as it is may be."""


@dataclass
class Comparer:
    """Compares drafts of one drafter, on threads of its own; `leaving` ends that early."""

    drafter: Drafter
    leaving: bool = False
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="copier"))

    def close(self) -> None:
        """Wait for what has begun, and drop what has not."""
        self._pool.shutdown(cancel_futures=True)

    def compare(self, drafts: Sequence[Draft]) -> Compared:
        """Wait until the drive has all of a batch, and begin to compare each draft."""
        synced = self._synced()
        return [(draft, self._pool.submit(self._outcome, draft, synced)) for draft in drafts]

    def _outcome(self, draft: Draft, synced: bool) -> Record | OSError | FileError | None:
        if self.leaving:
            return None
        try:
            content, digest = self._digests(draft, synced)
        except (OSError, FileError) as error:
            return error
        track, wanted = draft.step.wanted.track, draft.step.wanted
        stamp, making = track.stamp, wanted.making.name
        return Record(
            track.path, stamp.size, stamp.mtime_ns, content, wanted.carried, draft.size, digest, note=draft.note,
            making=making,
        )  # fmt: skip

    def _digests(self, draft: Draft, synced: bool) -> tuple[str, str]:
        """Compare a draft, and give the digests of its original and of itself."""
        files, step = self.drafter.files, draft.step
        with files.open_read(draft.path) as made:
            if not synced:
                files.fsync(made)
            files.forget(made)  # have it read from the drive, not from memory
            if draft.digest:
                if files.digest(made).hex() != draft.digest:
                    raise FileError(draft.path, NOT_GIVEN_BACK)
                return draft.content, draft.digest
            with opened(files, step) as source:
                if draft.before is not None:
                    digest = files.digest(made).hex()
                    self._prove(draft)
                    return digest_of_source(files, step, source), digest
                try:
                    same = files.digest_of_same(source, made)
                except OSError as error:
                    blame(step, error)
                    raise
                if same is None and step.action is Action.RETAG:
                    raise NotProvenError(draft.path, NOT_PROVEN)
                if same is None:
                    raise FileError(draft.path, NOT_GIVEN_BACK)
                return same.hex(), same.hex()

    def _prove(self, draft: Draft) -> None:
        """Look whether nothing but its genres differs in a tagged draft, of which the drive has just given all."""
        before, wanted = draft.before, draft.step.wanted
        assert before is not None
        tagger = self.drafter.tagger
        try:
            with self.drafter.tagging:
                after = tagger.look(draft.path, copy=True)
                same = tagger.is_same_sound(draft.path, wanted.track.path)
        except FileError as error:
            raise NotProvenError(draft.path, error.reason) from error
        proven = same and after.genres == wanted.carried and replace(after, genres=before.genres) == before
        if not proven or (before.fixed_size and draft.size != draft.size_before):
            raise NotProvenError(draft.path, NOT_PROVEN)

    def _synced(self) -> bool:
        """Wait once for all drafts of a batch; tell whether that was possible."""
        folder = self.drafter.folder
        if Drive.FOREIGN in kind_of(folder):
            return False  # the system does not pass it on to the program that serves the drive
        try:
            self.drafter.files.sync_drive(folder)
        except OSError:
            return False  # each file will say for itself
        return True
