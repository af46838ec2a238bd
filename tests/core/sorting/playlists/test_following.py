"""Lists that follow files which moved: read again by the reader of playlists, and byte for byte the same otherwise."""

from __future__ import annotations

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genre_tagger.base.errors import FileError
from genre_tagger.sorting.names import legal
from genre_tagger.sorting.playlists.files import Entry, m3u8, read
from genre_tagger.sorting.playlists.following import LISTS, followed, naming, references
from helpers.files import contents, store

NAMES = st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("#/ .:%é~&'")), max_size=12)
PATHS = st.lists(NAMES.map(legal), min_size=1, max_size=3).map(lambda parts: "/".join(parts) + ".mp3")
WRITERS = {
    "m3u8": lambda paths: m3u8("x", [Entry(path) for path in paths]),
    "pls": lambda paths: "[playlist]\n{}".format("".join(f"File{n}={p}\n" for n, p in enumerate(paths, 1))).encode(),
    "xspf": lambda paths: (
        '<playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList>{}</trackList></playlist>'.format(
            "".join(f"<track><location>{_quoted(path)}</location></track>" for path in paths)
        ).encode()
    ),
}


def _quoted(path):
    from urllib.parse import quote

    return quote(path)


@given(
    st.lists(st.tuples(PATHS, PATHS), unique_by=(lambda way: way[0], lambda way: way[1]), max_size=6),
    st.sampled_from(sorted(WRITERS)),
    st.sampled_from(["", "sub/", "../beside/"]),
    st.lists(st.booleans(), min_size=6, max_size=6),
)  # fmt: skip
def test_what_moved_is_named_where_it_is_and_the_rest_where_it_was(ways, kind, way, going):
    """The list goes to another folder as well; what its names mean is told by the reader, before and after."""
    if kind == "pls":  # a reader of PLS takes no leading or inner comment signs in values
        ways = [(old, new) for old, new in ways if not re.search(r"[;#=%\x85\u2028\u2029\x1c-\x1e]", old + new)]
    here = f"/music/lists/all.{kind}"
    there = os.path.normpath(f"/music/lists/{way}all.{kind}")
    data = WRITERS[kind]([f"../{old}" for old, _ in ways])
    before = {f"/music/{old}": f"/elsewhere/{new}" for old, new in ways}
    moved = {old: new for (old, new), goes in zip(before.items(), going, strict=False) if goes}
    new, count, told = followed(there, data, moved, before=here)
    assert told == []
    assert count >= len({old for old in moved if old in before})
    folder = os.path.dirname(there)
    meant = [os.path.normpath(os.path.join(folder, ref.text)) for ref in references(there, new)]
    was = [os.path.normpath(os.path.join("/music/lists", ref.text)) for ref in references(here, data)]
    assert [moved.get(path) for path in was if path in moved] == [
        after for path, after in zip(was, meant, strict=True) if path in moved
    ]
    if not moved:
        assert new == data


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("l.m3u", b"#E\r\n a.mp3 \r\n# a.mp3\r\n./a.mp3\n/m/a.mp3",
         b"#E\r\n new/b.mp3 \r\n# a.mp3\r\nnew/b.mp3\n/m/new/b.mp3"),
        ("l.m3u8", b"\xef\xbb\xbfa.mp3\nhttp://radio/a.mp3\n", b"\xef\xbb\xbfnew/b.mp3\nhttp://radio/a.mp3\n"),
        ("l.m3u8", b"file:///m/a.mp3\n", b"file:///m/new/b.mp3\n"),
        ("l.m3u", b"sub\\c.mp3\n", b"new\\d.mp3\n"),
        ("l.m3u", "é.mp3\n".encode("cp1252"), "ü.mp3\n".encode("cp1252")),
        ("l.m3u8", "a.mp3\n".encode("utf-16"), "new/b.mp3\n".encode("utf-16")),
        ("l.pls", b"[playlist]\nFile1 = a.mp3\nTitle1=a.mp3\n", b"[playlist]\nFile1 = new/b.mp3\nTitle1=a.mp3\n"),
        ("l.cue", b'FILE "a.mp3" MP3\r\n  TITLE "a.mp3"\r\n', b'FILE "new/b.mp3" MP3\r\n  TITLE "a.mp3"\r\n'),
        ("l.cue", b"FILE a.mp3 MP3\n", b"FILE new/b.mp3 MP3\n"),
        ("l.xspf", b"<location>\n r%26b.mp3 </location>", b"<location>\n new/x%20%26%20y.mp3 </location>"),
        ("l.m3u8", b"hash.mp3\n", b"./#1.mp3\n"),
    ],
)  # fmt: skip
def test_each_kind_of_list_keeps_its_own_way_of_naming(name, text, expected):
    moved = {
        "/m/a.mp3": "/m/new/b.mp3", "/m/sub/c.mp3": "/m/new/d.mp3", "/m/é.mp3": "/m/ü.mp3", "/m/hash.mp3": "/m/#1.mp3",
        "/m/r&b.mp3": "/m/new/x & y.mp3",
    }  # fmt: skip
    assert followed(f"/m/{name}", text, moved)[0] == expected


def test_a_name_that_the_lists_alphabet_lacks_is_told_and_stays():
    text = "é.mp3\na.mp3\n".encode("cp1252")
    new, count, told = followed("/m/l.m3u", text, {"/m/é.mp3": "/m/日.mp3", "/m/a.mp3": "/m/b.mp3"})
    assert (new, count) == ("é.mp3\nb.mp3\n".encode("cp1252"), 1)
    assert len(told) == 1


@given(st.binary(max_size=300), st.sampled_from(sorted(LISTS)))
def test_no_bytes_bring_it_down_and_what_names_nothing_stays_as_it_is(data, kind):
    try:
        new, count, _ = followed(f"/nowhere/l.{kind}", data, {"/nowhere/never.mp3": "/x.mp3"})
    except UnicodeError:
        return  # it said of itself that it is UTF-16, and is not; whoever asked tells that
    assert (new, count) == (data, 0)


def test_names_are_counted_and_nothing_is_changed(tmp_path):
    path = store(str(tmp_path / "l.m3u8"), b"a.mp3\nb.mp3\na.mp3\n")
    store(str(tmp_path / "odd.m3u8"), b"\xff\xfe\x00")
    moved = {str(tmp_path / "a.mp3"): str(tmp_path / "c.mp3")}
    assert naming([path, str(tmp_path / "odd.m3u8"), "/nowhere.m3u8"], moved) == {path: 2}
    assert contents(path) == b"a.mp3\nb.mp3\na.mp3\n"
    with pytest.raises(FileError):
        read("/nowhere.m3u8", [])
