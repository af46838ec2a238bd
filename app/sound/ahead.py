"""What draws is imported ahead of its use: a little at a time, while nobody touches the window.

All at once it would keep the window still for half a second, just when the first tracks are seen. What imports Qt has
to be imported in the window's own thread, because PySide makes its classes when they are first asked for, and two
threads at that crash; the rest is imported in another thread before.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from app.jobs.loader import Loader

# Without Qt, for the other thread.
COMPUTING = (
    "numpy", "numpy.ma", "genre_tagger.sound.frames", "genre_tagger.sound.overview", "genre_tagger.model.card",
    "genre_tagger.model.strip",
)  # fmt: skip
# pyqtgraph asks for every class that Qt has, which PySide makes one by one.
_MODULES_OF_QT = ("PySide6.QtCore", "PySide6.QtGui", "PySide6.QtWidgets")
# In an order in which none brings too many others along.
DRAWING = (
    "pyqtgraph", "app.sound.views.plot.canvas", "app.sound.views.lanes.lane", "app.sound.views.lanes.rows",
    "app.sound.views.lanes.spectrogram", "app.sound.views.lanes.mfcc", "app.sound.views.lanes.strip",
    "app.sound.views.lanes.why", "app.sound.views.stack", "app.sound.views.dock", "app.sound.save_views",
    "app.sound.comparing",
)  # fmt: skip

# Nobody has touched the window for so long before the next piece is imported.
_QUIET_S = 0.4
# A piece made of many small ones: half a frame of a slow screen.
_PIECE_S = 0.01
_INPUT = frozenset({
    QEvent.Type.MouseMove, QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease, QEvent.Type.Wheel,
    QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.TouchUpdate, QEvent.Type.Resize,
})  # fmt: skip


class Ahead(QObject):
    """Imports what draws, piece by piece; `done` is sent once, when all of it is there."""

    done = Signal()

    def __init__(self, window: QWidget, loader: Loader, pieces: Callable[[], Iterator[None]] | None = None) -> None:
        super().__init__(window)
        self._window, self._loader = window, loader
        self._pieces = (pieces or drawing)()
        self._begun = self._hurried = self._stopped = False
        self._touched = 0.0
        self._next = QTimer(self, singleShot=True)
        self._next.timeout.connect(self._import_piece)

    def begin(self) -> None:
        """Import while the window is left alone."""
        if self._begun or self._stopped:
            return
        self._begun = True
        if (handle := self._window.windowHandle()) is not None:
            handle.installEventFilter(self)
        self._loader.ask(("ahead",), lambda _: [importlib.import_module(name) for name in COMPUTING], self._computing)

    def hurry(self) -> None:
        """Wait for nothing from now on: somebody asked for what is drawn."""
        self._hurried = True
        self.begin()
        if self._next.isActive():
            self._next.start(0)

    def stop(self) -> None:
        """Import nothing more."""
        self._next.stop()
        self._stopped = True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take note that the window is touched."""
        if event.type() in _INPUT:
            self._touched = time.monotonic()
        return False

    def _computing(self, _: object) -> None:
        if not self._stopped:
            self._next.start(0)

    def _import_piece(self) -> None:
        quiet = time.monotonic() - self._touched
        if not self._hurried and quiet < _QUIET_S:
            self._next.start(int((_QUIET_S - quiet) * 1000) + 1)
            return
        try:
            next(self._pieces)
        except StopIteration:
            if (handle := self._window.windowHandle()) is not None:
                handle.removeEventFilter(self)
            self.done.emit()
        else:
            self._next.start(0)


def drawing(modules: Sequence[str] = DRAWING) -> Iterator[None]:
    """Import what draws; a step takes some hundredths of a second."""
    began = time.monotonic()
    for module in map(importlib.import_module, _MODULES_OF_QT):
        for name in dir(module):
            getattr(module, name, None)
            if time.monotonic() - began > _PIECE_S:
                yield
                began = time.monotonic()
    for name in modules:
        importlib.import_module(name)
        yield
