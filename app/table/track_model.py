"""The table's content: the ids of all rows, and the tracks near those that are visible."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from app.jobs.state import Known, LibraryState
from app.look import words
from app.table.columns import COLUMNS, INDEX, Row
from app.table.decisions import tickable
from genre_tagger.base.genre_words import genre_key, genre_keys
from genre_tagger.review.policy import Proposal, clean, propose

if TYPE_CHECKING:
    from genre_tagger.library.tracks import Track

_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole

_PLAIN = (
    Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
    | Qt.ItemFlag.ItemIsDragEnabled
)  # fmt: skip
_EDITABLE = _PLAIN | Qt.ItemFlag.ItemIsEditable
_CHECKABLE = _PLAIN | Qt.ItemFlag.ItemIsUserCheckable

# More than anybody sees at once, and little enough that memory does not grow with the library.
KEPT = 5_000

MANY = 30_000
"""From so many rows on, all that is done with each of them costs a noticeable time."""


def pieces(rows: Sequence[int]) -> Iterator[range]:
    """Join rows that follow each other."""
    start = 0
    for number, row in enumerate(rows):
        if number + 1 == len(rows) or rows[number + 1] != row + 1:
            yield range(rows[start], row + 1)
            start = number + 1


class TrackModel(QAbstractTableModel):
    """Holds the ids of all rows in their order, and tracks as far as it was given them.

    It reads nothing itself: where a track is needed that it does not have, it shows an empty row and emits
    `rows_wanted`, to be answered by :meth:`upsert`. What the user does in a cell is passed on by `tick_wanted`,
    `genres_wanted` and, where several rows are edited at once, `change_wanted` (genres to add and to remove); the row
    changes when its track comes back changed.
    """

    rows_wanted = Signal()
    tick_wanted = Signal(int, bool)
    genres_wanted = Signal(int, tuple)
    change_wanted = Signal(tuple, tuple)

    def __init__(self, state: LibraryState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        state.changed.connect(self._follow)
        self._ids: array[int] = array("q")
        self._rows: dict[int, int] | None = {}
        self._places: array[int] = array("i")
        self._tracks: dict[int, Track | None] = {}
        self._by_path: dict[str, int] = {}
        self._made: dict[int, Row] = {}
        self._wanting = False
        self._shared: tuple[str, ...] | None = None

    # --- what it holds -------------------------------------------------------------------------------

    def ids(self) -> array[int]:
        """Give the ids of all rows, in their order; not to be changed."""
        return self._ids

    def id_at(self, row: int) -> int:
        """Give the id of the track in a row."""
        return self._ids[row]

    def ids_in(self, rows: Iterable[range]) -> array[int]:
        """Give the ids in some rows, in their order."""
        parts = [self._ids[part.start : part.stop] for part in rows]
        ids = parts[0] if parts else array("q")
        for part in parts[1:]:
            ids += part
        return ids

    def pieces_of(self, ids: Sequence[int]) -> list[range]:
        """Find the rows of tracks, joined where they follow each other, from the top; who is not shown is left out."""
        if len(ids) <= MANY or not self._places:
            return list(pieces(sorted(row for row in map(self.row_of, ids) if row is not None)))
        import numpy as np

        asked, places = np.frombuffer(array("q", ids), dtype=np.int64), np.frombuffer(self._places, dtype=np.int32)
        found = places[asked[asked < len(places)]]
        rows = np.sort(found[found >= 0])
        starts = np.flatnonzero(np.diff(rows, prepend=-2) != 1)
        return [range(part[0], part[-1] + 1) for part in np.split(rows, starts[1:])] if len(rows) else []

    def row_of(self, track_id: int) -> int | None:
        """Find the row of a track."""
        if self._places:
            row = self._places[track_id] if 0 <= track_id < len(self._places) else -1
            return row if row >= 0 else None
        if self._rows is None:
            self._rows = dict(zip(self._ids, range(len(self._ids)), strict=True))
        return self._rows.get(track_id)

    def track_of(self, track_id: int) -> Track | None:
        """Give a track; None if it has not been loaded or is gone."""
        return self._tracks.get(track_id)

    def track_at(self, row: int) -> Track | None:
        """Give the track in a row; None if it has not been loaded or is gone."""
        return self._tracks.get(self._ids[row])

    def proposal_at(self, row: int) -> Proposal | None:
        """Give the proposal for the track in a row; None if it has not been loaded."""
        return self.proposal_of(self._ids[row])

    def proposal_of(self, track_id: int) -> Proposal | None:
        """Give the proposal for a track; None if it has not been loaded."""
        row = self._row_of(track_id)
        return None if row is None else row.proposal

    def _row_of(self, track_id: int) -> Row | None:
        row = self._made.get(track_id)
        if row is None and (track := self._tracks.get(track_id)) is not None:
            row = self._made[track_id] = Row.of(track, propose(track, self._state.now.policy))
        return row

    def loaded(self, ids: Iterable[int]) -> list[int]:
        """Give those of these ids whose tracks are loaded; all that are, where very many are meant."""
        if isinstance(ids, Sized) and len(ids) > MANY:
            return [track_id for track_id, track in self._tracks.items() if track is not None]
        return [track_id for track_id in ids if self._tracks.get(track_id) is not None]

    def held(self, paths: Iterable[str]) -> list[int]:
        """Give the ids of those files whose tracks are loaded."""
        return [self._by_path[path] for path in paths if path in self._by_path]

    def unloaded(self, first: int, last: int) -> list[int]:
        """Give the ids in the rows `first` to `last` whose tracks have not been loaded."""
        self._wanting = False
        rows = range(max(0, first), min(last + 1, len(self._ids)))
        return [self._ids[row] for row in rows if self._ids[row] not in self._tracks]

    # --- what it is given ----------------------------------------------------------------------------

    def edit_several(self, shared: tuple[str, ...] | None) -> None:
        """Have the next editor show what several rows share, and change no more than that; None ends it."""
        self._shared = shared

    def set_order(self, ids: array[int], tracks: Iterable[Track] = (), places: array[int] | None = None) -> None:
        """Show other rows; `tracks` are some of them, to be there from the start.

        `places` gives, where there are many, the row of each id, -1 for those without.
        """
        self.beginResetModel()
        self._ids = ids
        self._places = places or array("i")
        self._rows = None
        self._keep(tracks)
        self.endResetModel()

    def upsert(self, tracks: Iterable[Track], asked: Iterable[int] = ()) -> None:
        """Take tracks that were loaded or have changed; of those `asked` for, the others are gone."""
        tracks = list(tracks)
        self._forget(set(asked) - {track.id for track in tracks})
        self._keep(tracks)
        self._changed([track.id for track in tracks])

    def unload(self, track_ids: Iterable[int]) -> None:
        """Let go of tracks that nobody sees at the moment."""
        for track_id in track_ids:
            self._drop(track_id)

    def _follow(self, before: Known) -> None:
        """Propose by other rules, where the policy is another."""
        if self._state.now.policy == before.policy:
            return
        self._made.clear()
        if self._ids:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, len(COLUMNS) - 1))

    def _keep(self, tracks: Iterable[Track]) -> None:
        for track in tracks:
            self._tracks[track.id] = track
            self._by_path[track.path] = track.id
            self._made.pop(track.id, None)
        for track_id in list(self._tracks)[: max(0, len(self._tracks) - KEPT)]:
            self._drop(track_id)

    def _forget(self, gone: Iterable[int]) -> None:
        for track_id in gone:
            self._drop(track_id)
            self._tracks[track_id] = None

    def _drop(self, track_id: int) -> None:
        track = self._tracks.pop(track_id, None)
        self._made.pop(track_id, None)
        if track is not None and self._by_path.get(track.path) == track_id:
            del self._by_path[track.path]

    def _changed(self, track_ids: Iterable[int]) -> None:
        rows = [row for row in map(self.row_of, track_ids) if row is not None]
        if rows:
            self.dataChanged.emit(self.index(min(rows), 0), self.index(max(rows), len(COLUMNS) - 1))

    # --- what Qt asks --------------------------------------------------------------------------------

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        column = COLUMNS[section]
        if role == _Role.DisplayRole:
            return "" if column.key == "tick" else column.name
        if role in (_Role.ToolTipRole, _Role.AccessibleTextRole):
            return column.name
        if role == _Role.TextAlignmentRole:
            return _alignment(column.right)
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        column = index.column()
        if column == INDEX["proposal"]:
            return _EDITABLE
        if column == INDEX["tick"]:
            proposal = self.proposal_at(index.row())
            return _CHECKABLE if proposal is not None and tickable(proposal.action) else _PLAIN
        return _PLAIN

    def row(self, number: int) -> Row | None:
        """Give what a row shows, asking for it when it is not there."""
        track_id = self._ids[number]
        row = self._made.get(track_id) or self._row_of(track_id)
        if row is None and track_id not in self._tracks and not self._wanting:
            self._wanting = True
            self.rows_wanted.emit()
        return row

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> Any:
        show = _SHOWN.get(role)
        if show is None or not index.isValid():
            return None
        if role == _Role.EditRole and self._shared is not None:
            return "; ".join(self._shared)
        row = self.row(index.row())
        return None if row is None else show(index.column(), row)

    def setData(self, index: _Index, value: Any, role: int = _Role.EditRole) -> bool:
        proposal = self.proposal_at(index.row())
        if proposal is None:
            return False
        if role == _Role.CheckStateRole and index.column() == INDEX["tick"] and tickable(proposal.action):
            self.tick_wanted.emit(proposal.track_id, Qt.CheckState(value) == Qt.CheckState.Checked)
            return True
        if role == _Role.EditRole and index.column() == INDEX["proposal"]:
            genres = clean(str(value).split(";"))
            if self._shared is not None:
                self._change_several(self._shared, genres)
            elif genres != clean(proposal.new):
                self.genres_wanted.emit(proposal.track_id, genres)
            return True
        return False

    def _change_several(self, before: tuple[str, ...], after: tuple[str, ...]) -> None:
        keys_before, keys_after = genre_keys(before), genre_keys(after)
        add = tuple(genre for genre in after if genre_key(genre) not in keys_before)
        remove = tuple(genre for genre in before if genre_key(genre) not in keys_after)
        if add or remove:
            self.change_wanted.emit(add, remove)


def _alignment(right: bool) -> Qt.AlignmentFlag:
    return Qt.AlignmentFlag.AlignVCenter | (Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft)


def _text(column: int, row: Row) -> str:
    return row.texts[column]


def _editable(column: int, row: Row) -> str:
    return "; ".join(row.proposal.new) if column == INDEX["proposal"] else row.texts[column]


def _check_state(column: int, row: Row) -> Qt.CheckState | None:
    if column != INDEX["tick"] or not tickable(row.proposal.action):
        return None
    return Qt.CheckState.Checked if row.proposal.ticked else Qt.CheckState.Unchecked


def _accessible(column: int, row: Row) -> str:
    """Say in words what a cell draws: the proposal with how sure it is and what becomes of it."""
    key, text = COLUMNS[column].key, row.texts[column]
    if key == "tick":
        return row.state.name
    if key == "proposal" and text:
        confidence = row.texts[INDEX["confidence"]]
        return words.tr("{genre}, {confidence}, {state}").format(
            genre=text, confidence=confidence, state=row.state.name
        )
    return text


def _aligned(column: int, row: Row) -> Qt.AlignmentFlag:
    return _alignment(COLUMNS[column].right)


_SHOWN: dict[int, Callable[[int, Row], Any]] = {
    _Role.DisplayRole: _text,
    _Role.EditRole: _editable,
    _Role.CheckStateRole: _check_state,
    _Role.AccessibleTextRole: _accessible,
    _Role.TextAlignmentRole: _aligned,
}
