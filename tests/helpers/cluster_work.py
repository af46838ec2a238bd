"""What workers do in tests of the cluster, in the place of listening: imported by name, here and there."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from distributed import get_worker

from genre_tagger.base.errors import FileFailure
from genre_tagger.cluster.work import Done, Task


def slowly(task: Task, files: Sequence[tuple[bytes, str]]) -> Done:
    """Take a twentieth of a second for each file; one that is called poison ends the worker."""
    outcomes = []
    for path, label in files:
        time.sleep(0.05)
        if path.endswith(b"poison"):
            os._exit(1)
        outcomes.append(FileFailure(os.fsdecode(path), task.kind, label))
    return Done(str(get_worker().address), 0.05 * len(files), outcomes)


def at_once(task: Task, files: Sequence[tuple[bytes, str]]) -> Done:
    """Take no time, and say so: what is measured is the way."""
    outcomes = [FileFailure(os.fsdecode(path), task.kind, label) for path, label in files]
    return Done(str(get_worker().address), 0.02 * len(files), outcomes)
