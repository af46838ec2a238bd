"""Files of arrays with a checksum."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from genre_tagger.base.arrays import read_arrays, write_arrays


def test_card_and_arrays_come_back_and_the_same_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    arrays = [np.arange(6, dtype=np.float32).reshape(2, 3), np.array([], dtype=np.int64)]
    for path in (one, other):
        write_arrays(str(path), "test", {"名": ["é", 1]}, arrays)
    assert one.read_bytes() == other.read_bytes()
    card, again = read_arrays(str(one), "test", 2, 10_000)
    assert card["名"] == ["é", 1]
    assert all(np.array_equal(*pair) and pair[0].dtype == pair[1].dtype for pair in zip(arrays, again, strict=True))


@pytest.mark.parametrize("form", ["test", "other"])
@pytest.mark.parametrize("keep", [slice(0), slice(-1), slice(7, None), slice(None)])
def test_what_is_damaged_or_of_another_kind_is_no_such_file(tmp_path: Path, form: str, keep: slice) -> None:
    path = tmp_path / "file"
    write_arrays(str(path), "test", {}, [np.arange(4)])
    path.write_bytes(path.read_bytes()[keep])
    if (form, keep) == ("test", slice(None)):
        assert read_arrays(str(path), form, 1, 10_000)[1][0].tolist() == [0, 1, 2, 3]
    else:
        with pytest.raises(ValueError, match="not the file that was written"):
            read_arrays(str(path), form, 1, 10_000)


def test_objects_are_never_unpacked(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Object arrays"):
        write_arrays(str(tmp_path / "file"), "test", {}, [np.array([{}], dtype=object)])
