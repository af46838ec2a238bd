"""Copies on the file systems of sticks and cards, and what they do to names."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from genre_tagger.base.errors import FileFailure, TargetError
from genre_tagger.files.tags import write_genres
from genre_tagger.sorting.copies.manifest import NAME
from genre_tagger.sorting.copies.plan import Action
from helpers.drives import Plugged


@pytest.fixture
def stick(drive: Plugged) -> Path:
    """A drive of each kind, plugged in."""
    return Path(drive.root)


@pytest.fixture
def outspoken_stick(stick: Path) -> Path:
    """The same, where what mounts it knows all letters and says how much is free; fusefat does not."""
    if not shutil.disk_usage(stick).total:
        pytest.skip("fusefat knows no letters but ASCII, and not how much is free")
    return stick


def run(shelf, pattern, **options):
    plan = shelf.plan(pattern, **options)
    outcomes = shelf.copy(plan)
    assert [(o.path, o.reason) for o in outcomes if isinstance(o, FileFailure)] == []
    return plan


def test_a_stick_is_filled_found_again_moved_about_and_kept_in_step(full_shelf, stick: Path):
    full_shelf.target = stick / "Music"
    run(full_shelf, "{name}")
    assert full_shelf.there() == full_shelf.sources()
    assert full_shelf.plan("{name}").count(Action.KEEP) == 8

    # Only the case of letters changes: one file there, and it must not be lost.
    os.rename(full_shelf.music / "ogg.ogg", full_shelf.music / "OGG.ogg")
    assert run(full_shelf, "{name}").count(Action.MOVE) == 1
    assert full_shelf.there() == full_shelf.sources()

    write_genres(str(full_shelf.music / "flac.flac"), ("Blues",))
    plan = run(full_shelf, "{genre}/{name}")
    assert (plan.count(Action.MOVE), plan.count(Action.RETAG)) == (7, 1)
    assert {Path(name).name: data for name, data in full_shelf.there().items()} == full_shelf.sources()
    assert run(full_shelf, "{genre}/{name}").count(Action.KEEP) == 8


def test_what_tags_say_becomes_names_that_the_stick_takes(full_shelf, outspoken_stick: Path):
    full_shelf.target = outspoken_stick
    for number, name in enumerate(["What? | Who: *", 'Say "Ah".', "é", "É", "a" * 240, "CON", "#1 ~ < > ^"]):
        shutil.copyfile(full_shelf.music / "wav.wav", full_shelf.music / f"{name}.wav")
        with open(full_shelf.music / f"{name}.wav", "ab") as file:
            file.write(bytes([number, 0]))
    run(full_shelf, "{genre}/{name}")
    there = full_shelf.there()
    assert sorted(there.values()) == sorted(full_shelf.sources().values())
    assert full_shelf.plan("{genre}/{name}").count(Action.KEEP) == len(there) == 15


def test_what_does_not_fit_on_a_stick_is_known_before(full_shelf, outspoken_stick: Path):
    full_shelf.target = outspoken_stick
    with open(full_shelf.music / "big.mp3", "wb") as file:
        file.write(full_shelf.sources()["mp3.mp3"] + os.urandom(50 << 20))
    with pytest.raises(TargetError, match="not enough room"):
        full_shelf.copy(full_shelf.plan())
    assert not (outspoken_stick / NAME).exists()
