"""The genres that the model finds likeliest, as bars to click on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from app import theme, words

if TYPE_CHECKING:
    from genre_tagger.library import Candidate

SHOWN = 5


class CandidateButton(QAbstractButton):
    """One genre: its key, its name, its probability as a bar and as a number; a tick when it is chosen."""

    def __init__(self, key: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self._probability = 0.0
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(self.tr("Choose this genre (key {})").format(key))

    def show_candidate(self, candidate: Candidate, chosen: bool) -> None:
        """Show another genre."""
        self._probability = candidate.probability
        self.setText(candidate.genre)
        self.setChecked(chosen)
        name = f"{candidate.genre}, {words.percent(candidate.probability)}"
        self.setAccessibleName(self.tr("{}, chosen").format(name) if chosen else name)
        self.update()

    def nextCheckState(self) -> None:
        """Stay as it is: the tick follows what the library says, not the click."""

    def sizeHint(self) -> QSize:
        return QSize(20 * theme.UNIT, self.fontMetrics().height() + 20)

    def minimumSizeHint(self) -> QSize:
        return QSize(12 * theme.UNIT, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        c = theme.colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, c)
        inside = self.rect().adjusted(theme.UNIT, 5, -theme.UNIT, -5)
        self._paint_words(painter, inside, c)
        bar = QRectF(inside.left(), inside.bottom() - 4, inside.width(), 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(c.line))
        painter.drawRoundedRect(bar, 2, 2)
        painter.setBrush(theme.colour(c.accent if self.isChecked() else c.quiet))
        painter.drawRoundedRect(QRectF(bar.topLeft(), bar.size() * 1.0).adjusted(0, 0, -self._gap(bar), 0), 2, 2)

    def _gap(self, bar: QRectF) -> float:
        return bar.width() - max(4.0, bar.width() * self._probability)

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
        number = words.percent(self._probability)
        painter.drawText(line, middle | Qt.AlignmentFlag.AlignRight, number)
        room = line.adjusted(20, 0, -self.fontMetrics().horizontalAdvance(number) - theme.UNIT, 0)
        font = painter.font()
        font.setBold(self.isChecked())
        painter.setFont(font)
        painter.setPen(theme.colour(c.text))
        text = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width() - 24)
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignLeft, text)
        if self.isChecked():
            left = room.left() + painter.fontMetrics().horizontalAdvance(text) + 6
            theme.icon("check", c.accent).paint(painter, QRect(left, line.center().y() - 7, 16, 16))


class Candidates(QWidget):
    """Five of them, likeliest first. Signal: chosen(genre)."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.buttons = [CandidateButton(key) for key in range(1, SHOWN + 1)]
        for button in self.buttons:
            button.clicked.connect(lambda _=False, button=button: self.chosen.emit(button.text()))
            column.addWidget(button)

    def show_candidates(self, candidates: Sequence[Candidate], chosen: Sequence[str]) -> None:
        """Show other candidates; those among `chosen` are ticked."""
        folded = {genre.casefold() for genre in chosen}
        for button, candidate in zip(self.buttons, candidates, strict=False):
            button.show_candidate(candidate, candidate.genre.casefold() in folded)
        for number, button in enumerate(self.buttons):
            button.setVisible(number < len(candidates))
