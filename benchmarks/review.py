"""How many keys a person needs from the model's start to 95 % right, by ways to review; and how fast the page is.

    python benchmarks/review.py DATA [--heard FILE] [--rows 100000]

DATA is the folder of research data: GTZAN's valid clips and AllMusic's. The shipped head learned from AllMusic's, so
these are judged by heads that are fitted anew in five folds to what the network hears, each without the artists that it
judges; the network itself learned no genres. FILE keeps what the network heard, so that a second run need not listen.

The person is simulated, and always knows the right genre: a key for an answer that has a number; 0, which gives the
numbers the next nine genres, or G, the letters that the page needs to complete it, and Return for another; one to see
what sounds alike, and two for each track that is unticked there or in an album. Nine at once: one key to come there,
one for each list, one for each genre that a row is moved on by, and one for a row that is taken out, whose answer
counts besides; after two lists on end that cost more than two keys a row the person goes on one by one. Plain review
goes through the list as it is sorted, one track after the other, with the same keys. An album is what one artist has in
the data, which is little: three of four artists have a single clip. The bound is a person who knows besides which
tracks are wrong, and gives each artist's one answer for all of them.

Prints JSON; exits with 1 when the best way needs more than a quarter of the keys of plain review, or when a page takes
longer than 50 ms of processor time from the key on in a library of so many rows, or a sound 150 ms.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import numpy as np
from numpy.typing import NDArray

from app.sound.player.media import Media
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Candidate, Prediction, Track
from genre_tagger.model.classify import classify
from genre_tagger.model.network import GenreModel, default_model_folder, tempered
from genre_tagger.review.albums.voting import pool
from genre_tagger.review.asking.order import alike, by_usefulness, directions
from genre_tagger.review.asking.queue import HANDFUL, LIKELY
from genre_tagger.review.asking.words import completed, with_keys
from genre_tagger.review.learning import Heard, learn
from genre_tagger.training.data.labelled import ALLMUSIC, VALID, Recording, recordings
from genre_tagger.training.data.taxonomy import LABELS, NAMED, TAXONOMY
from genre_tagger.training.student import judging
from genre_tagger.training.student.heads import Manner

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QAudioBuffer

Values = NDArray[np.floating]
GOAL, SHARE, PAGE_MS, SOUND_MS = 0.95, 0.25, 50.0, 150.0
SURE = 0.5
UNTICK = 2
EVERY = 10


class Shelf(NamedTuple):
    """Tracks, the genres that each may be called, and what the model heard in them."""

    name: str
    right: list[frozenset[str]]
    says: list[str]  # the word that the person gives it
    artists: NDArray[np.int64]
    embedding: Values
    bundled: Values
    labels: tuple[str, ...]
    proposed: NDArray[np.bool_]  # which labels may be proposed; the others are only offered


class Way(NamedTuple):
    """What the person makes use of."""

    name: str
    useful: bool = False
    learning: bool = False
    albums: bool = False
    alike: bool = False
    several: bool = False


WAYS = (
    Way("plain"), Way("useful first", useful=True), Way("learning", useful=True, learning=True),
    Way("albums", useful=True, albums=True), Way("these alike", useful=True, alike=True),
    Way("nine at once", useful=True, several=True),
    Way("all but learning", useful=True, albums=True, alike=True, several=True),
    Way("all together", useful=True, learning=True, albums=True, alike=True, several=True),
)  # fmt: skip


class Person:
    """Reviews a shelf in a certain way until enough is right, and counts the keys."""

    def __init__(self, shelf: Shelf, way: Way) -> None:
        self.shelf, self.way = shelf, way
        self.towards = directions(shelf.embedding.astype(np.float16))
        self.albums = [np.flatnonzero(shelf.artists == artist) for artist in np.unique(shelf.artists)]
        self.said: dict[int, str] = {}
        self.recent: list[str] = []
        self.queue: list[int] = []
        self.keys = self.answers = self.typed = 0
        self.at_list, self.bad_lists = False, 0
        self._judge(shelf.bundled.copy(), shelf.labels, np.tile(shelf.proposed, (len(shelf.right), 1)))

    def _judge(self, chances: Values, names: Sequence[str], proposed: NDArray[np.bool_]) -> None:
        """Take what the model, or what was learned, says; the tracks of an album say it together, if that is wished."""
        for album in self.albums if self.way.albums else ():
            if len(album) > 1:
                said = pool([dict(zip(names, row.tolist(), strict=True)) for row in chances[album]])
                chances[album] = [said[name] for name in names]
        best = np.argsort(-chances, axis=1, kind="stable")
        self.candidates = [[names[place] for place in row] for row in best]
        answers = np.where(proposed, chances, 0.0)
        self.answer = [names[place] for place in answers.argmax(axis=1)]
        self.sure = answers.max(axis=1)
        self.queue = []

    def share_right(self) -> float:
        """How many of all tracks have a right genre now, answered or not."""
        now = [self.said.get(track, word) for track, word in enumerate(self.answer)]
        return float(np.mean([word in right for word, right in zip(now, self.shelf.right, strict=True)]))

    def review(self) -> None:
        """Answer until the goal is reached; everybody gets there, since each answer is right."""
        while self.share_right() < GOAL:
            before = self.answers
            self._fill_queue()
            if rows := self._several():
                self._accept(rows)
            else:
                self._answer(self.queue[0])
            if self.answers // EVERY > before // EVERY:
                self.queue = []
                if self.way.learning:
                    self._learn()

    def _fill_queue(self) -> None:
        self.queue = [track for track in self.queue if track not in self.said]
        if not self.queue:
            open_ = np.array([track for track in range(len(self.shelf.right)) if track not in self.said])
            self.queue = self._ordered(open_).tolist() if self.way.useful else open_.tolist()

    def _several(self) -> list[list[int]]:
        """The tracks of the next list, each with the others of its album; L, once, brings the first of the lists."""
        rows: list[list[int]] = []
        for track in self.queue if self.way.several and self.bad_lists < 2 else ():
            if self.sure[track] >= LIKELY and track not in itertools.chain(*rows) and len(rows) < HANDFUL:
                rows.append([track, *self._album(track)])
        self.keys += bool(rows) and not self.at_list
        self.at_list = bool(rows)
        return rows

    def _accept(self, rows: list[list[int]]) -> None:
        """Accept a list: a key for each genre that a track is moved on by, or one that takes it out, to be answered."""
        before = self.keys
        self.keys += 1
        for track, *others in rows:
            offered = with_keys([self.answer[track], *self.candidates[track]], self.recent, known=self.shelf.labels)
            fitting = [number for number, word in enumerate(offered) if word in self.shelf.right[track]]
            if fitting and fitting[0] <= 2:
                self.keys += fitting[0]
                self._say(offered[fitting[0]], track, others)
            else:
                self.keys += 1
                self._answer(track)
        self.bad_lists = self.bad_lists + 1 if self.keys - before > 2 * len(rows) else 0

    def _ordered(self, open_: NDArray[np.int64]) -> NDArray[np.int64]:
        """The unsure tracks by usefulness; where there are none, what is left, the least sure first."""
        worth = 1.0 - self.sure
        if self.way.albums:
            for album in self.albums:
                waiting = np.intersect1d(album, open_)
                worth[waiting] *= len(waiting)
        unsure = open_[self.sure[open_] < SURE]
        if not len(unsure):
            return np.asarray(open_[np.argsort(-worth[open_], kind="stable")])
        return np.asarray(unsure[by_usefulness(worth[unsure], self.towards[unsure])])

    def _answer(self, track: int) -> None:
        right = self.shelf.right[track]
        offered = with_keys(self.candidates[track], self.recent, known=self.shelf.labels)
        album = self._album(track)
        fitting = [word for word in offered if word in right]
        # Of several that are right the one that is right for most of the album.
        word = max(fitting, key=lambda word: sum(word in self.shelf.right[other] for other in album), default="")
        if word:
            self.keys += 1
        else:
            word = self.shelf.says[track]
            later, typing = self._to_turn(word, track), self._to_type(word, offered)
            self.keys += min(later, typing)
            self.typed += typing < later
        others, more = (album, 0) if album else (self._alike(track, word), 1)
        self.keys += more if others else 0
        self._say(word, track, others)

    def _say(self, word: str, track: int, others: list[int]) -> None:
        """Give a track, and those of the others that it is right for, a genre; the rest is unticked."""
        same = [other for other in others if word in self.shelf.right[other]]
        self.keys += UNTICK * (len(others) - len(same))
        self.answers += 1
        self.said |= dict.fromkeys([track, *same], word)
        self.recent = list(dict.fromkeys([word, *self.recent]))

    def _to_turn(self, word: str, track: int) -> float:
        """0, which gives the number keys the next nine genres, as often as it takes, and one of these."""
        for page in itertools.count(1):
            offered = with_keys(self.candidates[track], self.recent, known=self.shelf.labels, page=page)
            if word in offered or not offered:
                return 1 + page if offered else np.inf
        return np.inf

    def _to_type(self, word: str, offered: Sequence[str]) -> int:
        """G, as many letters as it takes until the page writes the rest, and Return."""
        known = [*offered, *self.recent, *self.shelf.labels]
        letters = next((n for n in range(1, len(word)) if word[:n] + completed(word[:n], known) == word), len(word))
        return 2 + letters

    def _album(self, track: int) -> list[int]:
        if not self.way.albums:
            return []
        same = np.flatnonzero(self.shelf.artists == self.shelf.artists[track])
        return [int(other) for other in same if other != track and other not in self.said]

    def _alike(self, track: int, word: str) -> list[int]:
        """What sounds alike, where having it get the same saves keys, by what is shown before."""
        if not self.way.alike:
            return []
        unsure = [other for other in np.flatnonzero(self.sure < SURE) if other not in self.said]
        others = [int(other) for other in alike(self.towards, track, np.array(unsure, dtype=np.int64))]
        same = sum(word in self.shelf.right[other] for other in others)
        return others if same - UNTICK * (len(others) - same) > 1 else []

    def _learn(self) -> None:
        shelf = self.shelf
        heard = Heard(
            "model", np.arange(len(shelf.right)), shelf.embedding, shelf.bundled, shelf.labels, shelf.artists
        )
        learned = learn(heard, {track: (word,) for track, word in self.said.items()})
        if not learned.classes:
            return
        answers = learned.answer(shelf.embedding, shelf.bundled)
        likely = np.zeros((len(shelf.right), len(learned.classes)))
        np.put_along_axis(likely, answers.best.astype(np.int64), answers.shares, axis=1)
        names = list(dict.fromkeys([*shelf.labels, *learned.classes]))
        place = [names.index(name) for name in learned.classes]
        chances = np.zeros((len(shelf.right), len(names)))
        chances[:, : len(shelf.labels)] = shelf.bundled
        proposed = np.zeros(chances.shape, dtype=np.bool_)
        proposed[:, : len(shelf.labels)] = shelf.proposed
        for track in np.flatnonzero(answers.chosen >= 0):
            chances[track], proposed[track] = 0.0, False
            chances[track, place] = likely[track]
            proposed[track, place[answers.chosen[track]]] = True
        self._judge(chances, names, proposed)


def bound(shelf: Shelf) -> int:
    """Keys of somebody who knows which tracks are wrong and gives an artist's alike ones one answer, one key each."""
    person = Person(shelf, Way("nobody"))
    wrong = [track for track, right in enumerate(shelf.right) if person.answer[track] not in right]
    needed = int(np.ceil(GOAL * len(shelf.right))) - (len(shelf.right) - len(wrong))
    artists = [0] * (int(shelf.artists.max()) + 1)
    for track in wrong:
        artists[shelf.artists[track]] += 1
    settled = np.cumsum(sorted(artists, reverse=True))
    return int(np.searchsorted(settled, needed)) + 1


