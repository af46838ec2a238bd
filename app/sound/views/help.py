"""Help: what every view of the sound shows, in the words of the views themselves, each with a picture."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from app.dialogs.help import Sheet
from app.look import theme, words
from app.look.widgets import label
from app.sound.views.comparison import Comparison
from app.sound.views.lanes.why import WhyOverlay
from app.sound.views.stack import KINDS, translated
from genre_tagger.base.places import asset


@dataclass(frozen=True)
class Chapter:
    """A view: its `id` is the name of its picture."""

    id: str
    title: str
    text: str


def chapters() -> list[Chapter]:
    """List all views, as they lie above one another; what lies over one comes after it."""
    listed = [Chapter(kind.id, translated(kind.title), kind.lane.about()) for kind in KINDS]
    why = Chapter("why", words.tr("Why this genre?"), WhyOverlay.about())
    listed.insert(1 + [chapter.id for chapter in listed].index("spectrogram"), why)
    return [*listed, Chapter("compare", words.tr("Two tracks compared"), Comparison.about())]


class _Shot(QLabel):
    """The picture of a view in the colour scheme in force; empty if its file is missing."""

    def __init__(self, chapter: Chapter) -> None:
        super().__init__()
        self._id = chapter.id
        self.setAccessibleName(words.tr("Picture: {}").format(chapter.title))
        self._draw()
        theme.changes().changed.connect(self._draw)

    def _draw(self) -> None:
        scheme = "dark" if theme.colours() is theme.DARK else "light"
        self.setPixmap(QPixmap(str(asset("resources", "help", f"{self._id}-{scheme}.png"))))


class ViewsDialog(Sheet):
    """All views, one below the other; arrow keys and Page keys scroll, Esc closes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(words.tr("What the views show"), parent)
        sheet = QWidget()
        sheet.setObjectName("page")
        column = QVBoxLayout(sheet)
        column.setContentsMargins(*[2 * theme.UNIT] * 4)
        column.setSpacing(theme.UNIT)
        for chapter in chapters():
            column.addWidget(label(chapter.title, "heading"))
            column.addWidget(_Shot(chapter), 0, Qt.AlignmentFlag.AlignLeft)
            text = label(chapter.text, wrap=True)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(text)
            column.addSpacing(2 * theme.UNIT)
        column.addStretch()
        self.add_scrolling(sheet)
        self.add_close()
        for scroller in self.findChildren(QScrollArea):
            scroller.setAccessibleName(self.windowTitle())
            scroller.setFocus()
        self.resize(92 * theme.UNIT, 84 * theme.UNIT)
