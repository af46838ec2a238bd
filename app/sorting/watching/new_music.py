"""Joins watched folders with the library: what comes is scanned and heard and gathers in New; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.jobs.queries import Queries
from app.jobs.state import Known, LibraryState
from app.jobs.wishes import Tally
from app.jobs.work import Work
from app.look import words
from app.look.notices import Notices
from app.settings.store import SettingsStore
from app.sorting.watching.watcher import Watcher

if TYPE_CHECKING:
    from app.settings.dialog import FoldersPage
    from genre_tagger.base.watching.watch import Watched
    from genre_tagger.library.library import Library

_SUBJECT = "watching"


class NewMusic(QObject):
    """Watches what the settings say: all folders of the library, or those that were chosen one by one.

    Signal: seen() when all that was new is new no longer.
    """

    seen = Signal()

    def __init__(
        self, window: QObject, queries: Queries, work: Work, state: LibraryState, settings: SettingsStore,
        notices: Notices, watcher: Watcher | None = None,
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._queries, self._work, self._state, self._settings, self._notices = queries, work, state, settings, notices
        self.watcher = watcher or Watcher(self)
        self._chosen: list[str] = []
        self._ways: dict[str, Watched] = {}
        self._waiting: list[str] = []
        self._arriving = False
        self._read = False
        self._page: FoldersPage | None = None
        self.watcher.came.connect(self._look)
        self.watcher.changed.connect(self._take_way)
        self.watcher.failed.connect(self._say_end)
        settings.changed.connect(lambda name: self._follow() if name == "watch_all" else None)
        state.changed.connect(self._state_changed)
        self._state_changed(state.now)

    # --- which folders -------------------------------------------------------------------------------

    def _state_changed(self, before: Known) -> None:
        if self._state.now.opened and not self._read:
            from genre_tagger.review import arrivals

            self._read = True
            self._queries.run(arrivals.watched, self._take_chosen, key=_SUBJECT)
        elif self._state.now.folders != before.folders:
            self._follow()

    def _take_chosen(self, folders: list[str]) -> None:
        self._chosen = folders
        self._follow()

    def _follow(self) -> None:
        """Watch what is to be watched now."""
        folders = self._state.now.folders
        wanted = folders if self._settings.settings.watch_all else [one for one in folders if one in self._chosen]
        self._ways = {folder: way for folder, way in self._ways.items() if folder in wanted}
        if not any(way.limit for way in self._ways.values()):
            self._notices.unsay(_SUBJECT)
        self.watcher.follow(wanted if self._state.now.opened else [])
        self._show()

    def choose(self, folder: str, wanted: bool) -> None:
        """Have a folder watched, or not any more."""
        from genre_tagger.review import arrivals

        self._queries.run(lambda library: arrivals.choose_watched(library, folder, wanted))
        self._queries.run(arrivals.watched, self._take_chosen, key=_SUBJECT)

    def in_words(self, folder: str) -> str:
        """Say how a folder is watched; "" where it is not."""
        from genre_tagger.base.watching.watch import How

        way = self._ways.get(folder)
        if folder not in self.watcher.folders or way is None:
            return ""
        return {
            How.TOLD: self.tr("watched"),
            How.LOOKED: self.tr("looked through every minute"),
            How.GONE: self.tr("not there at the moment; watched again when it is back"),
        }[way.how]

    # --- the page of the settings --------------------------------------------------------------------

    def offer(self, page: FoldersPage) -> None:
        """Show on a page which folders are watched, and follow what is chosen there."""
        self._page = page
        page.watch_chosen.connect(self.choose)
        page.destroyed.connect(self._forget_page)
        self._show()

    def _forget_page(self) -> None:
        self._page = None

    def _show(self) -> None:
        if self._page is not None:
            ways = {folder: self.in_words(folder) for folder in self._state.now.folders}
            self._page.show_watched(self._chosen, ways, every=self._settings.settings.watch_all)

    def stop(self) -> None:
        """Watch nothing any more."""
        self.watcher.stop()

    # --- what comes ----------------------------------------------------------------------------------

    def _look(self, paths: list[str]) -> None:
        self._queries.run(lambda library: fresh(library, paths), self._arrive)

    def _arrive(self, paths: list[str]) -> None:
        """Scan it, or, while what came before is scanned, keep it for afterwards: together they are one job."""
        self._waiting += paths
        if self._waiting and not self._arriving:
            paths, self._waiting, self._arriving = list(dict.fromkeys(self._waiting)), [], True
            self._work.arrive(paths, self._arrived)

    def _arrived(self, tally: Tally) -> None:
        self._arriving = False
        self._arrive([])

    def clear(self) -> None:
        """Take everything out of New."""
        from genre_tagger.review import arrivals

        self._queries.run(arrivals.take_out, lambda _: self.seen.emit())

    # --- what is said --------------------------------------------------------------------------------

    def _take_way(self, way: Watched) -> None:
        self._ways[way.folder] = way
        if way.limit:
            text = self.tr(
                "{} has more folders than this system tells of (fs.inotify.max_user_watches). It is looked through "
                "every minute instead, so new music is seen a little later."
            )
            self._notices.say(_SUBJECT, text.format(words.printable(way.folder)))
        self._show()

    def _say_end(self, reason: str) -> None:
        text = self.tr("Folders are not watched any more. {} Nothing else is affected.").format(reason)
        self._notices.say(_SUBJECT, text, self.tr("Watch again"), self._again)

    def _again(self) -> None:
        self.watcher.stop()
        self._follow()


def fresh(library: Library, paths: Sequence[str]) -> list[str]:
    """Leave out what need not be scanned."""
    from genre_tagger.review import arrivals

    return arrivals.fresh(library, paths)
