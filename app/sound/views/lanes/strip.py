"""The genre strip: what the model hears along the whole track."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QApplication, QMenu, QStyleOptionGraphicsItem, QWidget

from app.look import theme, words
from app.sound.views.lanes.lane import Lane
from app.sound.views.plot.header import Legend, Swatches
from app.sound.views.plot.pictures import Picture, Pictures, paint_levels
from genre_tagger.model.strip import Strip, kept_or_heard

if TYPE_CHECKING:
    from app.jobs.stages import Listener
    from genre_tagger.base.cache import Cache
    from genre_tagger.sound.frames import Wanted

# As much room has a name at both sides at least.
_AROUND = theme.UNIT / 2
# The hatching that stands for silence: lines so far apart.
_HATCH = theme.UNIT
# What the hover text names.
_NAMED = 3


class StripPicture(Pictures):
    """The picture of the strip, the names in long stretches, and hatching where there is silence or no music."""

    def __init__(self) -> None:
        super().__init__()
        self.labels: Sequence[str] = ()
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

        def seen(low: float, high: float) -> QRectF:
            left, right = (area.left() + (edge - start) * per_second for edge in (max(low, start), min(high, stop)))
            return QRectF(left, area.top(), right - left, area.height())

        painter.setFont(QApplication.font())
        for low, high in (*self.silences, *self.others):
            if seen(low, high).width() > 0:
                _hatch(painter, seen(low, high))
        c = theme.colours()
        for low, high in self.others:
            _name(painter, words.tr("not music"), 0.5, seen(low, high), QColor(c.base), c.quiet)
        for stretch in self.stretches:
            shade = QColor(colour(stretch.label))
            where = seen(stretch.start, stretch.stop)
            _name(painter, self.labels[stretch.label], stretch.height, where, shade, on(shade))
        painter.restore()


def _hatch(painter: QPainter, area: QRectF) -> None:
    """Cover a place about which nothing can be said."""
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
    """Write a name into its colour at a height (0…1), where there is room for it."""
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


def on(shade: QColor) -> str:
    """Give the colour of text that can be read on this one."""
    linear = [(part / 12.92) if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
              for part in (shade.redF(), shade.greenF(), shade.blueF())]  # fmt: skip
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#ffffff"


def swatch(label: int) -> QIcon:
    """A little square in the colour of a genre."""
    pixmap = QPixmap(2 * theme.UNIT, 2 * theme.UNIT)
    pixmap.fill(QColor(colour(label)))
    return QIcon(pixmap)


class StripLane(Lane):
    """Draws Heard."""

    id = "strip"
    least = 6 * theme.UNIT

    def build(self) -> None:
        self.item = StripPicture()
        self.canvas.box.addItem(self.item, ignoreBounds=True)
        self.canvas.set_values(0, 1)
        self.heard: Heard | None = None
        self._asked = False

    @staticmethod
    def about() -> str:
        return words.tr(
            "What the model hears at each moment, from about three seconds of sound: the taller a colour, the surer "
            "it is of that genre. One colour from end to end is a clear case; changes show intros and medleys, and "
            "hatching is silence or what does not sound like music, about which nothing can be said."
        )

    def clear(self) -> None:
        self.heard, self._asked = None, False
        self.item.stretches = self.item.silences = self.item.others = ()
        self.item.clear()
        self._tell()

    def request_whole(self) -> None:
        found = self.sound.overview
        # The other lanes first: what is heard takes longer than what is seen.
        if found is None or not found.complete or self._asked or self.sound.path is None:
            return
        if self.sound.listener is None:
            self.canvas.say(words.no_model())
            return
        self._asked = True
        job = partial(listen, self.sound.path, found.duration, self.sound.listener, self.sound.cache)
        self.ask("listen", job, self._show, later=True)

    def ticks(self, low: float, high: float, height: float) -> Sequence[tuple[float, str]]:
        return [(0.5, words.tr("{} %").format(50)), (1.0, words.tr("{} %").format(100)), (0.0, "0")]

    def unit(self) -> str:
        return self.tr("Probability")

    def legend(self) -> Legend | None:
        heard = self.heard
        if heard is None or heard.strip is None or not heard.strip.heard.any():
            return None
        shares = heard.shares()
        entries = [
            (QColor(colour(label)), f"{heard.labels[label]} {words.percent(shares[label])}") for label in heard.order
        ]
        return Swatches(tuple(entries))

    def value_at(self, seconds: float, y: float) -> str:
        heard = self.heard
        at = heard.column_at(seconds) if heard is not None else None
        if heard is None or heard.strip is None or at is None:
            return ""
        values = heard.strip.probabilities[at]
        named = told(heard.labels, values)[:_NAMED]
        below = int((y > np.cumsum(values[list(heard.order)])).sum())
        pointed = heard.order[min(below, len(heard.order) - 1)]
        if heard.labels[pointed] not in dict(named):
            named.append((heard.labels[pointed], float(values[pointed])))
        texts = [f"{words.one_line(name)} {words.percent(value)}" for name, value in named]
        if not heard.strip.loud[at]:
            return self.tr("silence")
        return "  ·  ".join(texts) if heard.strip.music[at] else self.tr("does not sound like music")

    def table(self, start: float, stop: float) -> tuple[list[str], Iterable[Sequence[Any]]]:
        heard = self.heard
        if heard is None or heard.strip is None:
            return [], []
        strip = heard.strip
        times = strip.starts + strip.seconds / 2
        header = ["time_s", *(f"probability_{_plain(label)}" for label in heard.labels), "sound", "music"]
        inside = (times >= start) & (times <= stop)
        if not inside.any() and (nearest := heard.column_at((start + stop) / 2)) is not None:
            inside[nearest] = True
        values = np.column_stack([times, strip.probabilities])[inside].tolist()
        marks = np.column_stack([strip.loud, strip.music])[inside].astype(int).tolist()
        return header, [[*row, *mark] for row, mark in zip(values, marks, strict=True)]

    def fill_menu(self, menu: QMenu) -> None:
        legend = self.legend()
        if self.heard is None or not isinstance(legend, Swatches):
            return
        below = menu.addMenu(self.tr("&Colours"))
        for label, (_, text) in zip(self.heard.order, legend.entries, strict=True):
            below.addAction(swatch(label), words.menu_text(text))

    def _show(self, heard: Heard) -> None:
        before, self.heard = self.heard, heard
        if heard.problem or heard.strip is None:
            self.canvas.say(heard.problem)
        elif heard.picture is None:
            self.canvas.say(words.too_little_sound() if heard.strip.complete else "")
        else:
            self._draw(heard, before)
        self._tell()

    def _draw(self, heard: Heard, before: Heard | None) -> None:
        strip, item = heard.strip, self.item
        assert strip is not None
        assert heard.picture is not None
        self.canvas.say("")
        item.labels = heard.labels
        skimmed = strip.starts[0] > 0
        if skimmed or strip.complete or item.coarse is None:
            item.clear_fine()
            item.set_coarse(heard.picture)
        else:
            # The beginning in full above the rest as it was skimmed.
            item.clear_fine()
            item.add_fine(heard.picture)
        item.stretches, item.silences, item.others = heard.stretches, heard.silences, heard.others
        item.update()

    def _tell(self) -> None:
        """Say how far it is, what the colours mean, and what was heard, for eyes and ears."""
        heard, found = self.heard, self.sound.overview
        running = heard is not None and heard.strip is not None and not heard.strip.complete and found is not None
        self.name.set_text(self.title)
        if running and heard is not None and heard.strip is not None and len(heard.strip.starts) and found is not None:
            done = 0.0 if heard.strip.starts[0] > 0 else heard.strip.starts[-1] / max(found.duration, 1e-6)
            self.name.set_text(self.tr("{title} {percent}").format(title=self.title, percent=words.percent(done)))
        legend = self.legend()
        if isinstance(legend, Swatches):
            self.canvas.setAccessibleDescription(", ".join(text for _, text in legend.entries[:_NAMED]))
        self.renew_legend()

    def renew_legend(self) -> None:
        """Have the legend in the header drawn anew."""
        self.key.renew()


def _plain(label: str) -> str:
    return re.sub(r"\W+", "_", label.lower()).strip("_")


#: Any two of them are told apart with normal sight and with each kind of colour blindness (Machado's simulation; the
#: least distance in OKLab is 0.13, against 0.08 of Okabe and Ito's eight), on a light ground and on a dark one.
COLOURS = (
    "#1143ff", "#a3d2f2", "#f0c67d", "#d93800", "#ed8505", "#590ead", "#866f79", "#52a4eb", "#82275a", "#ada296",
)  # fmt: skip
# Rows of the picture: enough for any height of the lane, since it is only plain areas.
_ROWS = 200
# So sure has the model to be of a genre for its name to be written into a stretch.
_SURE = 0.4
# Columns over which the changes of a moment are evened out before stretches are named.
_EVEN = 5


@dataclass(frozen=True)
class Stretch:
    """From `start` to `stop` (s) this genre is the most probable; its colour's middle is at `height` (0…1)."""

    start: float
    stop: float
    label: int
    height: float


