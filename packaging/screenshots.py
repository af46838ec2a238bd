"""Pictures of the real program at work, for the README and the software centres.

Opens the real window on a copy of the demo library (or of a folder given), with a library of its own in a
temporary folder, and saves docs/screenshots/{first,settings,scanning,classified,details,review,browse,copy,sound,why,
views,curves,compare,errors}-{light,dark}.png, and small pictures of each view for the help in the program into
resources/help.
Usage: python packaging/screenshots.py [FOLDER] [--font FAMILY] [--size POINTS] [--out FOLDER] [--help-out FOLDER]
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtGui import QFont, QImage  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402

from app.jobs.loader import Loader  # noqa: E402
from app.jobs.wishes import JobKind  # noqa: E402
from app.look import theme  # noqa: E402
from app.look.widgets import ElidedLabel, IconButton  # noqa: E402
from app.settings.places import Places  # noqa: E402
from app.sound.views.choices import Choices  # noqa: E402
from app.sound.views.comparison import Comparison  # noqa: E402
from app.sound.views.drawn import Sound  # noqa: E402
from app.sound.views.lanes.lane import Lane  # noqa: E402
from app.sound.views.plot.timeline import Timeline  # noqa: E402
from app.sound.views.stack import KINDS, Stack  # noqa: E402
from app.window.main_window import MainWindow  # noqa: E402
from app.window.panels import first_page  # noqa: E402
from app.window.panels.sidebar import ALL, PROBLEMS, Place  # noqa: E402
from genre_tagger.base.places import asset  # noqa: E402
from genre_tagger.library.tracks import Track  # noqa: E402

_LONG_S = 300.0
TO_WRITE = Place("state", "proposed")
_HEIGHT = 800
_HELP_WIDTH = 640
# How large the pictures of the help may be, and how coarse their colours for that; what is grey stays as it is.
_HELP_BYTES = 56 << 10
_STEPS = (1, 4, 8, 12, 16, 24, 32, 48)
_GREY = 12


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


def settled(lanes: Sequence[Lane], loader: Loader) -> None:
    """Wait until everything that is to be seen has been drawn."""
    sounds = {lane.sound for lane in lanes}
    until(lambda: all(sound.overview is not None and sound.overview.complete for sound in sounds))
    until(lambda: not loader.busy() and not any(lane._again.isActive() for lane in lanes))
    rest(0.5)
    until(lambda: not loader.busy() and not any(lane._again.isActive() for lane in lanes))


def drawn(window: MainWindow) -> None:
    """Wait until what is selected has been drawn."""
    until(lambda: window.sound.dock is not None and bool(window.sound.dock.lanes()))
    settled(window.sound.dock.lanes(), window.sound.loader)


def only(window: MainWindow, lanes: Sequence[str], height: int) -> None:
    """Show these lanes and no others, and give all of them their share of so many pixels."""
    stack = window.sound.dock.stack
    for kind in KINDS:
        stack.show_lane(kind.id, kind.id in lanes)
    stack.show_lane(lanes[0])
    for id_ in set(stack.shown()) - set(lanes):
        stack.show_lane(id_, False)
    window.resize(window.width(), max(_HEIGHT, height + 400))
    window.resizeDocks([window.sound.dock], [height], Qt.Orientation.Vertical)
    rest(0.2)
    stack._share_heights()


def save_views(window: MainWindow, save: Callable[[str], None]) -> None:
    """Take the drawing of the selected track: as it is at first, in all ways, and with what lies over it."""
    stack = window.sound.dock.stack
    at_first = [kind.id for kind in KINDS if kind.shown]
    only(window, at_first, 480)
    drawn(window)
    save("sound")
    window.actions_by_id["why"].trigger()
    drawn(window)
    save("why")
    window.actions_by_id["why"].trigger()
    only(window, [kind.id for kind in KINDS], 1060)
    stack.timeline.show(0.2 * stack.timeline.length, 0.6 * stack.timeline.length)
    drawn(window)
    save("views")
    stack.timeline.whole()
    only(window, ["waveform", "spectrogram", "curves"], 520)
    stack.choices.spectrogram_curves = "centroid rolloff"
    stack.renew()
    drawn(window)
    save("curves")
    stack.choices.spectrogram_curves = ""
    only(window, at_first, 480)


def save_comparison(window: MainWindow, pair: Sequence[int], save: Callable[[str], None]) -> None:
    """Take two tracks above one another."""
    window.tracks.select(list(pair))
    action = window.actions_by_id["compare"]
    until(action.isEnabled)
    action.trigger()
    until(lambda: window.sound.dock.comparing)
    window.resize(window.width(), 1000)
    window.resizeDocks([window.sound.dock], [680], Qt.Orientation.Vertical)
    drawn(window)
    save("compare")
    action.trigger()
    window.resize(window.width(), _HEIGHT)


def save_help(window: MainWindow, tracks: Sequence[Track], scheme: str, folder: Path) -> None:
    """Take a small picture of each view for the help; the first track is drawn, and compared with the second."""
    dock = window.sound.dock
    loader, classifier, choices = window.sound.loader, dock.sound.classifier, Choices()
    stack = Stack(Timeline(), Sound(loader), choices)
    stack.sound.classifier = classifier
    shown = [
        (track.path, track.title or Path(track.path).name, track.prediction.candidates[0].genre) for track in tracks
    ]
    stack.setFixedSize(_HELP_WIDTH, 170)
    stack.show()
    stack.sound.show(*shown[0])
    for id_ in (*(kind.id for kind in KINDS), "why"):
        choices.why_shown = id_ == "why"
        lane = "spectrogram" if id_ == "why" else id_
        stack.show_lane(lane)
        for other in set(stack.shown()) - {lane}:
            stack.show_lane(other, False)
        stack.renew()
        settled([stack.lanes[lane]], loader)
        keep(stack, folder / f"{id_}-{scheme}.png")
    choices.why_shown = False
    for lane in ("strip", "spectrogram", "curves"):
        stack.show_lane(lane, lane != "curves")
    comparison = Comparison(loader, stack)
    comparison.setFixedSize(_HELP_WIDTH - 120, 352)
    comparison.show()
    comparison.show_pair(shown)
    settled(comparison.lanes(), loader)
    comparison._fit()
    keep(comparison, folder / f"compare-{scheme}.png")
    for widget, sounds in ((comparison, comparison.sounds), (stack, (stack.sound,))):
        for sound in sounds:
            sound.show(None)
        widget.deleteLater()


def keep(widget: QWidget, path: Path) -> None:
    """Save a picture, with as many shades of what is coloured as the size of the file allows."""
    if (focused := widget.focusWidget()) is not None:
        focused.clearFocus()
    for button in widget.findChildren(IconButton):
        button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    rest(0.2)
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    shape = image.height(), image.width(), 4
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(shape)
    grey = np.ptp(pixels[..., :3], axis=2, keepdims=True) < _GREY
    for step in _STEPS:
        coarse = (np.round(pixels / step) * step).clip(0, 255).astype(np.uint8)
        kept = np.ascontiguousarray(np.where(grey, pixels, coarse))
        QImage(kept.data, shape[1], shape[0], QImage.Format.Format_RGB32).save(str(path), quality=0)
        if path.stat().st_size <= _HELP_BYTES:
            return


def pair_of(window: MainWindow) -> list[int]:
    """Give two tracks whose genres the model is sure of: the one it is surest of, and one of another genre."""
    model = window.tracks.model
    proposals = [model.proposal_at(row) for row in range(len(model.ids()))]
    sure = sorted((p for p in proposals if p is not None and p.genre), key=lambda p: -p.probability)
    if not sure:
        return [model.id_at(0), model.id_at(1)]
    others = [p.track_id for p in sure if p.genre != sure[0].genre]
    return [sure[0].track_id, *others[:1]]


def save_first_page(window: MainWindow, save: Callable[[str], None]) -> None:
    """Take the first page with the music counted, in a folder with an ordinary name."""
    card = window.centre.first.cards[0]
    until(lambda: not window.centre.first._looking.isActive())
    card.findChild(ElidedLabel).set_text("/home/anna/Music")
    card.setFocus()
    save("first")


def save_settings(window: MainWindow, path: Path) -> None:
    """Take the settings, at the page that has most to set."""
    window.preferences.open_dialog()
    dialog = window.preferences.dialog
    dialog.resize(780, 680)
    rest()
    dialog.grab().save(str(path))
    dialog.close()


def save_browsing(window: MainWindow, save: Callable[[str], None]) -> None:
    """Take the library by genre, artist and album."""
    browse = window.actions_by_id["browse"]
    browse.trigger()
    save("browse", 2)
    browse.trigger()
    rest(0.5)


def save_copying(window: MainWindow, stick: str, path: Path) -> None:
    """Take the plan of a copy, to a stick with an ordinary name."""
    window.actions_by_id["copy_to"].trigger()
    dialog = window.sorting.copies.dialog
    dialog.resize(760, 560)
    dialog.choices.show_target(stick)
    dialog.find_out()
    until(lambda: not dialog.is_busy())
    dialog.plan.where.setText("Into /media/anna/STICK/Music")
    rest()
    dialog.grab().save(str(path))
    dialog.close()


def save_review(window: MainWindow, save: Callable[[str], None]) -> None:
    """Take the review of what would be written."""
    window.sidebar.go(TO_WRITE)
    rest()
    review = window.actions_by_id["review"]
    review.trigger()
    rest(2)
    drawn(window)
    save("review")
    review.trigger()
    window.sidebar.go(ALL)
    rest(0.5)


def take(folder: Path, scheme: str, music: Path, out: Path, helping: Path) -> None:
    """Take all pictures in one scheme."""
    places = Places(*(str(folder / name) for name in (f"{scheme}.sqlite3", f"{scheme}.json", f"{scheme}-window.json")))
    first_page.music_folder = lambda: str(music)
    window = MainWindow(places)
    theme.apply("system")
    window.settings.set("scheme", scheme)
    window.resize(1280, _HEIGHT)
    window.show()

    def save(name: str, after: float = 0.3) -> None:
        rest(after)
        window.grab().save(str(out / f"{name}-{scheme}.png"))

    window.start()
    until(lambda: window.state.now.opened and window.work.queue.current is None)
    rest()
    save_first_page(window, save)
    window.commands.add([str(music)])
    model = window.tracks.model

    # The rows are there as soon as the scan is through; a small library is classified within a second.
    until(lambda: window.work.busy_with() is JobKind.CLASSIFY and len(model.ids()) > 0)
    save("scanning", 0.02)
    until(lambda: window.work.queue.current is None)
    rest(2)
    save("classified")
    save_browsing(window, save)
    save_settings(window, out / f"settings-{scheme}.png")
    save_copying(window, str(folder / "stick"), out / f"copy-{scheme}.png")
    pair = pair_of(window)
    window.tracks.select(pair[:1])
    drawn(window)
    save("details")
    save_review(window, save)
    window.tracks.select(pair[:1])
    drawn(window)
    save_views(window, save)
    save_comparison(window, pair, save)
    rows = [list(model.ids()).index(id_) for id_ in pair]
    save_help(window, [model.track_at(row) for row in rows], scheme, helping)
    window.tracks.select(pair[:1])
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
    parser.add_argument("--help-out", type=Path, default=ROOT / "resources" / "help")
    arguments = parser.parse_args()
    app = QApplication([])
    app.setApplicationDisplayName("Genre Tagger")
    if arguments.font:
        app.setFont(QFont(arguments.font, arguments.size))
    for folder in (arguments.out, arguments.help_out):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        music = Path(folder) / "Music"
        shutil.copytree(arguments.folder, music)
        # Something to go wrong: a text that calls itself music, and a file that was cut off.
        (music / "Shopping list.mp3").write_text("milk, bread, strings for the guitar\n" * 40)
        (music / "Broken download.flac").write_bytes(b"fLaC" + bytes(2000))
        for scheme in ("light", "dark"):
            take(Path(folder), scheme, music, arguments.out, arguments.help_out)


if __name__ == "__main__":
    main()
