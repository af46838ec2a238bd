"""Parsing ID3v2 tags and splicing genres into them."""

from __future__ import annotations

import glob
import os

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.splice import id3, id3v1
from genre_tagger.files.values import Names
from helpers.id3 import frame, tag

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
FRAMES = st.tuples(
    st.sampled_from(("TIT2", "TCON", "TCOP", "APIC", "XSOX", "PRIV")),
    st.binary(max_size=200),
    st.sampled_from((b"\0\0", b"\x40\0", b"\0\x08")),
)
GENRE_IDS = (b"TCO", b"TCON")


def others(data: bytes) -> list[bytes]:
    parsed = id3.parse(data)
    assert parsed is not None
    assert not parsed.problems
    return [one.raw for one in parsed.frames if one.id not in GENRE_IDS]


def genre_content(data: bytes) -> bytes | None:
    parsed = id3.parse(data)
    assert parsed is not None
    found = [one.raw for one in parsed.frames if one.id in GENRE_IDS]
    assert len(found) < 2
    return found[0][6 if parsed.version == 2 else 10 :] if found else None


@st.composite
def tags(draw: st.DrawFn) -> bytes:
    version = draw(st.sampled_from((2, 3, 4)))
    chosen = draw(st.lists(FRAMES, max_size=5))
    frames = [frame(version, name[: 3 if version == 2 else 4], *rest) for name, *rest in chosen]
    return tag(version, *frames, padding=draw(st.integers(0, 60)))


@given(tags(), st.lists(TEXTS, max_size=3))
def test_a_splice_keeps_every_other_frame_verbatim_and_in_order(data, genres):
    parsed = id3.parse(data)
    if parsed.problems:  # sizes that can be read in two ways
        with pytest.raises(RefusedError):
            id3.splice("x.mp3", data, genres)
        return
    unreadable = (
        any(one.id == b"TCON" and one.flags[1] & 0x0C for one in parsed.frames) or id3.texts(parsed)[-1] is None
    )
    try:
        new = id3.splice("x.mp3", data, genres)
    except RefusedError:
        assert unreadable
        return
    assert others(new) == others(data)
    assert new[:4] == data[:4]
    assert len(new) >= len(data)


@given(tags(), TEXTS)
def test_what_fits_into_the_padding_leaves_the_size_as_it_is(data, genre):
    parsed = id3.parse(data)
    if parsed.problems or any(one.id in GENRE_IDS for one in parsed.frames):
        return
    needed = len(id3.genre_frame(parsed.version, [genre], "; "))
    assert (len(id3.splice("x.mp3", data, [genre])) == len(data)) == (needed <= parsed.padding)


@given(st.binary(max_size=300))
@example(b"ID3\x04\x00\x00\x00\x00\x00\x00")
@example(b"ID3\x03\x00\x80\x00\x00\x00\x01\xff")
def test_no_bytes_make_the_parser_raise_anything_of_its_own(data):
    for bytes_ in (data, b"ID3\x03\0\0" + data, b"ID3\x04\0\0" + data, b"ID3\x02\0\x80" + data):
        parsed = id3.parse(bytes_)
        if parsed is not None:
            try:
                new = id3.splice("x.mp3", bytes_[: parsed.size], ["Rock"])
            except RefusedError:
                continue
            assert others(new) == others(bytes_[: parsed.size])


def test_a_2_4_tag_has_its_genres_separated_by_nul_in_one_utf_8_frame():
    new = id3.splice("x.mp3", tag(4, frame(4, "TIT2", b"\x03Title"), padding=100), ["Größe", "Blues"])
    assert genre_content(new) == b"\x03" + "Größe\0Blues".encode()


@pytest.mark.parametrize("version", [2, 3])
def test_older_tags_have_one_joined_text_in_latin_1_where_that_can_say_it(version):
    old = tag(version, padding=200)
    assert genre_content(id3.splice("x.mp3", old, ["Größe", "Blues"])) == b"\0" + "Größe; Blues".encode("latin-1")
    assert genre_content(id3.splice("x.mp3", old, ["音楽"])) == b"\x01\xff\xfe" + "音楽".encode("utf-16-le")
    assert genre_content(id3.splice("x.mp3", old, ["A", "B"], id3.Id3Style(separator="/"))) == b"\0A/B"


def test_a_new_tag_is_2_4_with_some_padding_and_none_is_made_for_no_genre():
    new = id3.splice("x.mp3", b"", ["Jazz"])
    parsed = id3.parse(new)
    assert parsed.version == 4
    assert parsed.padding == id3.FRESH_PADDING
    assert id3.splice("x.mp3", b"", []) == b""


def test_without_genres_the_frame_goes_and_becomes_padding():
    old = tag(3, frame(3, "TIT2", b"\0T"), frame(3, "TCON", b"\0Rock"), frame(3, "TALB", b"\0A"))
    new = id3.splice("x.mp3", old, [])
    assert genre_content(new) is None
    assert len(new) == len(old)


