"""The first page: what the program does, what it promises, and three ways to begin."""

from __future__ import annotations

from PySide6.QtCore import QStandardPaths, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.look import theme, words
from app.look.widgets import Glyph, button, label
from app.window.panels.choice_card import ChoiceCard, icon_size
from app.window.panels.music_count import MusicCount
from genre_tagger.base.assets import asset

_LOOK_MS = 150
# Wide enough for the promises beside one another, and no wider than is comfortable to read: in heights of a line.
_WIDTH = 48


def music_folder() -> str:
    """Give the folder that the system has for music, or "" where that is no folder of its own."""
    music = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation)
    home = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.HomeLocation)
    return music if music.rstrip("/") != home.rstrip("/") else ""


class FirstPage(QScrollArea):
    """Shown while there is no library, and when it is asked for; the whole window takes drops meanwhile.

    Signals: add_asked() for the folder dialog, folder_chosen(path) for the music folder, demo_asked(), and left()
    when somebody wants to go back to a library that is there.
    """

    add_asked = Signal()
    folder_chosen = Signal(str)
    demo_asked = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        #: Whether somebody asked for this page although there is a library.
        self.wanted = False
        self._count: MusicCount | None = None
        self._looking = QTimer(self, interval=_LOOK_MS)
        self._looking.timeout.connect(self._look)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.cards: list[ChoiceCard] = []
        self._music, self._way_back = "", False

    def build(self) -> None:
        """Make what is on it, once; to be called before it is shown. Most starts have no need of it."""
        if self.widget() is None:
            self.setWidget(self._sheet())
            self.setFocusProxy(self.cards[0])
            self.show_way_back(self._way_back)

    # --- its parts -----------------------------------------------------------------------------------

    def _sheet(self) -> QFrame:
        self.zone = QFrame()
        self.zone.setObjectName("drop")
        across = QHBoxLayout(self.zone)
        across.setContentsMargins(*[3 * theme.UNIT] * 4)
        across.addStretch(1)
        self._column = QWidget()
        self._column.setMaximumWidth(_WIDTH * self.fontMetrics().height())
        across.addWidget(self._column, 1000)
        across.addStretch(1)
        column = QVBoxLayout(self._column)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT)
        column.addStretch(2)
        self.back = button(self.tr("Back to my music"), quiet=True)
        theme.changes().changed.connect(self._draw_back)
        self.back.clicked.connect(self.left)
        column.addWidget(self.back, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(self._head())
        column.addSpacing(2 * theme.UNIT)
        self.cards = self._make_cards()
        for card in self.cards:
            column.addWidget(card)
        column.addSpacing(theme.UNIT)
        self._hint = self.tr("Or drop folders and files anywhere in this window.")
        self.hint = label(self._hint, "quiet", wrap=True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.hint)
        column.addSpacing(2 * theme.UNIT)
        column.addLayout(self._promises())
        column.addStretch(3)
        return self.zone

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2 * theme.UNIT)
        row.addWidget(Glyph("app", 2 * icon_size(self)), 0, Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.setSpacing(theme.UNIT // 2)
        texts.addWidget(label(self.tr("Sort your music by how it sounds"), "title", wrap=True))
        text = self.tr(
            "Genre Tagger listens to every track and hears which of ten genres it is. You look through what it "
            "proposes, and what you agree to is written into the files."
        )
        texts.addWidget(label(text, "quiet", wrap=True))
        row.addLayout(texts, 1)
        return row

    def _make_cards(self) -> list[ChoiceCard]:
        cards, self._music = [], music_folder()
        if self._music:
            own = ChoiceCard("note", self.tr("My music folder"), path=words.printable(self._music))
            own.clicked.connect(lambda: self.folder_chosen.emit(self._music))
            cards.append(own)
        other = ChoiceCard(
            "folder", self.tr("Another folder…"), self.tr("Any folder with music, here or on another drive")
        )
        other.clicked.connect(self.add_asked)
        cards.append(other)
        if asset("resources", "demo").is_dir():
            demo = ChoiceCard(
                "sparkle",
                self.tr("The demo library"),
                self.tr("A few short pieces that come with the program, to try everything on"),
            )
            demo.clicked.connect(self.demo_asked)
            cards.append(demo)
        return cards

    def _promises(self) -> QBoxLayout:
        """Make the promises: beside one another where there is room, else below one another."""
        self._promised = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._promised.setSpacing(theme.UNIT)
        self._said: list[QLabel] = []
        for text in (
            self.tr("Nothing leaves this computer"),
            self.tr("Nothing is written unless you say so"),
            self.tr("Every write can be undone"),
        ):
            row = QHBoxLayout()
            row.setSpacing(theme.UNIT)
            row.addWidget(Glyph("check", self.fontMetrics().height(), accent=True))
            said = label(text, "quiet")
            self._said.append(said)
            row.addWidget(said, 1)
            self._promised.addLayout(row)
            self._promised.addStretch(1)
        return self._promised

    # --- what it shows -------------------------------------------------------------------------------

    def show_way_back(self, there: bool) -> None:
        """Offer the way back to the library, where there is one."""
        self._way_back = there
        if self.widget() is not None:
            self._draw_back()
            self.back.setVisible(there)

    def _draw_back(self) -> None:
        self.back.setIcon(theme.icon("chevron-left", theme.colours().accent))

    def show_drop(self, hot: bool) -> None:
        """Light the page up while something is dragged over the window."""
        if self.widget() is None:
            return
        self.hint.setText(self.tr("Let go to add it.") if hot else self._hint)
        self.zone.setProperty("hot", hot)
        self.zone.style().unpolish(self.zone)
        self.zone.style().polish(self.zone)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.widget() is None:
            return
        room = min(self._column.maximumWidth(), event.size().width() - 8 * theme.UNIT)
        glyph = self.fontMetrics().height() + 3 * theme.UNIT
        beside = sum(self.fontMetrics().horizontalAdvance(said.text()) + glyph for said in self._said) <= room
        direction = QBoxLayout.Direction
        self._promised.setDirection(direction.LeftToRight if beside else direction.TopToBottom)
        for said in self._said:
            said.setWordWrap(not beside)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._way_back:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    # --- how much music there is ---------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._music and self._count is None:
            self._count = MusicCount(self._music)
            self._looking.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._looking.stop()
        if self._count is not None:
            self._count.stop()
            self._count = None

    def _look(self) -> None:
        count, card = self._count, self.cards[0]
        if count is None:
            return
        count.start()  # once the window is there, and not while it is being shown
        over, had_focus = count.over, card.hasFocus()
        card.say(count.sentence())
        if over:
            self._looking.stop()
            card.setEnabled(count.there)
            self.setFocusProxy(self.cards[0 if count.there else 1])
            if had_focus and not count.there:
                self.cards[1].setFocus(Qt.FocusReason.OtherFocusReason)
