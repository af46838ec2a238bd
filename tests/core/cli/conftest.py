"""What the tests of the command line share: a library with genres to learn from, and the command in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from genre_tagger.cli import __main__
from genre_tagger.library.library import Library
from helpers.sounds import store

KINDS = ["Chanson", "Dub", "Jazz", "Rock"] * 12


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A library whose first 32 tracks have genres, one of them a wrong one, and its path."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = str(tmp_path / "library.sqlite3")
    with Library.open(path) as library:
        store(library, KINDS, tagged=range(32))
    return path


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], library: str) -> Any:
    """Run a command that is done with that library, and give what it printed, parsed."""

    def ask(*words: str) -> Any:
        assert __main__.main([*words, "--json", "--library", library]) == __main__.DONE
        return json.loads(capsys.readouterr().out)

    return ask


@pytest.fixture
def call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command with a library of its own; returns the exit status and what was printed, out and error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        library = str(tmp_path / "library.sqlite3")
        try:
            status = __main__.main(["--library", library, "--quiet", *map(str, arguments)])
        except SystemExit as ended:
            status = ended.code
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return call
