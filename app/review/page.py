"""The review page: one track large, what can be answered, how many are left, and the last decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.look import theme, words
from app.look.widgets import ElidedLabel, Glyph, IconButton, TickBox, button, label
from app.review.answers import AnswerButtons, Candidates, OtherGenre
from app.settings.keys import REVIEW_KEYS, keys_of, shown, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from genre_tagger.library.steps import Step
    from genre_tagger.library.tracks import Candidate, Track

# Kinds of steps in which each track got its own genre: from a list of several, and of what became sure.
SEVERAL, SURE = "several", "became sure"
_COVER = 14 * theme.UNIT


class ReviewPage(QScrollArea):
    """Shows what it is told to, and tells which keys were pressed.

    Signals: pressed(id of a key, held) for keys and buttons; chosen_own(genre) for a key of one's own; typed(genres);
    wide_agreed() and wide_left() for the tracks that are shown before they get the same; step_asked(step id, edit).
    """

    pressed = Signal(str, bool)
    chosen_own = Signal(str)
    typed = Signal(str)
    wide_agreed = Signal()
    wide_left = Signal()
    step_asked = Signal(int, bool)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("framed")
        self.setAccessibleName(self.tr("Review"))
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._keys: dict[str, tuple[str, bool]] = {}
        self._own: dict[str, str] = {}
        self._held: set[int] = set()
        self._sheet: QWidget | None = None
        self._ended = False
        self.caps_lock = False
        self._build()

    # --- what it is made of --------------------------------------------------------------------------

    def _build(self) -> None:
        sheet = QWidget()
        sheet.setObjectName("page")
        row = QHBoxLayout(sheet)
        row.setContentsMargins(2 * theme.UNIT, theme.UNIT, 2 * theme.UNIT, theme.UNIT)  # low windows show all answers
        row.setSpacing(3 * theme.UNIT)
        left = QVBoxLayout()
        left.setSpacing(theme.UNIT)
        left.addLayout(self._head())
        self.track = QWidget()
        self.track.setLayout(self._track())
        left.addWidget(self.track)
        self.candidates = Candidates()
        self.candidates.chosen.connect(lambda key: self.pressed.emit(f"candidate_{key}", False))
        left.addWidget(self.candidates)
        self.other = OtherGenre()
        self.other.entered.connect(self._typed)
        self.other.left.connect(self._leave_other)
        self.other.hide()
        left.addWidget(self.other)
        short = {
            "accept": self.tr("Accept the first"), "leave": self.tr("Leave alone"), "more": self.tr("More genres"),
            "other": self.tr("Another genre"),
            "album": self.tr("The album"), "alike": self.tr("These alike"), "take_back": self.tr("Take back"),
            "handful": self.tr("Nine at once"), "previous": self.tr("Back"), "next": self.tr("Next"),
        }  # fmt: skip
        full = {key.id: text_of(key) for key in REVIEW_KEYS}
        self.answers = AnswerButtons([(id_, text, full[id_]) for id_, text in short.items()])
        self.answers.pressed.connect(lambda id_: self.pressed.emit(id_, False))
        left.addWidget(self.answers)
        self._space = QWidget()
        left.addWidget(self._space, 1)
        self._left = left
        row.addLayout(left, 3)
        row.addLayout(self._decisions(), 1)
        self.setWidget(sheet)

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.left = ElidedLabel("quiet")
        row.addWidget(self.left, 1)
        self.sure = button("", quiet=True)
        self.sure.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.sure.hide()
        row.addWidget(self.sure)
        self.albums = TickBox(self.tr("Whole albums"))
        self.albums.setToolTip(self.tr("Each answer is for all tracks of the album that wait for one"))
        self.albums.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row.addWidget(self.albums)
        self.close_button = IconButton("close", self.tr("Back to the table"))
        self.close_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.close_button.clicked.connect(lambda: self.pressed.emit("close", False))
        row.addWidget(self.close_button)
        return row

    def _track(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * theme.UNIT)
        self.cover = QLabel()
        self.cover.setFixedSize(_COVER, _COVER)
        self.cover.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._no_cover = Glyph("note", 48)
        row.addWidget(self.cover, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(theme.UNIT // 2)
        self.title, self.artist = ElidedLabel("title"), ElidedLabel("heading")
        self.says, self.path = ElidedLabel(), ElidedLabel("quiet", Qt.TextElideMode.ElideMiddle)
        self.why = label("", "warning", wrap=True)
        for part in (self.title, self.artist, self.says, self.path, self.why):
            column.addWidget(part)
        column.addStretch()
        row.addLayout(column, 1)
        return row

    def _wide(self) -> QWidget:
        """Tracks that are to get the same: shown before they do."""
        self.wide = QWidget()
        column = QVBoxLayout(self.wide)
        column.setContentsMargins(0, 0, 0, 0)
        self.wide_title = label("", "strong", wrap=True)
        self.wide_title.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.wide_list = QListWidget()
        self.wide_list.setObjectName("framed")
        self.wide_list.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.wide_list.setMinimumHeight(10 * theme.UNIT)
        self.wide_list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.wide_list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.wide_list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.wide_list.setAccessibleName(self.tr("Tracks that get the same; untick those that are not to"))
        column.addWidget(self.wide_title)
        column.addWidget(self.wide_list, 1)
        self.wide.hide()
        return self.wide

    def _decisions(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(theme.UNIT)
        column.addWidget(self._wide(), 2)
        column.addWidget(label(self.tr("Last decisions"), "caption"))
        self.steps = QListWidget()
        self.steps.setObjectName("plain")
        self.steps.setAccessibleName(self.tr("The last ten decisions; Return goes back to one, Delete takes it back"))
        self.steps.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.steps.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.steps.setMinimumWidth(16 * theme.UNIT)
        # What stands beside the track scrolls, so that no list there takes the room of what is drawn below.
        self.steps.setMinimumHeight(8 * theme.UNIT)
        self.steps.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.steps.setSpacing(theme.UNIT // 4)
        self.steps.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.steps.itemClicked.connect(lambda item: self._ask_step(item, edit=True))
        self.steps.itemActivated.connect(lambda item: self._ask_step(item, edit=True))
        self.steps.setToolTip(self.tr("A click, or Return, goes back to a decision; Delete takes it back"))
        delete = QShortcut(QKeySequence.StandardKey.Delete, self.steps, context=Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(lambda: self._take_step_back(self.steps.currentItem()))
        column.addWidget(self.steps, 1)
        self.spots = label("", "quiet", wrap=True)
        self.spots.hide()
        column.addWidget(self.spots)
        return column

    def _ask_step(self, item: QListWidgetItem, *, edit: bool) -> None:
        self.step_asked.emit(item.data(Qt.ItemDataRole.UserRole), edit)

    def _take_step_back(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self._ask_step(item, edit=False)

    def wanted_height(self) -> int:
        """The height in which nothing has to be scrolled."""
        sheet = self.widget()
        frame = self.height() - self.viewport().height()
        return sheet.sizeHint().height() + frame if sheet is not None else 0

    # --- another list in the place of the track -------------------------------------------------------

    def add_sheet(self, sheet: QWidget) -> None:
        """Take in something that is going to be shown in the place of the track."""
        sheet.hide()
        self._left.addWidget(sheet, 3)

    def show_sheet(self, sheet: QWidget, focus: QWidget) -> None:
        """Show it, with the keyboard at one of its parts, until it is left."""
        self._sheet = sheet
        self.other.hide()
        self._choose_parts()
        focus.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def has_sheet(self) -> bool:
        """Whether another list is shown in the place of the track."""
        return self._sheet is not None

    def leave_sheet(self) -> None:
        """Show the track again."""
        if self._sheet is not None:
            self._sheet.hide()
            self._sheet = None
            self._choose_parts()
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose_parts(self) -> None:
        """Show what belongs to the sheet, to the track, or to the end."""
        at_track = self._sheet is None
        for part in (self.track, self.answers, self._space):
            part.setVisible(at_track)
        self.candidates.setVisible(at_track and not self._ended)
        self.answers.show_ended(self._ended)
        self.wide.setVisible(at_track and self.says_beside())
        self.wide_list.setVisible(self.wide_list.count() > 0)
        if self._sheet is not None:
            self._sheet.show()

    # --- what it shows -------------------------------------------------------------------------------

    def show_track(
        self, track: Track, genres: Sequence[str], heard: Mapping[str, Candidate], chosen: Sequence[str], why: str
    ) -> None:
        """Show a track, what the number keys stand for and what of it is heard and chosen, and what is the matter."""
        self.title.set_text(words.one_line(track.title) or words.printable(track.path.rpartition("/")[2]))
        of = (words.one_line(track.artist), words.one_line(track.album), str(track.details.year or ""))
        self.artist.set_text("  ·  ".join(filter(None, of)))
        said = self.tr("In the file: {}").format(words.genres(track.genres))
        if chosen:
            said += "  ·  " + self.tr("Your choice: {}").format(words.genres(tuple(chosen)))
        self.says.set_text(said)
        self.path.set_text(words.printable(track.path))
        self.why.setText(why)
        self.why.setVisible(bool(why))
        self.candidates.show_genres(genres, heard, chosen)
        self._ended = False
        self._choose_parts()
        self.show_cover(None)

    def show_end(self, title: str, text: str) -> None:
        """Say that there is nothing to decide."""
        self.title.set_text(title)
        for part in (self.artist, self.path):
            part.set_text("")
        self.says.set_text(text)
        self.why.hide()
        self._ended = True
        self._choose_parts()
        self.show_cover(None)

    def show_albums(self, on: bool) -> None:
        """Show whether answers are for whole albums."""
        self.albums.setChecked(on)

    def show_cover(self, picture: QPixmap | None) -> None:
        """Show a cover, or that there is none."""
        self.cover.setPixmap(self._no_cover.pixmap() if picture is None else picture)

    def show_left(self, text: str, spots: str = "") -> None:
        """Say how many are left, and how the spot check goes."""
        self.left.set_text(text)
        self.spots.setText(spots)
        self.spots.setVisible(bool(spots))

    def show_steps(self, steps: Sequence[Step]) -> None:
        """List the last decisions, the newest first."""
        self.steps.clear()
        for step in steps:
            said = step.decision
            genre = self.tr("forgotten") if said is None else (
                words.genres(said.genres) if said.accepted is not False else self.tr("left alone")
            )  # fmt: skip
            if step.kind in (SEVERAL, SURE) and len(step.tracks) > 1:
                genre = self.tr("each its own genre")
            title = words.one_line(step.titles[0]) if step.titles else "–"
            more = f" +{len(step.tracks) - 1}" if len(step.tracks) > 1 else ""
            item = QListWidgetItem(f"{title}{more}\n{genre}")
            item.setData(Qt.ItemDataRole.UserRole, step.id)
            item.setToolTip(words.plain_tooltip(f"{title}{more}: {genre}"))
            self.steps.addItem(item)

    def show_wide(self, title: str, tracks: Sequence[Track]) -> None:
        """Show tracks that are to get the same, before they do; none hides them."""
        self.wide_list.clear()
        self.wide_title.setText(title)
        for track in tracks:
            text = words.one_line(track.title) or words.printable(track.path.rpartition("/")[2])
            item = QListWidgetItem(f"{text}  ·  {words.one_line(track.artist)}" if track.artist else text)
            item.setData(Qt.ItemDataRole.UserRole, track.id)
            item.setToolTip(words.plain_tooltip(item.text()))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked)
            self.wide_list.addItem(item)
        self._choose_parts()

    def says_beside(self) -> bool:
        """Whether tracks that are to get the same stand beside the track, or why there are none."""
        return bool(self.wide_title.text())

    def wide_ids(self) -> list[int]:
        """List the tracks that are ticked among those shown."""
        items = [self.wide_list.item(row) for row in range(self.wide_list.count())]
        return [item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() is Qt.CheckState.Checked]

    def ask_other(self) -> None:
        """Have a genre typed."""
        self.other.show()
        self.other.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._left.activate()  # it has its place by now
        self.ensureWidgetVisible(self.other)

    def _typed(self, text: str) -> None:
        self._leave_other()
        self.typed.emit(text)

    def _leave_other(self) -> None:
        self.other.hide()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- keys ----------------------------------------------------------------------------------------

    def set_keys(self, chosen: Mapping[str, str], own: Mapping[str, str]) -> None:
        """Take other keys."""
        self._keys = {keys: (row.id, row.repeats) for row in reversed(REVIEW_KEYS) for keys in keys_of(row, chosen)}
        self._own = dict(own)
        self.answers.show_keys({row.id: shown(keys_of(row, chosen)[0]) for row in REVIEW_KEYS})

    def meaning(self, event: QKeyEvent) -> str:
        """Tell what a key is for, by its id; "" for nothing."""
        return self._keys.get(_keys_of(event), ("", False))[0]

    def event(self, event: QEvent) -> bool:
        """Have the keys of the page before the shortcuts of the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = _keys_of(event)
            if (keys in self._keys or keys in self._own) and not self.other.hasFocus():
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = _keys_of(event)
        self._look_at_caps_lock(event)
        known, repeats = self._keys.get(keys, ("", False))
        if self.steps.hasFocus() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return  # the list has gone to a decision by now, and passes the key on all the same
        if self._sheet is not None or (not known and keys not in self._own):
            super().keyPressEvent(event)
            return
        # A key that is held decides nothing more: it would decide on the next track. Of several held ones none does.
        with_others = bool(self._held - {event.key()})
        if not event.isAutoRepeat():
            self._held.add(event.key())
        if with_others or (event.isAutoRepeat() and not repeats):
            return
        if known:
            self.pressed.emit(known, event.isAutoRepeat())
        else:
            self.chosen_own.emit(self._own[keys])

    def _look_at_caps_lock(self, event: QKeyEvent) -> None:
        """Qt tells of it only by what letters become."""
        if event.key() == Qt.Key.Key_CapsLock:
            self.caps_lock = not self.caps_lock
        elif len(event.text()) == 1 and event.text().isalpha():
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.caps_lock = event.text().isupper() != shift

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat():
            self._held.discard(event.key())
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._held.clear()
        super().focusOutEvent(event)


def _keys_of(event: QKeyEvent) -> str:
    """The keys of an event as settings have them; those of the number pad are like the others."""
    combination = event.keyCombination()
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    sequence = QKeySequence(modifiers.value | combination.key().value)
    return sequence.toString(QKeySequence.SequenceFormat.PortableText)
