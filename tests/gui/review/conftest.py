"""What the tests of the review share: the page on a library of a few unsure tracks, and who presses its keys."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest

from app.jobs.queries import Queries
from app.review.page import ReviewPage
from app.review.reviewing import Asked, Reviewing
from app.review.several.handful import Handful, HandfulSheet
from app.review.several.sheet import TickedSheet
from app.review.several.sure import BecameSure
from app.review.several.wide import Wide
from app.settings.store import SettingsStore
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Candidate, Prediction
from helpers.patience import LONG
from helpers.tracks import scanned

GENRES = ("Jazz", "Blues", "Rock", "Pop")


def unsure(path: str, first: float, towards: tuple[float, ...]) -> Prediction:
    rest = (1 - first) / 3
    candidates = tuple(Candidate(genre, first if n == 0 else rest) for n, genre in enumerate(GENRES))
    return Prediction(path, "m", candidates, embedding=np.array(towards, dtype="<f2").tobytes())


@pytest.fixture
def fill(library_path) -> Callable[..., list[int]]:
    """A function: numbers of unsure and of sure tracks → they are in the library, in two albums of two sounds."""

    def fill(count: int = 6, sure: int = 0) -> list[int]:
        rng = np.random.default_rng(0)
        with Library.open(library_path) as library:
            for number in range(count + sure):
                album = ("Blue", "Red")[number % 2]
                towards = (1.0, 0.0, 0.0) if number % 2 else (0.0, 1.0, 0.2)
                path = f"/music/{album}/{number:03}.flac"
                library.store(
                    scanned(path, title=f"T{number:03}", artist="Anna", album=album, number=number),
                    unsure(path, 0.9 if number >= count else 0.3, tuple(towards + 0.05 * rng.normal(size=3))),
                )
        return list(range(1, count + sure + 1))

    return fill


@pytest.fixture
def settings(qapp, tmp_path):
    store = SettingsStore.open(str(tmp_path / "settings.json"))
    yield store
    store.close()


@dataclasses.dataclass
class Desk:
    """A page, what joins it with the library, and what a person does at it."""

    page: ReviewPage
    reviewing: Reviewing
    queries: Queries
    wait_for: Callable[[Callable[[], object]], None]
    sure: TickedSheet
    handful: HandfulSheet

    def open(self, *, everything: bool = False) -> None:
        shown: list[object] = []
        self.reviewing.shown.connect(shown.append)
        self.reviewing.open(Asked(lambda library: library.find(), everything))
        self.wait_for(lambda: shown)

    def press(self, *keys: Qt.Key | str) -> None:
        """Press keys one after the other, each when the track before is answered and the next is there."""
        for key in keys:
            if isinstance(key, str):
                QTest.keyClick(self.page, key)
            else:
                QTest.keyClick(self.page, key)
            self.settle()

    def settle(self) -> None:
        """Wait until everything that was asked has been answered, and what was asked because of that, too."""
        for _ in range(3):
            loop = QEventLoop()
            self.queries.run(lambda _: None, lambda _, loop=loop: loop.quit())
            QTimer.singleShot(LONG, loop, lambda loop=loop: loop.exit(1))
            assert loop.exec() == 0

    def title(self) -> str:
        return self.page.title.accessibleName()

    def steps(self) -> list[str]:
        return [self.page.steps.item(row).text() for row in range(self.page.steps.count())]


@pytest.fixture
def desk(qtbot, queries, library_state, settings, wait_for):
    """A function that opens a page, as a window does when it is started anew."""

    def make() -> Desk:
        page = ReviewPage()
        qtbot.addWidget(page)
        page.set_keys(settings.settings.review_keys, settings.settings.own_keys)
        page.resize(1000, 700)
        page.show()
        page.setFocus()
        reviewing = Reviewing(page, queries, library_state, settings, lambda: GENRES)
        Wide(reviewing, queries)
        sure = BecameSure(page, reviewing, queries, library_state).sheet
        several = Handful(page, reviewing, queries, settings).sheet
        return Desk(page, reviewing, queries, wait_for, sure, several)

    return make


@pytest.fixture
def said(library_path) -> Callable[[], dict[str, str]]:
    """A function: title → what was decided, of all tracks that something was decided of."""

    def said() -> dict[str, str]:
        with Library.open(library_path) as library:
            decided = [track for track in library.tracks() if track.decision is not None]
        return {track.title: "; ".join(track.decision.genres) or "left alone" for track in decided}

    return said
