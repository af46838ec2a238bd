"""Covers of albums: read from music files away from the window's thread, scaled, kept in the cache, never written."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from app.jobs.loader import Loader
from app.review.covers import small_cover
from genre_tagger.base.cache import Cache

_SIDE = 64  # pixels of a cover that is kept
_KIND = f"cover {_SIDE}"
_KEPT = 500  # covers in memory


def _read(path: str, cache: Cache, wanted: Callable[[], bool]) -> QImage:
    """Give the cover of a file, from the cache if it is there; "there is none" is kept as well."""
    stored = cache.get(path, _KIND)
    if stored is not None:
        pixels = np.ascontiguousarray(stored["pixels"])
        height, width = pixels.shape[:2]
        return QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
    stamp = cache.stamp(path)
    image = small_cover(path, _SIDE, wanted).convertToFormat(QImage.Format.Format_RGBA8888)
    pixels = np.frombuffer(image.constBits(), np.uint8) if not image.isNull() else np.empty(0, np.uint8)
    shaped = pixels.reshape(image.height(), -1, 4)[:, : image.width()] if len(pixels) else pixels.reshape(0, 0, 4)
    cache.put(path, _KIND, {"pixels": shaped}, stamp=stamp)
    return image


class Covers(QObject):
    """Gives covers by the files that have them. Signal: came() when there are more."""

    came = Signal()

    def __init__(self, loader: Loader, folder: str, parent: QObject) -> None:
        super().__init__(parent)
        self._loader, self._cache = loader, Cache(folder)
        self._known: OrderedDict[str, QPixmap] = OrderedDict()
        self._asked: set[str] = set()

    def of(self, path: str) -> QPixmap | None:
        """Give a cover; None as long as it is being read, a null picture where there is none."""
        known = self._known.get(path)
        if known is None and path not in self._asked:
            self._asked.add(path)
            self._loader.ask(("cover", path), partial(_read, path, self._cache), self._take(path), later=True)
        return known

    def _take(self, path: str) -> Callable[[QImage], None]:
        def take(image: QImage) -> None:
            self._asked.discard(path)
            self._known[path] = QPixmap.fromImage(image)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
            self.came.emit()

        return take