# --- what the model hears and says -------------------------------------------------------------------------------


def shelves(root: str, heard_path: str) -> list[Shelf]:
    """Two shelves: what the model's own genres can name, and the same with genres that it does not know."""
    labelled = [one for one in recordings(root) if one.named and os.path.exists(one.path)]
    embedding = hear(labelled, heard_path)
    heard = ~np.isnan(embedding).any(axis=1)
    chances, labels, proposed = unmet([one for one, is_there in zip(labelled, heard, strict=True) if is_there],
                                      embedding[heard])  # fmt: skip
    asked = [number for number, one in enumerate(labelled) if heard[number] and one.source in (VALID, ALLMUSIC)]
    row = {number: place for place, number in enumerate(np.flatnonzero(heard).tolist())}
    bundled, embedding = chances[[row[number] for number in asked]], embedding[asked]
    wanted = [labelled[number] for number in asked]
    numbers: dict[str, int] = {}
    artists = np.array([numbers.setdefault(one.artist, len(numbers)) for one in wanted])

    def shelf(name: str, right: list[frozenset[str]], says: list[str]) -> Shelf:
        kept = np.flatnonzero(np.array([bool(words) for words in right]))
        return Shelf(
            name, [right[track] for track in kept], [says[track] for track in kept], artists[kept],
            embedding[kept], bundled[kept], labels, proposed,
        )  # fmt: skip

    meant = [frozenset(LABELS[label] for wants in one.wants for label in wants) & set(labels) for one in wanted]
    first = [min(words, default="") for words in meant]
    own = [one.named[0] if one.source == ALLMUSIC else label for one, label in zip(wanted, first, strict=True)]
    # Where AllMusic's word is one of the model's under another name, the person says the model's.
    same = {word: genre.label for genre in TAXONOMY for word in genre.allmusic if word != "Pop/Rock"}
    spelt = [same.get(word, word) if same.get(word, word) in labels else word for word in own]
    named = [
        frozenset({word}) if one.source == ALLMUSIC else words
        for one, word, words in zip(wanted, spelt, meant, strict=True)
    ]
    return [shelf("genres of the model", meant, first), shelf("and others", named, spelt)]


