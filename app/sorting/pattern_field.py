"""Where a person says folders and names by a pattern, with an example of what comes of it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QComboBox, QVBoxLayout

from app.look import words
from app.look.widgets import ElidedLabel, label
from genre_tagger.sorting.pattern import FIELDS, USUAL, Pattern, PatternError

PATTERNS = (
    USUAL,
    "{genre}/{artist} - {title}",
    "{genre}/{albumartist}/{album}/{disc}-{track} {title}",
    "{albumartist}/{year} {album}/{track} {title}",
    "{genre}/{name}",
)


class PatternField(QComboBox):
    """The field; `below` is what to put below it: an example of what comes of the pattern, or what is wrong with it."""

    def __init__(self) -> None:
        super().__init__()
        self.example = ElidedLabel("quiet", Qt.TextElideMode.ElideMiddle)
        self.wrong, self.below = label("", "warning", wrap=True), QVBoxLayout()
        self.wrong.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.below.addWidget(self.example)
        self.below.addWidget(self.wrong)
        self.setEditable(True)
        self.addItems(PATTERNS)
        self.setCompleter(None)  # type: ignore[arg-type]  # nothing is to be put behind what a person types
        fields = ", ".join(f"{{{field}}}" for field in FIELDS)
        self.setToolTip(QCoreApplication.translate("PatternField", "Made of {}").format(fields))

    def pattern(self) -> Pattern | str:
        """Give the pattern, or what is wrong with it."""
        try:
            return Pattern.parse(self.currentText())
        except PatternError as error:
            return str(error)

    def show_example(self, path: Callable[[Pattern], str]) -> None:
        """Show what `path` makes of the pattern, or what is wrong with it."""
        pattern = self.pattern()
        wrong = pattern if isinstance(pattern, str) else ""
        self.wrong.setText(words.one_line(wrong))
        self.example.set_text("" if isinstance(pattern, str) else words.one_line(path(pattern)))
        self.wrong.setVisible(bool(wrong))
        self.example.setHidden(bool(wrong))
