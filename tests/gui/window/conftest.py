"""What only tests of the whole window look at: what is in a folder."""

from __future__ import annotations

import hashlib
import os

import pytest


@pytest.fixture
def digests():
    """A function: folder → digest of each file in it."""

    def digests(folder):
        found = {}
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), "rb") as file:
                found[name] = hashlib.sha256(file.read()).hexdigest()
        return found

    return digests
