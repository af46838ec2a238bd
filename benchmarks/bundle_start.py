"""How long the bundle takes until its window is shown, as a ratio to the same program from source.

Both are started as a person starts them, in turn, on an X server of their own; the clock stops when the server tells
that the window is shown, and the processor time that the process has used until then is read too (it is less shaken
by a busy machine). Medians are compared. Prints JSON; status 1 when the ratio is above the limit.
Usage: python benchmarks/bundle_start.py BUNDLE [ROUNDS]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(_ROOT, "packaging"))

import display  # noqa: E402
from start import compared  # noqa: E402

_MOST = 1.5


def seconds(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Start a program; return the seconds until its window was shown: by the clock, and computing."""
    watch = display.Watch(environment["DISPLAY"])
    began = time.monotonic()
    nothing = subprocess.DEVNULL
    process = subprocess.Popen(command, env=environment, cwd=_ROOT, stdout=nothing, stderr=nothing)
    try:
        if not watch.shown(120):
            raise display.Trouble(f"{command[0]} showed no window")
        return time.monotonic() - began, _computed(process.pid)
    finally:
        process.terminate()
        process.wait()
        watch.close()


def _computed(pid: int) -> float:
    """Processor time of a process until now, in seconds."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _environment(folder: str, shown: str) -> dict[str, str]:
    """A home for the program; the first round leaves the bytecode that an installed program has."""
    mine = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    mine |= {"HOME": folder, "XDG_RUNTIME_DIR": folder, "DISPLAY": shown}
    return mine | {"PYTHONPYCACHEPREFIX": os.path.join(folder, "bytecode")}


def main() -> int:
    """Measure and print."""
    bundle = os.path.abspath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 9
    commands = {
        "source": [sys.executable, "-P", "-m", "app"],
        "bundle": [os.path.join(bundle, "genre-tagger") if os.path.isdir(bundle) else bundle],
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, display.display() as shown:
        os.chmod(folder, 0o700)
        for _ in range(rounds + 1):
            for name, command in commands.items():
                times[name].append(seconds(command, _environment(folder, shown)))
    result = {"rounds": rounds} | compared(times, "source", "bundle")
    print(json.dumps(result))
    return int(result["computing_ratio"] > _MOST)


if __name__ == "__main__":
    sys.exit(main())
