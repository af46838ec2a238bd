"""The middle of the window: one page at a time, with the strip of the policy above the table."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.look import theme, words
from app.look.notices import Notices
from app.look.widgets import Glyph, Pages, button, label
from app.table.failures import FailuresView
from app.table.track_view import TrackView
from app.window.panels.first_page import FirstPage
from app.window.panels.policy_bar import PolicyBar
from genre_tagger.review.policy import Policy


class MessagePage(QWidget):
    """A sentence in the middle of an empty page, and one thing to do, or two. Signals: asked(), other_asked()."""

    asked = Signal()
    other_asked = Signal()

    def __init__(self, glyph: str) -> None:
        super().__init__()
        self._glyph, self._built = glyph, False
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def _build(self) -> None:
        self._built = True
        column = QVBoxLayout(self)
        column.setContentsMargins(*[4 * theme.UNIT] * 4)
        column.setSpacing(theme.UNIT)
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addStretch(2)
        column.addWidget(Glyph(self._glyph, 40), 0, centre)
        self.title = label("", "heading", wrap=True)
        self.text = label("", "quiet", wrap=True)
        for part in (self.title, self.text):
            part.setAlignment(centre)
            column.addWidget(part)
        self.button, self.other = button(""), button("")
        self.button.clicked.connect(self.asked)
        self.other.clicked.connect(self.other_asked)
        self.setFocusProxy(self.button)
        column.addSpacing(theme.UNIT)
        column.addLayout(self._buttons())
        column.addStretch(3)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        row.addStretch()
        row.addWidget(self.other)
        row.addWidget(self.button)
        row.addStretch()
        return row

    def say(self, title: str, text: str = "", action: str = "", other: str = "") -> None:
        """Show other words; with the first ones the page is made."""
        if not self._built:
            self._build()
        self.other.setText(other)
        self.other.setVisible(bool(other))
        self.title.setText(title)
        self.text.setText(text)
        self.text.setVisible(bool(text))
        self.button.setText(action)
        self.button.setVisible(bool(action))


class Centre(QWidget):
    """Holds the pages; the window says which one is to be seen."""

    def __init__(self, policy: Policy, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.notices = Notices()
        self.policy_bar = PolicyBar(policy)
        self.policy_bar.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.view = TrackView()
        self.first = FirstPage()
        self.no_match = MessagePage("search")
        self.failures = FailuresView()
        self.refused = MessagePage("alert")
        self._pages = Pages()
        for page in (self.first, self.view, self.no_match, self.failures, self.refused):
            self._pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notices)
        column.addWidget(self.policy_bar)
        column.addWidget(self._pages, 1)
        self._column = column
        self._above: QWidget | None = None

    def put_above(self, part: QWidget) -> None:
        """Have something stand between the policy and the table, as long as that is seen."""
        self._above = part
        self._column.insertWidget(self._column.count() - 1, part)
        part.setVisible(self.has_tracks())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the notices from taking the room of the table."""
        super().resizeEvent(event)
        self.notices.leave_room(event.size().height())

    def show_none(self, words_typed: str, scanning: bool) -> None:
        """Show why there is no row: still scanning, or nothing fits the filter."""
        if scanning and not words_typed:
            self.no_match.say(self.tr("Looking through your music…"), self.tr("Tracks appear here as they are found."))
        elif words_typed:
            title = self.tr("No track matches “{}”").format(words.one_line(words_typed))
            self.no_match.say(title, "", self.tr("Clear filter"))
        else:
            self.no_match.say(self.tr("No track here"), "", self.tr("Show all tracks"))
        self.show_page(self.no_match)

    def page(self) -> QWidget | None:
        """The page that is seen."""
        return self._pages.currentWidget()

    def show_page(self, page: QWidget) -> None:
        """Show a page; the policy belongs to the table. The keyboard goes on to the new page from the old one."""
        focus = self.window().focusWidget()
        # A page that is shown again may have the keyboard in one of its fields.
        follows = focus is None or (self._pages.isAncestorOf(focus) and not page.isAncestorOf(focus))
        if page is self.first or page is self.failures:
            page.build()
        elif page is self.view or page is self.no_match:
            self.policy_bar.build()
        self._pages.setCurrentWidget(page)
        self.policy_bar.setVisible(self.has_tracks())
        if self._above is not None:
            self._above.setVisible(self.has_tracks())
        if follows:
            page.setFocus(Qt.FocusReason.OtherFocusReason)

    def take_away(self) -> None:
        """Let what stands above the table go."""
        if self._above is not None:
            self._column.removeWidget(self._above)
            self._above.hide()
            self._above = None

    def add_page(self, page: QWidget) -> None:
        """Take in a page that is made later than the others."""
        self._pages.addWidget(page)

    def select_all(self) -> None:
        """Select all rows of the table that is seen."""
        if self.page() is self.failures:
            self.failures.table.selectAll()
        elif self.page() is self.view:
            self.view.selectAll()

    def has_list(self) -> bool:
        """Whether the page lists tracks that can be gone through."""
        return self.has_tracks() or self._pages.currentWidget() is self.failures

    def has_tracks(self) -> bool:
        """Whether the page is about tracks."""
        return self._pages.currentWidget() in (self.view, self.no_match)
