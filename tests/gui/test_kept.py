"""Small files that outlive the window: whole or not at all, and never in the way."""

from __future__ import annotations

import os

import pytest

from app import kept
from genre_tagger.errors import FileError


@pytest.fixture
def path(tmp_path):
    return kept.path_of(str(tmp_path / "state"), "thing", str(tmp_path / "library.sqlite3"))


def test_what_is_written_is_read_with_names_that_are_no_text(path):
    odd = os.fsdecode(b"caf\xe9 \xff")
    kept.write(path, 1, {"paths": [odd], "at": 1.5})
    assert kept.read(path, 1) == {"version": 1, "paths": [odd], "at": 1.5}
    assert os.listdir(os.path.dirname(path)) == [os.path.basename(path)]


def test_another_version_says_nothing(path):
    kept.write(path, 2, {"at": 1})
    assert kept.read(path, 1) == {}


@pytest.mark.parametrize("content", [b"", b"[]", b'{"version": 1', b"\xff\xfe", b'"version"'])
def test_a_strange_file_says_nothing(path, content):
    os.makedirs(os.path.dirname(path))
    with open(path, "wb") as file:
        file.write(content)
    assert kept.read(path, 1) == {}


def test_nothing_to_keep_leaves_nothing_and_doing_so_twice_is_no_fault(path):
    kept.write(path, 1, {"at": 1})
    kept.write(path, 1, None)
    kept.write(path, 1, None)
    assert os.listdir(os.path.dirname(path)) == []


def test_each_library_has_a_file_of_its_own_by_whatever_name_it_goes(tmp_path):
    library = tmp_path / "library.sqlite3"
    library.touch()
    (tmp_path / "link.sqlite3").symlink_to(library)
    names = [kept.path_of("state", "thing", str(tmp_path / name)) for name in ("library.sqlite3", "link.sqlite3", "x")]
    assert names[0] == names[1] != names[2]


def test_a_folder_that_cannot_be_made_is_an_error_with_a_sentence(tmp_path):
    (tmp_path / "state").write_text("in the way")
    path = kept.path_of(str(tmp_path / "state" / "below"), "thing", "library")
    with pytest.raises(FileError, match=r"\.$"):
        kept.write(path, 1, {})
