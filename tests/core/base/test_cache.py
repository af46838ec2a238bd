"""The cache keeps what it can, gives back nothing wrong, and never raises."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from pathlib import Path

import numpy as np
import pytest

from genre_tagger.base.cache import Cache


@pytest.fixture
def track(tmp_path) -> str:
    path = tmp_path / "track.mp3"
    path.write_bytes(b"sound")
    return str(path)


@pytest.fixture
def folder(tmp_path) -> str:
    return str(tmp_path / "cache" / "views")


def numbers(seed: int = 0, count: int = 1_000) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {"a": rng.standard_normal((2, count), dtype=np.float32), "b": rng.integers(0, 99, count, dtype=np.uint16)}


def same(found: dict[str, np.ndarray] | None, wanted: dict[str, np.ndarray]) -> bool:
    return found is not None and found.keys() == wanted.keys() and all(
        found[name].dtype == wanted[name].dtype and np.array_equal(found[name], wanted[name]) for name in wanted
    )  # fmt: skip


def files(folder: str) -> list[str]:
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def test_what_was_put_is_found_again_by_another_cache(track, folder):
    assert Cache(folder).get(track, "overview") is None
    Cache(folder).put(track, "overview", numbers())
    assert same(Cache(folder).get(track, "overview"), numbers())
    assert Cache(folder).get(track, "strip") is None


def test_kinds_do_not_disturb_each_other(track, folder):
    cache = Cache(folder)
    cache.put(track, "one", numbers(1))
    cache.put(track, "two", numbers(2))
    assert same(cache.get(track, "one"), numbers(1))
    assert same(cache.get(track, "two"), numbers(2))


@pytest.mark.parametrize("change", ["content", "time"])
def test_a_changed_file_is_another_file(track, folder, change):
    cache = Cache(folder)
    cache.put(track, "overview", numbers())
    if change == "content":
        time = os.stat(track).st_mtime_ns
        Path(track).write_bytes(b"other sound")
        os.utime(track, ns=(time, time))
    else:
        os.utime(track, ns=(1, os.stat(track).st_mtime_ns + 1))
    assert cache.get(track, "overview") is None


def test_what_was_computed_from_an_older_file_is_not_kept(track, folder):
    cache = Cache(folder)
    before = cache.stamp(track)
    Path(track).write_bytes(b"retagged meanwhile")
    cache.put(track, "overview", numbers(), stamp=before)
    assert cache.get(track, "overview") is None
    cache.put(track, "overview", numbers(), stamp=cache.stamp(track))
    assert same(cache.get(track, "overview"), numbers())


def test_nothing_is_kept_about_a_file_that_is_gone(track, folder):
    cache = Cache(folder)
    os.remove(track)
    cache.put(track, "overview", numbers())
    assert cache.get(track, "overview") is None
    assert cache.stamp(track) is None
    assert cache.get("nul\0", "overview") is None


@pytest.mark.parametrize("name", [b"n\xff\xfe.mp3", "Ω 音楽 \u202e.ogg".encode(), b"new\nline"])
def test_a_file_may_have_any_name(tmp_path, folder, name):
    path = os.fsdecode(os.path.join(os.fsencode(tmp_path), name))
    Path(path).write_bytes(b"x")
    Cache(folder).put(path, "overview", numbers())
    assert same(Cache(folder).get(path, "overview"), numbers())


def test_what_was_used_least_goes_first(tmp_path, folder):
    tracks = [str(tmp_path / f"{i}.mp3") for i in range(4)]
    for path in tracks:
        Path(path).write_bytes(b"x")
    size = 10_000 * 4 * 2 + 10_000 * 2
    cache = Cache(folder, limit=3 * size + 5_000)
    for i, path in enumerate(tracks[:3]):
        cache.put(path, "overview", numbers(i, 10_000))
        kept = max((os.path.join(folder, name) for name in files(folder)), key=os.path.getctime)
        os.utime(kept, (1_000 + i, 1_000 + i))
    assert cache.get(tracks[0], "overview") is not None
    cache.put(tracks[3], "overview", numbers(3, 10_000))
    assert [cache.get(path, "overview") is not None for path in tracks] == [True, False, True, True]
    assert sum(os.path.getsize(os.path.join(folder, name)) for name in files(folder)) <= 3 * size + 5_000


def test_what_is_larger_than_the_limit_is_not_kept_and_drives_nothing_out(track, folder):
    cache = Cache(folder, limit=20_000)
    cache.put(track, "small", numbers())
    cache.put(track, "large", numbers(count=10_000))
    assert cache.get(track, "large") is None
    assert same(cache.get(track, "small"), numbers())


def test_what_an_interrupted_program_left_behind_goes_too(track, folder):
    os.makedirs(folder)
    left = os.path.join(folder, "tmpabc.part")
    Path(left).write_bytes(bytes(15_000))
    os.utime(left, (0, 0))
    stranger = os.path.join(folder, "mine.txt")
    Path(stranger).write_bytes(bytes(50_000))
    Cache(folder, limit=20_000).put(track, "overview", numbers())
    assert not os.path.exists(left)
    assert os.path.exists(stranger)
    assert Cache(folder).get(track, "overview") is not None


def test_whatever_happens_to_the_kept_file_nothing_wrong_comes_back(track, folder):
    cache = Cache(folder)
    rng = np.random.default_rng(0)
    cache.put(track, "overview", numbers())
    (name,) = files(folder)
    kept = Path(folder, name)
    whole = kept.read_bytes()
    misses = 0
    for round_ in range(400):
        spoilt = bytearray(whole)
        if round_ % 4 == 0:
            del spoilt[rng.integers(len(spoilt)) :]
        else:
            # The names and shapes are at the front of each array, the directory is at the end.
            at = rng.integers(len(spoilt)) if round_ % 4 == 1 else rng.integers(200) * (1 if round_ % 4 == 2 else -1)
            spoilt[at] = rng.integers(256)
        kept.write_bytes(spoilt)
        found = cache.get(track, "overview")
        misses += found is None
        assert found is None or all(
            any(np.array_equal(values, wanted) for wanted in numbers().values()) for values in found.values()
        )
    assert misses > 200
    assert (found is None) == (files(folder) == [])


def test_a_damaged_file_makes_way(track, folder):
    cache = Cache(folder)
    cache.put(track, "overview", numbers())
    (name,) = files(folder)
    Path(folder, name).write_bytes(b"no archive")
    assert cache.get(track, "overview") is None
    assert files(folder) == []
    cache.put(track, "overview", numbers())
    assert same(cache.get(track, "overview"), numbers())


def test_objects_are_neither_kept_nor_read(track, folder):
    cache = Cache(folder)
    cache.put(track, "overview", {"a": np.array([print, None], dtype=object)})
    assert cache.get(track, "overview") is None
    assert files(folder) == []
    cache.put(track, "overview", numbers())
    (name,) = files(folder)
    with open(os.path.join(folder, name), "wb") as file:
        np.savez(file, a=np.array([None], dtype=object))
    assert cache.get(track, "overview") is None


def test_the_folder_may_be_deleted_at_any_time(track, folder):
    cache = Cache(folder)
    cache.put(track, "overview", numbers())
    shutil.rmtree(folder)
    assert cache.get(track, "overview") is None
    cache.put(track, "overview", numbers())
    assert same(cache.get(track, "overview"), numbers())


def test_a_folder_that_cannot_be_made_means_no_cache(track, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    cache = Cache(str(tmp_path / "file" / "below"))
    cache.put(track, "overview", numbers())
    assert cache.get(track, "overview") is None


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user whom permissions bind")
def test_a_folder_that_cannot_be_written_means_no_cache(track, folder):
    os.makedirs(folder, 0o500)
    cache = Cache(folder)
    cache.put(track, "overview", numbers())
    assert cache.get(track, "overview") is None


@pytest.mark.skipif(os.name == "nt", reason="needs limits on the size of files")
def test_a_full_disk_means_no_cache_and_leaves_nothing_half_written(track, folder):
    import resource

    cache = Cache(folder)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, limits[1]))
    try:
        cache.put(track, "overview", numbers())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert files(folder) == []
    assert cache.get(track, "overview") is None


def test_two_that_write_the_same_do_not_disturb_a_third_that_reads(track, folder):
    cache = Cache(folder)
    cache.put(track, "overview", numbers())
    writers = [
        threading.Thread(target=lambda: [cache.put(track, "overview", numbers()) for _ in range(40)]) for _ in range(2)
    ]
    for writer in writers:
        writer.start()
    found = [cache.get(track, "overview") for _ in range(60)]
    for writer in writers:
        writer.join()
    assert all(same(arrays, numbers()) for arrays in found)