def hear(wanted: Sequence[Recording], path: str) -> Values:
    """What the network hears in the clips; NaN where it hears no music. Kept in a file, if there is one."""
    kept: dict[str, Values] = {}
    if path and os.path.exists(path):
        with np.load(path) as stored:
            kept = {str(name): vector for name, vector in zip(stored["names"], stored["embedding"], strict=True)}
    missing = [one for one in wanted if _name(one) not in kept]
    for outcome in classify(missing, GenreModel.load(default_model_folder())):
        if isinstance(outcome, Prediction) and outcome.embedding:
            kept[_name(outcome)] = np.frombuffer(outcome.embedding, "<f2").astype(np.float32)
    size = len(next(iter(kept.values())))
    embedding = np.array([kept.get(_name(one), np.full(size, np.nan, dtype=np.float32)) for one in wanted])
    if path and missing:
        np.savez(path, names=np.array([_name(one) for one in wanted]), embedding=embedding)
    return embedding


def unmet(of: list[Recording], embedding: Values) -> tuple[Values, tuple[str, ...], NDArray[np.bool_]]:
    """Chances of all genres for each recording from heads that never met its artist, and which may be proposed."""
    card = GenreModel.load(default_model_folder()).card
    manner = Manner(penalty=0.2, balance=0.5, shrinkage=0.3, prior=4.0)  # as the card has them
    known = judging.Known(of, embedding.astype(np.float64), np.zeros((len(of), len(NAMED))))
    learned, met = judging.learned_from(known), known[judging.learned_from(known)]
    fold, logits = met.folds(0), np.zeros((len(met.recordings), len(LABELS)))
    for number in range(judging.FOLDS):
        logits[fold == number] = judging.genres(met[fold != number], manner).logits(met.all[fold == number])
    proposed = np.array([label not in card.only_offered for label in LABELS])
    chances = np.zeros((len(of), len(LABELS)))
    chances[learned] = judging.probabilities(logits, np.flatnonzero(proposed), met, 0)
    allowed, asked = judging.allowed_labels(met.wants), judging.independent(met)
    heat = judging.calibrated(logits[asked], np.flatnonzero(proposed), allowed[asked])
    chances[~learned] = tempered(judging.genres(met, manner).logits(known.all[~learned]), *heat)
    return chances, LABELS, proposed


