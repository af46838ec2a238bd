"""What is selected and seen in the table, and where the keyboard is, kept while its rows change."""

from __future__ import annotations

from collections.abc import Container

from app.table.track_model import TrackModel
from app.table.track_view import TrackView


class Standing:
    """Takes down what is selected and seen, and where the keyboard is, before the rows change.

    `same` tells whether the same tracks come back, in another order.
    """

    def __init__(self, view: TrackView, model: TrackModel, same: bool) -> None:
        self._view, self._model, self._ids = view, model, model.ids()
        rows = view.selected_rows()
        self._selected = model.ids_in(rows)
        self._all = same and len(self._selected) == len(self._ids) > 1
        self._row = view.currentIndex().row()
        first, _ = view.visible_rows()
        self._anchor = self._ids[first] if first < len(self._ids) else None
        self._offset = view.verticalScrollBar().value() - view.rowHeight(first) * first

    def select_again(self) -> None:
        """Select the same tracks, as far as they are still there, and give the keyboard its row if that is."""
        row = self._model.row_of(self._ids[self._row]) if self._row >= 0 else None
        if row is not None:
            self._view.set_current_row(row)
        if self._all:
            self._view.selectAll()
        elif parts := self._model.pieces_of(self._selected):
            self._view.select_pieces(parts)

    def go_on(self, judged: Container[int]) -> None:
        """Where the keyboard's row is gone, give it the next that is left.

        That is selected too if the user has `judged` the one that was: only then they wait for it.
        """
        if self._row < 0 or self._view.currentIndex().isValid() or not self._model.ids():
            return
        after = (row for track in self._ids[self._row :] if (row := self._model.row_of(track)) is not None)
        row = next(after, len(self._model.ids()) - 1)
        self._view.set_current_row(row)
        if self._ids[self._row] in judged and self._selected and not self._view.selected_rows():
            self._view.select_rows([row])

    def scroll_back(self) -> None:
        """Show the same track at the top, exactly as it was."""
        row = self._model.row_of(self._anchor) if self._anchor is not None else None
        if row is not None:
            self._view.verticalScrollBar().setValue(row * self._view.rowHeight(row) + self._offset)
