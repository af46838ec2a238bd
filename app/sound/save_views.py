"""Saving what is drawn as a picture or a table; made together with the views."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QObject
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QMainWindow, QMenu

from app.dialogs import saving
from app.look import words
from app.look.notices import Notices
from app.sound.views.figure import Figure
from app.sound.views.lanes.lane import Lane
from genre_tagger.base.small_files import write_whole

if TYPE_CHECKING:
    from app.jobs.loader import Loader
    from app.sound.views.choices import Choices
    from genre_tagger.sound.frames import Wanted

_SHOWN_MS = 10_000


class SaveViews(QObject):
    """Asks where to, paints here and writes in the loader's thread. `lanes` gives those that are shown."""

    def __init__(
        self,
        window: QMainWindow,
        loader: Loader,
        choices: Choices,
        lanes: Callable[[], Sequence[Lane]],
        action: QAction,
        notices: Notices,
    ) -> None:
        super().__init__(window)
        self._window, self._loader, self._choices, self._lanes = window, loader, choices, lanes
        self._notices = notices
        self.menu = QMenu(window)
        self.menu.aboutToShow.connect(self._fill)
        action.setMenu(self.menu)
        action.setEnabled(True)

    def _fill(self) -> None:
        self.menu.clear()
        lanes = self._drawn()
        together = self.menu.addAction(self.tr("All &together…"), self.save_together)
        together.setEnabled(bool(lanes))
        self.menu.addSeparator()
        several = len({id(lane.sound) for lane in lanes}) > 1
        for lane in lanes:
            name = f"{lane.title}: {words.menu_text(lane.sound.title)}" if several else lane.title
            self.menu.addAction(f"{name}…", partial(self.save, lane))

    def _drawn(self) -> list[Lane]:
        return [lane for lane in self._lanes() if lane.isVisible() and lane.sound.overview is not None]

    def save(self, lane: Lane) -> None:
        """Save one lane."""
        kinds = (
            ("png", self.tr("Picture")),
            ("svg", self.tr("Drawing")),
            ("csv", self.tr("Table of what can be seen")),
        )
        self._save([lane], f"{_name([lane])} - {lane.title}", kinds)

    def save_together(self) -> None:
        """Save all lanes as they are, one above the other."""
        lanes = self._drawn()
        if lanes:
            kinds = (("png", self.tr("Picture")), ("svg", self.tr("Drawing")))
            self._save(lanes, _name(lanes), kinds)

    def _save(self, lanes: Sequence[Lane], name: str, kinds: Sequence[tuple[str, str]]) -> None:
        drawn = [lane.sound.path for lane in lanes]
        if lanes[0].sound.overview is None:
            self._say(self.tr("There is nothing to save yet: this track has not been drawn."))
            return
        place = saving.Place(self._choices.saved_in)
        path = place.ask(self._window, self.tr("Save {}").format(name), name, kinds)
        if not path:
            return
        self._choices.saved_in = place.folder
        if drawn != [lane.sound.path for lane in lanes]:
            self._say(self.tr("Another track is drawn by now. Nothing was saved."))
            return
        make = self._content(lanes, os.path.splitext(path)[1].lower())
        if make is None:
            self._say(self.tr("There is nothing to save yet: nothing is drawn here."))
            return
        self._loader.ask(("save", path), partial(_write, path, make), lambda _: self._saved(path), self._not_saved)

    def _content(self, lanes: Sequence[Lane], ending: str) -> Callable[[], bytes] | None:
        """Paint, and give what makes a file of it in another thread; None where there is nothing."""
        if ending == ".csv":
            line, end = lanes[0].timeline, lanes[0].sound.length
            header, rows = lanes[0].table(line.start, min(line.stop, end))
            return partial(saving.table_text, header, rows) if header else None
        figure = Figure(_title(lanes), lanes)
        if ending == ".svg":
            drawing = figure.svg()
            return lambda: drawing
        return partial(_png, figure.image())

    def _saved(self, path: str) -> None:
        self._notices.unsay("save")
        self._window.statusBar().showMessage(self.tr("Saved as {}").format(words.printable(path)), _SHOWN_MS)

    def _not_saved(self, sentence: str) -> None:
        self._say(self.tr("Not saved. {}").format(words.one_line(sentence)))

    def _say(self, text: str) -> None:
        self._notices.say("save", text)


def _write(path: str, make: Callable[[], bytes], wanted: Wanted) -> None:
    with words.file_errors(path):
        write_whole(path, make())


def _title(lanes: Sequence[Lane]) -> str:
    return " – ".join(dict.fromkeys(lane.sound.title for lane in lanes))


def _name(lanes: Sequence[Lane]) -> str:
    """Name the tracks; one without a title goes by the name of its file, without its ending."""
    names = []
    for sound in dict.fromkeys(lane.sound for lane in lanes):
        file = os.path.basename(sound.path or "")
        names.append(os.path.splitext(file)[0] if sound.title == words.printable(file) else sound.title)
    return " - ".join(names)


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
