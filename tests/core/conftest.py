"""The model that ships, a folder of somebody who may not do everything, and drives to plug in and pull out."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from genre_tagger.model.network import GenreModel, default_model_folder
from helpers.drives import KINDS, Plugged, plugged_in


@pytest.fixture(scope="module")
def model() -> GenreModel:
    return GenreModel.load(default_model_folder())


@pytest.fixture
def as_somebody():
    """A context: a folder in which an ordinary user, as whom this runs, owns everything."""

    @contextlib.contextmanager
    def somebody() -> Iterator[str]:
        root = os.geteuid() == 0
        with tempfile.TemporaryDirectory(prefix="gt-") as folder:
            os.chmod(folder, 0o755)
            if root:
                os.chown(folder, 65534, 65534)
                os.seteuid(65534)
            try:
                yield folder
            finally:
                if root:
                    os.seteuid(0)

    return somebody


@pytest.fixture(params=list(KINDS))
def drive(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Plugged]:
    """A drive of each kind that can be made and mounted here."""
    with plugged_in(request.param, tmp_path) as made:
        yield made
