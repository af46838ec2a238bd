"""The room that the table and the drawing of the sound share, and who gets how much of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QMainWindow, QWidget

if TYPE_CHECKING:
    from app.sound.views.choices import Choices
    from app.sound.views.dock import SoundDock
    from app.table.track_view import TrackView

# So many rows are kept for the table before the drawing gets anything, and no more of the room than this is drawn in.
ROWS = 12
_SHARE = 0.42


class Room(QMainWindow):
    """Holds the table with the drawing below or above it; what stands beside it keeps the window's height.

    Where the rows of the table leave too little, the drawing is a strip. A height that the user gave it is kept, and
    so is their word on the strip. Signal: changed(), when the drawing was unfolded or is a strip again.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # Inside another window; without a menu of the docks, which F8 and the menu bar show and hide.
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._dock: SoundDock | None = None
        self._choices: Choices
        self._view: TrackView
        self._empty, self._asked = True, 0
        self._grabbed, self._passes = False, 0
        self._page: QWidget | None = None
        self._wanted: Callable[[], int]
        self._unfolded: bool | None = None  # what the user said of it
        self._fitting = QTimer(self, interval=0, singleShot=True)
        self._fitting.timeout.connect(self._fit)

    def take(self, dock: SoundDock, view: TrackView, choices: Choices) -> None:
        """Take in the drawing, which is made later than the table."""
        self._dock, self._view, self._choices = dock, view, choices
        self._unfolded = False if choices.folded else None
        if not self.restoreDockWidget(dock):
            self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
        dock.fold_asked.connect(self._turn)
        dock.topLevelChanged.connect(self._float)

    # --- what is asked of it -------------------------------------------------------------------------

    def fit(self) -> None:
        """Share out the height anew, as soon as everything has its place."""
        self._passes = 2
        self._fitting.start()

    def set_empty(self, empty: bool) -> None:
        """Say whether there is nothing to draw: then the drawing needs no more than a strip."""
        if empty != self._empty:
            self._empty = empty
            self.fit()

    def ask(self, share: float) -> None:
        """Give the drawing this share of the whole window for a while; 0 as it was before."""
        self._asked = round(share * self.window().height())
        self.fit()

    def _float(self, alone: bool) -> None:
        """A drawing that is a window of its own takes no room from the table."""
        if self._dock is not None and alone:
            self._dock.set_strip(False)
        self.fit()

    def keep_for_page(self, page: QWidget, wanted: Callable[[], int]) -> None:
        """Keep the height that is wanted for a page in place of the table, also when something comes above it."""
        self.keep_for_table()
        self._page, self._wanted = page, wanted
        page.installEventFilter(self)
        self.fit()

    def keep_for_table(self) -> None:
        """Keep the height for the rows of the table again."""
        if self._page is not None:
            self._page.removeEventFilter(self)
            self._page = None
            self.fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Share out anew when something comes or goes above the page."""
        if event.type() == QEvent.Type.Resize:
            self._fitting.start()
        return False

    def _turn(self) -> None:
        """Have a strip of what is no strip, and the other way round; the user wants it so."""
        if self._dock is not None:
            self._unfolded = self._dock.is_strip
            self._choices.folded = not self._unfolded
            self.fit()

    # --- how much for whom ---------------------------------------------------------------------------

    def _spare(self) -> int:
        """Height that is left when the table has its rows."""
        dock, around = self._dock, 0
        shown = self._view.viewport() if self._page is None else self._page
        if dock is not None and shown.isVisible():
            # What stands above; head, policy and scroll bar of the table; and the line between the two.
            around = self.height() - dock.height() - shown.height()
        wanted = ROWS * self._view.verticalHeader().defaultSectionSize() if self._page is None else self._wanted()
        return self.height() - around - wanted

    def _fit(self) -> None:
        dock = self._dock
        if dock is None or dock.isHidden() or dock.isFloating():
            return
        spare, least = self._spare(), dock.least_height()
        strip = not self._asked and (self._empty or not (spare >= least if self._unfolded is None else self._unfolded))
        changed = strip != dock.is_strip
        dock.set_strip(strip)
        if not strip:
            usual = self._choices.chosen_height or max(least, min(spare, round(_SHARE * self.window().height())))
            self.resizeDocks([dock], [max(self._asked, usual)], Qt.Orientation.Vertical)
            if self._passes and self._spare() != spare:
                # A scroll bar came or went.
                self._passes -= 1
                self._fitting.start()
        if changed:
            self.changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().height() != event.oldSize().height():
            self.fit()

    def event(self, event: QEvent) -> bool:
        """Take note when the user has drawn at the line between the two."""
        if isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.LeftButton:
            if event.type() == QEvent.Type.MouseButtonPress:
                self._grabbed = self.isSeparator(event.position().toPoint())
            elif event.type() == QEvent.Type.MouseButtonRelease and self._grabbed:
                self._grabbed = False
                done = super().event(event)
                if self._dock is not None and not self._asked:
                    self._choices.chosen_height = self._dock.height()
                return done
        return super().event(event)
