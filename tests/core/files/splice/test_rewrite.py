"""A stretch of a file replaced in place by a longer or a shorter one."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genre_tagger.files.splice.rewrite import replace


@given(
    st.binary(max_size=40), st.integers(0, 40), st.integers(0, 40), st.binary(max_size=60), st.sampled_from((1, 7, 99))
)
def test_replacing_a_stretch_moves_what_follows(old, start, length, new, piece):
    start = min(start, len(old))
    end = min(start + length, len(old))
    file = io.BytesIO(old)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("genre_tagger.files.splice.rewrite._PIECE", piece)
        replace(file, start, end, new)
    assert file.getvalue() == old[:start] + new + old[end:]
