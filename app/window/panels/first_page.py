"""The first page: what the program does, what it promises, and three ways to begin."""

from __future__ import annotations

import os
import threading
import time

from PySide6.QtCore import QSize, QStandardPaths, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.jobs.queue import attempt
from app.jobs.window_first import give_way
from app.look import theme, words
from app.look.widgets import ElidedLabel, Glyph, button, label
from genre_tagger.base.places import asset

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
            "Genre Tagger listens to every track and hears its genre. You look through what it proposes, and what you "
            "agree to is written into the files."
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


# Whoever looks at the number wants an idea of it, not the last file on a slow drive.
_PATIENCE_S = 5.0


class MusicCount:
    """Counts on a thread of its own; `files`, `over` and `there` may be looked at meanwhile.

    Attributes
    ----------
    files : int
        Music files found so far, told by their endings.
    over : bool
        Whether it has ended; `whole` then says whether it has seen everything.
    there : bool
        False when there is no such folder.
    """

    def __init__(self, folder: str) -> None:
        self.files = 0
        self.over = self.whole = False
        self.there = True
        self._folder = folder
        self._stopped = threading.Event()
        self._begun = False

    def start(self) -> None:
        """Begin, unless it has begun. The thread is let go of: a drive that does not answer holds nothing else."""
        if not self._begun:
            self._begun = True
            threading.Thread(target=lambda: attempt(self._count), name="count", daemon=True).start()

    def stop(self) -> None:
        """End it soon."""
        self._stopped.set()

    def sentence(self) -> str:
        """Say in a few words what is known by now."""
        if not self.there:
            return words.tr("This folder is not there")
        if not self.over:
            return words.tr("Counting…") if not self.files else words.tr("{} so far…").format(_music(self.files))
        if not self.files:
            return words.tr("No music in it yet") if self.whole else ""
        if not self.whole:
            return words.tr("More than {}").format(_music(_rounded(self.files, down=True)))
        return _music(self.files) if self.files < 100 else words.tr("About {}").format(_music(_rounded(self.files)))

    def _count(self) -> None:
        try:
            self.there = os.path.isdir(self._folder)
            self.whole = self.there and self._walk()
        finally:
            self.over = True

    def _walk(self) -> bool:
        """Count below the folder as a scan would walk; return whether it came to the end."""
        from genre_tagger.files.sniff import EXTENSIONS, extension  # not before the window is seen

        end = time.monotonic() + _PATIENCE_S
        stack, seen = [self._folder], set()
        while stack:
            give_way()
            if self._stopped.is_set() or time.monotonic() > end:
                return False
            try:
                stat = os.stat(folder := stack.pop())
                if (stat.st_dev, stat.st_ino) in seen:
                    continue
                seen.add((stat.st_dev, stat.st_ino))
                with os.scandir(folder) as listing:
                    entries = [entry for entry in listing if not entry.name.startswith(".")]
            except OSError:
                continue
            stack.extend(entry.path for entry in entries if _is_folder(entry))
            self.files += sum(extension(entry.name) in EXTENSIONS for entry in entries)
        return True


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _rounded(count: int, *, down: bool = False) -> int:
    """Leave two digits that mean something."""
    step = int(10 ** max(0, len(str(count)) - 2))
    return (count // step if down else round(count / step)) * step


def _music(count: int) -> str:
    return words.tr("1 music file") if count == 1 else words.tr("{} music files").format(words.number(count))
