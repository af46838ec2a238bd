"""The window: puts its parts together and connects them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QUndoStack
from PySide6.QtWidgets import QLabel, QSplitter

from app import remember, theme, words
from app.actions import CONTEXT, Actions, of_table
from app.candidates import offered
from app.centre import Centre
from app.commands import Commands
from app.counts import Counted, Counts
from app.details import Details
from app.drops import DropWindow
from app.places import Places
from app.progress_bar import ProgressPart
from app.queries import Queries
from app.reports import Reports
from app.settings import Settings, WindowState, load, save
from app.sidebar import PROBLEMS, Place, Sidebar
from app.sound_part import SoundPart, keys_in_words
from app.stages import Opened
from app.tool_bar import ToolBar
from app.track_list import TrackList
from app.work import Tally, Work
from genre_tagger.review import Mode, Policy

_STOP_S = 10.0


class MainWindow(DropWindow):
    """Shows a library. `start` opens it, once the window is to be seen."""

    def __init__(self, places: Places, paths: list[str] | None = None) -> None:
        super().__init__()
        self._places, self._paths = places, paths or []
        self.settings = load(Settings, places.settings)
        policy = Policy(Mode(self.settings.mode), self.settings.threshold)
        self._opened = self._refused = self._leaving = False
        self._total = self._shown = 0
        self._make_parts(policy)
        self._compose()
        self._connect()
        self._set_out()

    def _make_parts(self, policy: Policy) -> None:
        self.queries = Queries(self._places.library, self)
        self.work = Work(self._places.library, self._places.model, self)
        self.centre, self.sidebar, self.details = Centre(policy), Sidebar(), Details()
        self.progress, self.undo_stack = ProgressPart(), QUndoStack(self)
        self.tracks = TrackList(self.queries, self.centre.view, self.undo_stack, self)
        self.tracks.set_policy(policy)
        self.counts = Counts(self.queries, policy, self)
        self.commands = Commands(self, self.queries, self.work, self.tracks, self.undo_stack, self.settings)
        self.actions_by_id = Actions(self, self.commands, of_table(self.tracks))
        self.commands.keys = [*self.actions_by_id.in_words(), *keys_in_words()]
        self.tool_bar = ToolBar(self.actions_by_id)
        self.filter = self.tool_bar.filter
        self.sound = SoundPart(self, self._places)
        self.reports = Reports(self.centre.notices, self.statusBar(), self.commands, self.work, self)

    def _compose(self) -> None:
        self.setWindowTitle("Genre Tagger")
        self.setAcceptDrops(True)
        self.resize(1280, 800)
        self.actions_by_id.fill_menu_bar(self)
        self.addToolBar(self.tool_bar)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(1)
        for number, part in enumerate((self.sidebar, self.centre, self.details)):
            self.splitter.addWidget(part)
            self.splitter.setStretchFactor(number, int(part is self.centre))
        self.setCentralWidget(self.splitter)
        self.status = QLabel()
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.statusBar().setSizeGripEnabled(False)
        self.status.setContentsMargins(theme.UNIT, 0, 0, 0)
        self.statusBar().addWidget(self.status)
        self.statusBar().addPermanentWidget(self.progress)
        self.centre.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    # --- connections ---------------------------------------------------------------------------------

    def _connect(self) -> None:
        self._connect_work()
        self._connect_table()
        centre, commands, actions = self.centre, self.commands, self.actions_by_id
        centre.empty.add_asked.connect(commands.add_folder)
        centre.empty.folder_chosen.connect(lambda folder: commands.add([folder]))
        centre.empty.demo_asked.connect(commands.add_demo)
        centre.failures.retry_asked.connect(commands.retry)
        centre.no_match.asked.connect(self._show_everything)
        centre.refused.asked.connect(self.close)
        centre.policy_bar.policy_changed.connect(self._set_policy)
        self.hovered.connect(centre.empty.show_drop)
        self.dropped.connect(commands.add)
        commands.batches_read.connect(self._update_actions)
        commands.card_read.connect(centre.policy_bar.show_card)
        self.details.genre_chosen.connect(commands.choose_genre)
        self.details.left_alone.connect(commands.leave_alone)
        self.details.choice_reset.connect(commands.forget_choice)
        self.progress.cancel_asked.connect(self.work.queue.cancel_current)
        self.reports.problems_asked.connect(lambda: self.sidebar.go(PROBLEMS))
        actions["show_sidebar"].toggled.connect(self.sidebar.setVisible)
        actions["show_details"].toggled.connect(self._show_page)
        actions["filter"].triggered.connect(self.filter.come_here)
        actions.follow(self.undo_stack)

    def _connect_work(self) -> None:
        work = self.work
        work.opened.connect(self._library_opened)
        work.refused.connect(self._library_refused)
        work.began.connect(lambda kind, title: self.progress.begin(title, can_stop=kind != "open"))
        work.advanced.connect(lambda title, at: self.progress.advance(title, at.done, at.total, at.seconds_left))
        work.outcomes.connect(self._outcomes)
        work.finished.connect(self._finished)
        work.model_missing.connect(self.reports.model_missing)
        work.queue.idle.connect(self.progress.end)
        self.queries.failed.connect(self.reports.query_failed)

    def _connect_table(self) -> None:
        self.filter.textChanged.connect(self._apply_filter)
        self.filter.left.connect(lambda: self.centre.view.setFocus(Qt.FocusReason.ShortcutFocusReason))
        self.sidebar.place_chosen.connect(self._apply_filter)
        tracks = self.tracks
        tracks.shown.connect(self._rows_shown)
        tracks.selection_changed.connect(self._show_details)
        tracks.current_changed.connect(lambda _: self._show_details())
        tracks.decided.connect(self.counts.count_soon)
        self.counts.counted.connect(self._counted)
        self.centre.view.customContextMenuRequested.connect(
            lambda at: self.actions_by_id.menu(CONTEXT, self).popup(self.centre.view.viewport().mapToGlobal(at))
        )

    # --- what happens --------------------------------------------------------------------------------

    def start(self) -> None:
        """Open the library."""
        self.actions_by_id.draw()
        self.centre.empty.add_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self.work.open()
        self.sound.start()

    def _library_opened(self, opened: Opened) -> None:
        self._opened = True
        self.reports.opened(opened)
        self.commands.read_card()
        self._apply_filter()
        self.counts.count_soon()
        if self.reports.can_write:
            self.commands.read_batches()
        if self._paths:
            self.commands.add(self._paths)
        if opened.folders:
            self.work.scan(opened.folders)

    def _library_refused(self, sentence: str) -> None:
        self._refused = True
        self.setAcceptDrops(False)
        self.centre.refused.say(self.tr("The library cannot be opened"), sentence, self.tr("Quit"))
        self._show_page()
        self._update_actions()

    def _outcomes(self, kind: str, batch: list[object]) -> None:
        if kind in ("scan", "open"):
            self.tracks.reload_soon()
        else:
            self.tracks.refresh(paths=[outcome.path for outcome in batch])  # type: ignore[attr-defined]
        self.counts.count_soon()

    def _finished(self, tally: Tally) -> None:
        self.reports.finished(tally)
        if not self._opened:
            return
        self.tracks.reload()
        self.counts.count_soon()
        if tally.kind in ("write", "undo"):
            self.commands.read_batches()
        if tally.kind == "scan" and not tally.cancelled and tally.error is None:
            self.work.listen()

    def _counted(self, counted: Counted) -> None:
        self.commands.counted = counted
        self._total = counted.total
        self.sidebar.set_counts(counted.total, counted.genres, counted.states)
        self.centre.failures.model.show(counted.failures)
        known = [genre for genre, _ in counted.genres]
        self.details.set_known_genres(known)
        self.centre.view.set_known_genres([genre for genre in known if genre])
        self._update_actions()
        self._show_page()

    def _update_actions(self) -> None:
        counted, actions = self.commands.counted, self.actions_by_id
        number = counted.states["proposed"] if counted else 0
        able = self._opened and self.reports.can_write
        actions["write"].setEnabled(able and number > 0)
        actions["write"].setText(self.tr("&Write {}").format(words.files(number)) if number else self.tr("&Write"))
        actions["undo_write"].setEnabled(able and self.commands.last_batch is not None)
        actions["history"].setEnabled(able)
        for name in ("add_folder", "add_files"):
            actions[name].setEnabled(not self._refused)
        for name in ("rescan", "remove_folder"):
            actions[name].setEnabled(bool(counted and counted.folders))

    # --- what is shown -------------------------------------------------------------------------------

    def _apply_filter(self) -> None:
        place = self.sidebar.place()
        genre = place.value if place.kind == "genre" else None
        state = place.value if place.kind == "state" else None
        if self._opened:
            self.tracks.set_filter(self.filter.text().strip(), genre, state=state)
            self._show_page()

    def _show_everything(self) -> None:
        self.filter.clear()
        self.sidebar.go(Place())

    def _set_policy(self, policy: Policy) -> None:
        self.settings.mode, self.settings.threshold = policy.mode.value, policy.threshold
        self.counts.policy = policy
        self.tracks.set_policy(policy)
        self.counts.count_soon()
        self._show_details()

    def _rows_shown(self, number: int) -> None:
        self._shown = number
        self._show_page()

    def _show_page(self) -> None:
        centre, scanning = self.centre, self.work.busy_with() in ("scan", "open")
        if self._refused:
            centre.show_page(centre.refused)
        elif self.sidebar.place() == PROBLEMS:
            centre.show_page(centre.failures)
        elif not (self._total or self._shown or scanning or (self.commands.counted and self.commands.counted.folders)):
            centre.show_page(centre.empty)
        elif not self._shown:
            centre.show_none(self.filter.text().strip(), scanning)
        elif centre.page() is not centre.view:
            centre.show_page(centre.view)
        self.details.setVisible(centre.has_tracks() and self.actions_by_id["show_details"].isChecked())
        self.sound.show_with(bool(self._total or self._shown), centre.has_tracks())
        self._show_status()

    def _show_status(self) -> None:
        selected = sum(len(rows) for rows in self.centre.view.selected_rows())
        texts = [words.tracks(self._shown)] if self._shown == self._total else [
            self.tr("{} of {}").format(words.number(self._shown), words.tracks(self._total))
        ]  # fmt: skip
        if selected > 1:
            texts.append(self.tr("{} selected").format(words.number(selected)))
        self.status.setText("   ·   ".join(texts) if self._total else "")

    def _show_details(self) -> None:
        selected = self.tracks.selected_ids()
        track = self.tracks.current_track() if len(selected) == 1 else None
        proposal = self.tracks.model.proposal_of(track.id) if track else None
        if track is not None and proposal is not None:
            self.details.show_track(track, proposal, self.tracks.model.policy)
        elif len(selected) > 1:
            self.details.show_several(len(selected))
        else:
            self.details.clear()
        self.actions_by_id.show_candidates(offered(track if proposal is not None else None))
        self._show_status()

    # --- coming and going ----------------------------------------------------------------------------

    def _set_out(self) -> None:
        remember.restore(self, load(WindowState, self._places.window))
        self.actions_by_id[f"scheme_{self.settings.scheme}"].setChecked(True)
        self._update_actions()
        self._show_details()

    def leave(self) -> None:
        """Close without asking: the file in hand is finished, the rest goes on at the next start."""
        self._leaving = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        asks = not self._leaving and self.work.busy_with() in ("write", "undo")
        if asks and not self.commands.really_stop():
            return event.ignore()
        save(self.settings, self._places.settings)
        save(remember.take_down(self), self._places.window)
        self.hide()
        self.sound.stop(_STOP_S)
        self.queries.stop(_STOP_S)
        self.work.stop(_STOP_S)
        event.accept()
