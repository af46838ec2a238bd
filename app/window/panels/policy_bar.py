"""The strip above the table: what happens to files that have a genre, and how sure is sure enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSlider, QVBoxLayout, QWidget

from app.look import theme, words
from app.look.widgets import ElidedLabel, label
from app.settings.settings import about, translated
from genre_tagger.review.policy import Policy

if TYPE_CHECKING:
    from genre_tagger.model.card import ModelCard


class PolicyBar(QWidget):
    """Signal: rules_chosen(mode, threshold, by), at once for every step of the slider."""

    rules_chosen = Signal(str, float, str)

    def __init__(self, policy: Policy, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._policy, self._built = policy, False
        self._card: ModelCard | None = None
        self._among: tuple[str, ...] = ()

    def build(self) -> None:
        """Make what is on it, once; to be called before it is shown."""
        if self._built:
            return
        self._built = True
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * theme.UNIT, theme.UNIT, 2 * theme.UNIT, theme.UNIT)
        column.setSpacing(theme.UNIT // 2)
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        column.addLayout(row)
        self.mode = self._add_choice(row, "mode", self.tr("What to do with genres that files have already"))
        self.by = self._add_choice(row, "by", self.tr("Whether albums or tracks are judged"))
        row.addSpacing(2 * theme.UNIT)
        self._add_threshold(row, self._policy.threshold)
        row.addStretch()
        self.expected = ElidedLabel("quiet")
        column.addWidget(self.expected)
        self._tell()

    def _add_choice(self, row: QHBoxLayout, name: str, told: str) -> QComboBox:
        made = QComboBox()
        for value, text in about(name).choices:
            made.addItem(translated(text), value)
        made.setCurrentIndex(made.findData(getattr(self._policy, name).value))
        made.setAccessibleName(told)
        made.setToolTip(told)
        made.setMinimumWidth(16 * theme.UNIT)  # large text does not make the window wider than a screen
        made.currentIndexChanged.connect(self._changed)
        row.addWidget(made)
        return made

    def _add_threshold(self, row: QHBoxLayout, threshold: float) -> None:
        words_before = label(self.tr("when at least"), "quiet")
        row.addWidget(words_before)
        self.threshold = QSlider(Qt.Orientation.Horizontal)
        self.threshold.setRange(0, round(about("threshold").most * 100))
        self.threshold.setSingleStep(1)
        self.threshold.setPageStep(5)
        self.threshold.setMinimumWidth(10 * theme.UNIT)
        self.threshold.setMaximumWidth(18 * theme.UNIT)
        self.threshold.setValue(round(threshold * 100))
        self.threshold.setAccessibleName(self.tr("How sure the model must be, in percent"))
        self.threshold.setToolTip(translated(about("threshold").help))
        self.threshold.valueChanged.connect(self._changed)
        row.addWidget(self.threshold, 1)
        self.sure = label("", "quiet")
        self.sure.setMinimumWidth(self.sure.fontMetrics().horizontalAdvance(self._sure(self.threshold.maximum())))
        self.sure.setText(self._sure(self.threshold.value()))
        row.addWidget(self.sure)

    def _sure(self, value: int) -> str:
        return self.tr("{} sure").format(words.percent(value / 100))

    def _changed(self) -> None:
        self.sure.setText(self._sure(self.threshold.value()))
        self._tell()
        self.rules_chosen.emit(*self.rules())

    def show_card(self, card: ModelCard | str) -> None:
        """Say from now on what was measured at the threshold; nothing when the model's card does not know."""
        self._card = None if isinstance(card, str) else card
        if self._built:
            self._tell()

    def set_among(self, genres: tuple[str, ...]) -> None:
        """Say from now on what was measured with these genres to choose from; empty for all."""
        self._among = genres
        if self._built:
            self._tell()

    def _tell(self) -> None:
        known = self._card.coverage_among(self._among) if self._card is not None else ()
        self.expected.setVisible(bool(known))
        if known:
            from genre_tagger.model.measured import at  # the library's code is loaded after the window is seen

            found = at(known, self.threshold.value() / 100)
            self.expected.set_text(
                self.tr(
                    "At this threshold about {share} of tracks get a genre; expect {right} of these to be right "
                    "({low} to {high}, measured on {tracks})."
                ).format(share=words.share(found.share), right=words.share(found.right),
                         low=words.share(found.between[0]), high=words.share(found.between[1]),
                         tracks=words.tracks(found.tracks))
                if found
                else self.tr("At this threshold hardly any track gets a genre (measured on {tracks}).").format(
                    tracks=words.tracks(known[0].tracks)
                )
            )  # fmt: skip

    def rules(self) -> tuple[str, float, str]:
        """What is set: the mode, how sure is sure enough, and what is judged."""
        return str(self.mode.currentData()), self.threshold.value() / 100, str(self.by.currentData())

    def set_policy(self, policy: Policy) -> None:
        """Show a policy that was chosen elsewhere; the signal is not for that."""
        self._policy = policy
        if not self._built:
            return
        with QSignalBlocker(self.mode), QSignalBlocker(self.by), QSignalBlocker(self.threshold):
            self.by.setCurrentIndex(self.by.findData(policy.by.value))
            self.mode.setCurrentIndex(self.mode.findData(policy.mode.value))
            self.threshold.setValue(round(policy.threshold * 100))
        self.sure.setText(self._sure(self.threshold.value()))
        self._tell()
