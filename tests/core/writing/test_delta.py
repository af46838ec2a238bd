"""The difference between a written file and the one it was."""

from __future__ import annotations

import contextlib
import hashlib
import io
import random
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genre_tagger.writing.delta import WINDOW, DeltaError, gives, make, restore


def on_disk(content: bytes) -> io.BufferedReader:
    """Something that is read piece by piece, as a file is."""
    return io.BufferedReader(io.BytesIO(content))


def there_and_back(old: bytes, new: bytes) -> bytes:
    delta = make(io.BytesIO(old), io.BytesIO(new))
    assert b"".join(restore(io.BytesIO(new), delta)) == old
    for opened in (io.BytesIO, on_disk):
        assert gives(opened(old), opened(new), delta)
        assert not gives(opened(old + b"\0"), opened(new), delta)
        assert not old or not gives(opened(old[:-1] + bytes([old[-1] ^ 1])), opened(new), delta)
    return delta


@st.composite
def edited(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A file and the same with pieces replaced, removed, repeated and moved."""
    seed = draw(st.integers(0, 2**32))
    old = random.Random(seed).randbytes(draw(st.integers(0, 6000)))
    if draw(st.booleans()):
        old += bytes(draw(st.integers(0, 3000)))
    new = old
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(new)))
        stop = min(len(new), start + draw(st.integers(0, 500)))
        kind = draw(st.sampled_from(["replace", "remove", "insert", "repeat", "move"]))
        piece = new[start:stop]
        if kind == "replace":
            new = new[:start] + random.Random(seed + start).randbytes(stop - start) + new[stop:]
        elif kind == "remove":
            new = new[:start] + new[stop:]
        elif kind == "insert":
            new = new[:start] + draw(st.binary(max_size=300)) + new[start:]
        elif kind == "repeat":
            new = new[:stop] + piece + new[stop:]
        else:
            new = new[:start] + new[stop:] + piece
    return old, new


@given(edited())
def test_an_edited_file_is_rebuilt_byte_for_byte(files: tuple[bytes, bytes]) -> None:
    there_and_back(*files)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_two_unrelated_files_are_rebuilt_too(old: bytes, new: bytes) -> None:
    there_and_back(old, new)


@given(edited(), st.binary(max_size=400))
def test_a_damaged_record_is_an_error_or_harmless_bytes_but_never_another_exception(
    files: tuple[bytes, bytes], noise: bytes
) -> None:
    damaged = b"\x01" + zlib.compress(noise)
    with contextlib.suppress(DeltaError):
        for piece in restore(io.BytesIO(files[1]), damaged):
            assert len(piece) <= max(WINDOW, len(noise))


def test_a_grown_frame_before_a_big_picture_costs_a_few_bytes() -> None:
    picture, audio = random.Random(1).randbytes(3_000_000), random.Random(2).randbytes(200_000)
    old = b"ID3TCON\0\0\0\5\0\0Rock" + picture + bytes(1000) + audio
    new = b"ID3TCON\0\0\0\x0b\0\0Jazz; Rock" + picture + bytes(994) + audio
    assert len(there_and_back(old, new)) < 100


def test_a_frame_moved_behind_a_picture_that_is_larger_than_the_window_costs_a_few_bytes() -> None:
    picture = random.Random(3).randbytes(5_000_000)
    assert len(there_and_back(b"head" + b"Rock" + picture, b"head" + picture + b"Rock" + b"more")) < 200


def test_renumbered_pages_cost_only_their_headers() -> None:
    source = random.Random(4)
    bodies = [source.randbytes(4000) for _ in range(500)]

    def pages(first: int) -> bytes:
        return b"".join(
            b"OggS" + (first + n).to_bytes(4, "little") + zlib.crc32(body + bytes([first])).to_bytes(4, "little") + body
            for n, body in enumerate(bodies)
        )

    assert len(there_and_back(b"a" * 50 + pages(2), b"a" * 5000 + pages(3))) < 500 * 16


def test_a_table_of_shifted_offsets_compresses_well() -> None:
    sound = random.Random(5).randbytes(100_000)
    offsets = [random.Random(n).randrange(2**22) + n * 4000 for n in range(10_000)]

    def moov(shift: int) -> bytes:
        return b"stco" + b"".join((offset + shift).to_bytes(4, "big") for offset in sorted(offsets))

    delta = there_and_back(moov(0) + sound, moov(32) + b"x" * 32 + sound)
    assert len(delta) < 15_000


def test_two_large_files_with_nothing_in_common_are_refused() -> None:
    old, new = random.Random(6).randbytes(300_000), random.Random(7).randbytes(300_000)
    with pytest.raises(DeltaError, match="too large"):
        make(io.BytesIO(old), io.BytesIO(new), limit=100_000)


def test_a_record_of_another_file_is_refused() -> None:
    delta = make(io.BytesIO(b"x" * 5000), io.BytesIO(b"x" * 5001))
    with pytest.raises(DeltaError, match="does not belong"):
        list(restore(io.BytesIO(b"x" * 10), delta))
    for opened in (io.BytesIO, on_disk):
        with pytest.raises(DeltaError, match="does not belong"):
            gives(opened(b"x" * 5000), opened(b"x" * 10), delta)


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"\x02",
        b"\x01abc",
        b"\x01" + zlib.compress(b"\x09\x01"),
        b"\x01" + zlib.compress(b"\x02\x7fabc"),
        b"\x01" + zlib.compress(b"\x00"),
    ],
)
def test_a_damaged_record_says_so(record: bytes) -> None:
    with pytest.raises(DeltaError, match="undo record"):
        list(restore(io.BytesIO(b"music"), record))


def test_memory_stays_small_for_a_large_file(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    size = 100 << 20
    for path, head, tail in ((old, b"RIFF1", b"old tail"), (new, b"RIFF2 longer", b"a newer tail")):
        with path.open("wb") as file:  # sparse: the middle is a hole
            file.write(head)
            file.seek(size, 1)
            file.write(tail)
    tracemalloc.start()
    with old.open("rb") as a, new.open("rb") as b:
        delta = make(a, b)
        digest = hashlib.sha256()
        for piece in restore(b, delta):
            digest.update(piece)
        a.seek(0)
        assert digest.digest() == hashlib.file_digest(a, "sha256").digest()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 << 20
    assert len(delta) < 200


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.integers(-40_000, 40_000))
def test_a_long_shift_is_found(seed: int, shift: int) -> None:
    source = random.Random(seed)
    head, body = source.randbytes(50_000), source.randbytes(100_000)
    old = head + body + b"end"
    new = head[:shift] + body if shift < 0 else head + source.randbytes(shift) + body + b"another end"
    lost = 50_000 if shift < 0 else 0
    assert len(there_and_back(old, new)) < lost + 500
