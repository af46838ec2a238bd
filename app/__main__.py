"""The window's entry point; what costs time to load is loaded after the window is to be seen."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from genre_tagger import __version__

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from app.main_window import MainWindow

_ID = "io.github.genre_tagger.GenreTagger"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit status."""
    library, paths = _arguments(sys.argv[1:] if argv is None else argv)
    # The objects made until the window is seen stay; looking through them again and again is of no use.
    gc.disable()
    app, window = show(library, paths)

    from PySide6.QtCore import QTimer

    from app import courtesy, signals

    QTimer.singleShot(0, courtesy.settle)
    QTimer.singleShot(0, window.start)
    signals.on_signal(window.leave, window)
    return app.exec()


def show(library: str | None, paths: Sequence[str]) -> tuple[QApplication, MainWindow]:
    """Make the application and show its window; :meth:`MainWindow.start` then brings it to life."""
    # Here and not above: the process that tags files imports this module once more, and needs no window.
    from PySide6.QtCore import QTimer
    from PySide6.QtGui import QIcon
    from PySide6.QtWidgets import QApplication

    from app import theme
    from app.main_window import MainWindow
    from app.places import Places
    from app.settings import Settings, load
    from genre_tagger.assets import asset

    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("genre-tagger")
    app.setApplicationDisplayName("Genre Tagger")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName(_ID)
    places = Places.usual(library)
    theme.choose(load(Settings, places.settings).scheme)
    window = MainWindow(places, list(paths))
    theme.dress()
    window.show()
    QTimer.singleShot(0, lambda: app.setWindowIcon(QIcon(str(asset("resources", "icons", "app.svg")))))
    return app, window


def _arguments(given: Sequence[str]) -> tuple[str | None, list[str]]:
    """Understand the command line: a library and paths to add. Nearly every start is without any."""
    if not given:
        return None, []
    import argparse

    parser = argparse.ArgumentParser(prog="genre-tagger", description="Sorts a music library by genre from its sound.")
    parser.add_argument("paths", nargs="*", metavar="FOLDER", help="folders and files to add to the library")
    parser.add_argument("--library", metavar="FILE", help="use this library instead of the usual one")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    arguments = parser.parse_args(given)
    return arguments.library, arguments.paths


if __name__ == "__main__":
    sys.exit(main())
