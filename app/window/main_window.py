"""The window: puts its parts together and connects them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QUndoStack
from PySide6.QtWidgets import QLabel, QSplitter

from app.jobs.counts import Counts
from app.jobs.queries import Queries
from app.jobs.work import Work
from app.look import theme
from app.settings.places import Places
from app.settings.settings import WindowState, load, save
from app.settings.store import SettingsStore
from app.sound.part import SoundPart, keys_in_words
from app.table.track_list import TrackList
from app.window import session
from app.window.actions import CONTEXT, Actions, ToolBar, of_table
from app.window.apply_settings import SettingsWiring
from app.window.commands import Commands
from app.window.outcomes import Course, Reports
from app.window.panels.centre import Centre
from app.window.panels.details import Details
from app.window.panels.drops import DropWindow
from app.window.panels.progress_bar import ProgressPart
from app.window.panels.sidebar import Sidebar
from app.window.refresh import Showing
from app.window.session import Leaving, Session
from genre_tagger.review.policy import Policy


class MainWindow(DropWindow):
    """Shows a library. `start` opens it, once the window is to be seen."""

    def __init__(
        self, places: Places, paths: list[str] | None = None, settings: SettingsStore | None = None
    ) -> None:
        super().__init__()
        self._places = places
        self.settings = settings or SettingsStore.open(places.settings)
        self.settings.setParent(self)
        self._make_parts(self.settings.settings.policy)
        self._compose()
        self.leaving, self.session = Leaving(self), Session(self, self._places.state)
        self.course, self.showing, self.wiring = Course(self), Showing(self), SettingsWiring(self, self._places)
        self._connect()
        self._set_out()
        self.add(paths or [])

    def _make_parts(self, policy: Policy) -> None:
        self.queries = Queries(self._places.library, self)
        self.work = Work(self._places.library, self._places.model, self, self._places.state)
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
        self.resize(QSize(1280, 800).boundedTo(self.screen().availableSize()))
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

    def _connect(self) -> None:
        centre, commands, actions = self.centre, self.commands, self.actions_by_id
        centre.first.add_asked.connect(commands.add_folder)
        centre.first.folder_chosen.connect(lambda folder: self.add([folder]))
        centre.first.demo_asked.connect(commands.add_demo)
        centre.failures.retry_asked.connect(commands.retry)
        centre.refused.asked.connect(self.close)
        self.hovered.connect(centre.first.show_drop)
        self.dropped.connect(self.add)
        commands.card_read.connect(centre.policy_bar.show_card)
        self.details.genre_chosen.connect(commands.choose_genre)
        self.details.left_alone.connect(commands.leave_alone)
        self.details.choice_reset.connect(commands.forget_choice)
        actions["select_all"].triggered.connect(centre.select_all)
        actions["filter"].triggered.connect(self.filter.come_here)
        actions.follow(self.undo_stack)
        view = centre.view
        view.customContextMenuRequested.connect(
            lambda at: actions.menu(CONTEXT, self).popup(view.viewport().mapToGlobal(at))
        )

    # --- what is asked of it -------------------------------------------------------------------------

    def start(self) -> None:
        """Open the library."""
        self.actions_by_id.draw()
        self.showing.focus()
        self.work.open()
        self.sound.start()

    def add(self, paths: list[str]) -> None:
        """Add folders and files to the library, as soon as it is open."""
        self.course.add(paths)

    def come_to_front(self) -> None:
        """Be seen, and have the keyboard."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    # --- coming and going ----------------------------------------------------------------------------

    def _set_out(self) -> None:
        session.restore_window(self, load(WindowState, self._places.window))
        self.showing.actions()
        self.showing.details()
        self.showing.page()

    def leave(self) -> None:
        """Close without asking: the file in hand is finished, the rest goes on at the next start."""
        self.leaving.leave()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.leaving.is_agreed():
            return event.ignore()
        self.settings.close()
        save(session.take_down_window(self), self._places.window)
        self.session.take_down()
        self.hide()
        self.leaving.stop()
        event.accept()
