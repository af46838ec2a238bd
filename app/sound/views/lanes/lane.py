"""A lane, one view of one track: a header, and a plot on the shared time axis. The views are its subclasses.

Beside it, what they share: `Asked` and `padded` decide what is computed around what is visible, an `Overlay` lies over
the plot of a lane, and the `add_…` functions fill the menus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QActionGroup, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from app.look import theme, words
from app.sound.views.choices import WINDOWS, window_of
from app.sound.views.plot import scales
from app.sound.views.plot.canvas import Canvas, ValueAxis
from app.sound.views.plot.header import Header, LegendView
from app.sound.views.plot.palettes import PALETTES, WINDOW, swatch
from genre_tagger.sound.frames import Wanted

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from app.sound.views.choices import Choices
    from app.sound.views.drawn import Sound
    from app.sound.views.plot.header import Legend
    from app.sound.views.plot.timeline import Timeline

# When opening the file takes longer than this, the lane says so.
_WAIT_MS = 600
# While the file is being decoded, what is new is drawn after so long, and each time after half as long again.
_GROW_MS = 250
_RARER = 1.5
# So long after a change the fine picture is asked for; until then the coarse one is stretched.
_REQUEST_MS = 25


class Lane(QWidget):
    """The lane without a view; a subclass fills in the hooks below.

    Signals: hide_asked(), save_asked(), move_asked(-1 or 1), chosen() for a new choice.
    """

    #: As in the table of kinds (stack.py).
    id = ""
    #: Pixels of height that it needs at least.
    least = 7 * theme.UNIT

    hide_asked = Signal()
    save_asked = Signal()
    move_asked = Signal(int)
    chosen = Signal()

    def __init__(self, title: str, timeline: Timeline, sound: Sound, choices: Choices) -> None:
        super().__init__()
        self.title, self.timeline, self.sound, self.choices = title, timeline, sound, choices
        self.canvas = Canvas(timeline, ValueAxis(self.ticks))
        self.key = LegendView(self.legend)
        self.header = Header(title, self.key)
        self.name, self.what, self.more = self.header.name, self.header.what, self.header.more
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.header)
        row.addWidget(self.canvas, 1)
        self.setObjectName("lane")
        self.setMinimumHeight(self.least)
        self._again = QTimer(self, singleShot=True)
        self._again.timeout.connect(self._request)
        self._waiting = QTimer(self, interval=_WAIT_MS, singleShot=True)
        self._waiting.timeout.connect(self._say_what_is_awaited)
        self._whole_is_due = True
        self._has_grown = False
        self._pause: float = _GROW_MS
        self._connect()
        self.build()
        self._recolour()

    def _connect(self) -> None:
        self.timeline.range_changed.connect(self._range_changed)
        self.canvas.resized.connect(self.renew)
        self.canvas.menu_asked.connect(self.show_menu)
        self.what.clicked.connect(self.explain)
        self.more.clicked.connect(lambda: self.show_menu(self.more.mapToGlobal(QPoint(0, self.more.height()))))
        self.header.dragged.connect(self.move_asked)
        self.canvas.hovered.connect(self._hover)
        self.canvas.setAccessibleName(self.title)
        self.sound.changed.connect(self._start_anew)
        self.sound.grew.connect(self._grew)
        self.sound.failed.connect(self.fail)
        theme.changes().changed.connect(self._recolour)

    # --- hooks ---------------------------------------------------------------------------------------

    def build(self) -> None:
        """Put the items into `self.canvas.box` and say how far the y axis goes; called once."""

    @staticmethod
    def about() -> str:
        """Give two plain sentences: what one sees in lanes of this kind, and how to read it."""
        raise NotImplementedError

    def words(self) -> str:
        """Say what one is looking at, with what lies over it at present."""
        return self.about()

    def clear(self) -> None:
        """Show nothing: another track is drawn from now on."""

    def request_whole(self) -> None:
        """Ask (`self.ask`) for the coarse picture of the whole track; called again when there is more, or a choice."""

    def request(self, start: float, stop: float, width: int) -> None:
        """Ask for the fine picture of a stretch that is `width` pixels of the screen wide."""

    def recolour(self) -> None:
        """Take other colours; `renew` is called afterwards anyway."""

    def ticks(self, low: float, high: float, height: float) -> Sequence[tuple[float, str]]:
        """Give the labels of the y axis as (value, text), those first that are needed most."""
        return []

    def value_at(self, seconds: float, y: float) -> str:
        """Say what is drawn at a time (s) and a value of the y axis, with units, for the hover text; must be quick."""
        return ""

    def table(self, start: float, stop: float) -> tuple[list[str], Iterable[Sequence[Any]]]:
        """Give names of columns (with units) and rows of what is drawn between two times, to be saved as CSV."""
        raise NotImplementedError

    def unit(self) -> str:
        """Say what the y axis is, with its unit, for a saved picture."""
        return self.title

    def legend(self) -> Legend | None:
        """Say what the colours mean, for a saved picture."""
        return None

    def fill_menu(self, menu: QMenu) -> None:
        """Put the lane's own settings at the top of its menu."""

    # --- for subclasses ------------------------------------------------------------------------------

    def ask(self, name: str, fn: Callable[[Wanted], Any], done: Callable[[Any], None], *, later: bool = False) -> None:
        """Have something computed for this lane; see Loader.ask. `fn` must not touch widgets."""
        self.sound.ask(f"{id(self)} {name}", fn, done, self.fail, later=later)

    def fail(self, sentence: str) -> None:
        """Say what went wrong, unless a lane above says so already."""
        self._waiting.stop()
        parent = self.parentWidget()
        others = parent.findChildren(Lane) if parent is not None else []
        above = [other for other in others if other.sound is self.sound and other.y() < self.y() and other.isVisible()]
        self.canvas.say("" if above else sentence.removeprefix(f"{self.sound.path}: "))

    def drop(self, name: str) -> None:
        """Cancel what was asked for under this name."""
        self.sound.drop(f"{id(self)} {name}")

    def soon(self, within: int = _REQUEST_MS) -> None:
        """Have the fine picture asked for in a moment."""
        if not self._again.isActive() or self._again.remainingTime() > within:
            self._again.start(within)

    def renew(self) -> None:
        """Have everything asked for again: another size, other choices, more of the track."""
        self._whole_is_due = True
        self.soon()

    def choose(self, name: str, value: object) -> None:
        """Take a choice of the user's; it is kept, and everything is drawn anew."""
        setattr(self.choices, name, value)
        self.chosen.emit()
        self.renew()

    def pixels(self) -> tuple[int, int]:
        """Width and height of the plot in pixels of the screen."""
        area, ratio = self.canvas.area(), self.canvas.devicePixelRatioF()
        return max(1, round(area.width() * ratio)), max(1, round(area.height() * ratio))

    # --- what a lane does itself ---------------------------------------------------------------------

    def explain(self) -> None:
        """Say what one is looking at."""
        self.header.explain(self.title, self.words())

    def menu(self) -> QMenu:
        """Make the menu of this lane."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill_menu(menu)
        if not menu.isEmpty():
            menu.addSeparator()
        menu.addAction(self.tr("&What am I looking at?"), self.explain)
        menu.addAction(self.tr("&Save as picture or table…"), self.save_asked.emit)
        menu.addAction(self.tr("Move &up"), lambda: self.move_asked.emit(-1))
        menu.addAction(self.tr("Move &down"), lambda: self.move_asked.emit(1))
        menu.addAction(self.tr("&Hide"), self.hide_asked.emit)
        return menu

    def show_menu(self, at: QPoint) -> None:
        """Show the menu at a place on the screen."""
        self.menu().popup(at)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.renew()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._again.stop()

    def _range_changed(self, start: float, stop: float) -> None:
        self.soon()

    def _start_anew(self) -> None:
        self.canvas.say("")
        self.canvas.show_readout("")
        self.clear()
        self._has_grown = False
        self._waiting.start()
        self.renew()

    def _say_what_is_awaited(self) -> None:
        if self.sound.path is not None and self.sound.overview is None and not self.sound.error:
            self.fail(self.tr("Opening the file…"))

    def _grew(self) -> None:
        self._waiting.stop()
        self.canvas.say("")
        overview, first = self.sound.overview, not self._has_grown
        self._has_grown = self._whole_is_due = True
        # What is drawn while the file is still being decoded takes time from the decoding.
        if first or overview is None or overview.complete:
            self._pause = _GROW_MS
            self.soon(0 if first else _REQUEST_MS)
        elif not self._again.isActive():
            self.soon(round(self._pause))
            self._pause *= _RARER

    def _request(self) -> None:
        if self.sound.overview is None or not self.isVisible() or self.canvas.area().width() < 2:
            return
        if self._whole_is_due:
            self._whole_is_due = False
            self.key.renew()
            self.request_whole()
        # Beside a longer track there is nothing to be drawn behind this one's end.
        line, width = self.timeline, self.pixels()[0]
        stop = min(line.stop, self.sound.length)
        if stop > line.start:
            self.request(line.start, stop, max(1, round(width * (stop - line.start) / line.span)))

    def _recolour(self) -> None:
        self.canvas.recolour()
        self.recolour()
        self.renew()

    def _hover(self, seconds: float | None, y: float) -> None:
        if seconds is None or self.sound.overview is None:
            self.canvas.show_readout("")
            return
        texts = [scales.time_text(seconds, min(0.1, self.timeline.span / 1000)), self.value_at(seconds, y)]
        self.canvas.show_readout("  ·  ".join(part for part in texts if part))


@dataclass(frozen=True)
class Asked:
    """A fine picture that was asked for: from `start` to `stop` (s), with `step` seconds for each pixel."""

    start: float
    stop: float
    step: float

    def serves(self, start: float, stop: float, step: float, length: float) -> bool:
        """Whether it covers this stretch and a bit around it, and is neither too coarse nor much too fine."""
        around = 0.2 * (stop - start)
        reaches = self.start <= max(0.0, start - around) and min(length, stop + around) <= self.stop
        return reaches and step / 3 <= self.step <= 1.01 * step


def padded(start: float, stop: float, length: float) -> tuple[float, float]:
    """Lengthen a stretch (s) by half of it at both ends, within the length of the track."""
    around = (stop - start) / 2
    return max(0.0, start - around), min(length, stop + around)


class Overlay:
    """Draws over the plot of a lane, whose hooks call those of the same name here; does nothing while it is hidden."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane

    def clear(self) -> None:
        """Show nothing: another track is drawn from now on."""

    def request_whole(self) -> None:
        """Ask for what is shown of the whole track."""

    def request(self, start: float, stop: float, width: int) -> None:
        """Ask for what is shown of a stretch that is `width` pixels wide."""

    def value_at(self, seconds: float, y: float) -> str:
        """Say what is drawn at a time (s) and a height, with units; nothing if nothing is."""
        return ""

    def columns(self, times: Any) -> tuple[list[str], Sequence[Sequence[float]]]:
        """Give names (with units) and values [shape=(names, len(times))] to be saved in the lane's table."""
        return [], []

    def fill_menu(self, menu: QMenu) -> None:
        """Put its settings into the lane's menu."""


