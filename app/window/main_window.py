"""The window: makes its parts and joins them. Nobody else knows all of them, and no part knows the window."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QUndoStack
from PySide6.QtWidgets import QLabel, QMenu, QSplitter

from app.jobs.counts import Counts
from app.jobs.queries import Queries
from app.jobs.state import LibraryState
from app.jobs.work import Work
from app.look import genre_colours, theme
from app.settings.places import Places
from app.settings.settings import WindowState, load, save
from app.settings.store import SettingsStore
from app.sound.part import SoundPart, keys_in_words
from app.sound.room import Room
from app.table.track_list import TrackList
from app.window import session
from app.window.actions import CONTEXT, Actions, ToolBar, of_table
from app.window.again import ListeningAgain
from app.window.apply_settings import SettingsPart
from app.window.commands import Commands
from app.window.outcomes import Outcomes, Reports
from app.window.panels.beside import Beside
from app.window.panels.centre import Centre
from app.window.panels.details import Details
from app.window.panels.drops import DropWindow
from app.window.panels.progress_bar import ProgressPart
from app.window.panels.sidebar import DIFFERENT, PROBLEMS, Place, Sidebar
from app.window.parts import Parts
from app.window.refresh import Refresh
from app.window.review_part import ReviewPart


class MainWindow(DropWindow):
    """Shows a library. `start` opens it, once the window is to be seen.

    Signal: closing(), when it is agreed to close and the waiting for what goes on begins.
    """

    closing = Signal()

    def __init__(
        self, places: Places, paths: list[str] | None = None, settings: SettingsStore | None = None
    ) -> None:
        super().__init__()
        self._places = places
        self.settings = settings or SettingsStore.open(places.settings)
        self.settings.setParent(self)
        self.state = LibraryState(self.settings.settings.policy, self)
        self._make_parts()
        self._make_coordinators()
        self._compose()
        self._connect_pages()
        self._connect_actions()
        self._connect_work()
        self._set_out()
        self.add(paths or [])

    def _make_parts(self) -> None:
        places, state = self._places, self.state
        self.queries = Queries(places.library, self)
        self.work = Work(places.library, places.model, self, places.state)
        self.centre, self.sidebar, self.details = Centre(state.now.policy), Sidebar(), Details()
        self.progress, self.undo_stack = ProgressPart(), QUndoStack(self)
        self.tracks = TrackList(self.queries, self.centre.view, self.undo_stack, state, self)
        self.counts = Counts(self.queries, state, self)
        self.commands = Commands(self, self.queries, self.work, self.tracks, self.undo_stack, self.settings, state)
        self.actions_by_id = Actions(self, self.commands.handlers(), of_table(self.tracks))
        self.tool_bar = ToolBar(self.actions_by_id)
        self.filter = self.tool_bar.filter
        self.room = Room()
        self.room.setCentralWidget(self.centre)
        self.sound = SoundPart(
            self, self.room, places, self.queries, self.work, self.tracks, self.settings, self.actions_by_id.by_id,
            self.centre.notices,
        )  # fmt: skip
        self.splitter, self.status = QSplitter(Qt.Orientation.Horizontal), QLabel()
        panels = {"show_details": self.details, "show_sidebar": self.sidebar}
        self.beside = Beside(self, self.actions_by_id.by_id, panels)

    def _make_coordinators(self) -> None:
        places, state, notices = self._places, self.state, self.centre.notices
        self._parts = Parts(
            state, self.work, self.actions_by_id, self.tracks, self.sound, self.centre, self.sidebar, self.details,
            self.room, self.splitter, self.beside, self.filter, self.status,
        )  # fmt: skip
        self.refresh = Refresh(self._parts, places.library, self)
        self.reports = Reports(notices, self.statusBar(), self.commands, self.work, self)
        self.outcomes = Outcomes(state, self.work, self.commands, self.tracks, self.counts, self.reports, self)
        self.preferences = SettingsPart(
            self.settings, state, self.queries, self.work.classifier, self.commands, self.actions_by_id, notices,
            places, self,
        )  # fmt: skip
        self.again = ListeningAgain(
            self.queries, self.work, notices, self.actions_by_id["listen_again"], places.state
        )
        self.session = session.Session(state, self.queries, self.tracks, self.sound, places.state, self)
        self.review = ReviewPart(
            self._parts, self.refresh, self.counts, self.queries, self.settings, places, self
        )
        self.leaving = session.Leaving(self.work, self.queries, self.sound, self)

    def _compose(self) -> None:
        self.setWindowTitle("Genre Tagger")
        self.setAcceptDrops(True)
        self.resize(QSize(1280, 800).boundedTo(self.screen().availableSize()))
        self.actions_by_id.fill_menu_bar(self)
        self.addToolBar(self.tool_bar)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(1)
        for number, part in enumerate((self.sidebar, self.room, self.details)):
            self.splitter.addWidget(part)
            self.splitter.setStretchFactor(number, int(part is self.room))
        self.setCentralWidget(self.splitter)
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.statusBar().setSizeGripEnabled(False)
        self.status.setContentsMargins(theme.UNIT, 0, 0, 0)
        self.statusBar().addWidget(self.status)
        self.statusBar().addPermanentWidget(self.progress)
        self.centre.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    # --- who hears of what ---------------------------------------------------------------------------

    def _connect_pages(self) -> None:
        centre, commands = self.centre, self.commands
        centre.first.add_asked.connect(commands.add_folder)
        centre.first.folder_chosen.connect(lambda folder: commands.add([folder]))
        centre.first.demo_asked.connect(commands.add_demo)
        centre.failures.retry_asked.connect(commands.retry)
        centre.refused.asked.connect(self.close)
        centre.refused.other_asked.connect(self.work.open)
        centre.policy_bar.rules_chosen.connect(self.preferences.take_rules)
        commands.card_read.connect(centre.policy_bar.show_card)
        self.details.genre_chosen.connect(commands.choose_genre)
        self.details.genre_added.connect(commands.add_genre)
        self.details.genre_removed.connect(commands.remove_genre)
        self.details.left_alone.connect(commands.leave_alone)
        self.details.choice_reset.connect(commands.forget_choice)
        self.hovered.connect(centre.first.show_drop)
        self.dropped.connect(commands.add)
        self.state.changed.connect(lambda _: self.setAcceptDrops(not self.state.now.refused))

    def _connect_actions(self) -> None:
        actions, view = self.actions_by_id, self.centre.view
        actions["select_all"].triggered.connect(self.centre.select_all)
        actions["filter"].triggered.connect(self.filter.come_here)
        actions["keys"].triggered.connect(self._show_keys)
        actions.follow(self.undo_stack)
        view.customContextMenuRequested.connect(
            lambda at: actions.menu(CONTEXT, self).popup(view.viewport().mapToGlobal(at))
        )

    def _connect_work(self) -> None:
        work, progress = self.work, self.progress
        work.began.connect(lambda wish: progress.begin(wish.title, can_stop=wish.can_stop))
        work.advanced.connect(lambda title, at: progress.advance(title, at.done, at.total, at.seconds_left))
        work.queue.idle.connect(progress.end)
        progress.cancel_asked.connect(work.queue.cancel_current)
        self.queries.failed.connect(self.reports.query_failed)
        self.reports.problems_asked.connect(lambda: self.sidebar.go(PROBLEMS))
        self.outcomes.opened.connect(self.session.come_back)
        self.outcomes.opened.connect(lambda _: self.again.look())
        self.tracks.decided.connect(self.counts.count_soon)
        self.leaving.began.connect(self.closing)
        self.leaving.began.connect(self.review.stop)

    # --- what is asked of it -------------------------------------------------------------------------

    def start(self) -> None:
        """Open the library."""
        from app.dialogs.features import FeaturesTable  # not before the window is seen
        from app.review.album_work import AlbumWork
        from app.review.genres.part import GenresPart
        from app.window.panels.dropping import GenreDrops, genres_to_give
        from app.window.panels.place_menu import PlaceMenu
        from app.window.panels.sounds import SoundsPart
        from app.window.sorting_part import SortingPart

        self.actions_by_id.draw()
        self.refresh.focus()
        self.work.open()
        self.sound.start()
        drops = GenreDrops(self.sidebar, self.actions_by_id["show_sidebar"])
        drops.given.connect(self.commands.give_genre)
        drops.new_asked.connect(self.commands.new_genre)
        drops.wanted.connect(lambda: self.queries.run(
            partial(genres_to_give, policy=self.state.now.policy, labels=self.work.classifier.labels()), drops.offer,
            key="genres to give",
        ))  # fmt: skip
        FeaturesTable(self, self.actions_by_id["save_features"], self.tracks, self.work, self.centre.notices)
        by_id = self.actions_by_id.by_id
        self.albums = AlbumWork(self, by_id, self.queries, self.work, self.tracks, self.state, self.counts)
        self.genres = GenresPart(
            self, by_id, self.queries, self.work, self.tracks, self.state, self.commands.ask_to_write
        )
        genre_colours.changes().changed.connect(self._colours_changed)
        self.sounds = SoundsPart(
            self, self._parts, self.refresh, self.counts, self.queries, self.settings, self._places.cache,
            self.review.go_through,
        )
        self.sorting = SortingPart(
            self, self._parts, self.commands, self.counts, self.queries, self._places, self.settings,
            self.refresh.browse,
        )
        self.review.instead[DIFFERENT] = self.sounds.review
        self.place_menu = PlaceMenu(self.sidebar, self.review.open, (self._offer_genre, self.sorting.offer))
        self.preferences.folders_shown.connect(self.sorting.new_music.offer)
        self.leaving.began.connect(self.sorting.new_music.stop)
        self.leaving.began.connect(self.albums.stop)

    def _offer_genre(self, menu: QMenu, place: Place) -> None:
        if place.kind == "genre" and place.value:
            self.genres.offer(menu, place.value)

    def _colours_changed(self) -> None:
        """Have everything drawn anew that has the colour of a genre."""
        self.centre.view.viewport().update()
        self.sound.draw_genres_again()

    def add(self, paths: list[str]) -> None:
        """Add folders and files to the library, as soon as it is open."""
        self.commands.add(paths)

    def show_everything(self) -> None:
        """Leave no track out of the table any more."""
        self.refresh.show_everything()

    def come_to_front(self) -> None:
        """Be seen, and have the keyboard."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def _show_keys(self) -> None:
        from app.dialogs.help import KeysDialog
        from app.settings.keys import in_words  # not before they are asked for

        review = in_words(self.settings.settings.review_keys)
        KeysDialog([*self.actions_by_id.in_words(), *keys_in_words(), *review], self).exec()

    # --- coming and going ----------------------------------------------------------------------------

    def _set_out(self) -> None:
        session.restore(self, self._parts, load(WindowState, self._places.window))
        self.refresh.actions()
        self.refresh.details()
        self.refresh.page()

    def leave(self) -> None:
        """Close without asking: the file in hand is finished, the rest goes on at the next start."""
        self.leaving.leave()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.leaving.is_agreed():
            return event.ignore()
        self.settings.close()
        save(session.window_state(self, self._parts), self._places.window)
        self.session.take_down()
        self.hide()
        self.leaving.stop()
        event.accept()
