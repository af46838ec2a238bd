"""A person's genres in the window: their colours and list, and what is learned from; dialogs when wanted."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu

from app.jobs.queries import Queries, model_card
from app.jobs.queue import Progress
from app.jobs.state import Known, LibraryState
from app.jobs.wishes import JobKind, Tally, Wish
from app.jobs.work import Work
from app.look import genre_colours
from app.table.track_list import TrackList
from genre_tagger.base.genre_words import genre_key
from genre_tagger.review.policy import Policy, Proposal

if TYPE_CHECKING:
    from app.review.genres.naming import Naming
    from app.review.genres.own_genres import OwnGenresDialog
    from genre_tagger.library.library import Library
    from genre_tagger.review.names.genre_list import GenreList, OwnGenre
    from genre_tagger.review.names.standing import Standings

#: After so many decisions it is learned anew.
EACH = 10
# What a person changes in one go is learned from together.
_PAUSE_MS = 1_200
_SOON_MS = 60


class _Asked(NamedTuple):
    """The person's list, the model's genres in the order of the strip with their spellings; how all genres stand.

    `seconds` is how long it took to see that.
    """

    own: GenreList
    model: list[tuple[str, ...]]
    standings: Standings | None
    seconds: float


def how_they_stand(folder: str | None, policy: Policy, *, whole: bool) -> Callable[[Library], _Asked]:
    """Make the question how all genres stand, with the model in this folder; without `whole` only for colours."""

    def ask(library: Library) -> _Asked:
        from genre_tagger.model.card import ModelCard
        from genre_tagger.review.names.genre_list import GenreList, GenreListError, read_list

        began = time.perf_counter()
        card = model_card(folder)
        labels = card.labels if isinstance(card, ModelCard) else ()
        proposed = card.proposed if isinstance(card, ModelCard) else ()
        order = (*proposed, *(label for label in labels if label not in proposed))
        try:
            own = read_list(library)
        except GenreListError:
            own = GenreList()
        found = None
        if whole:
            from genre_tagger.review.names.standing import standings

            found = standings(library, labels, policy)
        words = [(label, *policy.genres(label)[:1]) for label in order]
        return _Asked(own, words, found, time.perf_counter() - began)

    return ask


class GenresPart(QObject):
    """Joins them. `naming` tidies names."""

    def __init__(
        self,
        window: QMainWindow,
        actions: Mapping[str, QAction],
        queries: Queries,
        work: Work,
        tracks: TrackList,
        state: LibraryState,
        ask_to_write: Callable[[list[Proposal]], object],
    ) -> None:
        super().__init__(window)
        self._window, self._queries, self._work, self._tracks = window, queries, work, tracks
        self._state, self._ask_to_write = state, ask_to_write
        self.dialog: OwnGenresDialog | None = None
        self._own: GenreList | None = None
        self._decided = 0
        self._reading = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._reading.timeout.connect(self._read)
        self._learning = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._learning.timeout.connect(self.learn)
        actions["tidy"].triggered.connect(lambda _: self.naming.show_tidy())
        actions["more"].triggered.connect(lambda _: self.naming.add_more(tracks.selected_ids()))
        actions["your_genres"].triggered.connect(lambda _: self.show())
        state.changed.connect(self._follow)
        work.began.connect(self._began)
        work.advanced.connect(self._advanced)
        work.finished.connect(self._finished)
        tracks.decided.connect(self._count)
        if state.now.opened:
            self._read()

    @cached_property
    def naming(self) -> Naming:
        """What tidies names; made when it is first wanted."""
        from app.review.genres.naming import Naming

        naming = Naming(self._window, self._queries, self._work, self._tracks, self._ask_to_write)
        naming.list_kept.connect(self._changed)
        return naming

    def offer(self, menu: QMenu, genre: str) -> None:
        """Offer what can be done with a genre of the sidebar."""
        menu.addAction(self.tr("&Your genres…")).triggered.connect(lambda _: self.show(genre))
        menu.addAction(self.tr("&Tidy genres…")).triggered.connect(lambda _: self.naming.show_tidy())

    def show(self, genre: str = "") -> None:
        """Show the person's genres beside the window, with this one chosen."""
        from app.review.genres.own_genres import OwnGenresDialog  # not loaded before it is wanted

        if self.dialog is None:
            self.dialog = dialog = OwnGenresDialog(self._window)
            dialog.learn_asked.connect(self.learn)
            dialog.stop_asked.connect(self._work.stop_learning)
            dialog.switched.connect(lambda on: self._wish(lambda library: library.teaching.switch([""], on)))
            dialog.forget_asked.connect(self._forget_learned)
            dialog.model.trusted.connect(self._trust)
            dialog.model.proposed.connect(self._propose)
            dialog.form.changed.connect(self._change)
            dialog.form.removed.connect(self._remove)
            dialog.load_button.clicked.connect(self._load)
            dialog.save_button.clicked.connect(self._save)
            dialog.tidy.clicked.connect(lambda: self.naming.show_tidy())
            dialog.finished.connect(self._forget)
            dialog.show()
        self.dialog.choose(genre)
        self.dialog.raise_()
        self.dialog.activateWindow()
        self._read()

    def _forget(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    # --- what there is -------------------------------------------------------------------------------

    def _follow(self, before: Known) -> None:
        now = self._state.now
        opened = now.opened and not before.opened
        if opened or now.policy.spelling != before.policy.spelling or (
            self.dialog is not None and now.counted is not before.counted and not self._reading.isActive()
        ):  # fmt: skip
            self._reading.start()

    def _read(self) -> None:
        self._reading.stop()
        ask = how_they_stand(self._work.model_folder, self._state.now.policy, whole=self.dialog is not None)
        self._queries.run(ask, self._take, key="genres")

    def _take(self, asked: _Asked) -> None:
        self._own = asked.own
        picked = {word: one.colour for one in asked.own.genres if one.colour for word in (one.name, *one.aliases)}
        genre_colours.take(picked, asked.model)
        # A library of a million tracks is not looked through all the time.
        self._reading.setInterval(max(_SOON_MS, round(asked.seconds * 10_000)))
        if self.dialog is not None and asked.standings is not None:
            self.dialog.show_standings(asked.standings)

    # --- what is learned -----------------------------------------------------------------------------

    def learn(self) -> None:
        """Learn anew from all examples."""
        self._decided = 0
        self._work.learn(self._state.now.policy)

    def _count(self, tracks: int) -> None:
        """Learn after each ten decisions, wherever they are made."""
        self._decided += tracks
        if self._decided >= EACH:
            self.learn()

    def _wish(self, wish: Callable[[Library], object]) -> None:
        """Have something stored that learning goes by, and learn."""
        self._queries.run(wish, lambda _: self._changed())

    def _changed(self) -> None:
        self._read()
        self._learning.start()

    def _trust(self, genre: str, on: bool) -> None:
        self._wish(lambda library: library.teaching.trust([genre_key(genre)], on))

    def _propose(self, genre: str, on: bool) -> None:
        self._wish(lambda library: library.teaching.switch([genre_key(genre)], on))

    def _forget_learned(self, genre: str) -> None:
        self._work.forget_learned([genre] if genre else [], self._state.now.policy)

    def _began(self, wish: Wish) -> None:
        if self.dialog is not None and wish.kind is JobKind.LEARN:
            self.dialog.show_learning((0, 0))

    def _advanced(self, _: str, progress: Progress) -> None:
        if self.dialog is not None and self._work.busy_with() is JobKind.LEARN and progress.total:
            self.dialog.show_learning((progress.done, progress.total))

    def _finished(self, tally: Tally) -> None:
        if self.dialog is None:
            return
        if tally.kind is JobKind.LEARN:
            self.dialog.show_learning(None)
            self._read()
            if tally.error is not None:
                self.dialog.say(tally.error)

    # --- the list ------------------------------------------------------------------------------------

    def _change(self, name: str, genre: OwnGenre) -> None:
        self._store(lambda own: own.with_genre(name, genre), genre.name)

    def _remove(self, name: str) -> None:
        self._store(lambda own: own.without(name), name)

    def _store(self, become: Callable[[GenreList], GenreList], chosen: str) -> None:
        """Change the list as it is by then, and choose a genre; what makes no sense is said, and nothing changes."""
        from genre_tagger.review.names.genre_list import read_list, store_list

        if self.dialog is not None:
            self.dialog.choose(chosen)
        self._queries.run(
            lambda library: store_list(library, become(read_list(library))), lambda _: self._changed(),
            failed=self._say_of_genre,
        )  # fmt: skip

    def _say_of_genre(self, sentence: str) -> None:
        if self.dialog is not None:
            self.dialog.refuse(sentence)

    def _say(self, sentence: str) -> None:
        if self.dialog is not None:
            self.dialog.say(sentence)

    def _load(self) -> None:
        from app.review.genres import list_files

        if self.dialog is not None and (path := list_files.ask_load(self.dialog)):
            self.load(path)

    def load(self, path: str) -> None:
        """Take the list of a file."""
        from app.review.genres import list_files

        if self._own is not None:
            list_files.load(self._queries, path, self._own, lambda own: self._store(lambda _: own, ""), self._say)

    def _save(self) -> None:
        from app.review.genres import list_files

        if self.dialog is not None and (path := list_files.ask_save(self.dialog)):
            self.save(path)

    def save(self, path: str) -> None:
        """Write the list into a file."""
        from app.review.genres import list_files

        if self._own is not None:
            list_files.save(self._queries, path, self._own, self._say)
