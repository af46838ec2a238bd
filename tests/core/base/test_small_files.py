"""Small files: whole or not at all, and never in the way."""

from __future__ import annotations

import errno
import os
import resource
import stat
import threading

import pytest

from genre_tagger.base.small_files import (
    WhyNot,
    library_file,
    name_aside,
    probe,
    read_json,
    replacing,
    why_not,
    write_json,
    write_whole,
)


@pytest.fixture
def path(tmp_path):
    return library_file(str(tmp_path / "state"), "thing", str(tmp_path / "library.sqlite3"))


def test_what_is_written_is_read_with_names_that_are_no_text(path):
    odd = os.fsdecode(b"caf\xe9 \xff")
    write_json(path, 1, {"paths": [odd], "at": 1.5})
    assert read_json(path, 1) == {"version": 1, "paths": [odd], "at": 1.5}
    assert os.listdir(os.path.dirname(path)) == [os.path.basename(path)]


def test_another_version_says_nothing(path):
    write_json(path, 2, {"at": 1})
    assert read_json(path, 1) == {}


@pytest.mark.parametrize("content", [b"", b"[]", b'{"version": 1', b"\xff\xfe", b'"version"'])
def test_a_strange_file_says_nothing(path, content):
    os.makedirs(os.path.dirname(path))
    with open(path, "wb") as file:
        file.write(content)
    assert read_json(path, 1) == {}


def test_nothing_to_keep_leaves_nothing_and_doing_so_twice_is_no_fault(path):
    write_json(path, 1, {"at": 1})
    write_json(path, 1, None)
    write_json(path, 1, None)
    assert os.listdir(os.path.dirname(path)) == []


def test_each_library_has_a_file_of_its_own_by_whatever_name_it_goes(tmp_path):
    library = tmp_path / "library.sqlite3"
    library.touch()
    (tmp_path / "link.sqlite3").symlink_to(library)
    names = [library_file("state", "thing", str(tmp_path / name)) for name in ("library.sqlite3", "link.sqlite3", "x")]
    assert names[0] == names[1] != names[2]


def test_a_folder_that_cannot_be_made_is_an_error_of_the_disk(tmp_path):
    (tmp_path / "state").write_text("in the way")
    path = library_file(str(tmp_path / "state" / "below"), "thing", "library")
    with pytest.raises(OSError, match="state"):
        write_json(path, 1, {})


def test_json_nested_without_end_says_nothing(path):
    os.makedirs(os.path.dirname(path))
    with open(path, "w") as file:
        file.write("[" * 100_000)
    assert read_json(path, 1) == {}


# --- whole or not at all -------------------------------------------------------------------------------


@pytest.fixture
def old(tmp_path):
    target = tmp_path / "old.csv"
    target.write_bytes(b"old")
    return target


@pytest.fixture
def small_disk():
    """No file may grow beyond 100 kB, as on a disk that is nearly full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_is_there_as_a_whole_or_as_it_was(old, small_disk):
    with pytest.raises(OSError, match=r"old\.csv"):
        write_whole(str(old), bytes(200_000))
    assert old.read_bytes() == b"old"
    write_whole(str(old), b"new")
    assert old.read_bytes() == b"new"
    assert os.listdir(old.parent) == ["old.csv"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the disk that is always full is one of Linux")
def test_a_full_disk_costs_the_new_file_not_the_old_one(old, monkeypatch):
    real_open = open
    monkeypatch.setattr("genre_tagger.base.small_files.open", lambda *_: real_open("/dev/full", "wb"), raising=False)
    with pytest.raises(OSError, match=r"old\.csv") as caught:
        write_whole(str(old), b"new")
    assert why_not(caught.value) is WhyNot.FULL
    assert old.read_bytes() == b"old"
    assert os.listdir(old.parent) == ["old.csv"]


def test_a_folder_that_is_read_only_keeps_its_file(as_somebody):
    with as_somebody() as folder:
        path = os.path.join(folder, "old.csv")
        write_whole(path, b"old")
        os.chmod(folder, 0o555)
        for attempt in (probe, lambda place: write_whole(place, b"new")):
            with pytest.raises(OSError, match=r"old\.csv") as caught:
                attempt(path)
            assert why_not(caught.value) is WhyNot.FORBIDDEN
        os.chmod(folder, 0o755)
        with open(path, "rb") as file:
            assert file.read() == b"old"
        assert os.listdir(folder) == ["old.csv"]


def test_whoever_fails_while_writing_leaves_what_was_there(old):
    def fail(file):
        file.write(b"half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), replacing(str(old)) as file:
        fail(file)
    assert old.read_bytes() == b"old"
    assert os.listdir(old.parent) == ["old.csv"]


def test_a_link_stays_a_link_and_what_it_points_to_is_replaced(old, tmp_path):
    link = tmp_path / "link.csv"
    link.symlink_to(old)
    write_whole(str(link), b"new")
    assert link.is_symlink()
    assert old.read_bytes() == b"new"


def test_a_new_file_may_be_read_by_whom_the_system_lets(tmp_path):
    usual = tmp_path / "usual"
    usual.touch()
    write_whole(str(tmp_path / "whole"), b"")
    assert stat.S_IMODE((tmp_path / "whole").stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)


def test_until_it_is_whole_its_name_has_the_ending_that_its_writer_needs(tmp_path):
    with replacing(str(tmp_path / "net.keras"), ending=".keras") as file:
        assert file.name.endswith(".part.keras")
        with open(file.name, "wb") as other:  # as Keras does, which takes names only
            other.write(b"network")
        assert not (tmp_path / "net.keras").exists()
    assert (tmp_path / "net.keras").read_bytes() == b"network"


def test_two_writers_of_one_file_do_not_meet(old):
    with replacing(str(old)) as file:
        file.write(b"first")
        other = threading.Thread(target=write_whole, args=(str(old), b"second"))
        other.start()
        other.join()
        assert old.read_bytes() == b"second"
    assert old.read_bytes() == b"first"
    assert os.listdir(old.parent) == ["old.csv"]


def test_a_file_is_kept_aside_under_a_name_that_nothing_has(old):
    first = name_aside(str(old), "broken")
    assert first.startswith(f"{old}.broken-2")
    os.rename(old, first)
    second = name_aside(str(old), "broken")
    assert second != first
    assert not os.path.exists(second)


# --- can it be written? --------------------------------------------------------------------------------


def test_probing_a_place_leaves_nothing_and_changes_nothing(old, tmp_path):
    probe(str(old))
    probe(str(tmp_path / "new.csv"))
    assert os.listdir(tmp_path) == ["old.csv"]
    assert old.read_bytes() == b"old"


@pytest.mark.parametrize(("name", "why"), [("gone/new.csv", WhyNot.NO_FOLDER), (".", WhyNot.IS_FOLDER)])
def test_a_place_that_cannot_be_written_is_known_beforehand(tmp_path, name, why):
    with pytest.raises(OSError, match=r".") as caught:
        probe(str(tmp_path / name))
    assert why_not(caught.value) is why
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "why"),
    [(errno.ENOSPC, WhyNot.FULL), (errno.EDQUOT, WhyNot.FULL), (errno.EROFS, WhyNot.FORBIDDEN),
     (errno.EPERM, WhyNot.FORBIDDEN), (errno.EIO, WhyNot.OTHER)],
)  # fmt: skip
def test_what_the_disk_says_is_sorted(number, why):
    assert why_not(OSError(number, os.strerror(number))) is why
    assert why_not(OSError("without a number")) is WhyNot.OTHER
