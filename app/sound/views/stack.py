"""The lanes of a track, one above the other on one time axis."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QSplitter, QVBoxLayout, QWidget

from app.look import theme
from app.look.widgets import Glyph, Pages, button, label
from app.sound.views.choices import Choices
from app.sound.views.drawn import Sound
from app.sound.views.lanes.curves_drawn import CurvesLane
from app.sound.views.lanes.lane import Lane
from app.sound.views.lanes.mfcc import ChromaLane, MfccLane
from app.sound.views.lanes.spectrogram import SpectrogramLane
from app.sound.views.lanes.strip import StripLane
from app.sound.views.lanes.waveform import WaveformLane
from app.sound.views.plot.canvas import MARGIN
from app.sound.views.plot.ruler import Ruler
from app.sound.views.plot.timeline import Timeline


class Nothing(QWidget):
    """Says why nothing is drawn, in little room. Signal: asked() when its button is clicked."""

    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.title, self.text = label("", "heading", wrap=True), label("", "quiet", wrap=True)
        column = QVBoxLayout(self)
        column.addStretch()
        column.addWidget(Glyph("wave", 32), 0, Qt.AlignmentFlag.AlignHCenter)
        for part in (self.title, self.text):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(part)
        self.button = button("")
        self.button.clicked.connect(self.asked)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch()

    def say(self, title: str, text: str, action: str = "") -> None:
        """Say this; the button appears where `action` names what it does."""
        self.button.setText(action)
        self.button.setVisible(bool(action))
        self.title.setText(title)
        self.text.setText(text)
        self.text.setVisible(bool(text))


def room_for_lanes() -> tuple[QSplitter, QScrollArea]:
    """Make a splitter that holds lanes above one another, in an area that scrolls it when they do not fit."""
    splitter = QSplitter(Qt.Orientation.Vertical)
    splitter.setChildrenCollapsible(False)
    splitter.setHandleWidth(theme.UNIT // 2)
    scroller = QScrollArea()
    scroller.setFrameShape(QFrame.Shape.NoFrame)
    scroller.setWidgetResizable(True)
    scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    scroller.setWidget(splitter)
    return splitter, scroller


class Stack(QWidget):
    """Shows, hides, orders and sizes lanes, as `choices` say.

    Signals: lanes_changed() when others are shown, save_asked(lane), chosen() for another choice.
    """

    lanes_changed = Signal()
    save_asked = Signal(object)
    chosen = Signal()

    def __init__(self, timeline: Timeline, sound: Sound, choices: Choices) -> None:
        super().__init__()
        self.timeline, self.sound, self.choices = timeline, sound, choices
        self.lanes: dict[str, Lane] = {}
        self.setObjectName("lanes")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.splitter, self.scroller = room_for_lanes()
        self.ruler = Ruler(timeline)
        self.nothing = Nothing()
        self._pages = Pages()
        self._pages.addWidget(self.nothing)
        self._pages.addWidget(self.scroller)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._pages, 1)
        column.addWidget(self.ruler)
        self.scroller.viewport().installEventFilter(self)
        self.splitter.splitterMoved.connect(lambda *_: self._keep_heights())
        sound.changed.connect(self._start_anew)
        sound.grew.connect(self._follow_length)
        theme.changes().changed.connect(self._style)
        self._set_up()

    # --- which lanes ---------------------------------------------------------------------------------

    def shown(self) -> list[str]:
        """Ids of the lanes that are shown, from top to bottom."""
        return [lane.id for lane in self._all() if not lane.isHidden()]

    def show_lane(self, id_: str, shown: bool = True) -> None:
        """Show a lane, or hide it; the last one that is shown stays."""
        if shown:
            lane = self._lane(id_)
            if lane.isHidden():
                lane.show()
                self._share_heights()
        elif id_ in self.lanes and self.shown() != [id_]:
            self.lanes[id_].hide()
        self._fit()
        self._keep_lanes()

    def move_lane(self, id_: str, by: int) -> None:
        """Move a lane up (-1) or down (1) among those that are shown."""
        shown = self.shown()
        target = shown.index(id_) + by
        if 0 <= target < len(shown):
            sizes = self.splitter.sizes()
            at, to = self.splitter.indexOf(self.lanes[id_]), self.splitter.indexOf(self.lanes[shown[target]])
            self.splitter.insertWidget(to, self.lanes[id_])
            sizes.insert(to, sizes.pop(at))
            self.splitter.setSizes(sizes)
            self._keep_lanes()

    def menu(self, parent: QWidget) -> QMenu:
        """Make the menu in which the lanes to be shown are chosen."""
        menu = QMenu(parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        shown = self.shown()
        for kind in KINDS:
            action = QAction(translated(kind.title), menu)
            action.setCheckable(True)
            action.setChecked(kind.id in shown)
            action.setEnabled(shown != [kind.id])
            action.toggled.connect(lambda on, id_=kind.id: self.show_lane(id_, on))
            menu.addAction(action)
        return menu

    def _set_up(self) -> None:
        ids = [kind.id for kind in KINDS]
        chosen = [id_ for id_ in self.choices.lanes.split() if id_ in ids]
        for id_ in chosen or [kind.id for kind in KINDS if kind.shown]:
            self._lane(id_)
        self._share_heights()
        self._fit()

    def _lane(self, id_: str) -> Lane:
        if id_ not in self.lanes:
            kind = next(kind for kind in KINDS if kind.id == id_)
            self.lanes[id_] = self._make(kind)
            self.splitter.addWidget(self.lanes[id_])
        return self.lanes[id_]

    def _make(self, kind: Kind) -> Lane:
        lane = kind.lane(translated(kind.title), self.timeline, self.sound, self.choices)
        lane.hide_asked.connect(lambda: self.show_lane(kind.id, False))
        # What is chosen in one lane can be for all.
        lane.chosen.connect(self.renew)
        lane.save_asked.connect(lambda: self.save_asked.emit(lane))
        lane.move_asked.connect(lambda by: self.move_lane(kind.id, by))
        return lane

    def renew(self) -> None:
        """Draw all lanes anew: something has been chosen."""
        self.chosen.emit()
        for lane in self.lanes.values():
            lane.renew()

    # --- sizes ---------------------------------------------------------------------------------------

    def _all(self) -> list[Lane]:
        widgets = [self.splitter.widget(number) for number in range(self.splitter.count())]
        return [widget for widget in widgets if isinstance(widget, Lane)]

    def _chosen_heights(self) -> dict[str, int]:
        parts = (part.split(":") for part in self.choices.heights.split() if part.count(":") == 1)
        return {id_: int(height) for id_, height in parts if height.isdecimal()}

    def _share_heights(self) -> None:
        """Give each lane the height that the user gave it, and the others theirs in the same measure."""
        heights, shares = self._chosen_heights(), {kind.id: kind.share for kind in KINDS}
        set_by_user = [(heights[lane.id], shares[lane.id]) for lane in self._all() if lane.id in heights]
        per_share = (
            sum(height for height, _ in set_by_user) / sum(share for _, share in set_by_user) if set_by_user else 100
        )
        self.splitter.setSizes([heights.get(lane.id, round(per_share * shares[lane.id])) for lane in self._all()])
        for number, lane in enumerate(self._all()):
            self.splitter.setStretchFactor(number, shares[lane.id])

    def _keep_heights(self) -> None:
        """Keep the heights that the user gave the lanes by dragging."""
        heights = self._chosen_heights() | {lane.id: lane.height() for lane in self._all() if not lane.isHidden()}
        self.choices.heights = " ".join(f"{id_}:{height}" for id_, height in heights.items())

    def _keep_lanes(self) -> None:
        self.choices.lanes = " ".join(self.shown())
        self.lanes_changed.emit()

    def _fit(self) -> None:
        """Give all lanes the same margin at the left, so that a time has the same place in all of them."""
        metrics = self.fontMetrics()
        lanes = list(self.lanes.values())
        header = max((lane.header.needed_width() for lane in lanes), default=0)
        axis = metrics.horizontalAdvance("00 kHz") + 10
        for lane in lanes:
            lane.header.setFixedWidth(header)
            lane.canvas.axis.setWidth(axis)
        self.splitter.setMinimumHeight(
            sum(self.lanes[id_].minimumHeight() + self.splitter.handleWidth() for id_ in self.shown())
        )
        bar = self.scroller.verticalScrollBar()
        right = self.width() - self.scroller.viewport().width() if bar.isVisible() else 0
        self.ruler.set_margins(header + axis, max(0, right) + MARGIN)

    def _style(self) -> None:
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    # --- the track -----------------------------------------------------------------------------------

    def say_nothing(self, title: str, text: str = "", action: str = "") -> None:
        """Show words instead of lanes: there is no track to draw."""
        self.nothing.say(title, text, action)
        self._pages.setCurrentWidget(self.nothing)

    def _start_anew(self) -> None:
        self.timeline.reset()
        if self.sound.path is not None:
            self._pages.setCurrentWidget(self.scroller)

    def _follow_length(self) -> None:
        overview = self.sound.overview
        self.timeline.set_length(self.sound.length, overview.sr if overview is not None else None)


def translated(text: str) -> str:
    """Translate a title of the table of kinds."""
    return QCoreApplication.translate("views", text)


@dataclass(frozen=True)
class Kind:
    """A kind of lane; `share` is how much of the height it gets at first, relative to the others."""

    id: str
    title: str
    lane: type[Lane]
    shown: bool = True
    share: int = 2


def _(context: str, text: str) -> str:
    """Mark a text for the translator (QT_TRANSLATE_NOOP, with a type)."""
    return text


KINDS = (
    Kind("waveform", _("views", "Waveform"), WaveformLane, share=2),
    Kind("strip", _("views", "Genres"), StripLane, share=3),
    Kind("spectrogram", _("views", "Spectrogram"), SpectrogramLane, share=5),
    Kind("mfcc", _("views", "MFCC"), MfccLane, shown=False, share=3),
    Kind("chroma", _("views", "Chroma"), ChromaLane, shown=False, share=3),
    Kind("curves", _("views", "Curves"), CurvesLane, shown=False, share=3),
)  # fmt: skip
