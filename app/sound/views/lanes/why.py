"""Why: what in the sound speaks for a genre and what against it, laid over the spectrogram."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtGui import QActionGroup, QColor
from PySide6.QtWidgets import QMenu

from app.look import words
from app.look.widgets import IconButton
from app.sound.views.lanes.overlay import Overlay
from app.sound.views.lanes.reasons import AGAINST, FAINT, FOR, Reason, paint, reasons, signs
from app.sound.views.lanes.why_item import WhyItem
from app.sound.views.plot import ticks
from app.sound.views.plot.legends import Swatches

if TYPE_CHECKING:
    from app.sound.views.lanes.spectrogram import SpectrogramLane

# Seconds that are explained at once, at most and at least.
_MOST, _LEAST = 30.0, 6.0
# What is explained besides what can be seen: the last patch need not reach the end.
_AROUND = 4.0


class WhyOverlay(Overlay):
    """Explains 30 seconds around the playhead, or what can be seen; asked for by a button, an action or the menu."""

    def __init__(self, lane: SpectrogramLane) -> None:
        super().__init__(lane)
        self._lane = lane
        self.item = WhyItem()
        lane.canvas.box.addItem(self.item, ignoreBounds=True)
        self.reason: Reason | None = None
        self._asked: tuple[float, float, str] | None = None
        self.button = IconButton("why", words.tr("Why this genre? Show what speaks for it and against it"))
        self.button.setCheckable(True)
        self.button.clicked.connect(lambda on: lane.choose("why_shown", on))
        lane.header.add(self.button)
        lane.timeline.position_changed.connect(lambda _: self._follow())

    # --- hooks ---------------------------------------------------------------------------------------

    def clear(self) -> None:
        self.reason = self._asked = None
        self._show()

    def request_whole(self) -> None:
        self.button.setChecked(self.on)
        self._follow()
        self._show()

    def request(self, start: float, stop: float, width: int) -> None:
        self._follow()

    def told(self, seconds: float, y: float) -> str:
        if not self.on or self.reason is None or self.reason.told is None:
            return ""
        weight = self.reason.at(seconds, float(self._lane.scale().hertz(y)))
        if abs(weight) < FAINT * self.reason.full:
            return ""
        side = words.tr("+ speaks for {}") if weight > 0 else words.tr("− speaks against {}")
        odds = words.tr("odds × {}").format(ticks.number(math.exp(weight), 2))
        return f"{side.format(words.one_line(self.reason.genre))}  ·  {odds}"

    def columns(self, times: Any) -> tuple[list[str], Sequence[Sequence[float]]]:
        if not self.on or self.reason is None or self.reason.told is None or not self.reason.told.weights.size:
            return [], []
        told = self.reason.told
        genre = re.sub(r"\W+", "_", told.genre.lower()).strip("_")
        borders = zip(told.frequencies[:-1], told.frequencies[1:], strict=True)
        names = [f"why_{genre}_log_odds_{low:.0f}_to_{high:.0f}_hz" for low, high in borders]
        at = np.searchsorted(told.times, times, side="right") - 1
        inside = (at >= 0) & (at < told.weights.shape[1])
        values = np.where(inside, told.weights[:, at.clip(0, told.weights.shape[1] - 1)], np.nan)
        return names, values.tolist()

    def fill_menu(self, menu: QMenu) -> None:
        below = menu.addMenu(words.tr("&Why this genre?"))
        shown = below.addAction(words.tr("&Show what speaks for it and against it"))
        shown.setCheckable(True)
        shown.setChecked(self.on)
        shown.toggled.connect(lambda on: self.lane.choose("why_shown", on))
        below.addSeparator()
        group = QActionGroup(below)
        for genre in ("", *self._labels()):
            text = words.menu_text(genre) if genre else words.tr("The &proposed one")
            action = below.addAction(text)
            action.setCheckable(True)
            action.setChecked(self.lane.choices.why_genre == genre)
            action.triggered.connect(lambda _, genre=genre: self.choose(genre))
            group.addAction(action)

    # --- its own -------------------------------------------------------------------------------------

    @property
    def on(self) -> bool:
        """Whether it is shown."""
        return bool(self.lane.choices.why_shown)

    def choose(self, genre: str) -> None:
        """Explain this genre, or the proposed one, from now on."""
        self.lane.choices.why_genre = genre
        self.lane.choose("why_shown", True)

    def legend(self) -> Swatches | None:
        """Say what the colours mean."""
        if not self.on:
            return None
        entries = (QColor(FOR), words.tr("+ for")), (QColor(AGAINST), words.tr("− against"))
        return Swatches(entries)

    @staticmethod
    def about() -> str:
        """Give two plain sentences: what it shows, and how to read it."""
        return words.tr(
            "Parts of the sound are left out one after another, and the model is asked each time how sure of the "
            "genre it is without them. Where it is orange (+), the model is surer of the genre because of what sounds "
            "there; where it is blue (−), less sure."
        )

    def words(self) -> str:
        """Say how to read it, if it is shown."""
        return self.about() if self.on else ""

    def _labels(self) -> tuple[str, ...]:
        listener = self.lane.sound.listener
        model = listener.model if listener is not None else None
        return model.card.labels if model is not None else self.reason.labels if self.reason is not None else ()

    def _window(self) -> tuple[float, float]:
        """The stretch to be explained now."""
        line, length = self.lane.timeline, self.lane.sound.length
        start, stop = line.start, min(line.stop, length)
        middle = (start + stop) / 2
        if stop - start > _MOST and line.position is not None and start <= line.position <= stop:
            middle = line.position
        around = _AROUND if stop - start <= _MOST else 0.0
        span = min(max(min(stop - start, _MOST) + around, _LEAST), length)
        first = min(max(middle - span / 2, 0.0), length - span)
        return first, first + span

    def _does(self) -> bool:
        """Whether what has been asked for still does."""
        if self._asked is None or self._asked[2] != self._genre():
            return False
        first, last, _ = self._asked
        line = self.lane.timeline
        if line.span <= _MOST:
            return first <= line.start + 1e-6 and min(line.stop, self.lane.sound.length) <= last + 1e-6
        if line.position is not None and line.start <= line.position <= line.stop:
            return first <= line.position <= last
        return first < line.stop and line.start < last

    def _genre(self) -> str:
        return self.lane.choices.why_genre or self.lane.sound.genre

    def _follow(self) -> None:
        """Ask for the stretch that is to be explained now, unless that has been done."""
        lane = self.lane
        if not self.on or lane.sound.overview is None or not lane.isVisible():
            if self._asked is not None:
                lane.drop("why")
                self.reason = self._asked = None
                self._show()
            return
        if lane.sound.listener is None:
            self.item.say(words.no_model())
            return
        start, stop = self._window()
        if stop > start and not self._does():
            self._asked = start, stop, self._genre()
            self.item.say(words.tr("Asking the model…"))
            job = partial(reasons, start, stop, self._genre(), lane.sound.listener, lane.sound.excerpts())
            lane.ask("why", job, self._take)

    def _take(self, reason: Reason) -> None:
        self.reason = reason
        self._show()

    def _show(self) -> None:
        reason, item = self.reason, self.item
        picture = paint(reason, self._lane.scale()) if self.on and reason is not None else None
        item.ends = (picture.start, picture.stop) if picture is not None else None
        item.signs = ()
        if reason is not None and picture is not None:
            scale = self._lane.scale()
            item.signs = [(at, float(scale.fraction(hertz)), plus) for at, hertz, plus in signs(reason)]
        item.set_coarse(picture)
        item.say(self._sentence() if self.on else "")
        self.lane.key.renew()

    def _sentence(self) -> str:
        reason = self.reason
        if reason is None:
            return self.item.sentence
        if reason.told is None:
            return reason.problem
        genre = words.one_line(reason.genre)
        said = words.tr("Orange + speaks for {genre}, blue − against it").format(genre=genre)
        return said if reason.told.done >= 1 else f"{said}  ·  {words.percent(reason.told.done)}"
