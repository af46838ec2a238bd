"""The window's entry point; what costs time to load is loaded after the window is to be seen."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app import APP_ID
from app.desktop import instance
from genre_tagger import __version__

if TYPE_CHECKING:
    import argparse

    from PySide6.QtGui import QIcon

    from app.desktop.arrivals import Program
    from app.settings.places import Places
    from app.window.main_window import MainWindow


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit status."""
    places, paths = arguments(sys.argv[1:] if argv is None else argv)
    claim = instance.join(places.library, paths)
    if isinstance(claim, int):
        return claim
    # The objects made until the window is seen stay; looking through them again and again is of no use.
    gc.disable()
    app, window = show(places)

    from PySide6.QtCore import QTimer

    from app.desktop import signals
    from app.desktop.arrivals import Arrivals
    from app.jobs import window_first
    from genre_tagger.base.stderr import only_our_words

    arrivals = Arrivals(window)
    arrivals.take(paths)
    app.asked.connect(arrivals.take_one)
    window.closing.connect(claim.close)
    app.aboutToQuit.connect(claim.close)
    QTimer.singleShot(0, lambda: claim.listen(arrivals.welcome))
    QTimer.singleShot(0, window_first.settle)
    QTimer.singleShot(0, window.start)
    QTimer.singleShot(0, lambda: join_desktop(window))
    signals.on_signal(window.leave, window.leaving.hurry, window)
    signals.on_session_end(window.leave)
    with only_our_words():
        status = app.exec()
    if not window.leaving.ended:
        # A thread is stuck in a file that takes too long; what it was doing is settled at the next start.
        os._exit(status)
    return status


def show(places: Places) -> tuple[Program, MainWindow]:
    """Make the application and show its window; :meth:`MainWindow.start` then brings it to life."""
    # Here and not above: the process that tags files imports this module once more, and needs no window.
    from app.desktop import display

    display.look()
    from PySide6.QtCore import QSettings, QTimer

    from app.desktop.arrivals import Program
    from app.look import theme
    from app.settings.store import SettingsStore
    from app.window.main_window import MainWindow

    # By its name, and not by what starts it, a window is told to belong to the desktop entry.
    with display.in_words():
        app = Program(["genre-tagger"])
    app.setApplicationName("genre-tagger")
    app.setApplicationDisplayName("Genre Tagger")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName(APP_ID)
    if places.portable:
        # Qt's own dialogs remember folders and sizes, otherwise in the user's home.
        QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, places.state)
    settings = SettingsStore.open(places.settings)
    theme.choose(settings.settings.scheme)
    window = MainWindow(places, settings=settings)
    theme.dress()
    window.show()
    QTimer.singleShot(0, lambda: app.setWindowIcon(_icon()))
    return app, window


def join_desktop(window: MainWindow) -> None:
    """Join a window that is alive with the desktop, where that has a bus."""
    if sys.platform in ("win32", "darwin"):
        return
    try:
        from app.desktop.dbus.presence import Presence  # not before the window is seen
    except ImportError:
        # Qt without D-Bus: everything else works.
        return
    Presence(window)


def _icon() -> QIcon:
    """Draw the program's icon in the sizes that are asked for, the small ones from drawings of their own."""
    from PySide6.QtGui import QIcon

    from app.look import theme

    icon = QIcon()
    for name, size in (("app-16", 16), ("app-24", 24), *(("app", size) for size in (32, 48, 64, 128, 256))):
        icon.addPixmap(theme.picture(name, size, "#000", 1.0))
    return icon


def arguments(given: Sequence[str]) -> tuple[Places, list[str]]:
    """Understand the command line: where things are kept, and paths to add. Nearly every start is without any."""
    from app.settings.places import Places

    if not given:
        return Places.usual(), []
    found = vars(_parser().parse_args(given))
    paths = found.pop("paths")
    return Places.usual(**found), paths


def _parser() -> argparse.ArgumentParser:
    import argparse

    parser = argparse.ArgumentParser(
        prog="genre-tagger", description="Sorts a music library by genre from its sound.",
        epilog="What is given here goes before the variables GENRE_TAGGER_LIBRARY, _SETTINGS, _STATE, _CACHE, _MODEL "
        "and _PORTABLE, and these before the usual places. A file named “portable” beside the program does what "
        "--portable does.",
    )  # fmt: skip
    parser.add_argument("paths", nargs="*", metavar="PATH", help="folders and files to add to the library")
    for name, kind, text in (
        ("library", "FILE", "the library, with the undo journal beside it"),
        ("settings", "FILE", "the settings"),
        ("state", "FOLDER", "how the window was left"),
        ("cache", "FOLDER", "what can be computed again and may be deleted at any time"),
        ("model", "FOLDER", "another model than the one that ships with the program"),
    ):
        parser.add_argument(f"--{name}", metavar=kind, help=text)
    parser.add_argument("--portable", action="store_const", const=True, help="keep all these beside the program")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
