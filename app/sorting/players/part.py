"""Joins the action with the dialog, the selected track with what players make of it, and the click with a write."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from app.jobs.queries import Queries
from app.jobs.state import Known, LibraryState
from app.jobs.wishes import JobKind, Tally
from app.jobs.work import Work
from app.settings.store import SettingsStore
from app.table.track_list import TrackList
from genre_tagger.base.errors import TagError
from genre_tagger.review.policy import Action, Policy, Proposal, clean, propose, retag

if TYPE_CHECKING:
    from app.sorting.players.dialog import PlayersDialog, Seen
    from genre_tagger.library.library import Library
    from genre_tagger.library.tracks import Track

_KEY = "players"


class PlayersPart(QObject):
    """Opens the dialog beside the window; it follows the selection until it is closed."""

    def __init__(
        self, window: QMainWindow, action: QAction, queries: Queries, work: Work, tracks: TrackList,
        state: LibraryState, settings: SettingsStore,
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._window, self._action, self._queries, self._work = window, action, queries, work
        self._tracks, self._state, self._settings = tracks, state, settings
        self.dialog: PlayersDialog | None = None
        action.triggered.connect(lambda: self.open())
        tracks.selection_changed.connect(self._look)
        work.finished.connect(self._finished)
        state.changed.connect(self._follow)
        action.setEnabled(state.now.opened)

    def _follow(self, _: Known) -> None:
        self._action.setEnabled(self._state.now.opened)

    def _finished(self, tally: Tally) -> None:
        if tally.kind in (JobKind.WRITE, JobKind.UNDO, JobKind.SCAN):
            self._look()

    def open(self) -> None:
        """Show the dialog."""
        from app.sorting.players.dialog import PlayersDialog

        if self.dialog is None:
            self.dialog = PlayersDialog(self._window)
            self.dialog.wanted.connect(self._write)
            self.dialog.finished.connect(self._forget)
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()
        self._look()

    def _forget(self) -> None:
        self._queries.drop(_KEY)
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    def _look(self) -> None:
        if self.dialog is None:
            return
        ids = self._tracks.selected_ids()
        if len(ids) != 1:
            self._queries.drop(_KEY)
            self.dialog.show_nothing()
            return
        policy = self._state.now.policy
        self._queries.run(lambda library: look(library, ids[0], policy), self._show, key=_KEY)

    def _show(self, seen: Seen | None) -> None:
        if self.dialog is None:
            return
        if seen is None:
            self.dialog.show_nothing()
        else:
            self.dialog.show_track(seen)

    def _write(self, track_id: int, genre: str) -> None:
        self._queries.run(lambda library: everywhere(library, track_id, genre), self._agree)

    def _agree(self, proposals: list[Proposal]) -> None:
        chosen = self._settings.settings
        if proposals and not {proposal.path for proposal in proposals} & self._work.being_written():
            self._work.write(
                proposals, keep_mtime=chosen.keep_mtime, id3_version=chosen.id3_version, everywhere=True
            )  # fmt: skip


def look(library: Library, track_id: int, policy: Policy) -> Seen | None:
    """Read the places of a track's file, and say what players make of them; None if the library has lost the track.

    What would be written is the first of the genres that are offered, and what the file has the next.
    """
    from app.sorting.players.dialog import Seen
    from genre_tagger.files.genre_places import genre_places
    from genre_tagger.sorting.players.shown import choices, verdict

    track: Track
    for track in library.tracks(ids=[track_id], best_only=True):
        title = " – ".join(filter(None, (track.artist, track.title))) or track.path.rpartition("/")[2]
        try:
            found = verdict(genre_places(track.path))
        except TagError as error:
            return Seen(track.id, title, error.reason, [])
        proposal = propose(replace(track, refusal=""), policy)
        known = [*(proposal.new[:1] if proposal.ticked else ()), *track.genres, *proposal.new]
        return Seen(track.id, title, found, choices(found, known), track.refusal)
    return None


def everywhere(library: Library, track_id: int, genre: str) -> list[Proposal]:
    """Propose one genre for a track's file, to be written into every tag of it, also where it is read already."""
    proposals = [retag(track, clean([genre])) for track in library.tracks(ids=[track_id], best_only=True)]
    return [
        Proposal(p.track_id, p.path, p.stamp, p.old, p.new, None, None, Action.WRITE)
        for p in proposals if p.new and p.action in (Action.WRITE, Action.SAME)
    ]  # fmt: skip
