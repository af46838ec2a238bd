"""The genre strip: how probable the model finds each genre along the whole track, as layers of colour.

The model classifies the track in the loader's thread (`classify_along`), coarsely first where the track is long. Each
answer so far becomes a `StripDrawing`; `StripPicture` paints it, and `StripLane` shows it and puts it into words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QApplication, QMenu, QStyleOptionGraphicsItem, QWidget

from app.look import genre_colours, theme, words
from app.look.genre_colours import ink_on
from app.sound.views.lanes.lane import Lane
from app.sound.views.plot.header import Legend, Swatches
from app.sound.views.plot.pictures import Picture, Pictures, paint_levels
from genre_tagger.model.strip import Strip, kept_or_heard

if TYPE_CHECKING:
    from app.jobs.stages import Classifier
    from genre_tagger.base.cache import Cache
    from genre_tagger.sound.frames import Wanted

# Rows of the picture: enough for a lane of any height, since there are only plain areas in it.
_ROWS = 200
# The probability from which on the name of a genre is written into a stretch.
_SURE = 0.4
# Columns over which probabilities are averaged before stretches are named.
_EVEN = 5
# Pixels that a name has free at both sides, at least.
_AROUND = theme.UNIT / 2
# Pixels between the lines of the hatching, which stands for silence and for what is not music.
_HATCH = theme.UNIT
# How many genres the hover text names.
_NAMED = 3


# --- what is drawn ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stretch:
    """From `start` to `stop` (s) this genre is the most probable; its colour's middle is at `height` (0…1)."""

    start: float
    stop: float
    label: int
    height: float


@dataclass(frozen=True)
class StripDrawing:
    """The model's answers so far and how they are drawn; without a strip, `problem` says why there is none.

    `colours` are those of the labels. `order` lists the labels that there is a choice among, from the bottom layer to
    the top one. `stretches` are named; in `silences` and `others` (start and stop in s; `others` do not sound like
    music) nothing is said.
    """

    labels: tuple[str, ...] = ()
    strip: Strip | None = None
    colours: tuple[str, ...] = ()
    order: tuple[int, ...] = ()
    picture: Picture | None = None
    stretches: tuple[Stretch, ...] = ()
    silences: tuple[tuple[float, float], ...] = ()
    others: tuple[tuple[float, float], ...] = ()
    problem: str = ""

    def column_at(self, seconds: float) -> int | None:
        """Find the column that is drawn at a time; None where nothing has been classified yet."""
        if self.strip is None or self.picture is None or seconds > self.picture.stop:
            return None
        middle = self.strip.starts[0] + self.strip.seconds / 2
        return int(np.clip(round((seconds - middle) / self.strip.step), 0, len(self.strip.starts) - 1))

    def shares(self) -> NDArray[np.float64]:
        """Mean probability of each genre where there is music [shape=(labels,)]."""
        assert self.strip is not None
        if not self.strip.heard.any():
            return np.zeros(len(self.labels))
        return np.asarray(self.strip.probabilities[self.strip.heard].mean(axis=0, dtype=np.float64))


def genre_swatch(shade: QColor) -> QIcon:
    """A little square in a colour."""
    pixmap = QPixmap(2 * theme.UNIT, 2 * theme.UNIT)
    pixmap.fill(shade)
    return QIcon(pixmap)


def ranked(labels: Sequence[str], probabilities: NDArray[np.floating]) -> list[tuple[str, float]]:
    """Sort genres by how probable they are, the first first."""
    order = np.argsort(-probabilities, kind="stable")
    return [(labels[label], float(probabilities[label])) for label in order]


# --- in the loader's thread ------------------------------------------------------------------------------


def classify_along(
    path: str, length: float, classifier: Classifier, cache: Cache | None, wanted: Wanted
) -> Iterator[StripDrawing]:
    """Classify a whole track, coarsely first, and draw each answer; for the loader's thread."""
    model = classifier.load()
    if model is None:
        yield StripDrawing(problem=classifier.problem or "")
        return
    card = model.card
    # What is only offered comes last: the colours are for what may be proposed.
    labels = (*card.proposed, *(label for label in card.labels if label in card.only_offered))
    places = [card.labels.index(label) for label in labels]
    for strip in kept_or_heard(path, model, length, cache):
        in_order = replace(strip, probabilities=strip.probabilities[:, places])
        yield draw(in_order, labels, length, classifier.among)


