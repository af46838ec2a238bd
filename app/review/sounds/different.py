"""What sounds different: finds it away from the window, keeps it until the library changes, stores what is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.jobs.queries import Queries, These, load
from app.jobs.stages import Comparison
from app.jobs.state import Known, LibraryState
from app.jobs.wishes import JobKind, Tally
from app.jobs.work import Work
from app.look import words
from app.review.sounds.page import Different, DifferentPage
from genre_tagger.library.tracks import Decision, Track
from genre_tagger.review.policy import clean

if TYPE_CHECKING:
    from genre_tagger.library.library import Library
    from genre_tagger.library.steps import Step
    from genre_tagger.review.sounds.audit import Surprise
    from genre_tagger.review.sounds.different import Compared

#: How a step of this page is called in the library.
KIND = "different"
_LISTED = 1_000
_CHANGING = (JobKind.SCAN, JobKind.CLASSIFY, JobKind.WRITE, JobKind.UNDO, JobKind.FORGET)
_TEN = 10


def _last(library: Library) -> Compared | None:
    from genre_tagger.review.sounds.different import last_compared  # with numpy, which the start does without

    return last_compared(library)


def _decision(row: Different, *, take: bool) -> Decision:
    """Take what is heard, or keep what the file says."""
    return Decision(True, clean([row.found.heard])) if take else Decision(False)


class SoundsDifferent(QObject):
    """Joins the page with the library.

    Signals: looked_at(Track or None), play_asked(Track), decided(ids) when something was stored or taken back,
    ten_decided() after each ten decisions, table_asked(These) and review_asked(ids) for what is listed.
    """

    looked_at = Signal(object)
    play_asked = Signal(object)
    decided = Signal(list)
    ten_decided = Signal()
    table_asked = Signal(object)
    review_asked = Signal(list)

    def __init__(self, queries: Queries, work: Work, state: LibraryState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queries, self._work, self._state = queries, work, state
        self._comparison: Comparison | None = None
        self._stale, self._looking, self.is_seen = True, False, False
        self._cell: tuple[str, str] | None = None
        self._done: set[int] = set()
        self._count = 0
        self.page = page = DifferentPage()
        page.pressed.connect(self._press)
        page.looked_at.connect(self.looked_at)
        page.cell_chosen.connect(self._choose)
        page.look_asked.connect(self.look)
        page.table_asked.connect(lambda: self.table_asked.emit(These(self._title(), tuple(self._listed_ids()))))
        page.review_asked.connect(self.review)
        work.finished.connect(self._worked)
        state.changed.connect(self._follow)

    # --- finding -------------------------------------------------------------------------------------

    def open(self) -> None:
        """Be seen: what was found is shown, or is looked for if the library has changed since."""
        self.is_seen = True
        if self._stale and self._comparison is None and self._state.now.opened:
            self._queries.run(_last, self._show_last, key="compared")
        if self._stale:
            self.look()
        else:
            self.looked_at.emit(self.page.current_track())

    def _show_last(self, found: Compared | None) -> None:
        """Show what was found the last time, until it is known whether it is still so."""
        if found is not None and self._comparison is None:
            self._comparison = Comparison(self._state.now.policy, found)
            self.page.show_matrix(found.matrix)
            self._list()

    def close(self) -> None:
        """Be seen no more; what was found is kept."""
        if self.is_seen:
            self.is_seen = False
            self.looked_at.emit(None)

    def look(self) -> None:
        """Look for what sounds different, in the background."""
        if self._looking or not self._state.now.opened:
            return
        self._looking, self._stale = True, False
        self.page.tell(self.tr(
            "Every track is judged by what was learned from other artists. This may take a while; you can cancel it "
            "at the bottom of the window and go on with something else."
        ))  # fmt: skip
        comparison = Comparison(self._state.now.policy)
        self._work.compare(comparison, lambda tally: self._have_looked(comparison, tally))

    def _have_looked(self, comparison: Comparison, tally: Tally) -> None:
        self._looking = False
        if comparison.found is None:
            self._stale = True
            stopped = self.tr("Looking was stopped. “Look again” begins anew; nothing else has changed.")
            self.page.tell(tally.error or stopped)
            return
        self._comparison, self._cell, self._done = comparison, None, set()
        self.page.tell(self._say())
        self.page.show_matrix(comparison.found.matrix)
        self._list()

    def _say(self) -> str:
        """What the list is, and what is not judged."""
        assert self._comparison is not None
        assert self._comparison.found is not None
        audit = self._comparison.found.audit
        if not audit.surprises and not audit.unjudged:
            return self.tr("There is nothing to compare yet: no track that was listened to has a genre in its file.")
        text = self.tr("{} judged, each by what was learned from other artists, the most surprising first.")
        said = [text.format(words.tracks(len(audit.surprises)))]
        if audit.unjudged:
            genres = sorted(audit.unjudged, key=lambda genre: (-audit.unjudged[genre], genre))
            names = ", ".join(map(words.one_line, genres[:5])) + ("…" if len(genres) > 5 else "")
            unjudged = self.tr("Not judged until five tracks by two artists have them: {}.")
            said.append(unjudged.format(names))
        return " ".join(said)

    def _worked(self, tally: Tally) -> None:
        changed = tally.done or tally.kind is JobKind.FORGET
        if tally.kind not in _CHANGING or not changed:
            return
        self._stale = True
        if self._comparison is not None:
            self.page.tell(self.tr("The library has changed since this was found. “Look again” brings it up to date."))

    def _follow(self, before: Known) -> None:
        if self._state.now.policy.spelling != before.policy.spelling:
            self._stale = True

    # --- the list ------------------------------------------------------------------------------------

    def _entries(self) -> Sequence[Surprise]:
        found = self._comparison.found if self._comparison is not None else None
        if found is None:
            return ()
        if self._cell is not None:
            return found.cell(*self._cell)
        return [entry for entry in found.doubted if entry.track not in self._done]

    def _choose(self, said: str | None, heard: str | None) -> None:
        self._cell = None if said is None or heard is None else (said, heard)
        self._list()

    def _list(self, then: int | None = None) -> None:
        """Show what is to be listed; the track `then` is gone to."""
        entries, cell = self._entries(), self._cell
        first = {entry.track: entry for entry in entries[:_LISTED]}

        def show(tracks: list[Track]) -> None:
            there = {track.id: track for track in tracks if not track.missing}
            rows = [Different(entry, there[track]) for track, entry in first.items() if track in there]
            if cell is None:
                # Somebody may have decided on it elsewhere since.
                rows = [row for row in rows if row.track.decision is None]
            self.page.show_rows(rows, len(entries) - len(first) + len(rows), cell)
            if then is not None:
                self.page.go_to(then)

        self._queries.run(lambda library: load(library, list(first)), show, key="different")

    def _title(self) -> str:
        if self._cell is None:
            return self.tr("Sound different")
        return self.tr("{} in the file, {} heard").format(*map(words.one_line, self._cell))

    def review(self) -> None:
        """Have what is listed gone through, if anything is."""
        if ids := self._listed_ids():
            self.review_asked.emit(ids)

    def _listed_ids(self) -> list[int]:
        return [entry.track for entry in self._entries()]

    # --- deciding ------------------------------------------------------------------------------------

    def _press(self, key: str) -> None:
        if key == "play":
            if (track := self.page.current_track()) is not None:
                self.play_asked.emit(track)
        elif key == "take_back":
            self._take_back()
        elif rows := self.page.selected():
            self._store({row.track.id: _decision(row, take=key == "accept") for row in rows})

    def _store(self, said: Mapping[int, Decision | None]) -> None:
        def store(library: Library) -> None:
            library.steps.take(KIND, said)

        self._queries.run(store, lambda _: self._stored(list(said)), failed=lambda _: self._list())

    def _stored(self, ids: list[int]) -> None:
        self._done.update(ids)
        self.page.take_out(ids)
        before, self._count = self._count, self._count + len(ids)
        self.decided.emit(ids)
        if self._count // _TEN > before // _TEN:
            self.ten_decided.emit()

    def _take_back(self) -> None:
        self._queries.run(lambda library: library.steps.take_back(), self._taken_back)

    def _taken_back(self, step: Step | None) -> None:
        if step is None:
            self.page.tell(self.tr("There is no decision to take back."))
            return
        self._done.difference_update(step.tracks)
        self.page.tell(self.tr("Taken back: {}").format(", ".join(map(words.one_line, step.titles))))
        self._list(step.tracks[0] if step.tracks else None)
        self.decided.emit(list(step.tracks))
