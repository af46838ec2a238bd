"""A genre to choose: its key, its name, its probability; and which genres the number keys stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.look import genre_colours, theme, words

if TYPE_CHECKING:
    from genre_tagger.library.tracks import Candidate, Track
    from genre_tagger.review.policy import Policy

SHOWN = 5
STYLES = 4


def offered(track: Track | None, policy: Policy) -> list[str]:
    """List what can be chosen by the number keys: the likeliest genres as they would be spelt, then styles."""
    prediction = track.prediction if track is not None else None
    if prediction is None:
        return []
    return [policy.word(one.genre) for one in prediction.candidates[:SHOWN]] + list(prediction.styles[:STYLES])


class CandidateButton(QAbstractButton):
    """One genre: its key, its name, its probability as a bar and as a number; a tick when it is chosen.

    A style has no probability, and so neither bar nor number.
    """

    def __init__(self, key: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self._probability: float | None = 0.0
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        genre_colours.changes().changed.connect(self.update)

    def show_candidate(self, genre: str, candidate: Candidate, chosen: bool) -> None:
        """Show another candidate, as it would be spelt."""
        text = self.tr("Choose this genre (key {})").format(self._key)
        if candidate.only_offered:
            text = self.tr("{} It is too often wrong to be proposed by itself.").format(text + ".")
        self.setToolTip(text)
        self._show(genre, candidate.probability, f"{genre}, {words.percent(candidate.probability)}", chosen)

    def show_style(self, key: int, style: str, chosen: bool) -> None:
        """Show a style, which is chosen by another key now."""
        self._key = key
        self.setToolTip(self.tr("Choose this style (key {})").format(key))
        self._show(style, None, style, chosen)

    def _show(self, text: str, probability: float | None, name: str, chosen: bool) -> None:
        self._probability = probability
        self.setText(text)
        # The & of R&B makes no shortcut.
        self.setShortcut(QKeySequence())
        self.setChecked(chosen)
        self.setAccessibleName(self.tr("{}, chosen").format(name) if chosen else name)
        self.updateGeometry()
        self.update()

    def nextCheckState(self) -> None:
        """Stay as it is: the tick follows what the library says, not the click."""

    def sizeHint(self) -> QSize:
        return QSize(20 * theme.UNIT, self.fontMetrics().height() + (20 if self._probability is not None else 12))

    def minimumSizeHint(self) -> QSize:
        return QSize(12 * theme.UNIT, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        c = theme.colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, c)
        inside = self.rect().adjusted(theme.UNIT, 5, -theme.UNIT, -5)
        self._paint_words(painter, inside, c)
        if self._probability is not None:
            self._paint_bar(painter, inside, self._probability, c)

    def _paint_bar(self, painter: QPainter, inside: QRect, probability: float, c: theme.Colours) -> None:
        bar = QRectF(inside.left(), inside.bottom() - 4, inside.width(), 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(c.line))
        painter.drawRoundedRect(bar, 2, 2)
        shade = theme.colour(genre_colours.colour_of(self.text()))
        painter.setPen(genre_colours.edge(shade))
        painter.setBrush(shade)
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(4.0, bar.width() * probability), 4), 2, 2)

    def _paint_ground(self, painter: QPainter, c: theme.Colours) -> None:
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setBrush(theme.colour(c.hover) if self.underMouse() else Qt.BrushStyle.NoBrush)
        painter.setPen(theme.colour(c.accent) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(frame, 6, 6)

    def _paint_words(self, painter: QPainter, inside: QRect, c: theme.Colours) -> None:
        line = QRect(inside.left(), inside.top(), inside.width(), self.fontMetrics().height())
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(theme.colour(c.quiet))
        painter.drawText(line, middle | Qt.AlignmentFlag.AlignLeft, str(self._key))
        number = "" if self._probability is None else words.percent(self._probability)
        painter.drawText(line, middle | Qt.AlignmentFlag.AlignRight, number)
        beside = max(20, self.fontMetrics().horizontalAdvance(str(self._key)) + theme.UNIT)
        room = line.adjusted(beside, 0, -self.fontMetrics().horizontalAdvance(number) - theme.UNIT, 0)
        font = painter.font()
        font.setBold(self.isChecked())
        painter.setFont(font)
        painter.setPen(theme.colour(c.text))
        text = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width() - 24)
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignLeft, text)
        if self.isChecked():
            left = room.left() + painter.fontMetrics().horizontalAdvance(text) + 6
            theme.icon("check", c.accent).paint(painter, QRect(left, line.center().y() - 7, 16, 16))
