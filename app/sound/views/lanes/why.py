"""Why this genre? What in the sound speaks for a genre and what against it, laid over the spectrogram.

The model explains a stretch in the loader's thread (`reasons_for`). Each `Reason` so far becomes a picture
(`draw_reason`) with signs in its strongest places (`strongest_signs`); `WhyItem` draws them, and `WhyOverlay` puts them
into words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QActionGroup, QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QApplication, QMenu, QStyleOptionGraphicsItem, QWidget

from app.look import theme, words
from app.look.widgets import IconButton
from app.sound.views.lanes.lane import Overlay
from app.sound.views.plot import scales
from app.sound.views.plot.header import Swatches
from app.sound.views.plot.pictures import Picture, Pictures
from genre_tagger.model.explain import Explanation, explain
from genre_tagger.model.features import log_mel_patches
from genre_tagger.sound.decoders import resampled

if TYPE_CHECKING:
    from app.jobs.stages import Classifier
    from app.sound.views.lanes.lane import Lane
    from app.sound.views.plot.scales import Scale
    from genre_tagger.model.network import GenreModel
    from genre_tagger.sound.frames import Excerpts, Wanted

#: Two colours that everybody tells apart, as blue and orange are; signs say the same.
FOR, AGAINST = "#ff8c00", "#2f7fff"
#: Below this share of the full colour a place counts as neutral.
FAINT = 0.1
# Seconds that are explained at once, at most and at least.
_MOST, _LEAST = 30.0, 6.0
# Seconds explained besides what can be seen, since the last patch need not reach the end.
_AROUND = 4.0
_ROWS = 240
# Log-odds that are shown in full colour, at least: where nothing matters much, the colours are pale.
_FULL = 0.3
_OPAQUE = 0.75
# Signs mark the strongest places: from this share of the full colour on, and at most so many.
_STRONG, _SIGNS = 0.5, 16


@dataclass(frozen=True)
class Reason:
    """The explanation of a stretch (s) as far as it has come; without one, `problem` says why."""

    start: float
    stop: float
    genre: str = ""
    labels: tuple[str, ...] = ()
    explanation: Explanation | None = None
    problem: str = ""

    @property
    def full(self) -> float:
        """Log-odds that are shown in full colour."""
        weights = self.explanation.weights if self.explanation is not None else np.zeros(0)
        return max(_FULL, float(np.quantile(np.abs(weights), 0.98))) if weights.size else _FULL

    def at(self, seconds: float, hertz: float) -> float:
        """Log-odds at a time and a frequency; 0 where nothing is known."""
        if self.explanation is None:
            return 0.0
        column = int(np.searchsorted(self.explanation.times, seconds, side="right")) - 1
        row = int(np.searchsorted(self.explanation.frequencies, hertz, side="right")) - 1
        rows, columns = self.explanation.weights.shape
        return float(self.explanation.weights[row, column]) if 0 <= row < rows and 0 <= column < columns else 0.0


# --- in the loader's thread ------------------------------------------------------------------------------


def reasons_for(
    start: float, stop: float, genre: str, classifier: Classifier, excerpts: Excerpts, wanted: Wanted
) -> Iterator[Reason]:
    """Explain a stretch step by step, for the loader's thread; without a genre, the most probable one, if any."""
    model = classifier.load()
    if model is None:
        yield Reason(start, stop, problem=classifier.problem or "")
        return
    excerpt = excerpts.get(start, stop)
    first, last = (max(0, round((edge - excerpt.start) * excerpt.sr)) for edge in (start, stop))
    mono = excerpt.y[:, first:last].mean(axis=0, dtype=np.float32)
    parts = [np.empty(0, dtype=np.float32), *resampled([mono], excerpt.sr, model.card.spec.sr)]
    y, labels = np.concatenate(parts), classifier.labels()
    problem = ""
    if genre not in labels:
        genre, problem = _likeliest(y, model, labels)
    if problem:
        yield Reason(start, stop, labels=labels, problem=problem)
        return
    for explanation in explain(y, model, genre, start=start):
        yield Reason(start, stop, genre, labels, explanation)


def _likeliest(y: NDArray[np.float32], model: GenreModel, labels: Sequence[str]) -> tuple[str, str]:
    """The most probable genre of some, or why there is none."""
    patches = log_mel_patches(y, model.card.spec)
    if not len(patches):
        return "", words.too_little_sound()
    genres = model.judge(patches).genres
    if genres is None:
        return "", words.tr("This does not sound like music, so there is no genre to explain.")
    return max(labels, key=lambda label: float(genres[model.card.labels.index(label)])), ""