def draw(strip: Strip, labels: tuple[str, ...], length: float, among: Sequence[str] = ()) -> StripDrawing:
    """Draw a strip, of some labels alone or of all: the one that is most probable on the whole is the bottom layer."""
    if not len(strip.starts):
        return StripDrawing(labels, strip)
    chosen = np.array([label in among for label in labels])
    if not chosen.any():
        chosen[:] = True
    strip = strip.among(chosen)
    drawing = StripDrawing(labels, strip, tuple(genre_colours.along(labels)))
    order = np.argsort(-drawing.shares(), kind="stable")
    order = order[chosen[order]]
    tops = np.cumsum(strip.probabilities[:, order], axis=1)
    heights = (np.arange(_ROWS)[::-1] + 0.5) / _ROWS
    layers = (heights[:, None, None] > tops[None]).sum(axis=2).clip(0, len(order) - 1)
    levels = order[layers].astype(np.uint8)
    # Half columns: a column is drawn around the middle of its patch, and the outer ones reach to the ends.
    half = strip.step / 2
    first = strip.starts[0] + strip.seconds / 2 - half
    last = strip.starts[-1] + strip.seconds / 2 + half
    before = max(0, round(first / half))
    whole = strip.complete or strip.starts[0] > 0
    after = max(0, round((length - last) / half)) if whole else 0
    levels = np.pad(np.repeat(levels, 2, axis=1), ((0, 0), (before, min(after, 8))), mode="edge")
    table = np.zeros(256, dtype=np.uint32)
    table[: len(labels)] = [0xFF000000 | int(colour[1:], 16) for colour in drawing.colours]
    picture = Picture(first - before * half, last + min(after, 8) * half, paint_levels(levels, table))
    edges = np.concatenate([[0.0], strip.starts[1:] + strip.seconds / 2 - half, [length if whole else last]])
    return StripDrawing(
        labels, strip, drawing.colours, tuple(map(int, order)), picture, tuple(_stretches(strip, order, tops, edges)),
        _where(~strip.loud, edges), _where(strip.loud & ~strip.music, edges),
    )  # fmt: skip


