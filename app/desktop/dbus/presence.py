"""Joins a window with the desktop: what its player does, what its jobs come to, and that they are not slept through."""

from __future__ import annotations

import time
from typing import cast

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication

from app.desktop.dbus.alive import session_address
from app.desktop.dbus.awake import Awake
from app.desktop.dbus.bus import Bus
from app.desktop.dbus.mpris import Mpris
from app.desktop.dbus.notify import Notifier
from app.desktop.dbus.remote import Remote
from app.desktop.window import Window
from app.jobs.wishes import JobKind, Tally, Wish
from app.look import words

# A job that took longer (s) is worth a word to somebody who has turned to something else.
LONG_S = 10.0


class Presence(QObject):
    """The window on the desktop's buses. To be made when the window is alive; it goes with the application.

    Where there is no bus, nothing happens. Jobs that take more than `long` seconds are told of.
    """

    def __init__(self, window: Window, *, long: float = LONG_S) -> None:
        super().__init__(cast(QObject, window))
        self._window, self._long = window, long
        self._began: dict[JobKind, float] = {}
        self._bus = Bus(session_address(), self)
        self._bus.ready.connect(self._ready)
        self._notifier = Notifier(self._bus, window.come_to_front)
        self._awake = Awake(self)
        self._mpris: Mpris | None = None
        window.work.began.connect(self._job_began)
        window.work.finished.connect(self._job_finished)
        window.closing.connect(self._leave)
        QGuiApplication.instance().aboutToQuit.connect(self.close)  # type: ignore[union-attr]
        self._bus.open()

    def _ready(self) -> None:
        self._notifier.start()
        sound = self._window.sound
        if sound.player is not None and sound.playing is not None:
            self._mpris = Mpris(self._bus, Remote(self._window, sound.player, sound.playing), self)
            self._mpris.start()

    def _leave(self) -> None:
        """Take no more orders; the file in hand is still finished, which is not slept through."""
        self._bus.close()

    def close(self) -> None:
        """Let go of the buses."""
        self._leave()
        self._awake.let_go()

    # --- jobs ----------------------------------------------------------------------------------------

    def _job_began(self, wish: Wish) -> None:
        # A job that has made way for another begins twice.
        self._began.setdefault(wish.kind, time.monotonic())
        if wish.changes_files:
            self._awake.hold(self.tr("Files are being changed"))
        elif wish.kind is JobKind.COPY:
            self._awake.hold(self.tr("Files are being copied"))

    def _job_finished(self, tally: Tally) -> None:
        if not self._window.work.will_change_files() and JobKind.COPY not in self._window.work.kinds():
            self._awake.let_go()
        began = self._began.pop(tally.kind, time.monotonic())
        if time.monotonic() - began >= self._long:
            # What follows from it has begun by then.
            QTimer.singleShot(0, self, lambda: self._tell(tally))

    def _tell(self, tally: Tally) -> None:
        """Say what came of a job, unless somebody is looking or it has only been the first half."""
        active = QGuiApplication.focusWindow()
        looked_at = active is not None and active.isVisible()
        said = said_of(tally)
        if said is not None and not looked_at and not (tally.kind is JobKind.SCAN and self._window.work.kinds()):
            self._notifier.notify(*said)


def said_of(tally: Tally) -> tuple[str, str] | None:
    """Say how a job went: a heading and a sentence or two; None of what needs no word."""
    nothing = tally.kind is JobKind.CLASSIFY and not (tally.done or tally.failures or tally.error)
    untold = (
        JobKind.OPEN, JobKind.PREPARE, JobKind.FORGET, JobKind.LEARN, JobKind.PLAN, JobKind.COMPARE,
        JobKind.EXPORT, JobKind.IMPORT,
    )  # fmt: skip
    if tally.kind in untold or tally.cancelled or nothing:
        return None
    if tally.error is not None:
        return words.tr("{} was interrupted").format(tally.wish.title), words.one_line(tally.error)
    failed = len(tally.failures)
    unread = words.tr("{} could not be read.").format(words.files(failed))
    unheard = words.tr("{} could not be heard.").format(words.files(failed))
    uncopied = words.tr("{} could not be copied.").format(words.files(failed))
    heading, body, trouble = {
        JobKind.WRITE: (words.tr("Genres are written"), words.tr("{} written."), words.failed_writes(failed)),
        JobKind.UNDO: (
            words.tr("Genres are taken back"), words.tr("{} given back as before."), words.failed_undos(failed)
        ),
        JobKind.CLASSIFY: (words.tr("Listening is done"), words.tr("{} heard."), unheard),
        JobKind.SCAN: (words.tr("Scanning is done"), words.tr("{} new or changed."), unread),
        JobKind.COPY: (words.tr("Copying is done"), words.tr("{} where you wanted them."), uncopied),
        JobKind.MOVE: (
            words.tr("The music is in its folders"), words.tr("{} where you wanted them."),
            words.tr("{} could not be moved.").format(words.files(failed)),
        ),
        JobKind.DESCRIBE: (words.tr("The features are computed"), words.tr("{} computed."), unread),
    }[tally.kind]  # fmt: skip
    sentences = [body.format(words.files(tally.done)), *([trouble] if failed else [])]
    return heading, " ".join(sentences)
