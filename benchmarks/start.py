"""How long the window takes to be seen, as a ratio to the barest window Qt for Python can show.

Both are started as fresh processes, in turn, so that a busy machine slows both; medians are compared.
Prints JSON. Usage: python benchmarks/start.py [ROUNDS]
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence

_STOP = """
import time
from PySide6.QtCore import QTimer

def stop_when_seen(app, window):
    window.show()
    def seen():
        print(time.time(), time.process_time(), flush=True)
        app.quit()
    QTimer.singleShot(0, seen)
    app.exec()
"""
_BARE = (
    _STOP
    + """
from PySide6.QtWidgets import QApplication, QMainWindow, QTableView
app = QApplication([])
window = QMainWindow()
window.setCentralWidget(QTableView())
stop_when_seen(app, window)
"""
)
_OURS = (
    _STOP
    + """
import gc, sys
gc.disable()  # as main does
from app.__main__ import show
from app.settings.places import Places
app, window = show(Places.usual(sys.argv[1] + "/library.sqlite3"))
stop_when_seen(app, window)
"""
)


def seconds(program: str, folder: str) -> tuple[float, float]:
    """Run a program as a fresh process; return the seconds until its window was seen: by the clock, and computing."""
    environment = os.environ | {"QT_LOGGING_RULES": "*=false"}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    # An installed program has its bytecode; the first round compiles it here.
    environment |= dict.fromkeys(("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"), folder)
    environment |= {"PYTHONPYCACHEPREFIX": os.path.join(folder, "bytecode"), "PYTHONDONTWRITEBYTECODE": ""}
    began = time.time()
    command = [sys.executable, "-c", program, folder]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    seen, computed = map(float, answer.stdout.split()[-2:])
    return seen - began, computed


def compared(times: Mapping[str, Sequence[tuple[float, float]]], floor: str, ours: str) -> dict[str, float]:
    """Medians of two rows of (clock, computing) seconds and their ratio; the first round warms the disk's cache.

    The ratio of computing is less shaken by a busy machine.
    """
    result = {}
    for number, kind in enumerate(("clock", "computing")):
        floor_s, ours_s = (statistics.median(pair[number] for pair in times[name][1:]) for name in (floor, ours))
        result |= {
            f"{kind}_{floor}_s": round(floor_s, 3),
            f"{kind}_{ours}_s": round(ours_s, 3),
            f"{kind}_ratio": round(ours_s / floor_s, 2),
        }
    return result


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    times: dict[str, list[tuple[float, float]]] = {"bare": [], "ours": []}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds + 1):
            times["bare"].append(seconds(_BARE, folder))
            times["ours"].append(seconds(_OURS, folder))
    print(json.dumps({"rounds": rounds} | compared(times, "bare", "ours")))


if __name__ == "__main__":
    main()
