"""The first page of a copy: what is to be copied, where to and how, with an example of what comes of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.jobs.copying import ALL, SELECTED, SHOWN, SOME, CopyWish, Remembered
from app.jobs.queries import Filter
from app.jobs.state import Counted
from app.look import theme, words
from app.look.widgets import TickBox, button, head_of, label
from app.sorting.copies.drives import Drive
from app.sorting.pattern_field import PatternField
from genre_tagger.library.tracks import Track
from genre_tagger.sorting.copies.encoders import Form
from genre_tagger.sorting.copies.smaller import Smaller
from genre_tagger.sorting.names import folded
from genre_tagger.sorting.pattern import USUAL, Pattern

if TYPE_CHECKING:
    from genre_tagger.library.library import Library
    from genre_tagger.review.policy import Policy

Example = tuple[Track | None, tuple[str, ...]]
_LISTED = Qt.ItemDataRole.UserRole
_MOST_SEEN = 7  # genres that are seen at once


class Stock(NamedTuple):
    """What there is to copy: the numbers of the library, what the table shows and how much that is, what is selected.

    `example` is a track for which the pattern shows what it makes, with the `genres` that its copy would carry.
    """

    counted: Counted | None
    shown: Filter
    shown_count: int
    selected: Sequence[int]
    example: Track | None
    genres: tuple[str, ...] = ()

    def with_example(self, example: Example) -> Stock:
        """Have an example in any case: this one where there is none."""
        return self if self.example is not None else self._replace(example=example[0], genres=example[1])


def some_example(library: Library, policy: Policy) -> Example:
    """Give a track of the library, for where none is shown, with the genres that its copy would carry."""
    from genre_tagger import line

    wanted = next(line.wanted_copies(library, policy), None)
    return (None, ()) if wanted is None else (wanted.track, wanted.genres)


def offer_parts(what: QComboBox, stock: Stock) -> None:
    """Offer everything, what the table shows, and what is selected, each with how much that is."""
    total = stock.counted.total if stock.counted is not None else 0
    what.addItem(words.tr("Everything ({})").format(words.tracks(total)), ALL)
    what.addItem(words.tr("What the table shows ({})").format(words.tracks(stock.shown_count)), SHOWN)
    what.addItem(words.tr("The selected tracks ({})").format(words.number(len(stock.selected))), SELECTED)


def be_typed_in(folders: QComboBox) -> None:
    """Let a person type a folder beside those that are offered; nothing is put behind what is typed."""
    folders.setEditable(True)
    folders.setCompleter(None)  # type: ignore[arg-type]
    folders.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)


def typed_folder(folders: QComboBox) -> str:
    """Give the folder that was chosen or typed; ~ is the person's own."""
    text = folders.currentText().strip()
    offered = folders.findText(text, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchCaseSensitive)
    return os.path.expanduser(text) if offered < 0 else folders.itemData(offered)


def no_whole_path() -> str:
    """Say what a person can do who typed something else."""
    return words.tr("Choose a folder, or type its whole path.")


def leads_somewhere(folder: str) -> bool:
    """Tell whether a folder that was typed is a whole path, or nothing was typed yet."""
    return not folder or os.path.isabs(folder)


