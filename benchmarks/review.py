"""How many keys a person needs from the model's start to 95 % right, by ways to review; and how fast the page is.

    python benchmarks/review.py DATA [--heard FILE] [--rows 100000]

DATA is the folder of research data: GTZAN's valid clips and AllMusic's, neither of which the shipped model met (its
card says what it learned from). FILE keeps what the model heard, so that a second run need not listen again. The person
is simulated, and always knows the right genre: a key for an answer that has a number; five for one that is typed (G,
three letters, Return); one to see what gets the same, and two for each track that is unticked there. Plain review goes
through the list as it is sorted, one track after the other. An album is what one artist has in the data.

Prints JSON; exits with 1 when the best way needs more than a quarter of the keys of plain review, or when a page takes
longer than 50 ms of processor time from the key on in a library of so many rows. The time to the sound is not measured
here: without a sound card there is none.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import numpy as np
from numpy.typing import NDArray

from genre_tagger.library.tracks import Prediction
from genre_tagger.model.classify import classify
from genre_tagger.model.network import GenreModel, default_model_folder
from genre_tagger.review.asking.order import alike, by_usefulness, directions
from genre_tagger.review.learning import Heard, learn
from genre_tagger.training.data.labelled import ALLMUSIC, VALID, Recording, recordings
from genre_tagger.training.data.taxonomy import LABELS, TAXONOMY

Values = NDArray[np.floating]
GOAL, SHARE, PAGE_MS = 0.95, 0.25, 50.0
SURE = 0.5
TYPED, UNTICK, OFFERED, OWN = 5, 2, 5, 4
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


class Way(NamedTuple):
    """What the person makes use of."""

    name: str
    useful: bool = False
    learning: bool = False
    albums: bool = False
    alike: bool = False
    own: bool = False


WAYS = (
    Way("plain"), Way("useful first", useful=True), Way("learning", useful=True, learning=True),
    Way("albums", useful=True, albums=True), Way("these alike", useful=True, alike=True),
    Way("own genres on keys", useful=True, own=True),
    Way("all together", useful=True, learning=True, albums=True, alike=True, own=True),
)  # fmt: skip


class Person:
    """Reviews a shelf in a certain way until enough is right, and counts the keys."""

    def __init__(self, shelf: Shelf, way: Way) -> None:
        self.shelf, self.way = shelf, way
        self.towards = directions(shelf.embedding.astype(np.float16))
        self.chances, self.names = shelf.bundled.copy(), list(shelf.labels)
        self.said: dict[int, str] = {}
        self.recent: list[str] = []
        self.keys = self.answers = 0
        self._learned_at = 0
        self._judge(shelf.bundled, shelf.labels)

    def _judge(self, chances: Values, names: Sequence[str]) -> None:
        best = np.argsort(-chances, axis=1, kind="stable")
        self.offered = [[names[place] for place in row[:OFFERED]] for row in best]
        self.sure = chances.max(axis=1)

    def share_right(self) -> float:
        """How many of all tracks have a right genre now, answered or not."""
        shelf = self.shelf
        now = [self.said.get(track, self.offered[track][0]) for track in range(len(shelf.right))]
        return float(np.mean([word in right for word, right in zip(now, shelf.right, strict=True)]))

    def review(self) -> None:
        """Answer until the goal is reached; everybody gets there, since each answer is right."""
        while self.share_right() < GOAL:
            self._answer(self._next())
            if self.way.learning and len(self.said) - self._learned_at >= EVERY:
                self._learn()

    def _next(self) -> int:
        open_ = np.array([track for track in range(len(self.shelf.right)) if track not in self.said])
        if not self.way.useful:
            return int(open_[0])
        unsure = open_[self.sure[open_] < SURE]
        if not len(unsure):  # then what is left, the least sure first
            return int(open_[np.argmin(self.sure[open_])])
        return int(unsure[by_usefulness(1.0 - self.sure[unsure], self.towards[unsure])[0]])

    def _answer(self, track: int) -> None:
        offered = self.offered[track]
        if self.way.own:
            offered = offered + [word for word in self.recent if word not in offered][:OWN]
        word = next((word for word in offered if word in self.shelf.right[track]), "")
        typed = not word
        word = word or self.shelf.says[track]
        others = self._others(track, word)
        self.keys += (TYPED if typed else 1) + (1 if others else 0)
        self.answers += 1
        fitting = [other for other in others if word in self.shelf.right[other]]
        self.keys += UNTICK * (len(others) - len(fitting))
        self.said |= dict.fromkeys([track, *fitting], word)
        self.recent = list(dict.fromkeys([word, *self.recent]))

    def _others(self, track: int, word: str) -> list[int]:
        """The tracks that the person has get the same: where that saves keys, by what is shown before."""
        open_ = np.array([other for other in range(len(self.shelf.right)) if other not in self.said])
        shown: list[list[int]] = []
        if self.way.albums:
            same = open_[self.shelf.artists[open_] == self.shelf.artists[track]]
            shown.append([int(other) for other in same if other != track])
        if self.way.alike:
            unsure = open_[self.sure[open_] < SURE]
            shown.append(alike(self.towards, track, unsure).tolist())

        def worth(others: list[int]) -> int:
            fitting = [other for other in others if word in self.shelf.right[other]]
            # Those that nobody would have asked about are worth something only where the model is wrong.
            saved = sum(
                self.sure[other] < SURE or self.offered[other][0] not in self.shelf.right[other] for other in fitting
            )
            return saved - UNTICK * (len(others) - len(fitting)) - 1

        best = max(shown, key=worth, default=[])
        return best if best and worth(best) > 0 else []

    def _learn(self) -> None:
        shelf = self.shelf
        self._learned_at = len(self.said)
        heard = Heard(
            "model", np.arange(len(shelf.right)), shelf.embedding, shelf.bundled, shelf.labels, shelf.artists
        )
        learned = learn(heard, {track: (word,) for track, word in self.said.items()})
        if not learned.classes:
            return
        answers = learned.answer(shelf.embedding, shelf.bundled)
        self._judge(shelf.bundled, shelf.labels)
        answered = np.flatnonzero(answers.chosen >= 0)
        chances = learned.chances(shelf.embedding[answered], shelf.bundled[answered])
        for row, track in enumerate(answered):
            order = np.argsort(-chances[row], kind="stable")[:OFFERED]
            self.offered[track] = [learned.classes[place] for place in order]
            self.sure[track] = answers.probability[track]


def shelves(root: str, heard_path: str) -> list[Shelf]:
    """Two shelves: what the model's own genres can name, and the same with genres that it does not know."""
    wanted = [one for one in recordings(root) if one.source in (VALID, ALLMUSIC) and one.named]
    wanted = [one for one in wanted if os.path.exists(one.path)]
    embedding, bundled, labels = hear(wanted, heard_path)
    heard = ~np.isnan(bundled).any(axis=1)
    numbers: dict[str, int] = {}
    artists = np.array([numbers.setdefault(one.artist, len(numbers)) for one in wanted])

    def shelf(name: str, right: list[frozenset[str]], says: list[str]) -> Shelf:
        kept = np.flatnonzero(heard & np.array([bool(words) for words in right]))
        return Shelf(
            name, [right[track] for track in kept], [says[track] for track in kept], artists[kept],
            embedding[kept], bundled[kept], labels,
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


def hear(wanted: Sequence[Recording], path: str) -> tuple[Values, Values, tuple[str, ...]]:
    """What the model hears in the clips; NaN where it names no genre. Kept in a file, if there is one."""
    model = GenreModel.load(default_model_folder())
    kept: dict[str, tuple[Values, Values]] = {}
    if path and os.path.exists(path):
        with np.load(path) as stored:
            rows = zip(stored["names"], stored["embedding"], stored["bundled"], strict=True)
            kept = {str(name): (vector, chances) for name, vector, chances in rows}
    missing = [one for one in wanted if _name(one) not in kept]
    for outcome in classify(missing, model):
        if isinstance(outcome, Prediction) and outcome.embedding:
            chances = {one.genre: one.probability for one in outcome.candidates}
            row = np.array([chances[label] for label in model.card.labels])
            kept[_name(outcome)] = np.frombuffer(outcome.embedding, "<f2").astype(np.float32), row
    size = len(next(iter(kept.values()))[0])
    nothing = np.zeros(size, dtype=np.float32), np.full(len(model.card.labels), np.nan)
    rows = [kept.get(_name(one), nothing) for one in wanted]
    embedding, bundled = (np.array(part) for part in zip(*rows, strict=True))
    if path and missing:
        np.savez(path, names=np.array([_name(one) for one in wanted]), embedding=embedding, bundled=bundled)
    return embedding, bundled, model.card.labels


def _name(one: Recording | Prediction) -> str:
    return os.path.basename(one.path)


def measure(shelf: Shelf) -> dict[str, dict[str, float]]:
    """Keys of each way, and what part of plain review's that is."""
    results: dict[str, dict[str, float]] = {}
    for way in WAYS:
        person = Person(shelf, way)
        before = person.share_right()
        person.review()
        results[way.name] = {
            "keys": person.keys, "answers": person.answers, "right_before": round(before, 3),
            "right_after": round(person.share_right(), 3),
        }  # fmt: skip
        results[way.name]["of_plain"] = round(person.keys / max(1, results["plain"]["keys"]), 3)
    return results


# --- the page ----------------------------------------------------------------------------------------------------


def page_times(rows: int, answers: int = 40) -> dict[str, float]:
    """Processor time (ms) of the window's thread from a key to the next track on the page, in a library of `rows`."""
    from PySide6.QtCore import QEventLoop, Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from app.jobs.queries import Queries
    from app.jobs.state import LibraryState
    from app.look import theme
    from app.review.page import ReviewPage
    from app.review.reviewing import Asked, Reviewing
    from app.settings.store import SettingsStore
    from benchmarks.table import make_library

    app = QApplication([])
    theme.apply("light")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "library.sqlite3")
        make_library(path, rows)
        queries, page = Queries(path), ReviewPage()
        settings = SettingsStore.open(os.path.join(folder, "settings.json"))
        page.set_keys({}, {})
        page.resize(1100, 700)
        page.show()
        reviewing = Reviewing(page, queries, LibraryState(), settings)

        def until(done: Callable[[], object]) -> None:
            while not done():
                app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)

        began = time.perf_counter()
        reviewing.open(Asked(lambda library: library.find()))
        until(reviewing.current)
        opening = time.perf_counter() - began
        times = []
        for _ in range(answers):
            done: list[object] = []
            queries.run(lambda _: None, done.append)
            until(lambda done=done: done)
            began = time.thread_time()
            QTest.keyClick(page, Qt.Key.Key_1)
            page.repaint()
            times.append(1000 * (time.thread_time() - began))
        reviewing.close()
        queries.stop()
        settings.close()
    return {
        "rows": rows, "opening_s": round(opening, 2), "page_ms": round(float(np.median(times)), 1),
        "slowest_page_ms": round(max(times), 1),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--heard", default="")
    parser.add_argument("--rows", type=int, default=100_000)
    chosen = parser.parse_args()
    results: dict[str, object] = {}
    met = True
    for shelf in shelves(chosen.data, chosen.heard):
        measured = measure(shelf)
        results[shelf.name] = {"tracks": len(shelf.right), **measured}
        met = met and measured[WAYS[-1].name]["of_plain"] <= SHARE
    if chosen.rows:
        page = page_times(chosen.rows)
        results["page"] = page
        met = met and page["page_ms"] <= PAGE_MS
    print(json.dumps({**results, "met": met}, indent=1))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