def _name(one: Recording | Prediction) -> str:
    return os.path.join(os.path.basename(os.path.dirname(one.path)), os.path.basename(one.path))


def measure(shelf: Shelf) -> dict[str, dict[str, float]]:
    """Keys of each way, and what part of plain review's that is."""
    results: dict[str, dict[str, float]] = {}
    for way in WAYS:
        person = Person(shelf, way)
        before = person.share_right()
        person.review()
        results[way.name] = {
            "keys": person.keys, "answers": person.answers, "typed": person.typed, "right_before": round(before, 3),
            "right_after": round(person.share_right(), 3),
            "of_plain": round(person.keys / max(1, results.get("plain", {}).get("keys", person.keys)), 3),
        }  # fmt: skip
    results["bound"] = {"keys": bound(shelf), "of_plain": round(bound(shelf) / results["plain"]["keys"], 3)}
    return results


# --- the page ----------------------------------------------------------------------------------------------------


class Seat:
    """The page on a library of so many rows, of which the first that are asked about are real files that are played."""

    def __init__(self, folder: str, rows: int, files: Sequence[str]) -> None:
        from PySide6.QtMultimedia import QAudioBufferOutput

        from app.jobs.queries import Queries
        from app.jobs.stages import Classifier
        from app.jobs.state import LibraryState
        from app.review.listening import Listening
        from app.review.page import ReviewPage
        from app.review.reviewing import Asked, Reviewing
        from app.settings.store import SettingsStore
        from app.sound.player.player import Player
        from benchmarks.table import make_library

        path = os.path.join(folder, "library.sqlite3")
        make_library(path, rows)
        _put_first(path, files)
        self.queries, self.page, self.player = Queries(path), ReviewPage(), Player()
        self.settings = SettingsStore.open(os.path.join(folder, "settings.json"))
        self.page.set_keys({}, {})
        self.page.resize(1100, 700)
        self.page.show()
        self.reviewing = Reviewing(self.page, self.queries, LibraryState(), self.settings, lambda: LABELS)
        classifier = Classifier(default_model_folder())
        self.listening = Listening(self.player, self, classifier, folder, self.settings)  # type: ignore[arg-type]
        self.reviewing.ahead.connect(self.listening.look_ahead)
        self.reviewing.shown.connect(lambda track: track is not None and self.listening.play(track))
        # Counts the samples that are asked for, where a loudspeaker would stand, one at each deck.
        self.new_sink, self.sinks, self.heard = QAudioBufferOutput, dict[object, object](), list[tuple[float, float]]()
        self.listening.begin()
        self.reviewing.open(Asked(lambda library: library.find()))

    def play_at(self, track: Track, seconds: float) -> None:
        """As the window does it."""
        self.player.load(track.path, start=seconds, length=track.length)
        self.player.play()
        if isinstance(self.player._engine, Media):
            deck = self.player._engine._deck
            if deck not in self.sinks:
                sink = self.sinks[deck] = self.new_sink()
                sink.audioBufferReceived.connect(self._hear)
                deck.media.setAudioBufferOutput(sink)

    def _hear(self, buffer: QAudioBuffer) -> None:
        self.heard.append((time.perf_counter(), buffer.startTime() / 1e6))

    def looks_ahead(self) -> bool:
        """Whether the tracks that come next are still being looked at."""
        engine = self.player._engine
        return self.listening._loader.busy() or (isinstance(engine, Media) and engine._trials.busy())

    def stop(self) -> None:
        """Let go of everything."""
        self.reviewing.close()
        self.listening.stop(10.0)
        self.player.shut()
        self.queries.stop()
        self.settings.close()


