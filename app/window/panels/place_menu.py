"""The menu of a place in the sidebar: its tracks can be reviewed, and whatever else can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu

from app.look import theme
from app.window.panels.sidebar import NEW_GENRE, Place, Sidebar

Offer = Callable[[QMenu, Place], object]


class PlaceMenu(QObject):
    """Offers the review of every list, by right button, menu key or Shift+F10; `offers` add what else there is."""

    def __init__(self, sidebar: Sidebar, review: Callable[[], object], offers: Sequence[Offer]) -> None:
        super().__init__(sidebar)
        self._sidebar, self._review, self._offers = sidebar, review, offers
        sidebar.menu_asked.connect(self.show)

    def show(self, place: Place, at: QPoint) -> QMenu:
        """Show what can be done with a place."""
        menu = QMenu(self._sidebar)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if place != NEW_GENRE:
            entry = menu.addAction(theme.icon("check"), self.tr("Re&view this list"))
            entry.setShortcut("Ctrl+R")
            entry.triggered.connect(lambda _=False: self._go_through(place))
            menu.addSeparator()
        for offer in self._offers:
            offer(menu, place)
        menu.popup(at)
        return menu

    def _go_through(self, place: Place) -> None:
        self._sidebar.go(place)
        self._review()