@dataclass(frozen=True)
class Heard:
    """What the model has heard so far; without a strip, `problem` says why there is none."""

    labels: tuple[str, ...] = ()
    strip: Strip | None = None
    order: tuple[int, ...] = ()
    picture: Picture | None = None
    stretches: tuple[Stretch, ...] = ()
    silences: tuple[tuple[float, float], ...] = ()
    others: tuple[tuple[float, float], ...] = ()
    problem: str = ""

    def column_at(self, seconds: float) -> int | None:
        """Find the column that is drawn at a time; None where nothing has been heard yet."""
        if self.strip is None or self.picture is None or seconds > self.picture.stop:
            return None
        middle = self.strip.starts[0] + self.strip.seconds / 2
        return int(np.clip(round((seconds - middle) / self.strip.step), 0, len(self.strip.starts) - 1))

    def shares(self) -> NDArray[np.float64]:
        """Mean probability of each genre where there is music [shape=(labels,)]."""
        assert self.strip is not None
        heard = self.strip.probabilities[self.strip.heard]
        return np.asarray(heard.mean(axis=0, dtype=np.float64) if len(heard) else np.zeros(len(self.labels)))


def colour(label: int) -> str:
    """Give the colour of a genre by its place among the model's labels."""
    return COLOURS[label % len(COLOURS)]


