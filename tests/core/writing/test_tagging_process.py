"""The process that parses and tags foreign files, when it hangs, crashes or fails."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable
from multiprocessing.context import SpawnProcess
from pathlib import Path

import pytest

from genre_tagger.base.errors import RefusedError
from genre_tagger.writing.tagging_process import Tagger, TaggerProcess

Media = Callable[..., str]


def test_a_tagger_that_hangs_is_killed_and_the_next_file_goes_on(media: Media) -> None:
    path = media("flac")
    with TaggerProcess(patience=0.5) as tagger:
        seen = tagger.look(path)
        assert seen == Tagger().look(path)
        assert tagger._child is not None
        os.kill(tagger._child.pid or 0, signal.SIGSTOP)
        with pytest.raises(RefusedError, match="too long"):
            tagger.look(path)
        tagger._patience = 30.0
        assert tagger.look(path) == seen


def test_a_tagger_that_crashes_costs_one_file(media: Media) -> None:
    path = media("flac")
    with TaggerProcess() as tagger:
        seen = tagger.look(path)
        assert tagger._child is not None
        tagger._child.kill()
        tagger._child.join()
        with pytest.raises(RefusedError, match="safely"):
            tagger.look(path)
        assert tagger.look(path) == seen


def test_a_tagging_process_that_cannot_be_started_costs_one_file(media: Media, monkeypatch: pytest.MonkeyPatch) -> None:
    path = media("flac")
    with TaggerProcess() as tagger:
        with monkeypatch.context() as crowded:
            crowded.setattr(SpawnProcess, "start", lambda _: os.close(os.open(path + "/none", os.O_RDONLY)))
            for _ in range(2):
                with pytest.raises(OSError, match="directory"):
                    tagger.look(path)
        assert tagger.look(path) == Tagger().look(path)


def test_the_errors_of_the_tagging_process_are_those_of_the_file(media: Media, tmp_path: Path) -> None:
    with TaggerProcess() as tagger:
        with pytest.raises(RefusedError) as refused:
            tagger.look(media("text"))
        assert refused.value.reason
        with pytest.raises(FileNotFoundError):
            tagger.look(str(tmp_path / "none.flac"))


def test_the_tagging_process_has_limits(media: Media) -> None:
    with TaggerProcess() as tagger:
        tagger.look(media("flac"))
        assert tagger._child is not None
        pid = tagger._child.pid or 0
        for limit in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE):
            assert resource.prlimit(pid, limit)[0] != resource.RLIM_INFINITY
        maps = Path(f"/proc/{pid}/maps").read_text()
        assert "Qt" not in maps
        assert "tensorflow" not in maps
