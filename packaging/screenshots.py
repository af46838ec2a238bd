"""Pictures of the real program at work, for the README and the software centres.

Opens the real window on a copy of the demo library (or of a folder given), with a library of its own in a
temporary folder, and saves docs/screenshots/{empty,scanning,classified,details,sound,views,errors}-{light,dark}.png.
Usage: python packaging/screenshots.py [FOLDER] [--font FAMILY] [--size POINTS] [--out FOLDER]
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtGui import QFont  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from app import theme  # noqa: E402
from app.main_window import MainWindow  # noqa: E402
from app.places import Places  # noqa: E402
from app.sidebar import ALL, PROBLEMS  # noqa: E402
from app.views.kinds import KINDS  # noqa: E402
from genre_tagger.assets import asset  # noqa: E402

_LONG_S = 300.0


def until(condition: Callable[[], bool]) -> None:
    """Let the program run until a condition holds."""
    end = time.monotonic() + _LONG_S
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("The program did not get as far as the picture.")
        QApplication.processEvents()
        time.sleep(0.005)


def rest(seconds: float = 1.0) -> None:
    """Let the program run for a while."""
    end = time.monotonic() + seconds
    until(lambda: time.monotonic() > end)


def drawn(window: MainWindow) -> None:
    """Wait until the selected track has been drawn."""
    until(lambda: window.sound.dock is not None and window.sound.dock.sound.overview is not None)
    until(lambda: window.sound.dock.sound.overview.complete)
    rest(0.5)
    until(lambda: not window.sound.loader.busy())


def save_views(window: MainWindow, save: Callable[[str], None]) -> None:
    """Take the drawing of the sound: as it is at first, and all lanes of a part of the track."""
    stack = window.sound.dock.stack
    shown = stack.shown()
    window.resizeDocks([window.sound.dock], [round(0.6 * window.height())], Qt.Orientation.Vertical)
    drawn(window)
    save("sound")
    for kind in KINDS:
        stack.show_lane(kind.id)
    size, line = window.size(), stack.timeline
    window.resize(size.width(), 1400)
    window.resizeDocks([window.sound.dock], [1100], Qt.Orientation.Vertical)
    line.show(0.2 * line.length, 0.6 * line.length)
    drawn(window)
    save("views")
    for id_ in stack.shown():
        stack.show_lane(id_, id_ in shown)
    line.whole()
    window.resize(size)
    drawn(window)


def take(folder: Path, scheme: str, music: Path, out: Path) -> None:
    """Take all pictures in one scheme."""
    places = Places(*(str(folder / name) for name in (f"{scheme}.sqlite3", f"{scheme}.json", f"{scheme}-window.json")))
    window = MainWindow(places)
    theme.apply(scheme)
    window.resize(1280, 800)
    window.show()

    def save(name: str, after: float = 0.3) -> None:
        rest(after)
        window.grab().save(str(out / f"{name}-{scheme}.png"))

    window.start()
    until(lambda: window._opened and window.work.queue.current is None)
    rest()
    save("empty")
    window.commands.add([str(music)])
    model = window.tracks.model

    # The rows are there as soon as the scan is through; a small library is classified within a second.
    until(lambda: window.work.busy_with() == "classify" and len(model.ids()) > 0)
    save("scanning", 0.02)
    until(lambda: window.work.queue.current is None)
    rest(2)
    save("classified")
    proposals = [model.proposal_at(row) for row in range(min(30, len(model.ids())))]
    ticked = [p for p in proposals if p is not None and p.ticked]
    window.tracks.select([max(ticked, key=lambda p: p.probability).track_id] if ticked else [model.id_at(0)])
    drawn(window)
    save("details")
    save_views(window, save)
    window.sidebar.go(PROBLEMS)
    rest()
    save("errors")
    window.sidebar.go(ALL)
    window.close()


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path(asset("resources", "demo")))
    parser.add_argument("--font", default="")
    parser.add_argument("--size", type=float, default=10.0)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screenshots")
    arguments = parser.parse_args()
    app = QApplication([])
    app.setApplicationDisplayName("Genre Tagger")
    if arguments.font:
        app.setFont(QFont(arguments.font, arguments.size))
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        music = Path(folder) / "Music"
        shutil.copytree(arguments.folder, music)
        # Something to go wrong: a text that calls itself music, and a file that was cut off.
        (music / "Shopping list.mp3").write_text("milk, bread, strings for the guitar\n" * 40)
        (music / "Broken download.flac").write_bytes(b"fLaC" + bytes(2000))
        for scheme in ("light", "dark"):
            take(Path(folder), scheme, music, arguments.out)


if __name__ == "__main__":
    main()
