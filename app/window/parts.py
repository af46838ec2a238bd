"""What a window is made of, for those that show all of it or keep how it was left."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtWidgets import QLabel, QSplitter

from app.jobs.state import LibraryState
from app.jobs.work import Work
from app.look.widgets import FilterField
from app.sound.part import SoundPart
from app.sound.room import Room
from app.table.track_list import TrackList
from app.window.actions import Actions
from app.window.panels.beside import Beside
from app.window.panels.centre import Centre
from app.window.panels.details import Details
from app.window.panels.sidebar import Sidebar


class Parts(NamedTuple):
    """The parts of one window, with what is known of its library and what goes on; only MainWindow makes them."""

    state: LibraryState
    work: Work
    actions: Actions
    tracks: TrackList
    sound: SoundPart
    centre: Centre
    sidebar: Sidebar
    details: Details
    room: Room
    splitter: QSplitter
    beside: Beside
    filter: FilterField
    status: QLabel
