"""More like this: the tracks that sound most like the selected ones, as rows of the table."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.jobs.queries import Queries, These, load
from app.look import words

if TYPE_CHECKING:
    from genre_tagger.library.library import Library
    from genre_tagger.review.sounds.similar import Alike

MOST = 100
"""How many tracks are listed beside those that they are like."""


class MoreLikeThis(QObject):
    """Asks for them. Signals: found(These), beginning with the tracks themselves; told(sentence) where there are none.

    `cache` is the folder in which what they are compared by is kept.
    """

    found = Signal(object)
    told = Signal(str)

    def __init__(self, queries: Queries, cache: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queries, self._cache = queries, cache
        self._points: Alike | None = None  # for the queries' thread alone

    def ask(self, ids: Sequence[int]) -> None:
        """Look for what is like these tracks, or like the middle of them where they are several."""
        if ids:
            self._queries.run(functools.partial(self._find, ids=list(ids)), self._take, key="alike")

    def _find(self, library: Library, ids: Sequence[int]) -> These | None:
        from genre_tagger.review.sounds.similar import points_of  # not before it is wanted

        self._points = points_of(library, self._cache, self._points)
        return these_like(library, ids, self._points)

    def _take(self, these: These | None) -> None:
        if these is not None:
            self.found.emit(these)
        else:
            self.told.emit(self.tr("This has not been listened to yet, so nothing is known to be like it."))


def these_like(library: Library, ids: Sequence[int], points: Alike | None) -> These | None:
    """List some tracks and what sounds most like them; None where they have not been heard."""
    near = points.near(ids, MOST) if points is not None else []
    if not near:
        return None
    first = load(library, ids[:1])
    if len(ids) > 1 or not first:
        title = words.tr("Like {}").format(words.tracks(len(ids)))
    else:
        title = words.tr("Like “{}”").format(first[0].title or first[0].path.rpartition("/")[2])
    return These(title, (*ids, *(track for track, _ in near)))
