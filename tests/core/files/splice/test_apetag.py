"""Splicing genres into APEv2 tags."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from genre_tagger.files.splice import apetag
from helpers.apev2 import apev2


@given(st.lists(st.tuples(st.sampled_from((b"Title", b"GENRE", b"Cover")), st.binary(max_size=30)), max_size=5))
def test_an_apev2_splice_keeps_every_other_item(items):
    pieces = [len(value).to_bytes(4, "little") + bytes(4) + key + b"\0" + value for key, value in items]
    new = apetag.splice("x.ape", apev2(items, header=False), ["Jazz", "Soul"])
    genre = (9).to_bytes(4, "little") + bytes(4) + b"Genre\0Jazz\0Soul"
    assert new.count(genre) == 1
    assert new.replace(genre, b"")[:-32] == b"".join(piece for piece in pieces if b"GENRE\0" not in piece)
