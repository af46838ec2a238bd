"""What fills the table: asks the library for ids and tracks, and stores what the user says of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence, QUndoStack

from app.jobs.queries import Filter, Queries, Rows, These, find, load
from app.jobs.state import Known, LibraryState
from app.look import words
from app.table.decisions import DecisionCommand, changing, choosing, giving, tickable, ticking, wanting
from app.table.several import Several
from app.table.standing import Standing
from app.table.track_model import MANY, TrackModel
from app.table.track_view import TrackView
from genre_tagger.review.policy import clean

if TYPE_CHECKING:
    from genre_tagger.library.shelves.browsing import Chosen
    from genre_tagger.library.tracks import Decision, Track
    from genre_tagger.review.asking.several import Shared

_TYPING_MS = 120
_REFRESH_MS = 100
_RELOAD_MS = 1000
# Rows loaded besides those that can be seen.
_MARGIN = 100


class TrackList(QObject):
    """Joins a view with its model and the library. The model and the actions are its own.

    Signal `shown` tells how many rows there are, `begun` how many of the first are there while all are looked for.
    """

    shown = Signal(int)
    begun = Signal(int)
    loading = Signal(bool)
    selection_changed = Signal()
    current_changed = Signal(object)
    decided = Signal(int)
    activated_track = Signal(object)
    alike_asked = Signal(list)

    def __init__(
        self,
        queries: Queries,
        view: TrackView,
        undo_stack: QUndoStack,
        state: LibraryState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.view = view
        self.model = TrackModel(state, self)
        self.filter = Filter()
        self._queries, self._undo_stack, self._state = queries, undo_stack, state
        self._current: int | None = None
        self._to_top, self._fetching = True, False
        self._stale: set[int] = set()
        self._judged: Sequence[int] = ()
        self._to_edit: Sequence[int] | None = None
        self._postponed: Rows | None = None
        self._find_seconds = 0.0
        self._digest: Hashable = None
        self._before_top: Standing | None = None
        self._typing = self._timer(_TYPING_MS, self._find)
        self._reloading = self._timer(_RELOAD_MS, self.reload)
        self._refreshing = self._timer(_REFRESH_MS, self._read_stale)
        self._selecting = self._timer(0, self.selection_changed.emit)
        self.tick_action = self._action(words.tr("Tick or Untick"), "T", self._tick_selected)
        self.several = Several(queries, state, self)
        self.edit_action = self._action(words.tr("Choose Genre…"), "F2", self._edit)
        self.leave_action = self._action(words.tr("Leave as It Is"), "X", self._leave_selected)
        self.forget_action = self._action(words.tr("Forget My Choice"), "Ctrl+Backspace", self.forget_selected)
        self.alike_action = self._action(words.tr("More Like This"), "M", self._ask_alike)
        self._connect()

    def _timer(self, interval: int, slot: Callable[[], object]) -> QTimer:
        timer = QTimer(self, interval=interval, singleShot=True)
        timer.timeout.connect(slot)
        return timer

    def _action(self, text: str, keys: str, slot: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(keys))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(lambda: slot())
        self.view.addAction(action)
        return action

    def _connect(self) -> None:
        model, view = self.model, self.view
        view.set_model(model)
        self._state.changed.connect(self._follow)
        model.rows_wanted.connect(self._fetch, Qt.ConnectionType.QueuedConnection)
        model.tick_wanted.connect(lambda track, wanted: self.tick(self._spread(track), wanted))
        model.genres_wanted.connect(lambda track, genres: self.set_genres(self._spread(track), genres))
        model.change_wanted.connect(lambda add, remove: self.change_genres(self.selected_ids(), add, remove))
        self.several.known.connect(self._edit_several)
        view.tick_clicked.connect(self._tick_row)
        view.sort_requested.connect(lambda key, descending: self._find())
        view.alike_pressed.connect(self._ask_alike)
        view.editing_ended.connect(self._apply_postponed)
        view.activated.connect(lambda index: self._activate(index.row()))
        view.selectionModel().selectionChanged.connect(lambda new, old: self._selecting.start())
        for moved in (view.selectionModel().selectionChanged, view.selectionModel().currentRowChanged):
            moved.connect(lambda new, old: self._look())

    # --- what is shown -------------------------------------------------------------------------------

    def set_filter(
        self,
        words: str = "",
        genre: str | None = None,
        proposed: str | None = None,
        state: str | None = None,
        listed: str = "",
        chosen: Chosen | None = None,
        these: These | None = None,
    ) -> None:
        """Show only some tracks; the arguments are those of Library.find, and `these` come in their own order."""
        new = Filter(words, genre, proposed, state, listed, chosen, these)
        if new == self.filter:
            return
        if these != self.filter.these:
            self.view.keep_as_given(these is not None)
        only_words = new._replace(words="") == self.filter._replace(words="")
        self.filter = new
        self._queries.drop("find")
        self._typing.start(_TYPING_MS if only_words and words else 0)

    def set_sort(self, key: str, descending: bool) -> None:
        """Sort by a key of Library.find."""
        if self.view.sort() != (key, descending):
            self.view.set_sort(key, descending)
            self._find()

    def _follow(self, before: Known) -> None:
        """Show what other rules propose, where the policy is another; the model has heard of it before."""
        if self._state.now.among != before.among and self._state.now.opened:
            self.refresh(ids=self.model.ids())
            self.reload()
        if self._state.now.policy == before.policy:
            return
        self.current_changed.emit(self.current_track())
        if self.filter.state is not None:
            self._typing.start()

    def reload(self) -> None:
        """Look again for what there is to show; selection and place stay."""
        self._find(keep_place=True)

    def reload_soon(self) -> None:
        """Reload, at most about once a second, and more seldom where it takes long."""
        if not self._reloading.isActive():
            self._reloading.start(max(_RELOAD_MS, round(10_000 * self._find_seconds)))

    def refresh(self, *, ids: Iterable[int] = (), paths: Iterable[str] = ()) -> None:
        """Read tracks again that have changed in the library."""
        self._stale.update(self.model.loaded(ids), self.model.held(paths))
        if self._stale and not self._refreshing.isActive():
            self._refreshing.start()
        if self.filter.judges:
            self.reload_soon()

    def _find(self, keep_place: bool = False) -> None:
        # A reload must not take away the way to the top from a search that it replaces.
        self._to_top = self._to_top or not keep_place
        self._typing.stop()
        self._reloading.stop()
        self._postponed = None
        self.loading.emit(True)
        first, _ = self.view.visible_rows()
        anchor = None if self._to_top or first >= len(self.model.ids()) else self.model.id_at(first)
        question = find(self.filter, self._state.now.policy, self.view.sort(), anchor, at_top=self._to_top)
        self._queries.run(question, self._show, key="find", failed=lambda _: self.loading.emit(False))

    def _show(self, rows: Rows) -> None:
        if self.view.is_editing():
            self._postponed = rows
            return
        if rows.ids == self.model.ids() and self._before_top is None:
            self.model.upsert(rows.tracks)
        else:
            self._replace(rows)
        if self._to_top:
            self.view.scrollToTop()
            self._to_top = False
        self.current_changed.emit(self.current_track())
        if rows.whole:
            self._find_seconds = rows.seconds
            self.loading.emit(False)
            self.shown.emit(len(rows.ids))
        else:
            self.begun.emit(len(rows.ids))
            self._find(keep_place=True)

    def _replace(self, rows: Rows) -> None:
        """Show other rows without losing what is selected, and where one was."""
        now, before = Standing(self.view, self.model, self._digest), self._before_top
        # What was selected before the first rows were there may be among those that come after them.
        selection = before if before is not None and before.is_untouched() else now
        self._digest = rows.digest if rows.whole else None
        self._before_top = None if rows.whole else selection
        self.model.set_order(rows.ids, rows.tracks, rows.places)
        selection.select_again(rows.digest)
        if not self._to_top:
            if selection is now:
                now.go_on(self._judged)
            now.scroll_back()
        if rows.whole or not selection.hides_selection():
            self._look()
            self._selecting.start()

    def _apply_postponed(self) -> None:
        self.model.edit_several(None)
        rows, self._postponed = self._postponed, None
        if rows is not None:
            self._show(rows)

    # --- tracks --------------------------------------------------------------------------------------

    def _fetch(self) -> None:
        """Load the rows that can be seen, and some around them; one request at a time."""
        first, last = self.view.visible_rows()
        ids = self.model.unloaded(first - _MARGIN, last + _MARGIN)
        if self._fetching or not self.model.unloaded(first, last):
            return
        self._fetching = True
        self._queries.run(
            lambda library: load(library, ids), lambda tracks: self._fetched(tracks, ids),
            failed=lambda _: self._fetched([], []),
        )  # fmt: skip

    def _fetched(self, tracks: list[Track], asked: Sequence[int]) -> None:
        self._fetching = False
        self._reread(tracks, asked)
        if asked:
            self._fetch()

    def _read_stale(self) -> None:
        # Those that nobody sees are loaded again when somebody looks at them.
        first, last = self.view.visible_rows()
        seen = {*self.model.ids()[first : last + 1], self._current}
        stale = [*self._stale & seen]
        self.model.unload(self._stale - seen)
        self._stale = set()
        if stale:
            self._queries.run(lambda library: load(library, stale), lambda tracks: self._reread(tracks, stale))

    def _reread(self, tracks: list[Track], asked: Sequence[int]) -> None:
        self.model.upsert(tracks, asked)
        if self._current in asked:
            self.current_changed.emit(self.current_track())

    # --- selection -----------------------------------------------------------------------------------

    def selected_ids(self) -> Sequence[int]:
        """Give the ids of the selected tracks, loaded or not, in their order; a list, unless they are very many."""
        ids = self.model.ids_in(self.view.selected_rows())
        return ids if len(ids) > MANY else ids.tolist()

    def current_track(self) -> Track | None:
        """Give the track one looks at, if it is loaded: the one selected; if that is not one, where the keyboard is."""
        return None if self._current is None else self.model.track_of(self._current)

    def selected_track(self) -> Track | None:
        """Give the selected track, if it is one and loaded."""
        return None if self.view.one_selected() is None else self.current_track()

    def judged_track(self) -> Track | None:
        """Give the track whose candidates the number keys choose from: of several, the one where the keyboard is."""
        if (track := self.selected_track()) is not None:
            return track
        row = None if self._current is None else self.model.row_of(self._current)
        several = row is not None and any(row in rows for rows in self.view.selected_rows())
        return self.current_track() if several else None

    def select(self, ids: Iterable[int]) -> None:
        """Select these tracks, as far as they are shown, and go to the first."""
        rows = sorted(row for row in map(self.model.row_of, ids) if row is not None)
        self.view.select_rows(rows)
        if rows:
            self.view.set_current_row(rows[0])
            self.view.scrollTo(self.model.index(rows[0], 0))

    def _look(self) -> None:
        # The keyboard may be at a row that is not selected, which is not the one that a genre is chosen for.
        selected = self.view.one_selected()
        row = self.view.currentIndex().row() if selected is None else selected
        current = self.model.id_at(row) if row >= 0 else None
        if current != self._current:
            self._current = current
            self.current_changed.emit(self.current_track())

    def _activate(self, row: int) -> None:
        if (track := self.model.track_at(row)) is not None:
            self.activated_track.emit(track)

    def _edit(self) -> None:
        """Have the user type genres: of one track, or, beginning with what they have in common, of several."""
        ids = self.selected_ids()
        self._to_edit = ids if len(ids) > 1 and self._current in ids else None
        if self._to_edit is None:
            self.view.edit_current()
        else:
            self.several.ask(ids)

    def _edit_several(self, ids: Sequence[int], shared: Shared) -> None:
        if ids == self._to_edit == self.selected_ids() and not self.view.is_editing():
            self.model.edit_several(shared.genres)
            self.view.edit_current()
        self._to_edit = None

    # --- decisions -----------------------------------------------------------------------------------

    def tick(self, ids: Sequence[int], wanted: bool) -> None:
        """Say yes or no to the proposals of these tracks; those without one are left alone."""
        text = words.tr("Tick {}") if wanted else words.tr("Untick {}")
        self._decide(ids, text, ticking(self._state.now.policy, wanted))

    def set_genres(self, ids: Sequence[int], genres: Sequence[str]) -> None:
        """Give these tracks genres of the user's own; none forgets what the user said."""
        self._decide(ids, words.tr("Choose genre for {}"), choosing(clean(genres)))

    def change_genres(self, ids: Sequence[int], add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        """Give these tracks genres and take others from them; each keeps its others."""
        text = words.tr("Add genre to {}") if add else words.tr("Remove genre from {}")
        self._decide(ids, text, changing(self._state.now.policy, clean(add), clean(remove)))

    def set_each(self, genres: Mapping[int, tuple[str, ...]]) -> None:
        """Give each of these tracks, by its id, genres of its own; one step to undo."""
        self._decide(list(genres), words.tr("Choose genre for {}"), giving(genres), alike=False)

    def _ask_alike(self) -> None:
        if ids := self.selected_ids():
            self.alike_asked.emit(ids)

    def _leave_selected(self) -> None:
        self.tick(self.selected_ids(), False)

    def forget_selected(self) -> None:
        """Forget what the user said of the selected tracks."""
        self._decide(self.selected_ids(), words.tr("Forget choice for {}"), choosing(()))

    def _decide(
        self, ids: Sequence[int], text: str, change: Callable[[Track], Decision | None], *, alike: bool = True
    ) -> None:
        if ids:
            text, policy = text.format(words.tracks(len(ids))), self._state.now.policy if alike else None
            self._undo_stack.push(DecisionCommand(text, self._queries, ids, change, self._stored, policy))

    def _stored(self, ids: Sequence[int]) -> None:
        self._judged = ids
        self.refresh(ids=ids)
        self._refreshing.stop()
        self._read_stale()
        self.decided.emit(len(ids))

    def _spread(self, track: int) -> Sequence[int]:
        """What is done to one of the selected tracks is done to all of them."""
        selected = self.selected_ids()
        return selected if track in selected else [track]

    def _tick_row(self, row: int) -> None:
        proposal = self.model.proposal_at(row)
        if proposal is not None and tickable(proposal.action):
            self.tick(self._spread(proposal.track_id), not proposal.ticked)

    def _tick_selected(self) -> None:
        """Follow the current row if that is selected; where it has nothing to tick, the first that has."""
        ids = self.selected_ids()
        nearest = [self._current] if self._current is not None and self._current in ids else []
        proposals = [self.model.proposal_of(track) for track in [*nearest, *ids[:1000]]]
        first = next((p for p in proposals if p is not None and tickable(p.action)), None)
        if first is not None:
            self.tick(ids, not first.ticked)
        elif ids:
            self._queries.run(
                wanting(ids, self._state.now.policy), lambda wanted: None if wanted is None else self.tick(ids, wanted)
            )
