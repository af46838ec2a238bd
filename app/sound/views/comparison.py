"""Two tracks above one another: each kind of lane twice, on the same scales and the same time axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.look import theme, words
from app.sound.views.drawn import Sound
from app.sound.views.lanes.lane import Lane
from app.sound.views.plot.canvas import MARGIN
from app.sound.views.plot.ruler import Ruler
from app.sound.views.plot.timeline import Timeline
from app.sound.views.stack import KINDS, Stack, room_for_lanes, translated

if TYPE_CHECKING:
    from app.jobs.loader import Loader


class Comparison(QWidget):
    """Draws the lanes that `stack` shows, for two sounds. Signal: save_asked(lane).

    Each sound has a time axis of its own, since only one of them is played; what is visible is the same on both.
    """

    save_asked = Signal(object)

    def __init__(self, loader: Loader, stack: Stack) -> None:
        super().__init__()
        self._stack = stack
        self.timelines = (Timeline(self), Timeline(self))
        self.sounds = tuple(Sound(loader, stack.sound.cache, self) for _ in range(2))
        self.pairs: dict[str, tuple[Lane, ...]] = {}
        self._mirroring = False
        self.setObjectName("lanes")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._lay_out()
        for number, (sound, line) in enumerate(zip(self.sounds, self.timelines, strict=True)):
            other = 1 - number
            sound.beside = self.sounds[other]
            sound.grew.connect(lambda other=other: self._follow_length(other))
            line.range_changed.connect(lambda *edges, other=other: self._mirror(self.timelines[other].show, *edges))
            line.pointer_changed.connect(lambda at, other=other: self._mirror(self.timelines[other].set_pointer, at))
            line.region_changed.connect(lambda at, other=other: self._mirror(self.timelines[other].set_region, at))
        stack.lanes_changed.connect(self.follow_stack)
        theme.changes().changed.connect(self._fit)

    def _lay_out(self) -> None:
        self.splitter, self.scroller = room_for_lanes()
        self.scroller.viewport().installEventFilter(self)
        self.ruler = Ruler(self.timelines[0])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.scroller, 1)
        column.addWidget(self.ruler)

    @staticmethod
    def about() -> str:
        """Give two plain sentences: what one sees here, and how to read it."""
        return words.tr(
            "Two tracks lie above one another, each view twice, on the same scales and the same time axis; the name of "
            "the track stands below that of the view. The same colour and the same height mean the same in both, so "
            "what looks different does sound different."
        )

    def show_pair(self, tracks: Sequence[tuple[str, str, str]]) -> None:
        """Draw two tracks: path, title and proposed genre of each, the upper one first."""
        for line in self.timelines:
            line.reset()
        for sound in self.sounds:
            sound.show(None)
        for sound in self.sounds:
            sound.classifier = self._stack.sound.classifier
        for sound, shown in zip(self.sounds, tracks, strict=True):
            sound.show(*shown)
        self.follow_stack()

    def clear(self) -> None:
        """Draw nothing, and cancel what was asked for."""
        for sound in self.sounds:
            sound.show(None)

    def lanes(self) -> list[Lane]:
        """List the lanes that are shown, from top to bottom."""
        return [lane for id_ in self._stack.shown() for lane in self.pairs.get(id_, ())]

    def follow_stack(self) -> None:
        """Show the kinds of lanes that the stack shows, in its order."""
        if self.sounds[0].path is None:
            return
        shown = self._stack.shown()
        for id_ in shown:
            if id_ not in self.pairs:
                self.pairs[id_] = self._make(id_)
        place = 0
        for id_ in shown:
            for lane in self.pairs[id_]:
                self.splitter.insertWidget(place, lane)
                place += 1
        for id_, lanes in self.pairs.items():
            for lane, sound in zip(lanes, self.sounds, strict=True):
                lane.setVisible(id_ in shown)
                lane.header.tell(sound.title)
                lane.canvas.setAccessibleName(f"{lane.title}: {sound.title}")
        shares = {kind.id: kind.share for kind in KINDS}
        self.splitter.setSizes([50 * shares[id_] for id_ in shown for _ in range(2)])
        self._fit()

    def _make(self, id_: str) -> tuple[Lane, ...]:
        kind = next(kind for kind in KINDS if kind.id == id_)
        lanes = tuple(
            kind.lane(translated(kind.title), line, sound, self._stack.choices)
            for line, sound in zip(self.timelines, self.sounds, strict=True)
        )
        for lane in lanes:
            lane.hide_asked.connect(lambda: self._stack.show_lane(id_, False))
            lane.move_asked.connect(lambda by: self._stack.move_lane(id_, by))
            lane.save_asked.connect(lambda lane=lane: self.save_asked.emit(lane))
            lane.chosen.connect(self._renew)
        return lanes

    def _renew(self) -> None:
        """Draw all anew: what was chosen in one lane is for the other too, and for those that come after."""
        for lane in self.lanes():
            lane.renew()
        self._stack.renew()

    def _mirror(self, mirror: object, *values: object) -> None:
        if not self._mirroring:
            self._mirroring = True
            try:
                mirror(*values)  # type: ignore[operator]
            finally:
                self._mirroring = False

    def _follow_length(self, other: int) -> None:
        """Let both time axes reach to the end of the longer track; `other` is not the one that has grown."""
        length, sr = max(sound.length for sound in self.sounds), self.sounds[1 - other].widest()
        before = self.timelines[0].length
        for line in self.timelines:
            line.set_length(length, sr or None)
        overview = self.sounds[1 - other].overview
        if length != before or (overview is not None and overview.complete):
            # The scales may reach higher now.
            for pair in self.pairs.values():
                pair[other].renew()

    def _fit(self) -> None:
        """Give all lanes the same margin at the left, as the stack does."""
        shown = self.lanes()
        for lane in shown:
            lane_in_stack = self._stack.lanes[lane.id]
            lane.header.setFixedWidth(lane_in_stack.header.minimumWidth())
            lane.canvas.axis.setWidth(lane_in_stack.canvas.axis.width())
        self.splitter.setMinimumHeight(sum(lane.minimumHeight() + self.splitter.handleWidth() for lane in shown))
        if shown:
            bar = self.scroller.verticalScrollBar()
            right = self.width() - self.scroller.viewport().width() if bar.isVisible() else 0
            left = shown[0].header.minimumWidth() + round(shown[0].canvas.axis.width())
            self.ruler.set_margins(left, max(0, right) + MARGIN)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)
