"""A large button that says what it does: an icon, a title and a line below it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.look import theme
from app.look.widgets import ElidedLabel, Glyph, label


def icon_size(widget: QWidget) -> int:
    """Give the size of an icon that suits the user's font."""
    return min(5 * theme.UNIT, 2 * (round(1.6 * widget.fontMetrics().height()) // 2))


class ChoiceCard(QPushButton):
    """One of a few choices. `line` may wrap; a `path` stands there instead, cut in its middle where it is long."""

    def __init__(self, icon: str, title: str, line: str = "", *, path: str = "") -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAutoDefault(True)
        self.setAccessibleName(title)
        size = icon_size(self)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(size // 2, 3 * theme.UNIT // 2, 2 * theme.UNIT, 3 * theme.UNIT // 2)
        row.setSpacing(size // 2 + 2 * theme.UNIT)
        row.addWidget(Glyph(icon, size, accent=True))
        row.addLayout(self._texts(title, line, path), 1)
        row.addWidget(Glyph("chevron", size // 2))
        for part in self.findChildren(QWidget):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._line = line or path
        self.say("")

    def _texts(self, title: str, line: str, path: str) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(theme.UNIT // 4)
        head = QHBoxLayout()
        head.setSpacing(2 * theme.UNIT)
        head.addWidget(label(title, "strong", wrap=True), 1)
        self.note: QLabel = label("", "quiet")
        head.addWidget(self.note)
        column.addLayout(head)
        if path:
            shown = ElidedLabel("quiet", Qt.TextElideMode.ElideMiddle)
            shown.set_text(path)
            column.addWidget(shown)
        else:
            column.addWidget(label(line, "quiet", wrap=True))
        return column

    def say(self, note: str) -> None:
        """Say something beside the title; a screen reader says all of it."""
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.setAccessibleDescription(f"{self._line}. {note}" if note else self._line)

    # A button asks for the room of its text; this one, for that of what lies in it.

    def sizeHint(self) -> QSize:
        return self._row.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._row.minimumSize()

    def heightForWidth(self, width: int) -> int:
        return self._row.totalHeightForWidth(width)