def add_choice(
    menu: QMenu, title: str, options: Iterable[tuple[object, str]], chosen: object, choose: Callable[[object], object]
) -> QMenu:
    """Add a menu below `menu` with one entry for each (value, text); `choose` gets the value that is taken."""
    below = menu.addMenu(title)
    group = QActionGroup(below)
    for value, text in options:
        action = below.addAction(text)
        action.setCheckable(True)
        action.setChecked(value == chosen)
        action.triggered.connect(lambda _, value=value: choose(value))
        group.addAction(action)
    return below


def add_switch(menu: QMenu, title: str, on: bool, switch: Callable[[bool], object]) -> None:
    """Add an entry that can be ticked."""
    action = menu.addAction(title)
    action.setCheckable(True)
    action.setChecked(on)
    action.toggled.connect(lambda now: switch(now))


def add_windows(lane: Lane, menu: QMenu) -> None:
    """Let the length of frames be chosen: longer ones tell pitches apart better, shorter ones moments."""
    overview = lane.sound.overview
    options = []
    for n_fft in WINDOWS:
        text = words.tr("{} samples").format(words.number(n_fft))
        if overview is not None:
            long, apart = scales.number_text(1000 * n_fft / overview.sr, 0), scales.hertz_text(overview.sr / n_fft)
            text = words.tr("{} samples: {} ms, rows {} apart").format(words.number(n_fft), long, apart)
        options.append((n_fft, text))
    title = words.tr("&Window length, in all views")
    add_choice(menu, title, options, window_of(lane.choices), lambda value: lane.choose("spectrogram_n_fft", value))


