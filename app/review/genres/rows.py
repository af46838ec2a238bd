"""The rows of the list of genres: what stands in its cells, and in a sentence what a genre is worth."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QIcon

from app.look import genre_colours, words
from app.look.rows_model import Index, RowsModel
from genre_tagger.library.storing import fold
from genre_tagger.review.learned import GenreReport, State
from genre_tagger.review.names.standing import Standing

NAME, PARENT, TRUST, EXAMPLES, PROPOSED, WORTH = range(6)
_Role = Qt.ItemDataRole


def worth(row: Standing) -> str:
    """Say in a sentence what is known of a genre: whether it is learned, how well, and what it wants."""
    if not row.examples:
        if row.known:
            return words.tr("The model knows it. There are no examples of yours.")
        return words.tr("No examples yet: decide on tracks, or trust its tags.")
    examples = _examples(row.examples)
    if row.missing:
        return words.tr("{}; it needs {} more.").format(examples, words.number(row.missing))
    if row.report is None or row.report.state is State.FEW:
        return words.tr("{}, not learned yet.").format(examples)
    said = _learned(row.report)
    if row.since > 0:
        return words.tr("{} Since then {} more.").format(said, words.number(row.since))
    return words.tr("{} Since then {} fewer.").format(said, words.number(-row.since)) if row.since else said


def _examples(count: int) -> str:
    return words.tr("1 example") if count == 1 else words.tr("{} examples").format(words.number(count))


def _learned(report: GenreReport) -> str:
    examples = _examples(report.examples)
    if report.state is State.ONE:
        return words.tr("{}, all by one artist: nobody can tell yet what was learned. It needs another artist.").format(
            examples
        )
    right = words.tr("{}, right in {} ({}–{})").format(
        examples, words.share(report.right / report.examples), words.share(report.low), words.share(report.high)
    )
    if report.state is State.ON:
        return words.tr("{}, would name {} of your untagged tracks.").format(right, words.number(report.would_name))
    if report.state is State.OFF:
        return words.tr("{}; you do not want it proposed.").format(right)
    if report.state is State.WORSE:
        return words.tr("{}; that is no better than the model, which decides.").format(right)
    if report.instead:
        text = words.tr("{}; it cannot be told apart well enough, most often from {}, and is not proposed.")
        return text.format(right, words.one_line(report.instead))
    return words.tr("{}; it cannot be told apart well enough and is not proposed.").format(right)


def detail(row: Standing) -> str:
    """Say from when on a genre is named, and how often that was right; "" where it is not."""
    report = row.report
    if report is None or report.state is not State.ON:
        return ""
    text = words.tr("It is named from {} on: {} examples were, {} of them rightly, where the model alone has {}.")
    numbers = map(words.number, (report.named, report.kept, report.bundled))
    return text.format(words.share(report.threshold), *numbers)


def sources(row: Standing) -> str:
    """Say where the examples of a genre come from."""
    if not row.examples:
        return ""
    if not row.trusted or not row.tagged:
        return words.tr("{} decided").format(words.number(row.decided))
    if not row.decided:
        return words.tr("{} tags").format(words.number(row.tagged))
    return words.tr("{} decided, {} tags").format(words.number(row.decided), words.number(row.tagged))


class GenresModel(RowsModel[Standing]):
    """All genres, or those with a text in one of their words.

    Signals: trusted(genre, bool), proposed(genre, bool) when a box is ticked or not any more.
    """

    trusted = Signal(str, bool)
    proposed = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__((
            words.tr("Genre"), words.tr("Kind of"), words.tr("Trust its tags"), words.tr("Examples"),
            words.tr("Propose"), words.tr("What is known of it"),
        ))  # fmt: skip
        self._all: list[Standing] = []
        self._wanted = ""

    def take(self, rows: list[Standing]) -> None:
        """Take what there is now; the person's own come first, then those of files, then what the model alone knows."""
        self._all = sorted(rows, key=lambda row: (not _is_own(row), not row.tracks))
        self.narrow(self._wanted)

    def all_rows(self) -> list[Standing]:
        """Give all genres, also those that are not shown."""
        return self._all

    def narrow(self, text: str) -> None:
        """Show the genres alone that have this text in their name, their kind or another word for them."""
        self._wanted = wanted = fold(text.strip())
        shown = [row for row in self._all if any(wanted in fold(w) for w in (row.name, row.parent, *row.aliases))]
        if [row.name for row in shown] == [row.name for row in self.rows]:
            self.rows = shown
            if shown:
                self.dataChanged.emit(self.index(0, 0), self.index(len(shown) - 1, WORTH))
        else:
            self.show(shown)

    def index_of(self, name: str) -> QModelIndex:
        """Find a genre; an invalid index where it is not shown."""
        return next((self.index(place, 0) for place, row in enumerate(self.rows) if row.name == name), QModelIndex())

    def text(self, row: Standing, column: int) -> str:
        if column == TRUST:
            return words.number(row.tagged) if row.tagged else ""
        return (
            words.one_line(row.name), words.one_line(row.parent), "", sources(row), "", worth(row),
        )[column]  # fmt: skip

    def flags(self, index: Index) -> Qt.ItemFlag:
        can = super().flags(index)
        return can | Qt.ItemFlag.ItemIsUserCheckable if index.column() in (TRUST, PROPOSED) else can

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        row, column = self.rows[index.row()], index.column()
        if role == _Role.CheckStateRole and column in (TRUST, PROPOSED):
            ticked = row.trusted if column == TRUST else row.proposed
            return Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
        if role == _Role.DecorationRole and column == NAME:
            return swatch_icon(row.name)
        if role == _Role.ToolTipRole and column in (NAME, WORTH):
            text = worth(row) if column else words.one_line(", ".join((row.name, *row.aliases)))
            return words.plain_tooltip(text)
        if role == _Role.AccessibleTextRole and column in (TRUST, PROPOSED):
            return self.headerData(column, Qt.Orientation.Horizontal)
        return super().data(index, role)

    def setData(self, index: Index, value: Any, role: int = _Role.EditRole) -> bool:
        if role != _Role.CheckStateRole or index.column() not in (TRUST, PROPOSED):
            return False
        ticked = Qt.CheckState(value) == Qt.CheckState.Checked
        (self.trusted if index.column() == TRUST else self.proposed).emit(self.rows[index.row()].name, ticked)
        return True


def swatch_icon(genre: str) -> QIcon:
    """Draw the colour of a genre as an icon, which a selection does not tint."""
    icon, drawn = QIcon(), genre_colours.swatch(genre)
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
        icon.addPixmap(drawn, mode)
    return icon


def _is_own(row: Standing) -> bool:
    return row.listed or row.examples > 0 or row.trusted or not row.proposed


def shade_of(row: Standing) -> QColor:
    """Give the colour of a genre: the one picked, or the automatic one."""
    return QColor(row.colour or genre_colours.automatic(row.name))
