"""Quiet bars above the table that say what is wrong, and offer what can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.look import theme
from app.look.widgets import Glyph, IconButton, button, label

Do = tuple[str, Callable[[], object]]


class Notice(QFrame):
    """One bar: a sentence, what can be done about it, and a way to close it."""

    def __init__(
        self, text: str, action: str = "", done: Callable[[], object] | None = None, *others: Do
    ) -> None:  # fmt: skip
        super().__init__()
        self.setObjectName("notice")
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(2 * theme.UNIT, theme.UNIT // 2, theme.UNIT, theme.UNIT // 2)
        row.setSpacing(theme.UNIT)
        row.addWidget(Glyph("info", 20, colour="warning"))
        self.text = label(text, wrap=True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(self.text, 1)
        if done is not None:
            self.button = self._offer(action, done)
        self.others = [self._offer(*other) for other in others]
        self.close_button = IconButton("close", self.tr("Close this message"))
        self.close_button.clicked.connect(self.close)
        row.addWidget(self.close_button)

    def _offer(self, word: str, act: Callable[[], object]) -> QPushButton:
        press = button(word, quiet=True)
        press.clicked.connect(act)
        press.clicked.connect(self.close)
        self._row.addWidget(press)
        return press

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the height that the sentence needs: the layout around would give it a single line."""
        super().resizeEvent(event)
        self.setMinimumHeight(self._row.totalHeightForWidth(event.size().width()))
        # That may have made it higher at once, while its parts lie as they did before.
        self._row.setGeometry(self.rect())


class Notices(QScrollArea):
    """The bars that are open, one for each subject; a new one on a subject takes the old one's place.

    They are as high as they need to be, but leave most of the room to what lies below; then they can be scrolled.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notices: list[Notice] = []
        self._most = 0
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The keyboard goes to what can be pressed in it, and nowhere while there is nothing.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # Later, when the bars have their places.
        self.verticalScrollBar().rangeChanged.connect(self._show_newest, Qt.ConnectionType.QueuedConnection)
        self._column: QVBoxLayout | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def _make_column(self) -> QVBoxLayout:
        """Make the place for bars, when there is a first one."""
        bars = QWidget()
        column = QVBoxLayout(bars)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.setWidget(bars)
        bars.installEventFilter(self)
        return column

    def _least(self) -> QSize:
        bars = self.widget()
        return QSize(0, 0) if bars is None else bars.minimumSizeHint()

    def leave_room(self, height: int) -> None:
        """Take no more than a third of so many pixels."""
        self._most = height // 3
        self.updateGeometry()

    def _show_newest(self) -> None:
        if open_ := self.open():
            self.verticalScrollBar().setValue(open_[-1].y())

    def sizeHint(self) -> QSize:
        # A line and the buttons beside it can always be read.
        most = max(self._most, 3 * self.fontMetrics().height())
        return QSize(0, min(self._least().height(), most))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._least().width(), self.sizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def say(
        self, subject: str, text: str, action: str = "", done: Callable[[], object] | None = None, *others: Do
    ) -> Notice:  # fmt: skip
        """Show a sentence, once; `others` are further things to do, each with its word."""
        self.unsay(subject)
        for notice in self.open():
            if notice.text.text() == text:
                notice.close()
        notice = Notice(text, action, done, *others)
        notice.setProperty("subject", subject)
        self._notices.append(notice)
        self._column = self._column or self._make_column()
        self._column.addWidget(notice)
        notice.show()
        return notice

    def unsay(self, subject: str) -> None:
        """Close the bar on a subject: its sentence is no longer true."""
        closed = [notice for notice in self._notices if not notice.isVisibleTo(self)]
        for notice in closed:
            self._notices.remove(notice)
            notice.deleteLater()
        for notice in self.open():
            if notice.property("subject") == subject:
                notice.close()

    def open(self) -> list[Notice]:
        """List the bars that are shown, from the top."""
        return [notice for notice in self._notices if notice.isVisibleTo(self)]
