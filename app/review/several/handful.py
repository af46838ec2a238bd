"""Nine tracks at once, each with the genre that is likely: one key accepts all, another one changes a single one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent

from app.jobs.queries import Queries
from app.look import words
from app.review.page import SEVERAL, ReviewPage
from app.review.reviewing import Reviewing, still_open
from app.review.several.sheet import TickedSheet, named
from app.settings.store import SettingsStore
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision, Track
from genre_tagger.review.asking.queue import handful
from genre_tagger.review.policy import clean


class HandfulSheet(TickedSheet):
    """Has the number keys act on the rows. Signals: turned(row, by), taken_back() and play_asked()."""

    turned = Signal(int, int)
    taken_back = Signal()
    play_asked = Signal()

    def __init__(self, meaning: Callable[[QKeyEvent], str]) -> None:
        text = self.tr(
            "A number gives its track the next likely genre. With Ctrl it is taken out, and asked about by itself; the "
            "space bar does that with the row that is chosen, and ← → change its genre."
        )
        super().__init__(text, self.tr("Ask about all of them"), self.tr("One by one  Esc"))
        self._meaning = meaning
        self.list.installEventFilter(self)
        self.chosen.connect(lambda row: self.turned.emit(row, 1))

    def show_text(self, row: int, text: str) -> None:
        """Change a row."""
        self.list.item(row).setText(text)
        self.list.item(row).setToolTip(words.plain_tooltip(text))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Have the keys before the list, which would look for rows that begin so."""
        return isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self._press(event)

    def _press(self, event: QKeyEvent) -> bool:
        number, ctrl = event.key() - Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier
        meant = self._meaning(event)
        if event.modifiers() == ctrl and 0 <= number < self.list.count():
            if not event.isAutoRepeat():
                self.turn(number)
            return True
        steps = {"next": 1, "previous": -1}
        simple = {"accept": self.agreed, "close": self.left, "take_back": self.taken_back, "play": self.play_asked}
        if meant.startswith("candidate_"):
            row = int(meant.removeprefix("candidate_")) - 1
            if row < self.list.count() and not event.isAutoRepeat():
                self.turned.emit(row, 1)
        elif meant in steps:
            self.turned.emit(self.list.currentRow(), steps[meant])
        elif meant in simple and event.key() != Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                simple[meant].emit()
        else:
            return False
        return True


class _Row(NamedTuple):
    tracks: list[Track]  # the one that is heard, and those of its album, where answers are for albums
    genres: list[str]


class Handful(QObject):
    """Has nine tracks shown after the other, and does with them what the person says."""

    def __init__(
        self, page: ReviewPage, reviewing: Reviewing, queries: Queries, settings: SettingsStore
    ) -> None:
        super().__init__(reviewing)
        self._page, self._reviewing, self._queries, self._settings = page, reviewing, queries, settings
        self._rows: list[_Row] = []
        self._at: list[int] = []
        self.sheet = HandfulSheet(page.meaning)
        page.add_sheet(self.sheet)
        reviewing.handful_asked.connect(self._ask)
        reviewing.decided.connect(lambda _: self._ask() if self.sheet.isVisible() else None)
        self.sheet.agreed.connect(self._agree)
        self.sheet.refused.connect(self._refuse)
        self.sheet.left.connect(self._leave)
        self.sheet.taken_back.connect(reviewing.take_back)
        self.sheet.play_asked.connect(reviewing.play_asked)
        self.sheet.turned.connect(self._turn)
        self.sheet.list.currentRowChanged.connect(self._listen)

    def _ask(self) -> None:
        likely, albums = self._reviewing.likely(), self._settings.settings.review_albums

        def read(library: Library) -> list[list[Track]]:
            rows = [still_open(library, ids) for ids in handful(library, likely, albums=albums)]
            return [tracks for tracks in rows if tracks]

        self._queries.run(read, self._show, key="review several")

    def _show(self, rows: list[list[Track]]) -> None:
        self._rows = [_Row(tracks, self._reviewing.offered(tracks[0])) for tracks in rows]
        self._at = [0] * len(rows)
        if not rows:
            self._leave()
            self._reviewing.say(self.tr("No other track is sure enough for a list of several."))
            return
        title = self.tr("{} at once").format(words.tracks(len(rows)))
        self._page.show_sheet(self.sheet, self.sheet.list)
        self.sheet.show_rows(title, [(row.tracks[0].id, self._text(number)) for number, row in enumerate(self._rows)])

    def _text(self, number: int) -> str:
        row = self._rows[number]
        more = f" +{len(row.tracks) - 1}" if len(row.tracks) > 1 else ""
        return f"{number + 1}   {words.one_line(row.genres[self._at[number]])}   –   {named(row.tracks[0])}{more}"

    def _turn(self, number: int, by: int) -> None:
        """Give a row the genre that comes next."""
        self._at[number] = (self._at[number] + by) % len(self._rows[number].genres)
        self.sheet.show_text(number, self._text(number))

    def _listen(self, number: int) -> None:
        if 0 <= number < len(self._rows):
            self._reviewing.listen_to([row.tracks[0] for row in self._rows[number:]])

    def _agree(self) -> None:
        ticked, agreed, others = self.sheet.ticked(), dict[int, Decision | None](), list[int]()
        for row, at in zip(self._rows, self._at, strict=True):
            if row.tracks[0].id in ticked:
                said = Decision(True, clean(row.genres[at].split(";")))
                agreed |= {track.id: said for track in row.tracks}
            else:
                others.append(row.tracks[0].id)
        if agreed:
            self._reviewing.settle(SEVERAL, agreed, others)
        else:
            self._refuse()

    def _refuse(self) -> None:
        self._reviewing.settle(SEVERAL, {}, [row.tracks[0].id for row in self._rows])
        self._leave()

    def _leave(self) -> None:
        if self.sheet.isVisible():
            self._page.leave_sheet()
            self._reviewing.show()
