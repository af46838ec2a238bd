"""What is known about the open library: one object owns it, the others ask it and hear from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal

from genre_tagger.base.errors import FileFailure
from genre_tagger.review.policy import Policy

if TYPE_CHECKING:
    from genre_tagger.library.shelves.playlists import FolderPlaylist
    from genre_tagger.library.tracks import SavedList
    from genre_tagger.writing.journal import Batch


@dataclass(frozen=True, eq=False)
class Counted:
    """What was counted, and the failures themselves."""

    total: int
    genres: list[tuple[str, int]]
    states: dict[str, int]
    failures: list[FileFailure]
    folders: list[str]
    lists: Sequence[tuple[SavedList, int]] = ()
    playlists: Sequence[FolderPlaylist] = ()

    def rule(self, name: str) -> str:
        """Give the rule of the list with this name; "" where there is none."""
        return next((saved.rule for saved, _ in self.lists if saved.name == name), "")


class Known(NamedTuple):
    """What is known at one moment.

    `opened` and `refused` are both false until it is known what became of the library; `may_write` is false when its
    journal cannot be used. `last_batch` is the newest write that can be undone. `policy` is what the settings mean
    for writing, `among` are the genres that the model chooses from (empty: all).
    """

    policy: Policy
    among: tuple[str, ...] = ()
    opened: bool = False
    refused: bool = False
    may_write: bool = True
    counted: Counted | None = None
    last_batch: Batch | None = None

    @property
    def can_write(self) -> bool:
        """Whether files can be written and given back."""
        return self.opened and self.may_write

    @property
    def folders(self) -> list[str]:
        """The folders of the library, as far as they are known."""
        return self.counted.folders if self.counted is not None else []


class LibraryState(QObject):
    """Holds what is known `now`. Signal: changed(Known), with what was known before."""

    changed = Signal(object)

    def __init__(self, policy: Policy | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.now = Known(policy or Policy())

    def open(self, *, may_write: bool) -> None:
        """Take note that the library is open."""
        self._become(self.now._replace(opened=True, refused=False, may_write=may_write))

    def refuse(self) -> None:
        """Take note that the library cannot be opened."""
        self._become(self.now._replace(refused=True))

    def take_count(self, counted: Counted) -> None:
        """Take what was counted."""
        self._become(self.now._replace(counted=counted))

    def take_last_batch(self, batch: Batch | None) -> None:
        """Take the newest write that can be undone."""
        self._become(self.now._replace(last_batch=batch))

    def take_policy(self, policy: Policy) -> None:
        """Take another policy."""
        self._become(self.now._replace(policy=policy))

    def take_among(self, genres: tuple[str, ...]) -> None:
        """Take other genres to choose from."""
        self._become(self.now._replace(among=genres))

    def _become(self, now: Known) -> None:
        before, self.now = self.now, now
        if now != before:
            self.changed.emit(before)