class CopyChoices(QWidget):
    """The page. Signals: changed() when another wish is said, browse_asked(), target_changed(path)."""

    changed = Signal()
    browse_asked = Signal()
    target_changed = Signal(str)

    def __init__(self, stock: Stock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stock = stock
        self._remembered: list[Remembered] = []
        self._asked: dict[str, Sequence[str]] = {}
        self.what, self.some = QComboBox(), QListWidget()
        self.target, self.carry, self.smaller = QComboBox(), QComboBox(), QComboBox()
        self.pattern = PatternField()
        self.browse = button(self.tr("Choose…"))
        self.room, self.nowhere = label("", "quiet"), label(no_whole_path(), "warning", wrap=True)
        self.again = TickBox(self.tr("&Encode lossy music again, too (it loses a little more)"))
        self.old_tags = TickBox(self.tr("Tags that &old cars read (ID3v2.3 in MP3)"))
        self.playlists = TickBox(self.tr("Write a &playlist for each genre and list beside the music"))
        self.from_root = TickBox(self.tr("Playlists name files from the &root of the drive"))
        self.delete = TickBox(self.tr("&Delete earlier copies there that are not wanted any more"))
        self.from_root.setToolTip(self.tr("For players that find the playlists but not the music: /Music/Jazz/…"))
        self.delete.setToolTip(self.tr("Only what this program put there, and nobody has changed since"))
        self._fill()
        self._compose()
        self._connect()

    def _fill(self) -> None:
        counted = self._stock.counted
        offer_parts(self.what, self._stock)
        self.what.addItem(self.tr("Genres, albums and lists"), SOME)
        for saved, count in counted.lists if counted is not None else ():
            self._offer(saved.icon, saved.name, count, "list")
        genres = sorted(counted.genres if counted is not None else (), key=lambda genre: folded(genre[0]))
        self.offer_shelves([genre for genre in genres if genre[0]], ())
        for carry, text in (
            ("all", self.tr("All of a track's genres")), ("first", self.tr("The first genre alone")),
            ("parent", self.tr("What the first genre is a kind of: Bebop as Jazz")),
            ("joined", self.tr("All genres in one text: Jazz / Blues")),
        ):  # fmt: skip
            self.carry.addItem(text, carry)
        for form, text in (
            ("", self.tr("Originals, as they are")), ("opus", self.tr("Lossless music made smaller: Opus, 128 kbit/s")),
            ("mp3", self.tr("Lossless music made smaller: MP3, quality V0")),
            ("aac", self.tr("Lossless music made smaller: AAC, 256 kbit/s")),
        ):  # fmt: skip
            self.smaller.addItem(text, form)
        be_typed_in(self.target)
        self.playlists.setChecked(True)

    def offer_shelves(self, genres: Sequence[tuple[str, int]], albums: Sequence[tuple[str, int]]) -> None:
        """Offer these below the lists, each with how many tracks it has; what is ticked stays so."""
        ticked = {kind: (*self._ticked(kind), *self._asked.get(kind, ())) for kind in ("genre", "album")}
        for row in reversed(range(self.some.count())):
            if self.some.item(row).data(_LISTED)[0] in ticked:
                self.some.takeItem(row)
        for kind, icon, shelves in (("genre", "tag", genres), ("album", "note", albums)):
            for name, count in shelves:
                self._offer(icon, name, count, kind)
            self._tick(kind, ticked[kind])

    def _tick(self, kind: str, names: Sequence[str]) -> None:
        for row in range(self.some.count()):
            item = self.some.item(row)
            of_kind, name = item.data(_LISTED)
            if of_kind == kind:
                item.setCheckState(Qt.CheckState.Checked if name in names else Qt.CheckState.Unchecked)

    def _offer(self, icon: str, name: str, count: int, kind: str) -> None:
        item = QListWidgetItem(theme.icon(icon), f"{words.one_line(name)}   {words.number(count)}", self.some)
        item.setData(_LISTED, (kind, name))
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Unchecked)

    def _compose(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT)
        form = QFormLayout()
        form.setSpacing(theme.UNIT)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._add(form, self.tr("&What"), self.what)
        self.some.setObjectName("framed")
        self.some.setAccessibleName(self.tr("Genres, albums and lists to copy"))
        self.some.setIconSize(QSize(18, 18))
        self.some.setFixedHeight(_MOST_SEEN * (self.fontMetrics().height() + theme.UNIT))
        form.addRow("", self.some)
        where = QHBoxLayout()
        where.addWidget(self.target, 1)
        where.addWidget(self.browse)
        self._add(form, self.tr("&Where to"), self.target, where)
        below = QVBoxLayout()
        below.addWidget(self.room)
        below.addWidget(self.nowhere)
        form.addRow("", below)
        self._add(form, self.tr("&Folders and names"), self.pattern)
        form.addRow("", self.pattern.below)
        self._add(form, self.tr("&Genre in the copies"), self.carry)
        self._add(form, self.tr("&Size"), self.smaller)
        form.addRow("", self.again)
        form.addRow("", self.old_tags)
        form.addRow("", self.playlists)
        form.addRow("", self.from_root)
        form.addRow("", self.delete)
        column.addLayout(form)
        column.addStretch()

    def _add(self, form: QFormLayout, text: str, field: QWidget, row: QHBoxLayout | None = None) -> None:
        if isinstance(field, QComboBox):
            field.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        if row is None:
            form.addRow(head_of(field, text), field)
        else:
            form.addRow(head_of(field, text), row)

    def _connect(self) -> None:
        self.what.currentIndexChanged.connect(lambda _: self._update())
        self.some.itemChanged.connect(lambda _: self._update())
        self.target.editTextChanged.connect(lambda _: self._update())
        self.target.editTextChanged.connect(self.target_changed)
        self.target.activated.connect(self._chosen)
        self.pattern.editTextChanged.connect(lambda _: self._update())
        self.smaller.currentIndexChanged.connect(lambda _: self._update())
        self.playlists.toggled.connect(self.from_root.setEnabled)
        self.browse.clicked.connect(self.browse_asked)
        self._update()

    # --- what there is to choose from ----------------------------------------------------------------

    def offer_example(self, example: Example) -> None:
        """Show what the pattern makes of a track if none was shown."""
        self._stock = self._stock.with_example(example)
        self._update()

    def offer_targets(self, remembered: Sequence[Remembered], plugged: Sequence[Drive]) -> None:
        """Offer the targets of earlier copies, each with its wish, and the drives that are there."""
        text = self.target.currentText()
        self._remembered = list(remembered)
        self.target.clear()
        for each in remembered:
            self.target.addItem(theme.icon("history"), words.printable(each.wish.target), each.wish.target)
        known = {each.wish.target for each in remembered}
        for drive in plugged:
            if drive.path not in known:
                self.target.addItem(theme.icon("phone"), words.printable(drive.path), drive.path)
                last = self.target.count() - 1
                self.target.setItemData(last, words.one_line(drive.name), Qt.ItemDataRole.ToolTipRole)
        self.target.setCurrentIndex(-1)
        self.target.setEditText(text)

    def _chosen(self, index: int) -> None:
        """Take over the whole wish with which this target was filled before."""
        for each in self._remembered:
            if each.wish.target == self.target.itemData(index):
                self.show_wish(each.wish)

    def show_target(self, path: str) -> None:
        """Take a folder."""
        self.target.setEditText(path)

    def show_room(self, free: int | None) -> None:
        """Say how much is free there."""
        self.room.setText("" if free is None else self.tr("{} free").format(words.size(free)))

    def show_wish(self, wish: CopyWish) -> None:
        """Show a wish of earlier; what it asks for that is not there any more is left out."""
        self.what.setCurrentIndex(max(0, self.what.findData(wish.what)))
        self._asked = {"genre": wish.genres, "album": wish.albums}  # they may not be offered yet
        for kind, names in (("list", wish.lists), *self._asked.items()):
            self._tick(kind, names)
        self.target.setEditText(wish.target)
        self.pattern.setEditText(wish.pattern or USUAL)
        self.carry.setCurrentIndex(max(0, self.carry.findData(wish.carry)))
        self.smaller.setCurrentIndex(max(0, self.smaller.findData(wish.smaller)))
        self.again.setChecked(wish.again)
        self.old_tags.setChecked(wish.old_tags)
        self.playlists.setChecked(wish.playlists)
        self.from_root.setChecked(wish.from_root)
        self.delete.setChecked(wish.delete)

    # --- what is said --------------------------------------------------------------------------------

    def _ticked(self, kind: str) -> tuple[str, ...]:
        items = [self.some.item(row) for row in range(self.some.count())]
        chosen = [item.data(_LISTED) for item in items if item.checkState() is Qt.CheckState.Checked]
        return tuple(name for of_kind, name in chosen if of_kind == kind)

    def wish(self) -> CopyWish:
        """Give what is said."""
        what = self.what.currentData()
        return CopyWish(
            typed_folder(self.target), what,
            self._stock.shown if what == SHOWN else Filter(),
            tuple(self._stock.selected) if what == SELECTED else (), self._ticked("genre") if what == SOME else (),
            self._ticked("list") if what == SOME else (), self.pattern.currentText(), self.carry.currentData(),
            self.smaller.currentData(), bool(self.smaller.currentData()) and self.again.isChecked(),
            self.old_tags.isChecked(), self.playlists.isChecked(), self.delete.isChecked(),
            self.playlists.isChecked() and self.from_root.isChecked(), self._ticked("album") if what == SOME else (),
        )  # fmt: skip

    def is_enough(self) -> bool:
        """Whether a plan can be made of what is said."""
        wish = self.wish()
        some = bool(wish.genres or wish.albums or wish.lists)
        something = {SOME: some, SELECTED: bool(wish.ids)}.get(wish.what, True)
        return os.path.isabs(wish.target) and something and isinstance(self.pattern.pattern(), Pattern)

    def _update(self) -> None:
        self.some.setVisible(self.what.currentData() == SOME)
        self.again.setEnabled(bool(self.smaller.currentData()))
        is_known = leads_somewhere(typed_folder(self.target))
        self.room.setVisible(is_known)
        self.nowhere.setHidden(is_known)
        self.pattern.show_example(self._example)
        self.changed.emit()

    def _example(self, pattern: Pattern) -> str:
        track, form = self._stock.example, self.smaller.currentData()
        if track is None:
            return ""
        making = Smaller(Form(form) if form else None, self.again.isChecked()).of(track)
        return pattern.path(track, self._stock.genres or track.genres, making.extension)
