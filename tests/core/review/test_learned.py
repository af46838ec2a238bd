from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genre_tagger.base.errors import LearnedError
from genre_tagger.review.learned import Learned, State, forget, learned_path, load, save
from genre_tagger.review.learning import learn
from helpers.sounds import heard


@pytest.fixture(scope="module")
def learned() -> Learned:
    kinds = ["Chanson", "Dub", "Rock"] * 12
    sounds = heard(kinds, [f"artist {number}" for number in range(36)])
    return learn(sounds, {row: (kind,) for row, kind in enumerate(kinds) if kind != "Rock" or row < 9})


def test_what_was_kept_is_read_again_and_answers_the_same(tmp_path: Path, learned: Learned) -> None:
    path = str(tmp_path / "learned.bin")
    save(path, learned)
    again = load(path)
    assert again is not None
    assert (again.reports, again.score, again.classes, again.model) == (
        learned.reports, learned.score, learned.classes, learned.model,
    )  # fmt: skip
    assert {type(report.state) for report in again.reports} == {State}
    values, bundled = np.ones((3, 24)), np.full((3, 2), 0.5)
    for ours, theirs in zip(again.answer(values, bundled), learned.answer(values, bundled), strict=True):
        assert ours.tolist() == theirs.tolist()


def test_the_same_is_kept_as_the_same_bytes(tmp_path: Path, learned: Learned) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    save(str(one), learned)
    save(str(other), replace(learned))
    assert one.read_bytes() == other.read_bytes()


def test_it_is_no_pickle(tmp_path: Path, learned: Learned) -> None:
    path = tmp_path / "learned.bin"
    save(str(path), learned)
    assert path.read_bytes().startswith(b'{"form": "genre-tagger-learned-1"')


@pytest.mark.parametrize("damage", ["cut", "flipped", "card", "empty", "other"])
def test_a_damaged_file_is_refused_in_a_sentence_that_says_what_to_do(
    tmp_path: Path, learned: Learned, damage: str
) -> None:
    path = tmp_path / "learned.bin"
    save(str(path), learned)
    content = path.read_bytes()
    path.write_bytes({
        "cut": content[:-7], "flipped": content[:-50] + bytes([content[-50] ^ 1]) + content[-49:],
        "card": content.replace(b'"genres"', b'"genrez"'), "empty": b"", "other": b"[1, 2]\n" + content,
    }[damage])  # fmt: skip
    with pytest.raises(LearnedError, match=r"damaged and is not used\. Your examples are safe"):
        load(str(path))


def test_where_nothing_was_learned_there_is_nothing(tmp_path: Path) -> None:
    path = learned_path(str(tmp_path / "library.sqlite3"))
    assert load(path) is None
    forget(path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, learned: Learned) -> None:
    path = tmp_path / "learned.bin"
    save(str(path), learned)
    path.chmod(0)
    with pytest.raises(LearnedError, match="cannot be read"):
        load(str(path))


def test_forgetting_removes_the_file(tmp_path: Path, learned: Learned) -> None:
    path = tmp_path / "learned.bin"
    save(str(path), learned)
    forget(str(path))
    assert not path.exists()
