"""What this room knows of the window, and no more: what may be asked of it from outside the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance
    from PySide6.QtGui import QAction

    from app.jobs.queries import Queries
    from app.jobs.work import Work
    from app.sound.part import SoundPart
    from app.table.track_list import TrackList


class ActionsById(Protocol):
    """Gives an action of the window by its id."""

    def __getitem__(self, name: str, /) -> QAction: ...


class Window(Protocol):
    """The window of the program. It is a QObject as well, which a protocol cannot say: who serves it is its child."""

    queries: Queries
    work: Work
    tracks: TrackList
    sound: SoundPart

    @property
    def actions_by_id(self) -> ActionsById:
        """What can be done in it."""

    @property
    def closing(self) -> SignalInstance:
        """Emitted when it is agreed to close, before anything is waited for."""

    def add(self, paths: list[str], /) -> None:
        """Add folders and files to the library, as soon as it is open."""

    def show_everything(self) -> None:
        """Leave no track out of the table any more."""

    def come_to_front(self) -> None:
        """Be seen, and have the keyboard."""

    def close(self) -> bool:
        """Close, which may ask something first."""
