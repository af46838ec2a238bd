"""A trial of the program as a person has it: a home and music of its own, the program, and what can be seen of it."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess

from display import Hands, Trouble, until

# For slow machines; what takes seconds is given minutes.
LONG_S = 300.0
WINDOW = "Genre Tagger$"
_BAD = ("Traceback", "rror while loading", "cannot open shared object", "Could not load", "could not find", "PYI-")


class Trial:
    """A home of its own, music of its own, and the program."""

    def __init__(self, root: str, command: list[str], folder: str, environment: dict[str, str]) -> None:
        self.root, self.command, self.folder = root, command, folder
        self.environment = environment
        self.hands = Hands(environment)
        self.music, self.more = os.path.join(root, "Musik – ♫ music"), os.path.join(root, "one more")
        self.library = os.path.join(environment["XDG_DATA_HOME"], "genre-tagger", "library.sqlite3")
        self.errors = os.path.join(root, "errors.txt")
        self.process: subprocess.Popen[bytes] | None = None

    # --- what it looks at ----------------------------------------------------------------------------

    def count(self, question: str) -> int:
        """Ask the library's file for a number; 0 while there is none."""
        try:
            db = sqlite3.connect(f"file:{self.library}?mode=ro", uri=True, timeout=10)
        except sqlite3.OperationalError:
            return 0
        try:
            return int(db.execute(question).fetchone()[0])
        except sqlite3.OperationalError:
            return 0
        finally:
            db.close()

    def sums(self) -> dict[str, str]:
        """A checksum of every file of the music."""
        sums = {}
        for folder, _below, names in os.walk(self.root):
            if folder.startswith((self.music, self.more)):
                for name in names:
                    with open(os.path.join(folder, name), "rb") as file:
                        sums[os.path.join(folder, name)] = hashlib.sha256(file.read()).hexdigest()
        return sums

    def said(self) -> str:
        """What the program has written to standard error."""
        with open(self.errors, encoding="utf-8", errors="replace") as file:
            return file.read()

    def main_window(self) -> str:
        """The window, awaited."""
        return str(until(self._main_window, LONG_S, "the window"))

    def _main_window(self) -> str:
        if self.process is not None and self.process.poll() is not None:
            raise Trouble(f"the program ended with status {self.process.returncode}")
        return (self.hands.windows(f"^{WINDOW}") or [""])[0]

    # --- what it does --------------------------------------------------------------------------------

    def start(self, *paths: str) -> str:
        """Start the program and wait for its window."""
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(
                [*self.command, *paths], env=self.environment, cwd=self.root, stdout=errors, stderr=errors
            )
        return self.main_window()

    def close(self, window: str) -> None:
        """Close it by its keys, and have it end well."""
        self.hands.keys(window, "ctrl+q")
        assert self.process is not None
        try:
            status = self.process.wait(LONG_S)
        except subprocess.TimeoutExpired:
            raise Trouble("the program did not end") from None
        if status:
            raise Trouble(f"the program ended with status {status}")
        lines = [line for line in self.said().splitlines() if any(word in line for word in _BAD)]
        if lines:
            raise Trouble(f"the program complained: {lines[0]}")

    def end(self) -> None:
        """End its processes that still run."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def step(sentence: str) -> None:
    """Say what comes now."""
    print(f"smoke: {sentence}", flush=True)


def check(holds: object, sentence: str) -> None:
    """Fail with a sentence."""
    if not holds:
        raise Trouble(sentence)