def _put_first(path: str, files: Sequence[str]) -> None:
    """Have the library know these files, and the model be least sure of them."""
    from genre_tagger.files.scan import scan_file

    with Library.open(path) as library:
        for file in files:
            library.store(scan_file(file), Prediction(file, "model", (Candidate("Jazz", 0.02),)))


def page_times(rows: int, files: Sequence[str]) -> dict[str, float]:
    """Milliseconds from a key to the next track on the page, and to its first samples, in a library of `rows`.

    The page's are of the window's own processor time, so that other programs on the computer count little; the
    sound's are of the clock. A person thinks for half a second before each key, and for as long as it takes to look at
    the three tracks ahead.
    """
    from PySide6.QtCore import QEventLoop, Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from app.look import theme

    app = QApplication([])
    theme.apply("light")

    def until(done: Callable[[], object], patience: float = 60.0) -> bool:
        end = time.perf_counter() + patience
        while not done() and time.perf_counter() < end:
            app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
        return bool(done())

    with tempfile.TemporaryDirectory() as folder:
        seat = Seat(folder, rows, files)
        began = time.perf_counter()
        until(seat.reviewing.current)
        opening = time.perf_counter() - began
        pages, sounds = list[float](), list[float]()
        for _ in range(len(files) - 1):
            until(lambda: False, 0.5)
            until(lambda: not seat.looks_ahead())
            pressed, busy = time.perf_counter(), time.thread_time()
            QTest.keyClick(seat.page, Qt.Key.Key_1)
            seat.page.repaint()
            pages.append(1000 * (time.thread_time() - busy))
            track = seat.reviewing.current()
            at = seat.listening.moment(track).at if track is not None else 0.0

            def sounding(pressed: float = pressed, at: float = at) -> list[float]:
                # What was on its way of the track before is somewhere else.
                return [when for when, where in seat.heard if when > pressed and at - 0.1 <= where <= at + 0.5]

            # Sure tracks are mixed in, and those that were made up have no file.
            if track is not None and track.path in files and until(sounding, 5.0):
                sounds.append(1000 * (min(sounding()) - pressed))
        seat.stop()
    return {
        "rows": rows, "opening_s": round(opening, 2), "page_ms": round(float(np.median(pages)), 1),
        "slowest_page_ms": round(max(pages), 1), "keys": len(pages), "sounded": len(sounds),
        "sound_ms": round(float(np.median(sounds)), 1) if sounds else 0.0,
        "slowest_sound_ms": round(max(sounds), 1) if sounds else 0.0,
    }  # fmt: skip