# --- in the window ---------------------------------------------------------------------------------------


def draw_reason(reason: Reason, scale: Scale) -> Picture | None:
    """Colour an explanation on a frequency axis; frequencies that the model does not take in stay clear."""
    explanation = reason.explanation
    if explanation is None or not explanation.weights.size:
        return None
    hertz = scale.hertz((np.arange(_ROWS)[::-1] + 0.5) / _ROWS)
    middles = scale.fraction((explanation.frequencies[:-1] + explanation.frequencies[1:]) / 2)
    heights = scale.fraction(hertz)
    shares = np.stack([np.interp(heights, middles, column) for column in explanation.weights.T], axis=1) / reason.full
    shares[(hertz > explanation.frequencies[-1]) | (hertz < explanation.frequencies[0])] = 0
    strength = np.clip(np.abs(shares), 0, 1)
    alpha = np.where(strength < FAINT, 0, _OPAQUE * strength)
    pixels = np.zeros((*shares.shape, 4), dtype=np.uint8)
    for name, mask in ((FOR, shares > 0), (AGAINST, shares < 0)):
        colour = QColor(name)
        pixels[mask, :3] = colour.blue(), colour.green(), colour.red()
    pixels[..., 3] = np.round(255 * alpha)
    rows, columns = shares.shape
    image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32).copy()
    return Picture(float(explanation.times[0]), float(explanation.times[-1]), image)


def strongest_signs(reason: Reason) -> list[tuple[float, float, bool]]:
    """List the strongest places: seconds, Hz, and whether they speak for the genre."""
    explanation = reason.explanation
    if explanation is None or not explanation.weights.size:
        return []
    strength = np.abs(explanation.weights) / reason.full
    around = np.pad(strength, 1)
    highest = np.max([around[y : y + strength.shape[0], x : x + strength.shape[1]]
                      for y in range(3) for x in range(3)], axis=0)  # fmt: skip
    peaks = np.argwhere((strength >= highest) & (strength >= _STRONG))
    peaks = peaks[np.argsort(-strength[tuple(peaks.T)], kind="stable")][:_SIGNS]
    times = (explanation.times[:-1] + explanation.times[1:]) / 2
    hertz = (explanation.frequencies[:-1] + explanation.frequencies[1:]) / 2
    return [(float(times[x]), float(hertz[y]), bool(explanation.weights[y, x] > 0)) for y, x in peaks]


