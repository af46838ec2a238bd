"""What a window shows at the moment: which page, which tracks, how many of what, and what can be done."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from app.jobs.queries import These
from app.jobs.state import Counted, Known
from app.jobs.wishes import JobKind, Wish
from app.look import words
from app.look.candidate import offered
from app.window.panels.sidebar import PROBLEMS, THESE, Place
from app.window.parts import Parts

if TYPE_CHECKING:
    from genre_tagger.library.shelves.browsing import Chosen


class Refresh(QObject):
    """Keeps page, details, status bar and actions of a window in step with what there is."""

    def __init__(self, parts: Parts, library_path: str, parent: QObject) -> None:
        super().__init__(parent)
        self._parts = parts
        self._total = self._rows = 0
        self._counting = False
        self._chosen: Chosen | None = None
        self.review: QWidget | None = None
        self._own_pages: dict[Place, QWidget] = {}
        self._these: These | None = None
        # Until it has been looked into, a library that is there is taken for one with tracks.
        self._hopes = os.path.exists(library_path)
        parts.state.changed.connect(self._follow)
        parts.filter.textChanged.connect(self.filter)
        parts.filter.left.connect(lambda: parts.centre.view.setFocus(Qt.FocusReason.ShortcutFocusReason))
        parts.sidebar.place_chosen.connect(self.filter)
        parts.centre.no_match.asked.connect(self.show_everything)
        for name in ("show_details", "show_sidebar"):
            parts.actions[name].toggled.connect(self.page)
        parts.actions["first_page"].triggered.connect(lambda: self._first(True))
        parts.centre.first.left.connect(lambda: self._first(False))
        parts.work.began.connect(self._began)
        parts.work.refused.connect(self._refused)
        parts.tracks.shown.connect(self.rows)
        parts.tracks.begun.connect(lambda number: self.rows(number, counting=True))
        parts.tracks.selection_changed.connect(self.details)
        parts.tracks.current_changed.connect(lambda _: self.details())
        parts.tracks.decided.connect(self.details)
        parts.tracks.several.known.connect(lambda _, shared: parts.details.show_shared(shared))

    def _follow(self, before: Known) -> None:
        """Show what is known now and was not before."""
        now = self._parts.state.now
        if now.policy != before.policy:
            self._parts.centre.policy_bar.set_policy(now.policy)
        if now.among != before.among:
            self._parts.centre.policy_bar.set_among(now.among)
            self._parts.sound.draw_genres_again()
        if now.opened and not before.opened:
            self.filter()
        if now.counted is not None and now.counted != before.counted:
            self._show_counts(now.counted)
        self.actions()
        self.page()

    def _show_counts(self, counted: Counted) -> None:
        parts = self._parts
        self._total, self._hopes = counted.total, False
        parts.sidebar.set_counts(counted.total, counted.genres, counted.states, counted.lists, counted.playlists)
        if parts.sidebar.place().kind in ("list", "playlist"):  # it may ask for something else now
            self.filter()
        parts.centre.failures.show_failures(counted.failures)
        known = [genre for genre, _ in counted.genres]
        parts.details.set_known_genres(known)
        parts.centre.view.set_known_genres([genre for genre in known if genre])

    def _refused(self, sentence: str) -> None:
        title = self.tr("The library cannot be opened")
        self._parts.centre.refused.say(title, sentence, self.tr("Quit"), self.tr("Try again"))

    def actions(self) -> None:
        """Enable what can be done now."""
        now, actions = self._parts.state.now, self._parts.actions
        number = now.counted.states["proposed"] if now.counted is not None else 0
        for name in ("write", "write_selected"):
            actions[name].setEnabled(now.can_write and number > 0)
        actions["write"].setText(self.tr("&Write {}").format(words.files(number)) if number else self.tr("&Write"))
        actions["undo_write"].setEnabled(now.can_write and now.last_batch is not None)
        moved = now.last_batch is not None and now.last_batch.kind != "write"
        actions["undo_write"].setText(self.tr("&Undo last move") if moved else self.tr("&Undo last write"))
        actions["history"].setEnabled(now.can_write)
        for name in ("add_folder", "add_files"):
            actions[name].setEnabled(not now.refused)
        for name in ("rescan", "remove_folder"):
            actions[name].setEnabled(bool(now.folders))

    def filter(self) -> None:
        """Show what the filter and the place at the left say."""
        parts, place = self._parts, self._parts.sidebar.place()
        genre = place.value if place.kind == "genre" else None
        state = place.value if place.kind == "state" else None
        counted = parts.state.now.counted
        listed = counted.rule(place.value) if counted is not None and place.kind == "list" else ""
        if place.kind == "playlist":
            from genre_tagger.library.shelves.playlists import word_for  # not needed at the start

            listed = f'playlist:="{word_for(place.value)}"'
        parts.centre.first.wanted = False
        parts.centre.failures.search(parts.filter.text())
        if parts.state.now.opened:
            parts.tracks.set_filter(
                parts.filter.text().strip(), genre, state=state, listed=listed, chosen=self._chosen,
                these=self._these if place == THESE else None,
            )  # fmt: skip
            self.page()

    def browse(self, chosen: Chosen | None) -> None:
        """Show what is chosen on the library's shelves; None where they are not seen."""
        self._chosen = chosen
        self.filter()

    def show_these(self, these: These) -> None:
        """Show certain tracks, in their order."""
        self._these = these
        self._parts.filter.clear()
        self._parts.sidebar.show_these(these.title, len(these.ids))
        self.filter()

    def give_page(self, place: Place, page: QWidget) -> None:
        """Have a place of the sidebar show a page of its own."""
        self._own_pages[place] = page
        self._parts.centre.add_page(page)
        self.page()

    def show_everything(self) -> None:
        """Leave out nothing any more, be it by words or by a place at the left."""
        self._parts.filter.clear()
        self._parts.sidebar.go(Place())

    def _began(self, wish: Wish) -> None:
        if wish.kind is JobKind.SCAN:
            self._first(False)

    def _first(self, wanted: bool) -> None:
        """Turn to the first page, or back from it."""
        self._parts.centre.first.wanted = wanted
        self.page()

    def focus(self) -> None:
        """Give the keyboard to the page that is seen."""
        if (page := self._parts.centre.page()) is not None:
            page.setFocus(Qt.FocusReason.OtherFocusReason)

    def rows(self, number: int, *, counting: bool = False) -> None:
        """Take note of how many rows the table has, as far as they are counted."""
        self._rows, self._counting = number, counting
        self.page()

    def page(self) -> None:
        """Show the page that fits what there is."""
        parts, centre, now = self._parts, self._parts.centre, self._parts.state.now
        scanning = parts.work.busy_with() is JobKind.SCAN
        known = bool(self._total or self._rows or scanning or self._hopes or now.folders)
        centre.first.show_way_back(known)
        if now.refused:
            centre.show_page(centre.refused)
        elif centre.first.wanted or not known:
            centre.show_page(centre.first)
        elif self.review is not None:
            centre.show_page(self.review)
        elif (own := self._own_pages.get(parts.sidebar.place())) is not None:
            centre.show_page(own)
        elif parts.sidebar.place() == PROBLEMS:
            centre.show_page(centre.failures)
        elif not self._rows and not self._hopes:
            centre.show_none(parts.filter.text().strip(), scanning)
        elif centre.page() is not centre.view:
            centre.show_page(centre.view)
        parts.details.setVisible(centre.has_tracks() and parts.actions["show_details"].isChecked())
        alone = centre.page() in (centre.first, centre.refused)
        parts.sidebar.setVisible(not alone and parts.actions["show_sidebar"].isChecked())
        about_tracks = centre.has_tracks() or centre.page() in (self.review, *self._own_pages.values())
        parts.sound.show_with(bool(self._total or self._rows), about_tracks)
        may_review = centre.has_list() or centre.page() in (self.review, *self._own_pages.values())
        parts.actions["review"].setEnabled(now.opened and may_review)
        parts.actions["review"].setChecked(self.review is not None)
        self._offer()
        self._status()

    def show_review(self, page: QWidget | None) -> None:
        """Show the review page in place of the table, or the table again."""
        self.review = page
        self.page()

    def _status(self) -> None:
        selected = sum(len(rows) for rows in self._parts.centre.view.selected_rows())
        # The rows may be newer than the count.
        of = self.tr("{} and counting, of {}") if self._counting else self.tr("{} of {}")
        texts = [words.tracks(self._rows)] if self._rows >= self._total else [
            of.format(words.number(self._rows), words.tracks(self._total))
        ]  # fmt: skip
        if selected > 1:
            texts.append(self.tr("{} selected").format(words.number(selected)))
        self._parts.status.setText("   ·   ".join(texts) if self._total else "")

    def details(self) -> None:
        """Show what is known of the selected track."""
        tracks, details = self._parts.tracks, self._parts.details
        selected = tracks.selected_ids()
        track = tracks.selected_track()
        proposal = tracks.model.proposal_of(track.id) if track else None
        if track is not None and proposal is not None:
            details.show_track(track, proposal, self._parts.state.now.policy)
        elif len(selected) > 1:
            details.show_several(len(selected))
            tracks.several.ask(selected)
        else:
            details.clear()
        self._offer()
        self._status()

    def _offer(self) -> None:
        """Have the number keys choose for the selected track, as long as that is seen."""
        tracks, centre = self._parts.tracks, self._parts.centre
        track = tracks.judged_track() if centre.page() is centre.view else None
        self._parts.actions.show_candidates(offered(track, self._parts.state.now.policy))