def test_several_genre_frames_become_one_in_the_place_of_the_first():
    old = tag(4, frame(4, "TCON", b"\x03A"), frame(4, "TIT2", b"\x03T"), frame(4, "TCON", b"\x03B"))
    parsed = id3.parse(id3.splice("x.mp3", old, ["Soul"]))
    assert [one.id for one in parsed.frames] == [b"TCON", b"TIT2"]


def test_an_unsynchronised_tag_keeps_its_other_frames_byte_for_byte():
    picture = b"\0image/png\0\x03\0\xff\x00\xe0\xff\x00\x00\xff\x00"  # stuffed: FF E0, FF 00, FF at the end
    stored = b"APIC" + (len(picture) - 3).to_bytes(4, "big") + b"\0\0" + picture
    old = tag(3, stored, frame(3, "TIT2", b"\0T"), padding=64, flags=0x80)
    new = id3.splice("x.mp3", old, ["Ωmega ÿ"])
    parsed = id3.parse(new)
    assert not parsed.problems
    assert parsed.frames[0].raw == stored
    assert parsed.frames[-1].raw.replace(b"\xff\x00", b"\xff")[10:] == b"\x01\xff\xfe" + "Ωmega ÿ".encode("utf-16-le")


def test_plain_sizes_in_a_2_4_tag_are_understood_and_kept():
    def plain(name: str, content: bytes) -> bytes:
        return name.encode() + len(content).to_bytes(4, "big") + b"\0\0" + content

    picture = plain("APIC", b"\0image/png\0\x03\0" + b"\x89" * 300)
    old = tag(4, plain("TIT2", b"\0T"), picture, plain("TALB", b"\0A"), padding=50)
    assert id3.parse(old).plain_sizes
    assert others(id3.splice("x.mp3", old, ["Rock"])) == others(old)
    with pytest.raises(RefusedError, match="unusual"):
        id3.splice("x.mp3", old, ["R" * 200])


@pytest.mark.parametrize(
    ("old", "reason"),
    [
        (tag(4, padding=20)[:-5], "beyond the end"),
        (tag(3, frame(3, "TIT2", b"\0T")) + b"more", "damaged"),
        (tag(3, b"TIT2\0\0\x10\0\0\0\0T"), "wrong size"),
        (tag(3, frame(3, "TIT2", b"\0T"), b"\0\0\0\xff\xfb\x90"), "wrong size"),
        (tag(4, flags=0x10) + b"3DI\x04\0\x10\0\0\0\0", "footer"),
        (tag(2, flags=0x40), "flags"),
        (tag(5, padding=20), "not known"),
        (tag(3, b"TIT2\0\0\0\x02\0\0\0\xff", flags=0x80), "unsynchronisation"),
        (tag(3, frame(3, "TCON", b"\0Rock", b"\0\x40")), "encrypted"),
        (b"ID3\x04\0\0\0\0\x80\0", "damaged"),
    ],
)
def test_a_tag_that_is_not_understood_is_refused_with_a_reason(old, reason):
    with pytest.raises(RefusedError, match=reason):
        id3.splice("x.mp3", old, ["Rock"])


def test_an_id3v1_tag_is_one_only_at_exactly_128_bytes_before_the_end():
    old = b"TAG" + b"Title".ljust(30, b"\0") + b"Artist".ljust(30) + b"Album".ljust(30, b"\0") + bytes(32)
    assert len(old) == 125
    real = old + b"\0\x07\x09"
    found = id3v1.parse(b"sound" + real)
    assert found == id3v1.Id3v1(Names("Title", "Artist", "Album", "7"), "Metal")
    for missing in range(1, 5):
        assert id3v1.parse(b"sound" * 30 + real[:-missing]) is None
    assert id3v1.parse(b"sound" * 30 + b"APE" + b"TAGEX" + bytes(123)) is None


def test_the_ten_labels_have_their_numbers_in_id3v1():
    labels = "Blues Classical Country Disco Hip-Hop Jazz Metal Pop Reggae Rock".split()
    assert [id3v1.genre_number((label,)) for label in labels] == [0, 32, 2, 4, 7, 8, 9, 13, 16, 17]
    assert len(id3v1.GENRES) == 192
    assert id3v1.genre_number(("Chillwave",)) == id3v1.NO_GENRE


@pytest.mark.data
def test_tags_of_other_projects_are_kept_or_refused(data_folder):
    kept = 0
    for path in glob.glob(os.path.join(data_folder, "tagfiles", "**", "*.*"), recursive=True):
        if not os.path.isfile(path):
            continue
        with open(path, "rb") as file:
            data = file.read()
        parsed = id3.parse(data)
        if parsed is None or parsed.problems:
            continue
        old = data[: parsed.size]
        new = id3.splice(path, old, ["Drum & Bass", "Größe"])
        assert others(new) == others(old), path
        kept += 1
    assert kept > 60
