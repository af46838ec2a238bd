"""The model that ships, and a folder of somebody who may not do everything."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator

import pytest

from genre_tagger.model.network import GenreModel, default_model_folder


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
