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
        lambda file: splice.write_front("x", file, ["Rock"], AS_USUAL),
        lambda file: splice.write_end("x", file, ["Rock"]),
        lambda file: splice.write_dsf("x", file, ["Rock"], AS_USUAL),
    ):
        for body in (data, b"ID3\4\0\0\0\0\0\0" + data, b"DSD " + data, data + b"APETAGEX" + data[:24]):
            try:
                write(io.BytesIO(body))
            except RefusedError:
                continue
