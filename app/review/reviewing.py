"""Reviewing: which track is asked about, what an answer does, and how it is taken back."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from app.jobs.queries import Queries, load
from app.jobs.state import LibraryState
from app.look import words
from app.review.pace import Pace, told_of
from app.review.page import SURE, ReviewPage
from app.settings.store import SettingsStore
from genre_tagger.base.genre_words import genre_keys
from genre_tagger.library.library import Library
from genre_tagger.library.steps import Step
from genre_tagger.library.tracks import Decision, Track
from genre_tagger.review.asking.queue import Queue, of_album, waiting
from genre_tagger.review.asking.spot import RIGHT, WRONG, Spots
from genre_tagger.review.asking.words import with_keys
from genre_tagger.review.policy import Policy, clean

STEPS = 10
_AHEAD = 4
_ANSWER = "answer"
# Genres said lately, of which those that the model does not know have number keys.
_REMEMBERED = 50


class Asked(NamedTuple):
    """What is gone through: a question for the ids, and whether all of them are asked about or only what is unsure."""

    ids: Callable[[Library], Sequence[int]]
    everything: bool = False


class _Stored(NamedTuple):
    steps: list[Step]
    spots: Spots
    ids: Sequence[int] = ()
    back: Step | None = None


class Reviewing(QObject):
    """Joins the page with the queue and the library.

    Signals: shown(Track or None) when another track is asked about, ahead(list of Track) with those that come next,
    decided(ids) when an answer was stored or taken back, ten_decided() after each ten answers, closed().
    """

    shown = Signal(object)
    ahead = Signal(object)
    decided = Signal(object)
    ten_decided = Signal()
    closed = Signal()
    sought = Signal(float)
    play_asked = Signal()
    album_asked = Signal(object)
    alike_asked = Signal(object, object)
    handful_asked = Signal()

    def __init__(
        self,
        page: ReviewPage,
        queries: Queries,
        state: LibraryState,
        settings: SettingsStore,
        labels: Callable[[], Sequence[str]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._labels = labels
        self._page, self._queries, self._state, self._settings = page, queries, state, settings
        self._asked: Asked | None = None
        self._queue = Queue()
        self._ids: list[int] = []
        self._at = 0
        self._tracks: dict[int, Track] = {}
        self._albums: dict[int, list[Track]] = {}  # the other tracks of each track's album, where answers are for them
        self._answered: set[int] = set()
        self._own: list[str] = []
        self._turned = 0, 0  # the track whose later genres are shown, and how many nines of them were passed over
        self._wanted: set[int] = set()  # gone to, decided or not
        self._alone: set[int] = set()  # taken out of a list, to be asked about by themselves
        self._spots = Spots()
        self._pace = Pace()
        self._sure: list[int] = []
        page.pressed.connect(self._press)
        page.typed.connect(lambda text: self.answer(text.split(";")))
        page.chosen_own.connect(lambda genre: self.answer(genre.split(";")))
        page.step_asked.connect(self._go_to_step)
        page.albums.clicked.connect(self._turn_albums)

    # --- what is gone through ------------------------------------------------------------------------

    def open(self, asked: Asked) -> None:
        """Go through a list from its most useful track on."""
        self._asked, self._answered, self._sure = asked, set(), []
        self._page.sure.hide()
        self._page.leave_sheet()
        self._page.show_left(self._page.tr("Looking for what is worth asking…"))
        self._find(lambda queue: self._begin(queue, first=True))

    def refresh(self) -> None:
        """Look again for what is to be decided: the model may be sure of more by now."""
        if self._asked is not None:
            self._find(lambda queue: self._begin(queue, first=False))

    @property
    def is_open(self) -> bool:
        """Whether a list is gone through, be it that its end is reached."""
        return self._asked is not None

    def close(self) -> None:
        """End it; what was decided is stored."""
        self._asked = None
        self._queries.drop("review")
        self.shown.emit(None)
        self.closed.emit()

    def _find(self, done: Callable[[Queue], None]) -> None:
        asked, policy, albums = self._asked, self._state.now.policy, self._settings.settings.review_albums
        if asked is None:
            return

        def find(library: Library) -> tuple[Queue, _Stored]:
            ids = asked.ids(library)
            sample = next(iter(library.tracks(ids=ids[:1], best_only=True)), None)
            model = sample.prediction.model if sample is not None and sample.prediction is not None else None
            queue = waiting(library, ids, policy, everything=asked.everything, model=model, albums=albums)
            return queue, stored(library)

        def take(answer: tuple[Queue, _Stored]) -> None:
            self._take(answer[1])
            done(answer[0])

        self._queries.run(find, take, key="review")

    def _begin(self, queue: Queue, *, first: bool) -> None:
        current, before, there = self.current_id(), self._ids[self._at + 1 :], set(queue.ids)
        if not first:
            done = self._answered | self._wanted
            self._note_sure([id_ for id_ in before if id_ not in there and id_ not in done])
        self._queue, self._ids, self._at = queue, list(queue.ids), 0
        self._tracks = {id_: track for id_, track in self._tracks.items() if not first and id_ == current}
        self._albums = {id_: tracks for id_, tracks in self._albums.items() if not first and id_ == current}
        if not first and current is not None:
            # The track that one is at stays where it is, with the others behind it.
            after_all = [id_ for id_ in before if id_ in self._wanted and id_ not in self._answered]
            self._ids = list(dict.fromkeys([current, *after_all, *self._ids]))
        self.show()

    def _note_sure(self, gone: list[int]) -> None:
        self._sure = list(dict.fromkeys([*self._sure, *gone]))
        count = len(self.became_sure())
        self._page.sure.setText(self._page.tr("{} became sure").format(words.number(count)))
        self._page.sure.setVisible(count > 0)

    def became_sure(self) -> list[int]:
        """List what left the queue because the model became sure of it, and was not looked through yet."""
        return [id_ for id_ in self._sure if id_ not in self._answered]

    def settle_sure(self, agreed: dict[int, Decision | None], others: Sequence[int]) -> None:
        """Do with what became sure what somebody said of it."""
        self._sure = []
        self._note_sure([])
        self.settle(SURE, agreed, others)

    def likely(self) -> list[int]:
        """List what can be accepted as a list: the tracks from the current one on that are likely enough."""
        likely = self._queue.likely - self._answered - self._alone
        return [id_ for id_ in self._ids[self._at :] if id_ in likely]

    def settle(self, kind: str, agreed: dict[int, Decision | None], others: Sequence[int]) -> None:
        """Store what somebody agreed to of a list, as one step, and ask about the others next."""
        self._ask_after_all(others)
        self._alone.update(others)
        if agreed:
            self._store(kind, agreed)
            self._answered.update(agreed)
            if kind != SURE and self._pace.note(len(agreed)):
                self.ten_decided.emit()
            self._at += self.current_id() in agreed
            before = self._ids[: self._at]
            self._ids = before + [id_ for id_ in self._ids[self._at :] if id_ not in agreed]
            self._note_sure([])
        self.show()

    def _ask_after_all(self, ids: Sequence[int]) -> None:
        """Ask about these after the current track, however sure the model is."""
        self._wanted.update(ids)
        before, after = self._ids[: self._at + 1], self._ids[self._at + 1 :]
        next_ = [id_ for id_ in ids if id_ not in before]
        self._ids = [*before, *next_, *(id_ for id_ in after if id_ not in next_)]

    def _turn_albums(self, on: bool) -> None:
        """Answer for whole albums from now on, or for each track by itself."""
        self._settings.set("review_albums", on)
        self._albums = {}
        self.refresh()

    # --- the track one is at -------------------------------------------------------------------------

    def current_id(self) -> int | None:
        """The id of the track that is asked about."""
        return self._ids[self._at] if self._at < len(self._ids) else None

    def current(self) -> Track | None:
        """The track that is asked about, once it has been read."""
        id_ = self.current_id()
        return None if id_ is None else self._tracks.get(id_)

    def upcoming(self) -> list[int]:
        """What comes after the current track and was not answered here."""
        return [id_ for id_ in self._ids[self._at + 1 :] if id_ not in self._answered]

    def show(self) -> None:
        """Show the track that one is at, and what is known of how far one is."""
        self._page.show_wide("", [])
        self._tell_left()
        self._page.show_albums(self._settings.settings.review_albums)
        if self.current_id() is None:
            self._show_end()
        elif (track := self.current()) is not None:
            self._show_track(track)
            self._show_album(track)
            if not self._page.has_sheet:
                self.shown.emit(track)
        self._read()

    def _show_track(self, track: Track) -> None:
        chosen = track.decision.genres if track.decision is not None else ()
        why = track.error or ""
        if track.missing:
            why = words.tr("The file is not where it was. Its row is kept in case it comes back.")
        word, candidates = self._state.now.policy.word, track.prediction.candidates if track.prediction else ()
        heard = {word(one.genre): one for one in reversed(candidates)}
        self._page.other.put_first([*self.offered(track), *self._own, *heard])
        self._page.show_track(track, self._offered_now(), heard, chosen, why)

    def _show_end(self) -> None:
        looked = bool(self._ids or self._answered)
        title = self._page.tr("All looked through") if looked else self._page.tr("Nothing to decide here")
        texts = [self._page.tr("Write puts all genres into the files.")]
        if self._queue.sure:
            sure = self._page.tr("The model is sure of {} in this list.")
            texts.insert(0, sure.format(words.tracks(self._queue.sure)))
        if passed := len(set(self._ids) - self._answered):
            texts.insert(0, self._page.tr("You passed over {}.").format(words.tracks(passed)))
        self._page.show_end(title, " ".join(texts))
        self.shown.emit(None)

    def _show_album(self, track: Track) -> None:
        """Show what else the answer is for, where it is for whole albums."""
        open_ = [other for other in self._albums.get(track.id, []) if other.id not in self._answered]
        if self._settings.settings.review_albums and open_ and track.id not in self._answered:
            title = self._page.tr("The answer is for the whole album, for {} more; Esc leaves them out:")
            self._page.show_wide(title.format(words.tracks(len(open_))), open_)

    def _read(self) -> None:
        """Read the tracks around, so that the next one is there when it is wanted."""
        near = self._ids[max(0, self._at - 1) : self._at + 1 + _AHEAD]
        albums = self._settings.settings.review_albums
        wanted = [id_ for id_ in near if id_ not in self._tracks or (albums and id_ not in self._albums)]

        def read(library: Library) -> tuple[list[Track], dict[int, list[Track]]]:
            def album(id_: int) -> list[Track]:
                return still_open(library, of_album(library, id_, compilations=False))

            return load(library, wanted), {id_: album(id_) for id_ in wanted} if albums else {}

        if wanted:
            self._queries.run(read, functools.partial(self._have_read, wanted), key="review ahead")
        else:
            self._tell_ahead()

    def _have_read(self, wanted: list[int], answer: tuple[list[Track], dict[int, list[Track]]]) -> None:
        tracks, albums = answer
        self._albums |= albums
        self._tracks |= {track.id: track for track in tracks}
        # Another program may have answered meanwhile, and the library may not know some any more.
        gone = set(wanted) - {track.id for track in tracks}
        mine = self._answered | self._wanted
        said = {track.id for track in tracks if track.decision is not None and track.id not in mine}
        current = self.current_id()
        before = self._ids[: self._at]
        kept = [id_ for id_ in self._ids if id_ not in gone and (id_ not in said or id_ in before)]
        self._at -= len([id_ for id_ in before if id_ in gone])
        changed, self._ids = kept != self._ids, kept
        if changed or current in wanted:
            self.show()
        else:
            self._tell_ahead()

    def _tell_ahead(self) -> None:
        near = self._ids[self._at : self._at + _AHEAD]
        self.ahead.emit([self._tracks[id_] for id_ in near if id_ in self._tracks])

    def go(self, by: int) -> None:
        """Go on or back without deciding."""
        at = min(max(0, self._at + by), len(self._ids))
        if at != self._at:
            self._at = at
            self.show()

    # --- answers -------------------------------------------------------------------------------------

    def _press(self, key: str, held: bool) -> None:
        if self._asked is None:
            return
        simple: dict[str, Callable[[], object]] = {
            "next": lambda: self.go(1), "previous": lambda: self.go(-1), "leave": lambda: self.answer(None),
            "take_back": self.take_back, "other": self._page.ask_other, "play": self.play_asked.emit,
            "back": lambda: self.sought.emit(-5.0), "forward": lambda: self.sought.emit(5.0),
            "album": self._ask_album, "alike": self._ask_alike, "close": self._close_one,
            "handful": self.handful_asked.emit, "more": self._turn_genres,
        }  # fmt: skip
        if key in simple:
            simple[key]()
        else:
            self._choose(0 if key == "accept" else int(key.removeprefix("candidate_")) - 1)

    def offered(self, track: Track | None, page: int = 0) -> list[str]:
        """List what the number keys give: the model's genres, those of one's own that it does not know, and styles."""
        if track is None:
            return []
        word, prediction, others = self._state.now.policy.word, track.prediction, self._page.other.known()
        if prediction is None:
            return with_keys([], self._own, others=others, page=page)
        candidates, known = [word(one.genre) for one in prediction.candidates], map(word, self._labels())
        return with_keys(candidates, self._own, prediction.styles, known=[*known], others=others, page=page)

    def _offered_now(self) -> list[str]:
        """List what the number keys give at this moment."""
        track, (turned, page) = self.current(), self._turned
        return self.offered(track, page if track is not None and track.id == turned else 0)

    def _turn_genres(self) -> None:
        """Have the number keys give the next nine genres, and after the last ones the first again."""
        if (track := self.current()) is not None:
            page = self._turned[1] + 1 if self._turned[0] == track.id else 1
            self._turned = track.id, page if self.offered(track, page) else 0
            self._show_track(track)

    def _choose(self, number: int) -> None:
        genres = self._offered_now()
        if number < len(genres):
            self.answer(genres[number].split(";"))

    def answer(self, genres: Sequence[str] | None) -> None:
        """Give the current track, and those that are shown with it, these genres; None leaves them alone."""
        track, wanted = self.current(), None if genres is None else clean(genres)
        if track is None or wanted == ():
            return
        said = Decision(False) if wanted is None else Decision(True, wanted)
        ids = [track.id, *(id_ for id_ in self._page.wide_ids() if id_ != track.id)]
        self._store(self._kind(track, said), dict.fromkeys(ids, said))
        self._answered.update(ids)
        for id_ in ids:
            if id_ in self._tracks:
                self._tracks[id_] = replace(self._tracks[id_], decision=said)
        self._remember(wanted or ())
        if self._pace.note(1):
            self.ten_decided.emit()
        others = set(ids[1:])
        self._ids = [id_ for number, id_ in enumerate(self._ids) if number <= self._at or id_ not in others]
        if not self._stays():
            self._at += 1
        self.show()

    def _remember(self, genres: Sequence[str]) -> None:
        """Have the number keys give these as well from now on, the last ones first."""
        self._own = list(dict.fromkeys([*genres, *self._own]))[:_REMEMBERED]

    def _stays(self) -> bool:
        return bool(self._settings.settings.review_stay) != self._page.caps_lock

    def _kind(self, track: Track, said: Decision) -> str:
        """Whether the answer tells how often the model is right where it is sure."""
        if track.id not in self._queue.spots or track.prediction is None or track.prediction.genre is None:
            return _ANSWER
        policy: Policy = self._state.now.policy
        heard = genre_keys(policy.genres(track.prediction.genre))
        return RIGHT if said.accepted and heard & genre_keys(said.genres) else WRONG

    def _store(self, kind: str, decisions: dict[int, Decision | None]) -> None:
        def store(library: Library) -> _Stored:
            library.steps.take(kind, decisions)
            return stored(library)._replace(ids=list(decisions))

        # Refused or not, the page shows what the library has.
        self._queries.run(store, self._take, failed=lambda _: self.refresh())

    def take_back(self, step: int | None = None) -> None:
        """Take back the last answer, or a certain one, and go to its track."""

        def back(library: Library) -> _Stored:
            taken = library.steps.take_back(step)
            return stored(library)._replace(ids=list(taken.tracks) if taken else [], back=taken)

        self._queries.run(back, self._take)

    def _take(self, answer: _Stored) -> None:
        self._spots = answer.spots
        if not self._own:
            for step in reversed(answer.steps):
                self._remember(step.decision.genres if step.decision is not None else ())
        self._page.show_steps(answer.steps)
        if answer.back is not None:
            self._answered -= set(answer.back.tracks)
            for id_ in answer.back.tracks:
                self._tracks.pop(id_, None)
            if answer.back.tracks:
                self.go_to(answer.back.tracks[0])
                self._ask_after_all(answer.back.tracks[1:])
        if answer.ids:
            self.decided.emit(answer.ids)
        self._tell_left()

    def _go_to_step(self, step: int, edit: bool) -> None:
        """Go to the track of a step, to decide again, or take the step back."""
        if not edit:
            self.take_back(step)
            return
        self._queries.run(
            lambda library: next((one for one in library.steps.recent(STEPS) if one.id == step), None),
            lambda found: self.go_to(found.tracks[0]) if found is not None and found.tracks else None,
        )

    def go_to(self, id_: int) -> None:
        """Ask about a certain track; what came next comes after it."""
        self._wanted.add(id_)
        before = self._ids[: self._at]
        if id_ in before:
            self._at = before.index(id_)
        elif id_ != self.current_id():
            self._ids = [*before, id_, *(other for other in self._ids[self._at :] if other != id_)]
        self.show()

    # --- the same for several ------------------------------------------------------------------------

    def _ask_album(self) -> None:
        if (track := self.current()) is not None:
            self.album_asked.emit(track)

    def _ask_alike(self) -> None:
        if (track := self.current()) is not None:
            self.alike_asked.emit(track, self.upcoming())

    def show_wide(self, track: Track, title: str, tracks: Sequence[Track]) -> None:
        """Show which tracks get the same as `track`, if that is still asked about."""
        if track.id == self.current_id():
            self._page.show_wide(title, tracks)

    def say(self, text: str) -> None:
        """Say something beside the track, until another one is shown."""
        self._page.show_wide(text, [])

    def listen_to(self, tracks: Sequence[Track]) -> None:
        """Have the first of these drawn and played in place of the current track, and the others prepared."""
        self.shown.emit(tracks[0])
        self.ahead.emit(tracks[1:_AHEAD])

    def _close_one(self) -> None:
        if self._page.says_beside():
            self._page.show_wide("", [])
        else:
            self.close()

    # --- how far one is ------------------------------------------------------------------------------

    def _tell_left(self) -> None:
        count = len(set(self._ids) - self._answered)
        self._page.show_left(self._pace.told(count), told_of(self._spots))


def stored(library: Library) -> _Stored:
    """Read the last steps, and how often the model was right where it was sure."""
    kinds = library.steps.by_kind()
    right, wrong = kinds.get(RIGHT, 0), kinds.get(WRONG, 0)
    return _Stored(library.steps.recent(STEPS), Spots(right + wrong, right))


def still_open(library: Library, ids: Sequence[int]) -> list[Track]:
    """Read those that nothing was said of and whose files are there, in the order of `ids`."""
    tracks = {track.id: track for track in load(library, ids)}
    return [tracks[id_] for id_ in ids if id_ in tracks and tracks[id_].decision is None and not tracks[id_].missing]
