"""The small parts that every page is built of."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFrame,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from app.look import theme, words
from app.look.marks import draw_box

_SIZES = {"title": 1.6, "heading": 1.25, "caption": 1.0, "strong": 1.0}


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    """Make a label that shows text as text, never as HTML; `role` is a style in style.qss."""
    result = QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    result.setWordWrap(wrap)
    style(result, role)
    return result


def head_of(field: QWidget, text: str) -> QLabel:
    """Make the label before a field of a form, level with it; the field is called so, and reached by its letter."""
    head = label(text)
    head.setBuddy(field)
    field.setAccessibleName(text.replace("&", ""))
    field.ensurePolished()
    # A form puts a lower label above the middle of its row.
    head.setMinimumHeight(field.sizeHint().height())
    return head


def style(widget: QWidget, role: str) -> None:
    """Give a text its role: its colour comes from style.qss, its size grows with the user's font."""
    widget.setProperty("role", role)
    if role in _SIZES:
        font = QFont(widget.font())
        font.setPointSizeF(font.pointSizeF() * _SIZES[role])
        font.setWeight(QFont.Weight.DemiBold)
        widget.setFont(font)


def button(text: str, *, primary: bool = False, quiet: bool = False) -> QPushButton:
    """Make a button that answers to Return as well as to Space."""
    result = QPushButton(text)
    result.setAutoDefault(True)
    result.setProperty("primary", primary)
    result.setProperty("quiet", quiet)
    return result


def scrolling(page: QWidget) -> QScrollArea:
    """Give a page room that may be smaller than it is, with large text or on a small screen."""
    scroll = QScrollArea()
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setWidgetResizable(True)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    # What is styled may be made lower than its text is; only sideways it is to give way.
    page.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    scroll.setWidget(page)
    scroll.viewport().setAutoFillBackground(False)
    page.setAutoFillBackground(False)
    return scroll


def fit(window: QWidget, width: int, height: int) -> None:
    """Make a window so many pixels large, larger where its text is, and never larger than the screen."""
    scale = max(1.0, window.fontMetrics().height() / (2 * theme.UNIT))
    screen = window.screen().availableSize() if window.screen() is not None else QSize(1280, 800)
    room = QSize(screen.width() * 9 // 10, screen.height() * 9 // 10)
    window.resize(QSize(round(width * scale), round(height * scale)).boundedTo(room))


class Glyph(QLabel):
    """A line icon by itself; follows the colour scheme."""

    def __init__(self, name: str, size: int, *, accent: bool = False, colour: str = "") -> None:
        super().__init__()
        self._name, self._size, self._colour = name, size, colour or ("accent" if accent else "quiet")
        self.setFixedSize(size, size)
        self._draw()
        theme.changes().changed.connect(self._draw)

    def _draw(self) -> None:
        colour = getattr(theme.colours(), self._colour)
        self.setPixmap(theme.picture(self._name, self._size, colour, self.devicePixelRatioF()))


class IconButton(QToolButton):
    """A button that is only an icon; its name is for screen readers and the tooltip."""

    def __init__(self, icon: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        self.setProperty("quiet", True)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setIconSize(QSize(18, 18))
        self._draw()
        theme.changes().changed.connect(self._draw)

    def turn(self, icon: str, name: str) -> None:
        """Become a button for something else."""
        self._icon = icon
        self.setAccessibleName(name)
        self.setToolTip(name)
        self._draw()

    def _draw(self) -> None:
        self.setIcon(theme.icon(self._icon))


class FilterField(QLineEdit):
    """The field for words to filter by; Escape empties it. Signal: left() when the table is to have the keyboard."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText(self.tr("Filter tracks"))
        self.setAccessibleName(self.tr("Filter tracks by words in title, artist, album, genre or path"))
        self.setClearButtonEnabled(True)
        self.setFixedWidth(28 * theme.UNIT)
        icon = theme.icon("search", theme.colours().quiet)
        self._glass = self.addAction(icon, QLineEdit.ActionPosition.LeadingPosition)
        theme.changes().changed.connect(self._draw)

    def come_here(self) -> None:
        """Take the keyboard and select the text, so that typing replaces it."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        leaving = event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if (leaving or event.key() == Qt.Key.Key_Escape) and QApplication.activePopupWidget() is not None:
            event.ignore()  # it is meant for what is offered below
        elif leaving:
            self.left.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.clear()
        else:
            super().keyPressEvent(event)

    def _draw(self) -> None:
        self._glass.setIcon(theme.icon("search", theme.colours().quiet))


class ElidedLabel(QLabel):
    """One line of text from a file: cut at the end (or in the middle of a path), whole in the tooltip."""

    def __init__(self, role: str = "", mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__()
        self._mode, self._text = mode, ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        style(self, role)

    def set_text(self, text: str) -> None:
        """Show another text."""
        self._text = text
        self.setAccessibleName(text)
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._elide()

    def _elide(self) -> None:
        shown = self.fontMetrics().elidedText(self._text, self._mode, max(0, self.width()))
        super().setText(shown)
        self.setToolTip(words.plain_tooltip(self._text) if shown != self._text else "")


_FLAGS = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextShowMnemonic)


class TickBox(QCheckBox):
    """A check box in the colours of the theme; behaves as any other does."""

    def _side(self) -> int:
        return max(16, self.fontMetrics().height())

    def sizeHint(self) -> QSize:
        side = self._side() + 4  # with the ring of the focus
        if not self.text():
            return QSize(side, side)
        text = self.fontMetrics().size(_FLAGS, self.text())
        return QSize(side + theme.UNIT + text.width(), max(side, text.height()))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, at: QPoint) -> bool:
        return self.rect().contains(at)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours, side = theme.colours(), self._side()
        able = self.isEnabled()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = (self.height() - side) / 2
        box = QRectF(2.5, round(top) + 0.5, side - 1, side - 1)
        draw_box(
            painter, box, self.isChecked(), QColor(colours.accent if able else colours.disabled),
            QColor(colours.quiet if able else colours.disabled), QColor(colours.on_accent),
        )  # fmt: skip
        if self.hasFocus():
            painter.setPen(QColor(colours.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(-2, -2, 2, 2), 5, 5)
        if self.text():
            from PySide6.QtWidgets import QStyleOptionButton

            option = QStyleOptionButton()
            self.initStyleOption(option)
            room = QRect(side + 4 + theme.UNIT, 0, self.width() - side - 4 - theme.UNIT, self.height())
            role = self.foregroundRole()
            self.style().drawItemText(painter, room, _FLAGS, option.palette, able, self.text(), role)


class Pages(QStackedWidget):
    """Shows one page at a time, and asks for no more room than that page needs."""

    def __init__(self) -> None:
        super().__init__()
        self.currentChanged.connect(lambda _: self.updateGeometry())

    def minimumSizeHint(self) -> QSize:
        page = self.currentWidget()
        return page.minimumSizeHint() if page is not None else super().minimumSizeHint()
