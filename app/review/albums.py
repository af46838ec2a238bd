"""Every album, what is heard in it and what sounds different; one key gives an album its genre."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QHeaderView, QVBoxLayout, QWidget

from app.jobs.window_first import politely
from app.look import theme, words
from app.look.rows_model import RowsModel, framed
from app.look.widgets import ElidedLabel, button, label
from app.table.dragging import DragTable, drag
from genre_tagger.review.policy import Policy

if TYPE_CHECKING:
    from genre_tagger.library.library import Library
    from genre_tagger.library.tracks import Track
    from genre_tagger.review.albums.voting import Verdict


class AlbumRow(NamedTuple):
    """An album, its genre as it would be spelt, and those of its tracks that sound different."""

    verdict: Verdict
    genre: str
    different: tuple[Track, ...]


class Listed(NamedTuple):
    """Albums to be shown: more of them, or all in their order."""

    rows: Sequence[AlbumRow]
    all: bool


def listed(library_path: str, among: tuple[str, ...], policy: Policy, wanted: Callable[[], bool]) -> Iterator[Listed]:
    """Read all albums, some at a time, on a thread that may take long; at last all, those with outliers first."""
    from genre_tagger.library.library import Library
    from genre_tagger.review.albums.listing import listing

    pieces: list[list[AlbumRow]] = []
    with Library.open(library_path) as library:
        library.among = among
        for verdicts in listing(library):
            if not wanted():
                return
            ids = [track for verdict in verdicts for track in verdict.outliers]
            tracks = {track.id: track for track in politely(library.tracks(ids=ids, best_only=True))}
            pieces.append([_row(verdict, policy, tracks) for verdict in verdicts])
            yield Listed(pieces[-1], all=False)
    # Many are not sorted at once, as the window would stand still meanwhile.
    for piece in pieces:
        piece.sort(key=_place)
    yield Listed(list(politely(heapq.merge(*pieces, key=_place))), all=True)


def _row(verdict: Verdict, policy: Policy, tracks: Mapping[int, Track]) -> AlbumRow:
    # Of a hundred thousand albums all shares would take a third of a gigabyte.
    shares = dict(islice(verdict.shares.items(), 1))
    different = tuple(tracks[track] for track in verdict.outliers)
    return AlbumRow(replace(verdict, shares=shares), _word(verdict, policy), different)


def _place(row: AlbumRow) -> tuple[object, ...]:
    from genre_tagger.review.albums.grouping import sorting_key

    return -len(row.different), *sorting_key(row.verdict.album)


def genres_of(ids: Sequence[int], policy: Policy) -> Callable[[Library], dict[int, tuple[str, ...]]]:
    """Make the question which genres the tracks of these tracks' albums get; no compilation has any."""

    def ask(library: Library) -> dict[int, tuple[str, ...]]:
        from genre_tagger.review.albums.listing import judged_of

        return {
            track: policy.genres(verdict.vote.genre)
            for verdict in judged_of(library, ids)
            if verdict.vote is not None
            for track in verdict.album.tracks
        }

    return ask


def _word(verdict: Verdict, policy: Policy) -> str:
    return "" if verdict.vote is None else policy.word(verdict.vote.genre)


class AlbumsModel(RowsModel[AlbumRow]):
    """Albums: name, artist, tracks, genre, how sure, how many agree, how many sound different."""

    def __init__(self) -> None:
        super().__init__((
            words.tr("Album"), words.tr("Artist"), words.tr("Tracks"), words.tr("Genre heard"), words.tr("Sure"),
            words.tr("Agree"), words.tr("Different"),
        ))  # fmt: skip

    def text(self, row: AlbumRow, column: int) -> str:
        album, verdict = row.verdict.album, row.verdict
        heard = verdict.vote is not None
        return (
            words.one_line(album.name),
            words.one_line(album.artist) or words.tr("several"),
            words.number(len(album.tracks)),
            words.one_line(row.genre) if heard else words.tr("By track" if album.compilation else "Not classified yet"),
            words.percent(verdict.probability or 0.0) if heard else "",
            words.share(verdict.agree) if heard else "",
            words.number(len(row.different)) if row.different else "",
        )[column]


class DifferentModel(RowsModel["Track"]):
    """Tracks that sound different from their album: title, what is heard, how sure."""

    def __init__(self) -> None:
        super().__init__((words.tr("Sounds different"), words.tr("Genre heard"), words.tr("Sure")))

    def text(self, row: Track, column: int) -> str:
        heard = row.prediction
        return (
            words.one_line(row.title) or words.printable(row.path.rpartition("/")[2]),
            words.one_line(heard.genre or "") if heard else "",
            words.percent(heard.probability or 0.0) if heard else "",
        )[column]