class WhyItem(Pictures):
    """The coloured picture, signs in its strongest places, its ends, and a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.sentence = ""
        self.signs: Sequence[tuple[float, float, bool]] = ()
        self.ends: tuple[float, float] | None = None

    def say(self, sentence: str) -> None:
        """Write another sentence at the top."""
        if sentence != self.sentence:
            self.sentence = sentence
            self.prepareGeometryChange()
            self.update()

    def boundingRect(self) -> QRectF:
        view = self.getViewBox()
        return QRectF(view.viewRect()) if view is not None else QRectF()

    def viewRangeChanged(self) -> None:
        """Where it is drawn is what can be seen."""
        self.prepareGeometryChange()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        super().paint(painter, option, widget)
        view = self.getViewBox()
        if view is None:
            return
        (start, stop), _ = view.viewRange()
        area, c = view.rect(), theme.colours()
        to_item, _ = self.sceneTransform().inverted()
        painter.save()
        painter.setTransform(view.sceneTransform() * to_item * painter.transform())
        painter.setFont(QApplication.font())
        per_second = area.width() / (stop - start)
        for edge in self.ends or ():
            x = round(area.left() + (edge - start) * per_second)
            if area.left() <= x <= area.right():
                painter.setPen(QPen(QColor(c.text), 1, Qt.PenStyle.DashLine))
                painter.drawLine(x, round(area.top()), x, round(area.bottom()))
        for seconds, height, speaks_for in self.signs:
            x = area.left() + (seconds - start) * per_second
            if area.left() <= x <= area.right():
                _sign(painter, x, area.bottom() - height * area.height(), speaks_for)
        if self.sentence:
            _caption(painter, area, self.sentence)
        painter.restore()


def _sign(painter: QPainter, x: float, y: float, speaks_for: bool) -> None:
    """Draw + or −, white with a dark rim, so that it can be seen on any picture."""
    arm = theme.UNIT / 2
    for colour, width in (("#000000", 4), ("#ffffff", 2)):
        painter.setPen(QPen(QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(round(x - arm), round(y), round(x + arm), round(y))
        if speaks_for:
            painter.drawLine(round(x), round(y - arm), round(x), round(y + arm))


def _caption(painter: QPainter, area: QRectF, text: str) -> None:
    c = theme.colours()
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
    inner = area.adjusted(theme.UNIT, theme.UNIT / 2, -theme.UNIT, 0)
    box = painter.boundingRect(inner, int(flags), text)
    painter.setPen(QPen(QColor(c.line)))
    painter.setBrush(QColor(c.raised))
    painter.drawRoundedRect(box.adjusted(-4, -2, 4, 2), 4, 4)
    painter.setPen(QColor(c.text))
    painter.drawText(box, int(flags), text)


class WhyOverlay(Overlay):
    """Explains 30 seconds around the playhead, or what can be seen; asked for by a button, an action or the menu."""

    def __init__(self, lane: Lane, scale: Callable[[], Scale]) -> None:
        super().__init__(lane)
        self._scale = scale
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

    def value_at(self, seconds: float, y: float) -> str:
        if not self.on or self.reason is None or self.reason.explanation is None:
            return ""
        weight = self.reason.at(seconds, float(self._scale().hertz(y)))
        if abs(weight) < FAINT * self.reason.full:
            return ""
        side = words.tr("+ speaks for {}") if weight > 0 else words.tr("− speaks against {}")
        odds = words.tr("odds × {}").format(scales.number_text(math.exp(weight), 2))
        return f"{side.format(words.one_line(self.reason.genre))}  ·  {odds}"

    def columns(self, times: Any) -> tuple[list[str], Sequence[Sequence[float]]]:
        explanation = self.reason.explanation if self.on and self.reason is not None else None
        if explanation is None or not explanation.weights.size:
            return [], []
        genre = re.sub(r"\W+", "_", explanation.genre.lower()).strip("_")
        borders = zip(explanation.frequencies[:-1], explanation.frequencies[1:], strict=True)
        names = [f"why_{genre}_log_odds_{low:.0f}_to_{high:.0f}_hz" for low, high in borders]
        column = np.searchsorted(explanation.times, times, side="right") - 1
        inside = (column >= 0) & (column < explanation.weights.shape[1])
        values = np.where(inside, explanation.weights[:, column.clip(0, explanation.weights.shape[1] - 1)], np.nan)
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

    # --- what is explained ---------------------------------------------------------------------------

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
        classifier = self.lane.sound.classifier
        labels = classifier.labels() if classifier is not None else ()
        return labels or (self.reason.labels if self.reason is not None else ())

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

    def _still_serves(self) -> bool:
        """Whether the explanation that was asked for still covers what can be seen."""
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
        """Have the stretch explained that is due now, unless that was asked for already; drop it when hidden."""
        lane = self.lane
        if not self.on or lane.sound.overview is None or not lane.isVisible():
            if self._asked is not None:
                lane.drop("why")
                self.reason = self._asked = None
                self._show()
            return
        if lane.sound.classifier is None:
            self.item.say(words.no_model())
            return
        start, stop = self._window()
        if stop > start and not self._still_serves():
            self._asked = start, stop, self._genre()
            self.item.say(words.tr("Asking the model…"))
            job = partial(reasons_for, start, stop, self._genre(), lane.sound.classifier, lane.sound.excerpts())
            lane.ask("why", job, self._take_reason)

    def _take_reason(self, reason: Reason) -> None:
        self.reason = reason
        self._show()

    def _show(self) -> None:
        reason, item = self.reason, self.item
        picture = draw_reason(reason, self._scale()) if self.on and reason is not None else None
        item.ends = (picture.start, picture.stop) if picture is not None else None
        item.signs = ()
        if reason is not None and picture is not None:
            scale = self._scale()
            item.signs = [(at, float(scale.fraction(hertz)), plus) for at, hertz, plus in strongest_signs(reason)]
        item.set_coarse(picture)
        item.say(self._sentence() if self.on else "")
        self.lane.key.renew()

    def _sentence(self) -> str:
        reason = self.reason
        if reason is None:
            return self.item.sentence
        if reason.explanation is None:
            return reason.problem
        genre = words.one_line(reason.genre)
        sentence = words.tr("Orange + speaks for {genre}, blue − against it").format(genre=genre)
        return sentence if reason.explanation.done >= 1 else f"{sentence}  ·  {words.percent(reason.explanation.done)}"
