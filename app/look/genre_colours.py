"""The colour of each genre: the one that the person picked, else one of a palette; the same wherever it is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from zlib import crc32

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap

from app.look import theme
from genre_tagger.base.genre_words import BETWEEN, genre_key

#: Any two of them are told apart with normal sight and with each kind of colour blindness (Machado's simulation; the
#: least distance in OKLab is 0.108, against 0.08 of Okabe and Ito's eight); none is so loud that a lane of it hurts.
COLOURS = (
    "#3f5199", "#fbbb29", "#b89586", "#b8b0f2", "#7d8fff", "#b8631a", "#e58300", "#590b00", "#260a4d", "#afff9c",
    "#887ca2", "#6fdca9", "#853006", "#f0d3fe", "#4f6cd3", "#7a5b64", "#583a54", "#1f2386",
)  # fmt: skip
GREY = "#8c8f94"


class _Known:
    """What colours are known by; each is replaced as a whole, so that any thread may read it."""

    picked: Mapping[str, str] = {}
    places: Mapping[str, int] = {}


class _Changes(QObject):
    """Tells when a genre has another colour."""

    changed = Signal()


@cache
def changes() -> _Changes:
    """Give the object whose signal `changed` is emitted when a genre has another colour."""
    return _Changes()


def take(picked: Mapping[str, str], model: Sequence[tuple[str, ...]]) -> None:
    """Take the colours that the person picked, by any word for a genre, and the model's genres with their spellings.

    The model's are in the order of the strip, so that each has the colour there that it has everywhere.
    """
    colours = {genre_key(word): colour for word, colour in picked.items()}
    places = {genre_key(word): place for place, spelt in reversed(list(enumerate(model))) for word in spelt}
    if (colours, places) != (_Known.picked, _Known.places):
        _Known.picked, _Known.places = colours, places
        changes().changed.emit()


def picked() -> Mapping[str, str]:
    """Give the colours that the person picked, by the keys of genres."""
    return _Known.picked


def colour_of(genre: str) -> str:
    """Give the colour of a genre; of several in one text, that of the first."""
    key = genre_key(genre.split(BETWEEN)[0])
    return _Known.picked.get(key) or automatic(key)


def automatic(genre: str) -> str:
    """Give the colour that a genre has where none is picked."""
    key = genre_key(genre)
    place = _Known.places.get(key)
    return at(place) if place is not None else COLOURS[crc32(key.encode("utf-8", "replace")) % len(COLOURS)]


def at(place: int) -> str:
    """Give the colour of the model's genre in this place; the last of very many are grey."""
    return COLOURS[place] if place < len(COLOURS) else GREY


def along(labels: Sequence[str]) -> list[str]:
    """Give the colours of a model's genres, in the order of the strip."""
    return [_Known.picked.get(genre_key(label)) or at(place) for place, label in enumerate(labels)]


def ink_on(shade: QColor) -> str:
    """Give the colour of text that can be read on this one."""
    return "#000000" if (_luminance(shade) + 0.05) / 0.05 > 1.05 / (_luminance(shade) + 0.05) else "#ffffff"


def _luminance(shade: QColor) -> float:
    linear = [(part / 12.92) if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
              for part in (shade.redF(), shade.greenF(), shade.blueF())]  # fmt: skip
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def draw_swatch(painter: QPainter, square: QRectF, genre: str) -> None:
    """Draw the colour of a genre as a small square, with an edge where it would be lost on its ground."""
    shade = QColor(colour_of(genre))
    painter.setPen(edge(shade))
    painter.setBrush(shade)
    painter.drawRoundedRect(square, square.width() * 0.25, square.width() * 0.25)


def swatch(genre: str, side: int = 2 * theme.UNIT) -> QPixmap:
    """Draw the colour of a genre."""
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw_swatch(painter, QRectF(pixmap.rect()).adjusted(1.5, 1.5, -1.5, -1.5), genre)
    painter.end()
    return pixmap


def edge(shade: QColor) -> QColor:
    """Give the colour of the line around an area of this colour: a quiet one where the ground is about as light."""
    ground = QColor(theme.colours().base)
    light, dark = sorted((_luminance(shade), _luminance(ground)), reverse=True)
    return theme.colour(theme.colours().quiet) if (light + 0.05) / (dark + 0.05) < 2 else shade
