"""Trees of genres as text: what beets reads, and the outline that people edit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genre_tagger.base.genre_words import genre_key
from genre_tagger.review.names.genre_list import GenreListError, OwnGenre
from genre_tagger.review.names.trees import read_outline, read_yaml, write_outline, write_yaml

TREE = """\
# music
- electronic:
    - house:
        - deep house
    - "drum & bass"   # fast
- 'rock ''n'' roll'
- 80s
"""


def test_a_tree_of_beets_is_read():
    assert [(one.name, one.parent) for one in read_yaml(TREE)] == [
        ("electronic", ""), ("house", "electronic"), ("deep house", "house"), ("drum & bass", "electronic"),
        ("rock 'n' roll", ""), ("80s", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line"),
    [("electronic:\n  - house", 1), ("- [a, b]", 1), ("- a\n- b: c", 2), ("- &x a", 1), ("-", 1), ("- a\n\tb", 2),
     ('- "a', 1), ("  - a", 1), ("- !!python/object a", 1)],
)  # fmt: skip
def test_what_is_more_than_a_nested_list_is_refused_with_its_line(text, line):
    with pytest.raises(GenreListError, match=f"^Line {line} "):
        read_yaml(text)


def test_an_outline_has_kinds_below_and_other_words_behind():
    text = "Electronic\n    House\n\tTechno = Tekno, Detroit Techno\n\nHip-Hop=Rap\n"
    assert read_outline(text) == (
        OwnGenre("Electronic"), OwnGenre("House", "Electronic"),
        OwnGenre("Techno", "Electronic", ("Tekno", "Detroit Techno")), OwnGenre("Hip-Hop", "", ("Rap",)),
    )  # fmt: skip
    with pytest.raises(GenreListError, match="Line 1"):
        read_outline("= Rap")


_NAMES = st.lists(
    st.sampled_from(["Rock", "Drum & Bass", "yes", "80s", "a: b", "- x", "'n'", '"q"', "Straße", "ジャズ", "R&B",
                     "x #y", "Null", "{x}", "C++"]),
    unique_by=genre_key, max_size=6,
)  # fmt: skip


@settings(max_examples=80)
@given(_NAMES, st.randoms(use_true_random=False))
def test_what_is_written_is_read_again(names, chance):
    genres = [OwnGenre(name, chance.choice(["", *names[:n]])) for n, name in enumerate(names)]
    by_name = {one.name: one.parent for one in genres}
    assert {one.name: one.parent for one in read_yaml(write_yaml(genres))} == by_name
    assert {one.name: one.parent for one in read_outline(write_outline(genres))} == by_name
