"""The part of the window that shows what a track looks like: a title with the tools of the time axis, and the lanes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QMainWindow, QWidget

from app.jobs.loader import Loader
from app.look import theme, words
from app.look.widgets import ElidedLabel, IconButton, Pages
from app.sound.views.choices import Choices
from app.sound.views.comparison import Comparison
from app.sound.views.drawn import Sound
from app.sound.views.lanes.lane import Lane
from app.sound.views.plot.timeline import Timeline
from app.sound.views.stack import Stack
from genre_tagger.base.cache import Cache

if TYPE_CHECKING:
    from genre_tagger.library.tracks import Track

# Qt's own word for "as high as it likes"; it is not exported.
_WIDGET_MOST = 16_777_215


class Title(QWidget):
    """The dock's own title bar; where it is empty, the dock can be dragged by it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("dockTitle")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(theme.UNIT, theme.UNIT // 4, theme.UNIT // 2, theme.UNIT // 4)
        self._row.setSpacing(0)
        self.name = ElidedLabel("quiet")
        self._row.addWidget(self.name, 1)

    def add(self, icon: str, name: str, slot: Callable[[], object]) -> IconButton:
        """Add a button at the right."""
        button = IconButton(icon, name)
        button.clicked.connect(lambda: slot())
        self._row.addWidget(button)
        return button


class SoundDock(QDockWidget):
    """Draws one track, or is a strip with its name.

    Signals: closed() when the user has closed it, fold_asked() when a strip is to be unfolded or the other way round.
    """

    closed = Signal()
    fold_asked = Signal()

    def __init__(self, window: QMainWindow, loader: Loader, choices: Choices, cache_folder: str) -> None:
        super().__init__(window)
        self.setObjectName("sound")
        self.setWindowTitle(self.tr("Sound"))
        self.setAllowedAreas(Qt.DockWidgetArea.BottomDockWidgetArea | Qt.DockWidgetArea.TopDockWidgetArea)
        self.timeline = Timeline(self)
        self.sound = Sound(loader, Cache(cache_folder), self)
        self.stack = Stack(self.timeline, self.sound, choices)
        self.comparison = Comparison(loader, self.stack)
        self._pages = Pages()
        self._pages.addWidget(self.stack)
        self._pages.addWidget(self.comparison)
        # A dock whose widget is hidden forgets its width.
        self._body, self._folded = Pages(), QWidget()
        self._body.addWidget(self._pages)
        self._body.addWidget(self._folded)
        self.setWidget(self._body)
        self.title = Title()
        self._fill_title()
        self.setTitleBarWidget(self.title)
        self.is_strip = True
        self.set_strip(False)
        self.show_none()

    def _fill_title(self) -> None:
        title = self.title
        self._needs_lanes = [
            title.add("zoom-out", self.tr("Show more time"), lambda: self._line().zoom(0.5)),
            title.add("zoom-in", self.tr("Show less time, larger"), self._zoom_in),
            title.add("zoom-whole", self.tr("Show the whole track"), lambda: self._line().whole()),
        ]
        self.fold_button = title.add("chevron-down", "", self.fold_asked.emit)
        self.lanes_button = title.add("lanes", self.tr("Choose what is drawn"), self._show_menu)
        title.add("close", self.tr("Close the drawing of the sound"), self.close)

    def _zoom_in(self) -> None:
        self._line().zoom(2, self._line().position)

    def _show_menu(self) -> None:
        below = self.lanes_button.mapToGlobal(QPoint(0, self.lanes_button.height()))
        self.stack.menu(self).popup(below)

    def set_strip(self, strip: bool) -> None:
        """Show no more than the title, or everything again."""
        if strip == self.is_strip:
            return
        self.is_strip = strip
        self._body.setCurrentWidget(self._folded if strip else self._pages)
        self.setMaximumHeight(self.title.sizeHint().height() if strip else _WIDGET_MOST)
        for button in self._needs_lanes:
            button.setVisible(not strip)
        self.fold_button.turn("chevron-up" if strip else "chevron-down", self.tr("Draw the sound again") if strip else
                              self.tr("Fold the drawing, for more rows in the table"))  # fmt: skip

    def least_height(self) -> int:
        """The height in which something can be made out: the title, one lane and the time below it."""
        lanes = self.lanes()
        lane = lanes[0].minimumHeight() if lanes else 0
        return self.title.sizeHint().height() + lane + self.stack.ruler.sizeHint().height()

    def lanes(self) -> list[Lane]:
        """List the lanes that are shown, from top to bottom."""
        if self.comparing:
            return self.comparison.lanes()
        return [self.stack.lanes[id_] for id_ in self.stack.shown()]

    @property
    def comparing(self) -> bool:
        """Whether two tracks are drawn."""
        return self._pages.currentWidget() is self.comparison

    def compare(self, tracks: Sequence[Track]) -> None:
        """Draw two tracks, the upper one first."""
        self._empty("", "")
        names = [_name(track) for track in tracks]
        self.title.name.set_text(" – ".join(names))
        shown = [(track.path, name, _genre(track)) for track, name in zip(tracks, names, strict=True)]
        self.comparison.show_pair(shown)
        self._pages.setCurrentWidget(self.comparison)

    def show_why(self, on: bool) -> None:
        """Show in the spectrogram why the model finds this genre, or hide it."""
        if on:
            self.stack.show_lane("spectrogram")
        self.stack.choices.why_shown = on
        self.stack.renew()
        for lane in self.comparison.lanes():
            lane.renew()

    def leave_comparison(self) -> None:
        """Go back to drawing one track."""
        self._pages.setCurrentWidget(self.stack)
        self.comparison.clear()
        self.title.name.set_text("")

    def _line(self) -> Timeline:
        return self.comparison.timelines[0] if self.comparing else self.timeline

    def show_track(self, track: Track) -> None:
        """Draw a track; one that is drawn already stays as it is."""
        name = _name(track)
        artist = words.one_line(track.artist)
        self.title.name.set_text(f"{name}  ·  {artist}" if artist else name)
        if self.sound.path != track.path:
            self.sound.show(track.path, name, _genre(track))
        elif self.sound.genre != _genre(track):
            self.sound.genre = _genre(track)
            self.draw_genres_again()

    def draw_genres_again(self) -> None:
        """Have drawn anew what is about genres: others are chosen from, or another one is proposed."""
        for lane in self.lanes():
            lane.renew()

    def show_none(self) -> None:
        """Say that no track is selected."""
        text = self.tr("Its waveform and its frequencies appear here.")
        self._empty(self.tr("Select a track to see its sound"), text)

    def show_several(self, count: int) -> None:
        """Say that too many are selected."""
        title, text = self.tr("{} selected").format(words.tracks(count)), self.tr("Select one to see its sound here.")
        self._empty(title, text, self.tr("Compare the two") if count == 2 else "")

    def _empty(self, title: str, text: str, action: str = "") -> None:
        self.title.name.set_text(title)
        if self.sound.path is not None:
            self.sound.show(None)
        self.stack.say_nothing(title, text, action)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()


def _name(track: Track) -> str:
    return words.one_line(track.title) or words.printable(track.path.rpartition("/")[2])


def _genre(track: Track) -> str:
    """The genre that the model proposes, if it has been asked."""
    return (track.prediction.genre if track.prediction is not None else None) or ""