def add_palettes(lane: Lane, menu: QMenu) -> None:
    """Let the colours be chosen, which lanes share."""
    options = [(WINDOW, words.tr("Like the window: dark or light"))]
    options += [(palette.id, QCoreApplication.translate("views", palette.title)) for palette in PALETTES]
    names = [name for name, _ in options]
    chosen = lane.choices.spectrogram_palette if lane.choices.spectrogram_palette in names else WINDOW
    below = add_choice(
        menu, words.tr("&Colours"), options, chosen, lambda value: lane.choose("spectrogram_palette", value)
    )
    for action, name in zip(below.actions(), names, strict=True):
        action.setIcon(swatch(name))
        # An icon takes the place of the tick.
        font = action.font()
        font.setBold(action.isChecked())
        action.setFont(font)


def add_switches(lane: Lane, menu: QMenu, name: str, entries: Iterable[tuple[str, str]]) -> None:
    """Add entries that can be ticked; the ids of those that are, are the choice `name`."""
    ids = getattr(lane.choices, name).split()

    def switch(id_: str, on: bool) -> None:
        ticked = [other for other in getattr(lane.choices, name).split() if other != id_]
        lane.choose(name, " ".join([*ticked, id_] if on else ticked))

    for id_, title in entries:
        add_switch(menu, title, id_ in ids, partial(switch, id_))
