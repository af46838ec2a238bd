"""The first page: which tracks go into which folders, and whether the files go or get copies."""

from __future__ import annotations

import os

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QComboBox, QFormLayout, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from app.jobs.copying import SELECTED, SHOWN
from app.jobs.organising import FolderWish
from app.jobs.queries import Filter
from app.look import theme, words
from app.look.widgets import button, head_of, label
from app.sorting.copies.choices import (
    Example,
    Stock,
    be_typed_in,
    leads_somewhere,
    no_whole_path,
    offer_parts,
    typed_folder,
)
from app.sorting.pattern_field import PatternField
from genre_tagger.sorting.pattern import Pattern


class FolderChoices(QWidget):
    """The page. Signals: changed() when another wish is said, browse_asked()."""

    changed = Signal()
    browse_asked = Signal()

    def __init__(self, stock: Stock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stock = stock
        self.what, self.root, self.pattern = QComboBox(), QComboBox(), PatternField()
        self.browse = button(self.tr("Choose…"))
        self.move_files = QRadioButton(self.tr("&Move the files; what belongs to an album comes along"))
        self.copy_files = QRadioButton(self.tr("&Copy them; the files stay, and the copies go outside of your music"))
        self._ways = QButtonGroup(self)
        self.promise = label("", "quiet", wrap=True)
        self._fill()
        self._compose()
        self._connect()

    def _fill(self) -> None:
        counted, stock = self._stock.counted, self._stock
        total = counted.total if counted is not None else 0
        offer_parts(self.what, stock)
        if 0 < stock.shown_count < total:
            self.what.setCurrentIndex(1)
        be_typed_in(self.root)
        for folder in counted.folders if counted is not None else ():
            if os.path.splitext(folder)[1] == "":  # files can be added by themselves, too
                self.root.addItem(theme.icon("folder"), words.printable(folder), folder)
        for number, way in enumerate((self.move_files, self.copy_files)):
            self._ways.addButton(way, number)
        self.move_files.setChecked(True)

    def _compose(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT)
        form = QFormLayout()
        form.setSpacing(theme.UNIT)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        where = QHBoxLayout()
        where.addWidget(self.root, 1)
        where.addWidget(self.browse)
        for text, field, row in (
            (self.tr("&What"), self.what, self.what), (self.tr("&Below"), self.root, where),
            (self.tr("&Folders and names"), self.pattern, self.pattern),
        ):  # fmt: skip
            form.addRow(head_of(field, text), row)
        form.addRow("", self.pattern.below)
        form.addRow(label(self.tr("How")), self.move_files)
        form.addRow("", self.copy_files)
        column.addLayout(form)
        column.addSpacing(theme.UNIT)
        column.addWidget(self.promise)
        column.addStretch()

    def _connect(self) -> None:
        self.what.currentIndexChanged.connect(lambda _: self._update())
        self.root.editTextChanged.connect(lambda _: self._update())
        self.pattern.editTextChanged.connect(lambda _: self._update())
        self._ways.idToggled.connect(lambda *_: self._update())
        self.browse.clicked.connect(self.browse_asked)
        self._update()

    def offer_example(self, example: Example) -> None:
        """Show what the pattern makes of a track if none was shown."""
        self._stock = self._stock.with_example(example)
        self._update()

    def show_root(self, path: str) -> None:
        """Take a folder."""
        self.root.setEditText(path)

    def wish(self) -> FolderWish:
        """Give what is said."""
        what = self.what.currentData()
        return FolderWish(
            typed_folder(self.root), what, self.pattern.currentText(),
            self.copy_files.isChecked(), self._stock.shown if what == SHOWN else Filter(),
            tuple(self._stock.selected) if what == SELECTED else (),
        )  # fmt: skip

    def is_enough(self) -> bool:
        """Whether a plan can be made of what is said."""
        wish = self.wish()
        something = bool(wish.ids) if wish.what == SELECTED else True
        return os.path.isabs(wish.root) and something and isinstance(self.pattern.pattern(), Pattern)

    def _update(self) -> None:
        self.pattern.show_example(self._example)
        if not leads_somewhere(typed_folder(self.root)):
            text = no_whole_path()
        elif self.copy_files.isChecked():
            text = self.tr("Nothing in your music folders is changed. History removes the copies again.")
        else:
            text = self.tr(
                "You see every move before anything is done. Playlists and cue sheets go on naming the right files, "
                "your choices stay, and History brings every file back to its place."
            )
        self.promise.setText(text)
        self.changed.emit()

    def _example(self, pattern: Pattern) -> str:
        track = self._stock.example
        return "" if track is None else pattern.path(track, self._stock.genres or track.genres)
