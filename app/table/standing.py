"""What is selected and seen in the table, and where the keyboard is, kept while its rows change."""

from __future__ import annotations

from collections.abc import Container, Hashable

from app.table.track_model import TrackModel
from app.table.track_view import TrackView


class Standing:
    """Takes down what is selected and seen, and where the keyboard is, before the rows change.

    `digest` tells these rows from others, whatever their order is; None where they are only the first of many.
    """

    def __init__(self, view: TrackView, model: TrackModel, digest: Hashable) -> None:
        self._view, self._model, self._ids, self._digest = view, model, model.ids(), digest
        self._selected = model.ids_in(view.selected_rows())
        self._all = len(self._selected) == len(self._ids) > 1
        self._row = view.currentIndex().row()
        first, _ = view.visible_rows()
        self._row_at_top, self._anchor = first, self._ids[first] if first < len(self._ids) else None
        self._offset = view.verticalScrollBar().value() - view.rowHeight(first) * first
        self._after: object = None

    def select_again(self, digest: Hashable) -> None:
        """Select the same tracks, as far as they are still there, and give the keyboard its row if that is.

        Where all were selected, all are again if their digest is the same, or if they were not all of them by then.
        """
        row = self._model.row_of(self._ids[self._row]) if self._row >= 0 else None
        if row is not None:
            self._view.set_current_row(row)
        if self._all and self._digest in (None, digest):
            self._view.selectAll()
        elif parts := self._model.pieces_of(self._selected):
            self._view.select_pieces(parts)
        self._after = self._now()

    def is_untouched(self) -> bool:
        """Tell whether nobody has selected anything else since :meth:`select_again`."""
        return self._now() == self._after

    def hides_selection(self) -> bool:
        """Tell whether something was selected of which nothing is among the rows now."""
        return len(self._selected) > 0 and not self._view.selected_rows()

    def _now(self) -> object:
        return self._view.selected_rows(), self._view.currentIndex().row()

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
        """Show the same track at the top, exactly as it was; of the first of many, whatever is the first of all."""
        if self._digest is None and self._row_at_top == 0:
            self._view.scrollToTop()
            return
        row = self._model.row_of(self._anchor) if self._anchor is not None else None
        if row is not None:
            self._view.verticalScrollBar().setValue(row * self._view.rowHeight(row) + self._offset)