class AlbumsDialog(QDialog):
    """Lists albums. Signals: wanted(ids) are tracks to give their albums' genres; shown(ids) are tracks to look at."""

    wanted = Signal(list)
    shown = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Albums"))
        self.resize(105 * theme.UNIT, 75 * theme.UNIT)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[3 * theme.UNIT] * 4)
        column.setSpacing(theme.UNIT)
        column.addWidget(label(self.tr("What is heard in your albums"), "title"))
        text = self.tr(
            "The tracks of an album are heard together. G gives an album its genre: all its tracks are ticked with it, "
            "and nothing is written before Write. Albums can be dragged onto a genre in the sidebar as well. "
            "Compilations are judged track by track."
        )
        column.addWidget(label(text, "quiet", wrap=True))
        self.albums, self.different = _table(AlbumsModel()), _table(DifferentModel())
        self.albums.dragged.connect(lambda: drag(self._tracks(), self.albums))
        self.different.dragged.connect(lambda: drag(self._different(), self.different))
        self.albums.setAccessibleName(self.tr("Albums"))
        self.different.setAccessibleName(self.tr("Tracks of this album that sound different"))
        column.addWidget(self.albums, 3)
        column.addWidget(self.different, 1)
        self.told = ElidedLabel("quiet")
        column.addLayout(self._buttons())
        self.albums.selectionModel().selectionChanged.connect(lambda *_: self._look())
        self.albums.activated.connect(lambda _: self.shown.emit(self._tracks()))
        self.different.activated.connect(self._show_different)
        key = QShortcut(QKeySequence("G"), self)
        key.activated.connect(self._give)
        self.give.setEnabled(False)
        self._chosen = False  # whether somebody has gone to an album, who does not want to be taken elsewhere
        for went in (self.albums.clicked, self.albums.activated):
            went.connect(lambda _: self._go_there())

    def _go_there(self) -> None:
        self._chosen = True

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(self.told, 1)
        self.give = button(self.tr("&Give the album its genre"), primary=True)
        self.give.clicked.connect(self._give)
        close = button(self.tr("Close"))
        close.clicked.connect(self.reject)
        row.addWidget(close)
        row.addWidget(self.give)
        return row

    def add_albums(self, listed: Listed) -> None:
        """Show these too, or all, once they are known."""
        model = self.albums.model()
        assert isinstance(model, AlbumsModel)
        before = {row.verdict.album.key for row in self._selected()} if self._chosen else set()
        model.show(listed.rows if listed.all else [*model.rows, *listed.rows])
        told = self.tr("{} albums") if listed.all else self.tr("{} albums so far…")
        self.told.set_text(told.format(words.number(len(model.rows))))
        flags = QItemSelectionModel.SelectionFlag
        chosen = [number for number, row in enumerate(model.rows) if row.verdict.album.key in before] if before else []
        for number in chosen or [0] * bool(model.rows):
            self.albums.selectionModel().setCurrentIndex(model.index(number, 0), flags.Select | flags.Rows)
        self._chosen = bool(chosen)
        self._look()

    def tell(self, text: str) -> None:
        """Say what came of it."""
        self.told.set_text(text)

    def _selected(self) -> list[AlbumRow]:
        model = self.albums.model()
        assert isinstance(model, AlbumsModel)
        return [model.rows[index.row()] for index in self.albums.selectionModel().selectedRows()]

    def _tracks(self) -> list[int]:
        return [track for row in self._selected() for track in row.verdict.album.tracks]

    def _different(self) -> list[int]:
        model = self.different.model()
        assert isinstance(model, DifferentModel)
        return [model.rows[index.row()].id for index in self.different.selectionModel().selectedRows()]

    def _look(self) -> None:
        rows = self._selected()
        model = self.different.model()
        assert isinstance(model, DifferentModel)
        model.show([track for row in rows for track in row.different])
        self.give.setEnabled(any(row.verdict.vote is not None for row in rows))

    def _give(self) -> None:
        if self.give.isEnabled():
            self.wanted.emit([row.verdict.album.tracks[0] for row in self._selected() if row.verdict.vote is not None])

    def _show_different(self, index: QModelIndex) -> None:
        model = self.different.model()
        assert isinstance(model, DifferentModel)
        self.shown.emit([model.rows[index.row()].id])


def told(genres: Mapping[int, tuple[str, ...]]) -> str:
    """Say what tracks got from their albums."""
    if not genres:
        return words.tr("No genre was heard in an album here. Compilations and tracks without an album go by track.")
    spelt = ", ".join(sorted({words.genres(values) for values in genres.values()}))
    return words.tr("{} ticked: {}").format(words.tracks(len(genres)), spelt)


def _table(model: RowsModel[AlbumRow] | RowsModel[Track]) -> DragTable:
    table = framed(DragTable(), model)
    table.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
    header = table.horizontalHeader()
    for section in range(model.columnCount()):
        header.resizeSection(section, (11 if section > 1 else 22) * theme.UNIT)
    header.resizeSection(min(3, model.columnCount() - 2), 18 * theme.UNIT)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    return table
