"""What a window shows at the moment: which page, which tracks, how many of what, and what can be done."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from app.jobs.counts import Counted
from app.look import words
from app.window.panels.details import offered
from app.window.panels.sidebar import PROBLEMS, Place

if TYPE_CHECKING:
    from app.window.main_window import MainWindow


class Showing(QObject):
    """Keeps page, details, status bar and actions of a window in step with what there is."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._total = self._rows = 0
        # Until it has been looked into, a library that is there is taken for one with tracks.
        self._hopes = os.path.exists(window.queries.library_path)
        tracks = window.tracks
        window.filter.textChanged.connect(self.filter)
        window.filter.left.connect(lambda: window.centre.view.setFocus(Qt.FocusReason.ShortcutFocusReason))
        window.sidebar.place_chosen.connect(self.filter)
        window.centre.no_match.asked.connect(self._everything)
        window.reports.problems_asked.connect(lambda: window.sidebar.go(PROBLEMS))
        window.commands.batches_read.connect(self.actions)
        window.counts.counted.connect(self._counted)
        for name in ("show_details", "show_sidebar"):
            window.actions_by_id[name].toggled.connect(self.page)
        window.actions_by_id["first_page"].triggered.connect(lambda: self._first(True))
        window.centre.first.left.connect(lambda: self._first(False))
        window.work.began.connect(self._began)
        tracks.shown.connect(self.rows)
        tracks.selection_changed.connect(self.details)
        tracks.current_changed.connect(lambda _: self.details())
        tracks.decided.connect(window.counts.count_soon)

    def _counted(self, counted: Counted) -> None:
        window = self._window
        window.commands.counted = counted
        self._total, self._hopes = counted.total, False
        window.sidebar.set_counts(counted.total, counted.genres, counted.states)
        window.centre.failures.show_failures(counted.failures)
        known = [genre for genre, _ in counted.genres]
        window.details.set_known_genres(known)
        window.centre.view.set_known_genres([genre for genre in known if genre])
        self.actions()
        self.page()

    def actions(self) -> None:
        """Enable what can be done now."""
        window, actions = self._window, self._window.actions_by_id
        counted = window.commands.counted
        number = counted.states["proposed"] if counted else 0
        able = window.course.opened and window.reports.can_write
        for name in ("write", "write_selected"):
            actions[name].setEnabled(able and number > 0)
        actions["write"].setText(self.tr("&Write {}").format(words.files(number)) if number else self.tr("&Write"))
        actions["undo_write"].setEnabled(able and window.commands.last_batch is not None)
        actions["history"].setEnabled(able)
        for name in ("add_folder", "add_files"):
            actions[name].setEnabled(not window.course.refused)
        for name in ("rescan", "remove_folder"):
            actions[name].setEnabled(bool(counted and counted.folders))

    def filter(self) -> None:
        """Show what the filter and the place at the left say."""
        window, place = self._window, self._window.sidebar.place()
        genre = place.value if place.kind == "genre" else None
        state = place.value if place.kind == "state" else None
        window.centre.first.wanted = False
        window.centre.failures.search(window.filter.text())
        if window.course.opened:
            window.tracks.set_filter(window.filter.text().strip(), genre, state=state)
            self.page()

    def _everything(self) -> None:
        self._window.filter.clear()
        self._window.sidebar.go(Place())

    def _began(self, kind: str) -> None:
        if kind == "scan":
            self._first(False)

    def _first(self, wanted: bool) -> None:
        """Turn to the first page, or back from it."""
        self._window.centre.first.wanted = wanted
        self.page()

    def focus(self) -> None:
        """Give the keyboard to the page that is seen."""
        if (page := self._window.centre.page()) is not None:
            page.setFocus(Qt.FocusReason.OtherFocusReason)

    def rows(self, number: int) -> None:
        """Take note of how many rows the table has."""
        self._rows = number
        self.page()

    def page(self) -> None:
        """Show the page that fits what there is."""
        window, centre = self._window, self._window.centre
        scanning = window.work.busy_with() == "scan"
        counted = window.commands.counted
        known = bool(self._total or self._rows or scanning or self._hopes or (counted and counted.folders))
        centre.first.show_way_back(known)
        if window.course.refused:
            centre.show_page(centre.refused)
        elif centre.first.wanted or not known:
            centre.show_page(centre.first)
        elif window.sidebar.place() == PROBLEMS:
            centre.show_page(centre.failures)
        elif not self._rows and not self._hopes:
            centre.show_none(window.filter.text().strip(), scanning)
        elif centre.page() is not centre.view:
            centre.show_page(centre.view)
        window.details.setVisible(centre.has_tracks() and window.actions_by_id["show_details"].isChecked())
        alone = centre.page() in (centre.first, centre.refused)
        window.sidebar.setVisible(not alone and window.actions_by_id["show_sidebar"].isChecked())
        window.sound.show_with(bool(self._total or self._rows), centre.has_tracks())
        self._offer()
        self._status()

    def _status(self) -> None:
        selected = sum(len(rows) for rows in self._window.centre.view.selected_rows())
        # The rows may be newer than the count.
        texts = [words.tracks(self._rows)] if self._rows >= self._total else [
            self.tr("{} of {}").format(words.number(self._rows), words.tracks(self._total))
        ]  # fmt: skip
        if selected > 1:
            texts.append(self.tr("{} selected").format(words.number(selected)))
        self._window.status.setText("   ·   ".join(texts) if self._total else "")

    def details(self) -> None:
        """Show what is known of the selected track."""
        tracks, details = self._window.tracks, self._window.details
        selected = tracks.selected_ids()
        track = tracks.selected_track()
        proposal = tracks.model.proposal_of(track.id) if track else None
        if track is not None and proposal is not None:
            details.show_track(track, proposal, tracks.model.policy)
        elif len(selected) > 1:
            details.show_several(len(selected))
        else:
            details.clear()
        self._offer()
        self._status()

    def _offer(self) -> None:
        """Have the number keys choose for the selected track, as long as that is seen."""
        tracks, centre = self._window.tracks, self._window.centre
        track = tracks.selected_track() if centre.page() is centre.view else None
        self._window.actions_by_id.show_candidates(offered(track, tracks.model.policy))
