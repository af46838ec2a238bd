"""The splices of whole files, on bytes that are no such files."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.splice import splice
from genre_tagger.files.splice.id3 import AS_USUAL


@given(st.binary(max_size=200))
def test_random_bytes_raise_nothing_but_refusals_in_the_splices(data):
    for write in (
        lambda file: splice.front_edits("x", file, ["Rock"], AS_USUAL),
        lambda file: splice.end_edits("x", file, ["Rock"], AS_USUAL),
        lambda file: splice.dsf_edits("x", file, ["Rock"], AS_USUAL),
        lambda file: splice.plan_beside_flac("x", file, ["Rock"], AS_USUAL),
    ):
        for body in (data, b"ID3\4\0\0\0\0\0\0" + data, b"DSD " + data, data + b"APETAGEX" + data[:24]):
            try:
                write(io.BytesIO(body))
            except RefusedError:
                continue
