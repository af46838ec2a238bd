"""The panel about the selected track: what it is, what it has, what would be written and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent, QTextOption
from PySide6.QtWidgets import (
    QCompleter,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.look import theme, words
from app.look.candidate import SHOWN, STYLES, CandidateButton
from app.look.widgets import ElidedLabel, Glyph, button, label
from app.window.panels.several import SharedGenres
from genre_tagger.review.policy import Action, Policy, Proposal

if TYPE_CHECKING:
    from genre_tagger.library.tracks import Candidate, NoGenre, Track
    from genre_tagger.review.policy import Policy
    from genre_tagger.review.several import Shared


class PathText(QPlainTextEdit):
    """A path to select and copy; breaks anywhere and is as high as it needs to be."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("path", True)
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Path of the file"))
        self.document().setDocumentMargin(0)
        self.textChanged.connect(self._fit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        lines = max(1, int(self.document().size().height()))
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 4)


class Details(QScrollArea):
    """Signals: genre_chosen(str), left_alone() for no genre at all, choice_reset().

    Of several tracks: genre_added(str) and genre_removed(str), which leave each its other genres.
    """

    genre_chosen = Signal(str)
    genre_added = Signal(str)
    genre_removed = Signal(str)
    left_alone = Signal()
    choice_reset = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("details")
        self.setAccessibleName(self.tr("Details of the selected track"))
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(26 * theme.UNIT)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._known = QStringListModel(self)

    def showEvent(self, event: QShowEvent) -> None:
        self._build()
        super().showEvent(event)

    def _build(self) -> None:
        """Make the sheet, once: the first page has no details beside it."""
        if self.widget() is not None:
            return
        sheet = QWidget()
        sheet.setObjectName("sheet")
        self._column = QVBoxLayout(sheet)
        self._column.setContentsMargins(*[2 * theme.UNIT] * 4)
        self._column.setSpacing(theme.UNIT // 2)
        self._column.addWidget(self._nothing())
        self.parts, self._filled = QWidget(), False
        self._column.addWidget(self.parts)
        self._column.addStretch()
        self.setWidget(sheet)
        self.clear()

    def _nothing(self) -> QWidget:
        self.nothing = QWidget()
        column = QVBoxLayout(self.nothing)
        column.setContentsMargins(0, 8 * theme.UNIT, 0, 0)
        column.addWidget(Glyph("note", 32), 0, Qt.AlignmentFlag.AlignHCenter)
        text = label(self.tr("Select a track to see what it sounds like."), "quiet", wrap=True)
        text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(text)
        return self.nothing

    def _fill(self) -> None:
        """Make what is said of a track, once: when the first one is selected, which is after the window is seen."""
        self._filled = True
        column = QVBoxLayout(self.parts)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT // 2)
        self.title, self.artist, self.album = ElidedLabel("heading"), ElidedLabel(), ElidedLabel("quiet")
        for part in (self.title, self.artist, self.album):
            column.addWidget(part)
        column.addSpacing(2 * theme.UNIT)
        column.addLayout(self._change())
        column.addSpacing(2 * theme.UNIT)
        self.sounds_like = label(self.tr("Sounds like"), "caption")
        column.addWidget(self.sounds_like)
        self.candidates = Candidates()
        self.candidates.chosen.connect(self.genre_chosen)
        column.addWidget(self.candidates)
        self.styles = Styles()
        self.styles.chosen.connect(self.genre_chosen)
        column.addWidget(self.styles)
        column.addSpacing(theme.UNIT)
        self.shared = SharedGenres()
        self.shared.removed.connect(self.genre_removed)
        column.addWidget(self.shared)
        column.addLayout(self._own_choice())
        column.addSpacing(2 * theme.UNIT)
        self.file = self._file_facts()
        column.addWidget(self.file)

    def _change(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT // 2)
        grid.setColumnStretch(1, 1)
        self.before, self.after = ElidedLabel(), ElidedLabel("strong")
        self.after_caption = label(self.tr("After Write"), "quiet")
        grid.addWidget(label(self.tr("In the file"), "quiet"), 0, 0)
        grid.addWidget(self.before, 0, 1)
        grid.addWidget(self.after_caption, 1, 0)
        grid.addWidget(self.after, 1, 1)
        self.reason = label("", "quiet", wrap=True)
        grid.addWidget(self.reason, 2, 0, 1, 2)
        return grid

    def _own_choice(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(theme.UNIT)
        self.own = QLineEdit()
        self.own.setPlaceholderText(self.tr("Another genre…"))
        self.own.setAccessibleName(self.tr("Another genre"))
        self.own.setToolTip(self.tr("Type a genre and press Return. Several are separated by semicolons."))
        # The completer fills in what is chosen in its list only after it has passed Return on.
        self.own.returnPressed.connect(self._own_entered, Qt.ConnectionType.QueuedConnection)
        completer = QCompleter(self._known, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.own.setCompleter(completer)
        column.addWidget(self.own)
        row = QHBoxLayout()
        self.leave = button(self.tr("Leave as it is"), quiet=True)
        self.leave.clicked.connect(self.left_alone)
        self.reset = button(self.tr("Forget my choice"), quiet=True)
        self.reset.clicked.connect(self.choice_reset)
        row.addWidget(self.leave)
        row.addWidget(self.reset)
        row.addStretch()
        column.addLayout(row)
        return column

    def _file_facts(self) -> QWidget:
        box = QWidget()
        box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT // 2)
        grid.setColumnStretch(1, 1)
        grid.addWidget(label(self.tr("File"), "caption"), 0, 0, 1, 2)
        self.format, self.length, self.path = ElidedLabel(), ElidedLabel(), PathText()
        for row, (name, value) in enumerate(
            ((self.tr("Format"), self.format), (self.tr("Length"), self.length), (self.tr("Path"), self.path)), 1
        ):
            grid.addWidget(label(name, "quiet"), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, row, 1)
        return box

    def _own_entered(self) -> None:
        text = self.own.text().strip()
        if text:
            self.own.clear()
            adds = self.shared.isVisibleTo(self) and self.shared.adds
            (self.genre_added if adds else self.genre_chosen).emit(text)

    def set_known_genres(self, genres: Sequence[str]) -> None:
        """Offer these while a genre is typed."""
        self._known.setStringList(sorted({words.one_line(genre) for genre in genres} - {""}, key=str.casefold))

    def sizeHint(self) -> QSize:
        return QSize(max(34 * theme.UNIT, 20 * self.fontMetrics().averageCharWidth()), 60 * theme.UNIT)

    def clear(self) -> None:
        """Show that no track is selected."""
        if self.widget() is not None:
            self.nothing.show()
            self.parts.hide()

    def show_several(self, count: int) -> None:
        """Show that many tracks are selected; a genre chosen now is for all of them."""
        self._show_parts(one=False)
        title = self.tr("{} selected").format(words.tracks(count))
        if title != self.title.accessibleName():
            self.title.set_text(title)
            self.shared.show_genres(None)

    def show_shared(self, shared: Shared) -> None:
        """Show which genres all of the selected tracks have."""
        if self.widget() is not None and self._filled:
            self.shared.show_genres(shared)

    def show_track(self, track: Track, proposal: Proposal, policy: Policy) -> None:
        """Show one track and what would become of it."""
        self._show_parts(one=True)
        title = words.one_line(track.title) or words.printable(track.path.rpartition("/")[2])
        self.title.set_text(title)
        self.artist.set_text(words.one_line(track.artist))
        self.album.set_text(words.one_line(track.album))
        self.artist.setVisible(bool(self.artist.accessibleName()))
        self.album.setVisible(bool(self.album.accessibleName()))
        self.before.set_text(words.genres(track.genres))
        writes = proposal.action is Action.WRITE
        self.after.set_text(words.genres(proposal.new) if writes else self.tr("unchanged"))
        self.reason.setText(reason(track, proposal, policy))
        found = track.prediction.candidates[:SHOWN] if track.prediction else ()
        self.sounds_like.setVisible(bool(found))
        self.candidates.setVisible(bool(found))
        self.candidates.show_candidates(found, proposal.new if writes else (), policy)
        self.styles.show_track(track, proposal.new if writes else ())
        self.own.setVisible(not track.missing and track.error_stage != "scan")
        self.leave.setVisible(writes)
        self.reset.setVisible(track.decision is not None)
        self.format.set_text(track.format or "–")
        self.length.set_text(words.length(track.length) if track.length else "–")
        self.path.setPlainText(words.printable(track.path))

    def _show_parts(self, *, one: bool) -> None:
        self._build()
        if not self._filled:
            self._fill()
        self.nothing.hide()
        self.parts.show()
        for part in (self.album, self.sounds_like, self.candidates, self.styles, self.file, self.reason):
            part.setVisible(one)
        self.artist.setVisible(one)
        self.shared.setVisible(not one)
        self.own.show()
        self.before.set_text(self.tr("various"))
        self.after.set_text(self.tr("various"))
        self.leave.show()
        self.reset.show()


def reason(track: Track, proposal: Proposal, policy: Policy) -> str:
    """Say why a track is written or not."""
    if track.missing:
        return words.tr("The file is not where it was. Its row is kept in case it comes back.")
    if track.error:
        return track.error
    if proposal.action is Action.NONE:
        return words.tr("Not listened to yet.")
    if proposal.action is Action.NOTHING:
        return no_genre(track.prediction.nothing if track.prediction else None)
    return _reason_of_action(track, proposal, policy)


def no_genre(why: NoGenre | None) -> str:
    """Say why the model names no genre, kindly: nothing is wrong with the file."""
    from genre_tagger.library.tracks import NoGenre  # not before the window is seen

    return words.tr((why or NoGenre.NOT_MUSIC).sentence)


def _reason_of_action(track: Track, proposal: Proposal, policy: Policy) -> str:
    sure = words.percent(proposal.probability or 0)
    if proposal.action is Action.WRITE:
        if track.decision is not None:
            return words.tr("This is your choice.")
        return words.tr("The sound says {genre}, {sure} sure.").format(genre=proposal.genre, sure=sure)
    return {
        Action.REFUSED: proposal.refusal,
        Action.SAME: words.tr("The file has this genre already."),
        Action.KEEP: words.tr("The file has a genre, and only empty ones are filled. Choose a genre to change it."),
        Action.REJECTED: words.tr("You left this track as it is."),
        Action.UNSURE: _unsure(track, proposal, policy),
    }[proposal.action]


def _unsure(track: Track, proposal: Proposal, policy: Policy) -> str:
    sure, style = words.percent(proposal.probability or 0), track.prediction and track.prediction.strong_style
    if style:
        return words.tr(
            "This is strongly {style}, and none of the main genres fits it well ({genre}: {sure}). "
            "Choose a genre or a style to write one."
        ).format(style=style, genre=proposal.genre, sure=sure)  # fmt: skip
    likeliest = track.prediction.candidates[0] if track.prediction and track.prediction.candidates else None
    if likeliest is not None and likeliest.only_offered:
        return words.tr(
            "This sounds most like {likeliest}, which is too often wrong to be proposed ({genre}: {sure}). Choose it, "
            "or another genre, to write one."
        ).format(likeliest=policy.word(likeliest.genre), genre=proposal.genre, sure=sure)  # fmt: skip
    return words.tr("{sure} sure is below your limit of {limit}. Choose a genre to write one.").format(
        sure=sure, limit=words.percent(policy.threshold)
    )


class Candidates(QWidget):
    """Five of them, likeliest first. Signal: chosen(genre)."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.buttons = [CandidateButton(key) for key in range(1, SHOWN + 1)]
        for choice in self.buttons:
            choice.clicked.connect(lambda _=False, choice=choice: self.chosen.emit(choice.text()))
            column.addWidget(choice)

    def show_candidates(self, candidates: Sequence[Candidate], chosen: Sequence[str], policy: Policy) -> None:
        """Show other candidates; those among `chosen` are ticked."""
        folded = {genre.casefold() for genre in chosen}
        for choice, candidate in zip(self.buttons, candidates, strict=False):
            genres = policy.genres(candidate.genre)
            ticked = folded.issuperset(genre.casefold() for genre in genres)
            choice.show_candidate(policy.word(candidate.genre), candidate, ticked)
        for number, choice in enumerate(self.buttons):
            choice.setVisible(number < len(candidates))


class Styles(QWidget):
    """Styles that the model hears besides its genres, under a heading of their own. Signal: chosen(genre)."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.UNIT, 0, 0)
        column.setSpacing(2)
        self.caption = label(self.tr("Styles in it"), "caption")
        self.caption.setToolTip(self.tr("What the model hears besides its genres; chosen only by you"))
        column.addWidget(self.caption)
        self.buttons = [CandidateButton(SHOWN + number) for number in range(1, STYLES + 1)]
        for choice in self.buttons:
            choice.clicked.connect(lambda _=False, choice=choice: self.chosen.emit(choice.text()))
            column.addWidget(choice)
        self.moods = label("", "quiet", wrap=True)
        column.addWidget(self.moods)

    def show_track(self, track: Track, chosen: Sequence[str]) -> None:
        """Show what is heard in another track; nothing is seen when there is nothing to say."""
        prediction = track.prediction
        styles = prediction.styles[:STYLES] if prediction is not None else ()
        folded = {genre.casefold() for genre in chosen}
        first = min(SHOWN, len(prediction.candidates) if prediction is not None else 0) + 1
        for number, choice in enumerate(self.buttons):
            choice.setVisible(number < len(styles))
            if number < len(styles):
                choice.show_style(first + number, styles[number], styles[number].casefold() in folded)
        self.caption.setVisible(bool(styles))
        self.moods.setText(moods(track))
        self.moods.setVisible(bool(self.moods.text()))
        self.setVisible(bool(styles or self.moods.text()))


def moods(track: Track) -> str:
    """Say in a few words which moods, eras, voices and instruments the model hears in a track."""
    tag_values = track.prediction.tag_values if track.prediction is not None else None
    if tag_values is None:
        return ""
    said = [tag.fact.label for kind in ("mood", "era", "voice", "instrument") for tag in tag_values.words(kind)[:2]]
    also = words.one_line(words.tr("Also heard: {}").format(", ".join(said))) if said else ""
    mood = words.one_line(words.tr("Mood: {}").format(words.mood(tag_values.mood))) if tag_values.mood else ""
    return "\n".join(filter(None, (mood, also)))
