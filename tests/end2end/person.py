"""The program as it is, with somebody at it: says yes to what the first argument names. Not a test; see test_session.

write COUNT …: waits for COUNT tracks, gives all of them a genre, presses Write, and Write again in the dialog.
watch COUNT …: says what the bars above the table say. accept COUNT …: also presses the button of an offer.
stick COUNT …: has a job that never gives an answer, as a drive that is gone.
The rest are the program's own arguments.
"""

from __future__ import annotations

import os
import sys
import time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

GENRE = "Polka"
# A drive that takes its time; a fast one would have written everything before anybody can interrupt it.
_SLOW_S = 0.02

_sync = os.fsync


def _sync_slowly(number: int) -> None:
    time.sleep(_SLOW_S)
    _sync(number)


if sys.argv[1:2] == ["write"]:
    os.fsync = _sync_slowly


class Person:
    """Looks at the window again and again, as people do."""

    def __init__(self, wish: str, count: int) -> None:
        self._wish, self._count = wish, count
        self._said: set[str] = set()
        self._timer = QTimer(interval=20)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _once(self, what: str) -> bool:
        new = what not in self._said
        self._said.add(what)
        return new

    def _look(self) -> None:
        from app.dialogs.write import WriteDialog
        from app.jobs.queue import Job
        from app.jobs.wishes import JobKind
        from app.window.main_window import MainWindow

        window = next(one for one in QApplication.topLevelWidgets() if isinstance(one, MainWindow))
        for notice in window.centre.notices.open():
            if self._once(notice.text.text()):
                print(notice.text.text(), flush=True)
                if self._wish == "accept" and "interrupted" in notice.text.text():
                    notice.button.click()
        if self._wish == "stick" and window.state.now.opened and self._once("stuck"):
            window.work.queue.add(Job("Waiting", _never))
            print("stuck", flush=True)
        if self._wish == "write":
            self._write(window, QApplication.activeModalWidget(), WriteDialog, JobKind.SCAN)

    def _write(self, window, dialog, kind, scan) -> None:
        ids, write = window.tracks.model.ids(), window.actions_by_id["write"]
        if isinstance(dialog, kind):
            dialog.write_button.click()
        elif "chosen" not in self._said:
            if len(ids) == self._count and window.work.busy_with() is not scan and self._once("chosen"):
                window.tracks.set_genres(list(ids), [GENRE])
        elif write.isEnabled() and f" {self._count} " in write.text() and self._once("asked"):
            write.trigger()


def _never():
    print("waiting", flush=True)
    time.sleep(3600)
    yield None


def main() -> int:
    """Run the program; the person comes when its window is there."""
    from app import __main__
    from app.jobs import window_first

    here = []
    settle = window_first.settle
    window_first.settle = lambda: (settle(), here.append(Person(sys.argv[1], int(sys.argv[2]))))
    return __main__.main(sys.argv[3:])


if __name__ == "__main__":
    sys.exit(main())
