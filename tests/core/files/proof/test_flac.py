"""FLAC: blocks, comments and frames."""

from __future__ import annotations

import struct

import pytest
from mutagen.flac import FLAC, Picture

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.proof.survey import survey
from helpers.files import contents, store


@pytest.fixture
def flac(media) -> str:
    return media("flac")


def blocks(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """Metadata blocks (kind, content) and the frames."""
    found, at = [], 4
    while True:
        head = data[at]
        end = at + 4 + int.from_bytes(data[at + 1 : at + 4], "big")
        found.append((head & 0x7F, data[at + 4 : end]))
        at = end
        if head & 0x80:
            return found, data[at:]


def build(found: list[tuple[int, bytes]], frames: bytes) -> bytes:
    data = b"fLaC"
    for number, (kind, content) in enumerate(found, 1):
        last = 0x80 if number == len(found) else 0
        data += bytes([kind | last]) + len(content).to_bytes(3, "big") + content
    return data + frames


def comment_block(*comments: bytes, vendor: bytes = b"reference libFLAC") -> bytes:
    texts = b"".join(struct.pack("<I", len(text)) + text for text in comments)
    return struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", len(comments)) + texts


def test_a_genre_written_by_mutagen_leaves_all_else_alone(flac):
    before = survey(flac)
    file = FLAC(flac)
    file["genre"] = ["Rock", "Blues" * 5000]
    file.save()
    assert survey(flac) == before


def test_a_first_comment_block_may_come_with_the_genre(flac):
    found, frames = blocks(contents(flac))
    store(flac, build([block for block in found if block[0] in (0, 6)], frames))
    before = survey(flac)
    file = FLAC(flac)
    file.add_tags()
    file["genre"] = "Rock"
    file.save()
    assert survey(flac) == before


@pytest.mark.parametrize("change", ["title", "more", "less", "picture", "vendor"])
def test_another_comment_picture_or_vendor_changes_the_rest(flac, change):
    before = survey(flac)
    if change == "vendor":
        data = contents(flac)
        store(flac, build([(k, comment_block() if k == 4 else c) for k, c in blocks(data)[0]], blocks(data)[1]))
    else:
        file = FLAC(flac)
        if change == "title":
            file["title"] = "a short chord"
        elif change == "more":
            file["genre_of_more"] = "Rock"
        elif change == "less":
            del file["album"]
        else:
            picture = Picture()
            picture.data = b"another cover"
            file.clear_pictures()
            file.add_picture(picture)
        file.save()
    after = survey(flac)
    assert after.audio == before.audio
    assert after.rest != before.rest


def test_the_order_of_blocks_and_the_checksum_of_the_sound_in_streaminfo_count(flac):
    found, frames = blocks(contents(flac))
    found = [*found[:1], (2, b"abcd one"), (2, b"abcd two"), *found[1:]]
    before = survey(store(flac, build(found, frames)))
    swapped = [found[0], found[2], found[1], *found[3:]]
    assert survey(store(flac, build(swapped, frames))).rest != before.rest
    other_md5 = [(0, found[0][1][:-1] + b"\0"), *found[1:]]
    assert survey(store(flac, build(other_md5, frames))).rest != before.rest


def test_padding_may_go_and_stand_anywhere(flac):
    found, frames = blocks(contents(flac))
    bare = [block for block in found if block[0] != 1]
    before = survey(flac)
    assert survey(store(flac, build(bare, frames))) == before
    assert survey(store(flac, build([bare[0], (1, bytes(99)), *bare[1:], (1, b"")], frames))) == before


def test_one_changed_byte_of_the_sound_changes_the_audio(flac):
    data = bytearray(contents(flac))
    before = survey(flac)
    data[-100] ^= 1
    after = survey(store(flac, bytes(data)))
    assert after.audio != before.audio
    assert after.rest == before.rest


def test_an_id3_tag_in_front_is_kept_as_it_is(flac):
    data = contents(flac)
    tag = b"ID3\x04\0\0\0\0\0\x10" + b"TIT2\0\0\0\x06\0\0\x03Title"
    before = survey(store(flac, tag + data))
    file = FLAC(flac)
    file["genre"] = "Rock"
    file.save()
    assert survey(flac) == before
    assert survey(store(flac, tag.replace(b"Title", b"title") + data)).rest != before.rest


def _several_comments(found, frames):
    return build([*found, (4, comment_block(b"TITLE=two"))], frames)


REFUSED = {
    "several comment blocks": _several_comments,
    "a block longer than the file": lambda found, frames: build(found, b"")[:-1],
    "a block that ends too early": lambda found, frames: build(found, b"\0" + frames),
    "a block that ends too late": lambda found, frames: build([*found[:-1], (1, bytes(50) + frames[:9])], frames[9:]),
    "a second STREAMINFO": lambda found, frames: build([*found, found[0]], frames),
    "another block first": lambda found, frames: build(found[1:], frames),
    "an invalid kind of block": lambda found, frames: build([*found, (127, b"")], frames),
    "a comment longer than its block": lambda found, frames: build(
        [found[0], (4, comment_block(b"TITLE=x").replace(b"\x07\0\0\0TITLE", b"\xf7\0\0\0TITLE"))], frames
    ),
    "more comments than there are": lambda found, frames: build(
        [found[0], (4, struct.pack("<II", 0, 0xFFFFFFFF) + bytes(40))], frames
    ),
    "something behind the comments": lambda found, frames: build([found[0], (4, comment_block() + b"more")], frames),
    "no comment count": lambda found, frames: build([found[0], (4, struct.pack("<I", 0))], frames),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_flac_header_that_does_not_add_up_is_refused(flac, fault):
    found, frames = blocks(contents(flac))
    with pytest.raises(RefusedError, match=r"FLAC|comment|end"):
        survey(store(flac, REFUSED[fault](found, frames)))