def _where(true: NDArray[np.bool_], edges: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    """List from when to when (s) the values are true."""
    return tuple((float(edges[first]), float(edges[stop])) for first, stop in _runs(true) if true[first])


def _stretches(
    strip: Strip, order: NDArray[np.intp], tops: NDArray[np.float32], edges: NDArray[np.float64]
) -> Iterator[Stretch]:
    """Find where one genre is clearly the most probable, and how high its layer lies there."""
    window = np.ones(min(_EVEN, len(strip.starts)))
    weights = np.convolve(np.ones(len(strip.starts)), window, mode="same")
    smooth = np.stack([np.convolve(row, window, mode="same") / weights for row in strip.probabilities.T], axis=1)
    leading = np.where(strip.heard & (smooth.max(axis=1) >= _SURE), smooth.argmax(axis=1), -1)
    layer_of = {int(label): layer for layer, label in enumerate(order)}
    for first, stop in _runs(leading):
        label = int(leading[first])
        if label < 0:
            continue
        layer = layer_of[label]
        upper = tops[first:stop, layer].mean()
        lower = tops[first:stop, layer - 1].mean() if layer else 0.0
        yield Stretch(float(edges[first]), float(edges[stop]), label, float(upper + lower) / 2)


def _runs(values: NDArray[np.generic]) -> list[tuple[int, int]]:
    """Cut an array [shape=(n,)] where its values change: first and behind last of each run."""
    changes = np.flatnonzero(values[1:] != values[:-1]) + 1
    cuts = [0, *map(int, changes), len(values)]
    return list(pairwise(cuts))


# --- in the window ---------------------------------------------------------------------------------------


class StripPicture(Pictures):
    """The picture of the strip, the names in long stretches, and hatching where there is silence or no music."""

    def __init__(self) -> None:
        super().__init__()
        self.labels: Sequence[str] = ()
        self.colours: Sequence[str] = ()
        self.stretches: tuple[Stretch, ...] = ()
        self.silences: tuple[tuple[float, float], ...] = ()
        self.others: tuple[tuple[float, float], ...] = ()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        super().paint(painter, option, widget)
        view = self.getViewBox()
        if view is None or self.coarse is None:
            return
        (start, stop), _ = view.viewRange()
        area = view.rect()
        to_item, _ = self.sceneTransform().inverted()
        painter.save()
        painter.setTransform(view.sceneTransform() * to_item * painter.transform())
        per_second = area.width() / (stop - start)

        def area_between(low: float, high: float) -> QRectF:
            x, x_stop = (area.left() + (edge - start) * per_second for edge in (max(low, start), min(high, stop)))
            return QRectF(x, area.top(), x_stop - x, area.height())

        painter.setFont(QApplication.font())
        for low, high in (*self.silences, *self.others):
            if area_between(low, high).width() > 0:
                _hatch(painter, area_between(low, high))
        c = theme.colours()
        for low, high in self.others:
            _name(painter, words.tr("not music"), 0.5, area_between(low, high), QColor(c.base), c.quiet)
        for stretch in self.stretches:
            shade = QColor(self.colours[stretch.label])
            area_of_stretch = area_between(stretch.start, stretch.stop)
            _name(painter, self.labels[stretch.label], stretch.height, area_of_stretch, shade, ink_on(shade))
        painter.restore()


def _hatch(painter: QPainter, area: QRectF) -> None:
    """Hatch an area about which nothing can be said."""
    c = theme.colours()
    painter.fillRect(area, QColor(c.base))
    painter.setPen(QPen(QColor(c.disabled), 1))
    painter.save()
    painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
    x = _HATCH * (area.left() // _HATCH) - area.height()
    while x < area.right():
        painter.drawLine(round(x), round(area.bottom()), round(x + area.height()), round(area.top()))
        x += _HATCH
    painter.restore()


def _name(painter: QPainter, text: str, height: float, area: QRectF, shade: QColor, ink: str) -> None:
    """Write a name at a height (0…1) into an area, on its colour, if there is room for it."""
    metrics = QFontMetricsF(painter.font())
    width, tall = metrics.horizontalAdvance(text), metrics.height()
    if area.width() < width + 4 * _AROUND or area.height() < tall:
        return
    middle = area.bottom() - height * area.height()
    top = min(max(middle - tall / 2, area.top()), area.bottom() - tall)
    box = QRectF(area.center().x() - width / 2 - _AROUND, top, width + 2 * _AROUND, tall)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(shade))
    painter.drawRect(box)
    painter.setPen(QColor(ink))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


class StripLane(Lane):
    """Shows the newest StripDrawing of the track: picture, legend, hover text and table."""

    id = "strip"
    least = 6 * theme.UNIT

    def build(self) -> None:
        self.item = StripPicture()
        self.canvas.box.addItem(self.item, ignoreBounds=True)
        self.canvas.set_values(0, 1)
        self.drawing: StripDrawing | None = None
        self._asked: object = None  # the genres to choose from, as the model was asked about them, and their colours

    @staticmethod
    def about() -> str:
        return words.tr(
            "What the model hears at each moment, from about three seconds of sound: the taller a colour, the surer "
            "it is of that genre. One colour from end to end is a clear case; changes show intros and medleys, and "
            "hatching is silence or what does not sound like music, about which nothing can be said."
        )

    def clear(self) -> None:
        self.drawing = self._asked = None
        self.item.stretches = self.item.silences = self.item.others = ()
        self.item.clear()
        self._tell()

    def request_whole(self) -> None:
        overview = self.sound.overview
        # The other lanes first: classifying takes longer than drawing.
        classifier = self.sound.classifier
        if overview is None or not overview.complete or self.sound.path is None:
            return
        if classifier is None:
            self.canvas.say(words.no_model())
            return
        wanted = classifier.among, genre_colours.picked()
        if self._asked == wanted:
            return
        self._asked = wanted
        job = partial(classify_along, self.sound.path, overview.duration, classifier, self.sound.cache)
        self.ask("classify", job, self._show, later=True)

    def ticks(self, low: float, high: float, height: float) -> Sequence[tuple[float, str]]:
        return [(0.5, words.tr("{} %").format(50)), (1.0, words.tr("{} %").format(100)), (0.0, "0")]

    def unit(self) -> str:
        return self.tr("Probability")

    def legend(self) -> Legend | None:
        drawing = self.drawing
        if drawing is None or drawing.strip is None or not drawing.strip.heard.any():
            return None
        shares = drawing.shares()
        entries = [
            (QColor(drawing.colours[label]), f"{drawing.labels[label]} {words.percent(shares[label])}")
            for label in drawing.order
        ]
        return Swatches(tuple(entries))

    def value_at(self, seconds: float, y: float) -> str:
        drawing = self.drawing
        column = drawing.column_at(seconds) if drawing is not None else None
        if drawing is None or drawing.strip is None or column is None:
            return ""
        values = drawing.strip.probabilities[column]
        named = ranked(drawing.labels, values)[:_NAMED]
        below = int((y > np.cumsum(values[list(drawing.order)])).sum())
        pointed = drawing.order[min(below, len(drawing.order) - 1)]
        if drawing.labels[pointed] not in dict(named):
            named.append((drawing.labels[pointed], float(values[pointed])))
        texts = [f"{words.one_line(name)} {words.percent(value)}" for name, value in named]
        if not drawing.strip.loud[column]:
            return self.tr("silence")
        return "  ·  ".join(texts) if drawing.strip.music[column] else self.tr("does not sound like music")

    def table(self, start: float, stop: float) -> tuple[list[str], Iterable[Sequence[Any]]]:
        drawing = self.drawing
        if drawing is None or drawing.strip is None:
            return [], []
        strip = drawing.strip
        times = strip.starts + strip.seconds / 2
        order = sorted(drawing.order)
        header = ["time_s", *(f"probability_{_plain(drawing.labels[label])}" for label in order), "sound", "music"]
        inside = (times >= start) & (times <= stop)
        if not inside.any() and (nearest := drawing.column_at((start + stop) / 2)) is not None:
            inside[nearest] = True
        values = np.column_stack([times, strip.probabilities[:, order]])[inside].tolist()
        marks = np.column_stack([strip.loud, strip.music])[inside].astype(int).tolist()
        return header, [[*row, *mark] for row, mark in zip(values, marks, strict=True)]

    def fill_menu(self, menu: QMenu) -> None:
        legend = self.legend()
        if self.drawing is None or not isinstance(legend, Swatches):
            return
        below = menu.addMenu(self.tr("&Colours"))
        for shade, text in legend.entries:
            below.addAction(genre_swatch(shade), words.menu_text(text))

    def _show(self, drawing: StripDrawing) -> None:
        self.drawing = drawing
        if drawing.problem or drawing.strip is None:
            self.canvas.say(drawing.problem)
        elif drawing.picture is None:
            self.canvas.say(words.too_little_sound() if drawing.strip.complete else "")
        else:
            self._draw(drawing)
        self._tell()

    def _draw(self, drawing: StripDrawing) -> None:
        strip, item = drawing.strip, self.item
        assert strip is not None
        assert drawing.picture is not None
        self.canvas.say("")
        item.labels, item.colours = drawing.labels, drawing.colours
        skimmed = strip.starts[0] > 0
        if skimmed or strip.complete or item.coarse is None:
            item.clear_fine()
            item.set_coarse(drawing.picture)
        else:
            # The beginning in full above the rest as it was skimmed.
            item.clear_fine()
            item.add_fine(drawing.picture)
        item.stretches, item.silences, item.others = drawing.stretches, drawing.silences, drawing.others
        item.update()

    def _tell(self) -> None:
        """Say in the header, the legend and for screen readers how far it is and which genres prevail."""
        strip = self.drawing.strip if self.drawing is not None else None
        overview = self.sound.overview
        self.name.set_text(self.title)
        if strip is not None and not strip.complete and len(strip.starts) and overview is not None:
            done = 0.0 if strip.starts[0] > 0 else strip.starts[-1] / max(overview.duration, 1e-6)
            self.name.set_text(self.tr("{title} {percent}").format(title=self.title, percent=words.percent(done)))
        legend = self.legend()
        if isinstance(legend, Swatches):
            self.canvas.setAccessibleDescription(", ".join(text for _, text in legend.entries[:_NAMED]))
        self.key.renew()


def _plain(label: str) -> str:
    return re.sub(r"\W+", "_", label.lower()).strip("_")