def with_several(shelf: Shelf) -> Shelf:
    """The tracks of artists that have two or more, as any library has albums."""
    kept = np.flatnonzero(np.bincount(shelf.artists)[shelf.artists] > 1)
    return Shelf(
        f"{shelf.name}, artists with several clips", [shelf.right[track] for track in kept],
        [shelf.says[track] for track in kept], shelf.artists[kept], shelf.embedding[kept], shelf.bundled[kept],
        shelf.labels, shelf.proposed,
    )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--heard", default="")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--only-page", action="store_true")
    chosen = parser.parse_args()
    results: dict[str, object] = {}
    met = True
    for shelf in () if chosen.only_page else shelves(chosen.data, chosen.heard):
        for part in (shelf, with_several(shelf)):
            measured = measure(part)
            results[part.name] = {"tracks": len(part.right), **measured}
            met = met and measured[WAYS[-1].name]["of_plain"] <= SHARE
    if chosen.rows:
        clips = [one.path for one in recordings(chosen.data) if one.source == ALLMUSIC][:25]
        page = page_times(chosen.rows, clips)
        results["page"] = page
        met = met and page["page_ms"] <= PAGE_MS and 0 < page["sound_ms"] <= SOUND_MS
    print(json.dumps({**results, "met": met}, indent=1))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
