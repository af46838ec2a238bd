"""The sidebar: all tracks, states, lists and genres with their counts; choosing one filters the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QFont, QPainter
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QWidget

from app.look import genre_colours, theme, words
from genre_tagger.base.genre_words import genre_key

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionViewItem

    from genre_tagger.library.shelves.playlists import FolderPlaylist
    from genre_tagger.library.tracks import SavedList

Index = QModelIndex | QPersistentModelIndex
_COUNT = Qt.ItemDataRole.UserRole
_ICON = Qt.ItemDataRole.UserRole + 1
_PLACE = Qt.ItemDataRole.UserRole + 2


@dataclass(frozen=True)
class Place:
    """Something the sidebar can be at: everything, a state, a list, a playlist, or a genre ("" is: without genre)."""

    kind: str = "all"
    value: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"

    @classmethod
    def of(cls, text: str) -> Place:
        """Read what ``str`` wrote; anything else means everything."""
        kind, _, value = text.partition(":")
        return cls(kind, value) if kind in ("state", "list", "playlist", "genre") else cls()


ALL = Place()
WITHOUT_GENRE = Place("genre", "")
PROBLEMS = Place("state", "errors")
NEW = Place("state", "new")
"""What came into watched folders by itself; there as long as there is any."""
NEW_GENRE = Place("new")
DIFFERENT = Place("different")
THESE = Place("these")


@dataclass
class _Row:
    text: str
    place: Place | None = None
    icon: str = ""
    count: int | None = None
    more: str = ""  # what else the tooltip says


class SidebarModel(QAbstractListModel):
    """The rows of the sidebar; headings have no place."""

    def __init__(self) -> None:
        super().__init__()
        states = (
            (self.tr("New"), "new", "star"),
            (self.tr("To write"), "proposed", "write"),
            (self.tr("Unsure"), "unsure", "question"),
            (self.tr("No genre heard"), "nothing", "muted"),
            (self.tr("Problems"), "errors", "alert"),
            (self.tr("Missing"), "missing", "missing"),
        )
        self._fixed = [
            _Row(self.tr("All tracks"), ALL, "library"),
            _Row(self.tr("Without genre"), WITHOUT_GENRE, "tag-off"),
            _Row(self.tr("Review")),
            *(_Row(text, Place("state", state), icon) for text, state, icon in states),
            _Row(self.tr("Sounds different"), DIFFERENT, "wave"),
        ]
        self._these: list[_Row] = []
        self._counted: list[_Row] = []
        self._lists, self._playlists = _Row(self.tr("Lists")), _Row(self.tr("Playlists in the folders"))
        self._heading = _Row(self.tr("Genres in the files"))
        self._new = _Row(self.tr("New genre…"), NEW_GENRE, "tag")
        self._offered: list[_Row] = []
        self._rows = [row for row in self._fixed if row.place != NEW]

    def set_counts(
        self, total: int, genres: Sequence[tuple[str, int]], states: Mapping[str, int],
        lists: Sequence[tuple[SavedList, int]] = (), playlists: Sequence[FolderPlaylist] = (),
    ) -> None:  # fmt: skip
        """Show new counts; rows move only when a list or a genre appears or goes."""
        by_genre = dict(genres)
        known: dict[Place | None, int] = {ALL: total, WITHOUT_GENRE: by_genre.pop("", 0)}
        known |= {Place("state", state): count for state, count in states.items()}
        for row in self._fixed:
            row.count = known.get(row.place, row.count)
        listed = [_Row(words.one_line(name), Place("genre", name), "tag", count) for name, count in by_genre.items()]
        listed.sort(key=lambda row: row.text.casefold())
        saved = [_Row(words.one_line(one.name), Place("list", one.name), one.icon, count) for one, count in lists]
        new = [self._new] if total else []
        genres_there = [self._heading, *listed, *new] if listed or new else []
        there = [self._playlist(playlist) for playlist in playlists]
        kept = [*([self._lists, *saved] if saved else []), *([self._playlists, *there] if there else [])]
        self._counted = [*kept, *genres_there]
        self._show()

    def show_these(self, title: str, count: int) -> None:
        """Have a row for certain tracks."""
        self._these = [_Row(words.one_line(title), THESE, "sparkle", count)]
        self._show()

    def offer(self, genres: Iterable[str]) -> None:
        """Show other genres, which no file has yet, below those of the files; none hides them again."""
        places = [row.place for row in self._counted if row.place is not None]
        there = {genre_key(place.value) for place in places if place.kind == "genre"}
        rows = [_Row(words.one_line(name), Place("genre", name)) for name in genres if genre_key(name) not in there]
        self._offered = [_Row(self.tr("Other genres")), *rows] if rows else []
        self._show()

    def _show(self) -> None:
        fixed = [row for row in self._fixed if row.place != NEW or row.count]
        rows = [*fixed, *self._these, *self._counted, *self._offered]
        if [row.place for row in rows] == [row.place for row in self._rows]:
            self._rows = rows
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        places = [self._rows[index.row()].place for index in before]
        self._rows = rows
        self.changePersistentIndexList(before, [self.index_of(place) for place in places])
        self.layoutChanged.emit()

    def _playlist(self, playlist: FolderPlaylist) -> _Row:
        name, path = words.one_line(playlist.name), words.printable(playlist.path)
        if playlist.missing:
            name = self.tr("{} ({} missing)").format(name, words.number(playlist.missing))
        return _Row(name, Place("playlist", playlist.path), "list", playlist.tracks, f"\n{path}")

    def redraw(self) -> None:
        """Have all rows drawn anew."""
        self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def index_of(self, place: Place | None) -> QModelIndex:
        """Find a place; an invalid index when the sidebar does not have it."""
        for number, row in enumerate(self._rows):
            if row.place == place and place is not None:
                return self.index(number)
        return QModelIndex()

    def place_at(self, index: Index) -> Place | None:
        """The place of a row; None for a heading, and where there is no row."""
        return self._rows[index.row()].place if index.isValid() else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.text if row.count is None else f"{row.text}, {words.tracks(row.count)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return words.plain_tooltip(row.text + row.more)
        values = {Qt.ItemDataRole.DisplayRole: row.text, _COUNT: row.count, _ICON: row.icon, _PLACE: row.place}
        return values.get(role)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self._rows[index.row()].place in (None, NEW_GENRE):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class _RowDelegate(QStyledItemDelegate):
    """Icon and name on the left, the count on the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        height = option.fontMetrics.height() + (24 if index.data(_PLACE) is None else 14)
        return QSize(0, height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        c = theme.colours()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.data(_PLACE) is None:
            self._paint_heading(painter, option.rect, index.data(), c)
        else:
            self._paint_place(painter, option, index, c)
        painter.restore()

    def _paint_heading(self, painter: QPainter, rect: QRect, text: str, c: theme.Colours) -> None:
        font = QFont(painter.font())
        font.setPointSizeF(font.pointSizeF() * 0.9)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(theme.colour(c.quiet))
        inside = rect.adjusted(2 * theme.UNIT, 0, -2 * theme.UNIT, -4)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, inside.width())
        painter.drawText(inside, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, shown)

    def _paint_place(self, painter: QPainter, option: QStyleOptionViewItem, index: Index, c: theme.Colours) -> None:
        from PySide6.QtWidgets import QStyle  # with a thousand names, and the first page has no rows

        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        ground = option.rect.adjusted(theme.UNIT, 1, -theme.UNIT, -1)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(c.selected if selected else c.hover))
            painter.drawRoundedRect(ground, 6, 6)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(theme.colour(c.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(ground, 6, 6)
        inside = ground.adjusted(theme.UNIT, 0, -theme.UNIT, 0)
        place = index.data(_PLACE)
        if place.kind == "genre" and place.value:
            square = QRectF(inside.left() + 4, inside.center().y() - 5, 12, 12)
            genre_colours.draw_swatch(painter, square, place.value)
        else:
            icon = theme.icon(index.data(_ICON), c.accent if selected else c.quiet)
            icon.paint(painter, QRect(inside.left(), inside.center().y() - 9, 20, 20))
        count = words.number(index.data(_COUNT)) if index.data(_COUNT) else ""
        painter.setPen(theme.colour(c.quiet))
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(inside, right, count)
        width = painter.fontMetrics().horizontalAdvance(count) + (theme.UNIT if count else 0)
        room = inside.adjusted(20 + theme.UNIT, 0, -width, 0)
        painter.setPen(theme.colour(c.text))
        shown = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


class Sidebar(QListView):
    """The list itself. Signals: place_chosen(Place), menu_asked(Place, where on the screen)."""

    place_chosen = Signal(object)
    menu_asked = Signal(object, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self.setAccessibleName(self.tr("Filter by state or genre"))
        self.places = SidebarModel()
        self.setModel(self.places)
        self.setItemDelegate(_RowDelegate(self))
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setMinimumWidth(20 * theme.UNIT)
        genre_colours.changes().changed.connect(self.places.redraw)
        self._wanted = ALL
        self.go(ALL)
        self.selectionModel().currentChanged.connect(self._chosen)

    def _chosen(self, index: QModelIndex) -> None:
        place = index.data(_PLACE)
        if place is not None:
            self._wanted = place
            self.place_chosen.emit(place)

    def place(self) -> Place:
        """Tell which place is chosen."""
        found = self.currentIndex().data(_PLACE)
        return found if isinstance(found, Place) else ALL

    def go(self, place: Place) -> None:
        """Choose a place; one that is not there yet is chosen when it comes, and until then it is everything."""
        index = self.places.index_of(place)
        self.setCurrentIndex(index if index.isValid() else self.places.index_of(ALL))
        self._wanted = place

    def show_these(self, title: str, count: int) -> None:
        """Go to a row for certain tracks, in the place of those that it was for before."""
        self.places.show_these(title, count)
        self.go(THESE)

    def set_counts(
        self, total: int, genres: Iterable[tuple[str, int]], states: Mapping[str, int],
        lists: Sequence[tuple[SavedList, int]] = (), playlists: Sequence[FolderPlaylist] = (),
    ) -> None:  # fmt: skip
        """Show new counts; stays where it is, or goes to everything if that list or genre is gone."""
        self.places.set_counts(total, list(genres), states, lists, playlists)
        if self.place() != self._wanted:
            self.go(self._wanted if self.places.index_of(self._wanted).isValid() else ALL)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if by_mouse else self.currentIndex()
        if isinstance(place := index.data(_PLACE), Place):
            at = event.pos() if by_mouse else self.visualRect(index).center()
            self.menu_asked.emit(place, self.viewport().mapToGlobal(at))

    def sizeHint(self) -> QSize:
        return QSize(max(24 * theme.UNIT, 14 * self.fontMetrics().averageCharWidth()), 50 * theme.UNIT)