def listen(path: str, length: float, listener: Listener, cache: Cache | None, wanted: Wanted) -> Iterator[Heard]:
    """Listen to a whole track, coarsely first; for the loader's thread."""
    model = listener.load()
    if model is None:
        yield Heard(problem=listener.problem or "")
        return
    for strip in kept_or_heard(path, model, length, cache):
        yield drawn(strip, model.card.labels, length)


def drawn(strip: Strip, labels: tuple[str, ...], length: float) -> Heard:
    """Draw a strip: the genre that is heard most at the bottom."""
    if not len(strip.starts):
        return Heard(labels, strip)
    heard = Heard(labels, strip)
    order = np.argsort(-heard.shares(), kind="stable")
    tops = np.cumsum(strip.probabilities[:, order], axis=1)
    heights = (np.arange(_ROWS)[::-1] + 0.5) / _ROWS
    places = (heights[:, None, None] > tops[None]).sum(axis=2).clip(0, len(labels) - 1)
    levels = order[places].astype(np.uint8)
    # Half columns: a column is drawn around the middle of its patch, and the outer ones reach to the ends.
    half = strip.step / 2
    first = strip.starts[0] + strip.seconds / 2 - half
    last = strip.starts[-1] + strip.seconds / 2 + half
    before = max(0, round(first / half))
    whole = strip.complete or strip.starts[0] > 0
    after = max(0, round((length - last) / half)) if whole else 0
    levels = np.pad(np.repeat(levels, 2, axis=1), ((0, 0), (before, min(after, 8))), mode="edge")
    table = np.zeros(256, dtype=np.uint32)
    table[: len(labels)] = [0xFF000000 | int(colour(label)[1:], 16) for label in range(len(labels))]
    picture = Picture(first - before * half, last + min(after, 8) * half, paint_levels(levels, table))
    edges = np.concatenate([[0.0], strip.starts[1:] + strip.seconds / 2 - half, [length if whole else last]])
    return Heard(
        labels, strip, tuple(map(int, order)), picture, tuple(_stretches(strip, order, tops, edges)),
        _where(~strip.loud, edges), _where(strip.loud & ~strip.music, edges),
    )  # fmt: skip


def _where(true: NDArray[np.bool_], edges: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    """From when to when (s) something is so."""
    return tuple((float(edges[first]), float(edges[stop])) for first, stop in _runs(true) if true[first])


def _stretches(
    strip: Strip, order: NDArray[np.intp], tops: NDArray[np.float32], edges: NDArray[np.float64]
) -> Iterator[Stretch]:
    """Find where one genre leads, and how high its colour lies there."""
    window = np.ones(min(_EVEN, len(strip.starts)))
    weights = np.convolve(np.ones(len(strip.starts)), window, mode="same")
    even = np.stack([np.convolve(row, window, mode="same") / weights for row in strip.probabilities.T], axis=1)
    leading = np.where(strip.heard & (even.max(axis=1) >= _SURE), even.argmax(axis=1), -1)
    place = np.argsort(order)
    for first, stop in _runs(leading):
        label = int(leading[first])
        if label < 0:
            continue
        at = place[label]
        upper = tops[first:stop, at].mean()
        lower = tops[first:stop, at - 1].mean() if at else 0.0
        yield Stretch(float(edges[first]), float(edges[stop]), label, float(upper + lower) / 2)


def _runs(values: NDArray[np.generic]) -> list[tuple[int, int]]:
    """Cut an array [shape=(n,)] where its values change: first and behind last of each run."""
    changes = np.flatnonzero(values[1:] != values[:-1]) + 1
    cuts = [0, *map(int, changes), len(values)]
    return list(pairwise(cuts))


def told(labels: Sequence[str], probabilities: NDArray[np.floating]) -> list[tuple[str, float]]:
    """Sort genres by how probable they are, the first first."""
    order = np.argsort(-probabilities, kind="stable")
    return [(labels[label], float(probabilities[label])) for label in order]
