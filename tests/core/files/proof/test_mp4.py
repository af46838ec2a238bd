"""MP4: atoms, items, sample tables and media data."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from mutagen.mp4 import MP4, AtomDataType, MP4Cover, MP4FreeForm

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.proof.survey import survey
from genre_tagger.files.tags import read_tags, write_genres
from helpers.files import contents, store

CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"meta", b"ilst")


def atom(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, name) + content


def edit(data: bytes, name: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change the content of every atom of one name, and the sizes of its parents (no offsets)."""
    out, at = b"", 0
    while at < len(data):
        size, found = struct.unpack_from(">I4s", data, at)
        assert size >= 8
        content = data[at + 8 : at + size]
        if found in CONTAINERS:
            skip = 4 if found == b"meta" and content[:4] == bytes(4) else 0
            content = content[:skip] + edit(content[skip:], name, change)
        if found == name:
            content = change(content)
        out += atom(found, content)
        at += size
    return out


def moved_chunks(data: bytes, by: int) -> bytes:
    """The same with all 32-bit chunk offsets moved."""

    def move(content: bytes) -> bytes:
        offsets = struct.unpack(f">{(len(content) - 8) // 4}I", content[8:])
        return content[:8] + struct.pack(f">{len(offsets)}I", *(offset + by for offset in offsets))

    return edit(data, b"stco", move)


@pytest.fixture(params=["m4a", "m4a-fast", "alac"])
def m4a(media, request) -> str:
    return media(request.param)


@pytest.fixture
def fast(media) -> str:
    """An M4A file whose ``moov`` stands before the sound, so that offsets move when tags grow."""
    return media("m4a-fast")


@pytest.mark.parametrize("genres", [["Rock"], ["Blues", "Jazz"], ["long " * 9000]], ids=len)
def test_a_genre_written_by_mutagen_leaves_all_else_alone(m4a, genres):
    before = survey(m4a)
    file = MP4(m4a)
    file["\xa9gen"] = genres
    file.save()
    assert survey(m4a) == before


def test_a_first_place_for_tags_may_come_with_the_genre(fast):
    data = edit(contents(fast), b"moov", lambda moov: moov[: moov.index(b"udta") - 4])
    before = survey(store(fast, moved_chunks(data, len(data) - len(contents(fast)))))
    file = MP4(fast)
    file.add_tags()
    file["\xa9gen"] = ["Rock"]
    file.save()
    assert contents(fast).count(b"udta") == 1
    assert survey(fast) == before


def test_items_keep_every_byte_when_a_genre_is_written(fast):
    file = MP4(fast)
    file["trkn"], file["disk"], file["tmpo"], file["cpil"], file["stik"] = [(3, 9)], [(1, 2)], [90], True, [1]
    file["covr"] = [MP4Cover(b"jpeg"), MP4Cover(b"png", MP4Cover.FORMAT_PNG)]
    file["----:com.apple.iTunes:MOOD"] = [MP4FreeForm(b"blue"), MP4FreeForm(b"\1", AtomDataType.INTEGER)]
    file.save()
    # Other writers' habits: implicit types, wide numbers, trailing zeros, two items of one name, a picture's file name.
    data = contents(fast)
    wide = struct.pack(">I4sIIQ", 24, b"data", 21, 0, 90)
    data = edit(data, b"tmpo", lambda _: wide)
    data = edit(data, b"disk", lambda item: atom(b"data", item[8:] + bytes(2)))
    data = edit(data, b"\xa9nam", lambda item: item[:8] + bytes(4) + item[12:])
    data = edit(data, b"covr", lambda item: item + atom(b"name", b"Front.jpg"))
    writers = atom(b"\xa9wrt", item_data(b"One")) + atom(b"\xa9wrt", item_data(b"Two"))
    data = edit(data, b"ilst", lambda items: items + writers)
    before = survey(store(fast, moved_chunks(data, len(data) - len(contents(fast)))))
    old = items_of(contents(fast))
    write_genres(fast, ("Rock",))
    assert survey(fast) == before
    new = items_of(contents(fast))
    assert {name: new[name] for name in old if name != b"\xa9gen"} == {n: old[n] for n in old if n != b"\xa9gen"}
    assert read_tags(fast).genres == ("Rock",)


def items_of(data: bytes) -> dict[bytes, list[bytes]]:
    """The items of a file by name."""
    at = data.index(b"ilst") + 4
    end = at - 8 + int.from_bytes(data[at - 8 : at - 4], "big")
    found: dict[bytes, list[bytes]] = {}
    while at < end:
        size = int.from_bytes(data[at : at + 4], "big")
        found.setdefault(data[at + 4 : at + 8], []).append(data[at + 8 : at + size])
        at += size
    return found


def item_data(value: bytes, kind: int = 1) -> bytes:
    return atom(b"data", struct.pack(">II", kind, 0) + value)


CHANGES: dict[str, Callable[[MP4], None]] = {
    "a title": lambda file: file.update({"\xa9nam": ["another"]}),
    "a lost artist": lambda file: file.pop("\xa9ART"),
    "a track number": lambda file: file.update({"trkn": [(4, 0)]}),
    "a total": lambda file: file.update({"trkn": [(3, 7)]}),
    "a new comment": lambda file: file.update({"desc": ["new"]}),
    "a free field": lambda file: file.update({"----:com.apple.iTunes:MOOD": [b"else"]}),
    "a free field's name": lambda file: file.update({"----:com.apple.iTunes:MOODS": [b"else"]}),
    "a cover's format": lambda file: file.update({"covr": [MP4Cover(b"x", MP4Cover.FORMAT_PNG)]}),
    "a number": lambda file: file.update({"tmpo": [91]}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_another_value_of_an_item_changes_the_rest(fast, change):
    file = MP4(fast)
    file["covr"], file["tmpo"], file["trkn"] = [MP4Cover(b"x")], [90], [(3, 0)]
    file.save()
    before = survey(fast)
    CHANGES[change](file)
    file.save()
    after = survey(fast)
    assert after.audio == before.audio
    assert after.rest != before.rest


def test_the_old_numbered_genre_may_go(fast):
    data = edit(contents(fast), b"ilst", lambda items: items + atom(b"gnre", item_data(b"\0\x09", 0)))
    before = survey(store(fast, moved_chunks(data, len(data) - len(contents(fast)))))
    file = MP4(fast)
    file["\xa9gen"] = ["Rock"]
    file.save()
    assert b"gnre" not in contents(fast)
    assert survey(fast) == before


def test_a_changed_chunk_offset_changes_the_audio(fast):
    data = contents(fast) + b"\0"
    at = data.index(b"mdat") - 4
    data = data[:at] + struct.pack(">I", len(data) - at) + data[at + 4 :]
    before = survey(store(fast, data))
    after = survey(store(fast, moved_chunks(data, 1)))
    assert after.audio != before.audio
    assert after.rest == before.rest


def test_a_grown_header_without_moved_offsets_is_noticed(fast):
    before = survey(fast)
    data = edit(contents(fast), b"ilst", lambda items: items + atom(b"free", bytes(9)))
    try:
        after = survey(store(fast, data))
    except RefusedError:
        return
    assert after.audio != before.audio


def test_padding_and_moved_media_data_change_nothing(fast):
    before = survey(fast)
    data = edit(contents(fast), b"ilst", lambda items: items + atom(b"free", bytes(9)))
    assert survey(store(fast, moved_chunks(data, 17))) == before


def test_one_changed_byte_of_the_sound_changes_the_audio(m4a):
    data = bytearray(contents(m4a))
    before = survey(m4a)
    data[data.index(b"mdat") + 50] ^= 1
    after = survey(store(m4a, bytes(data)))
    assert after.audio != before.audio
    assert after.rest == before.rest


def test_a_sample_size_counts(m4a):
    before = survey(m4a)

    def swap_sizes(content: bytes) -> bytes:
        sizes = list(struct.unpack(f">{(len(content) - 12) // 4}I", content[12:]))
        sizes[0], sizes[-1] = sizes[-1], sizes[0]
        return content[:12] + struct.pack(f">{len(sizes)}I", *sizes)

    data = edit(contents(m4a), b"stsz", swap_sizes)
    assert data != contents(m4a)
    after = survey(store(m4a, data))
    assert after.rest != before.rest


def test_fragments_must_keep_their_place(media):
    path = media("m4a-fragmented")
    data, before = contents(path), survey(path)
    assert before.fixed_size
    at = data.index(b"moof") - 4
    after = survey(store(path, data[:at] + atom(b"free", b"") + data[at:]))
    assert after.rest != before.rest


def _no_version(meta: bytes) -> bytes:
    return meta[4:]


def _beyond(stco: bytes) -> bytes:
    return stco[:8] + struct.pack(">I", 0x7FFFFFFF) + stco[12:]


def _doubled(name: bytes) -> Callable[[bytes], bytes]:
    """Repeat the first child of one name inside of its parent."""

    def change(content: bytes) -> bytes:
        at = content.index(name) - 4
        size = int.from_bytes(content[at : at + 4], "big")
        return content + content[at : at + size]

    return change


REFUSED = {
    "QuickTime tags": (b"meta", _no_version, "QuickTime"),
    "chunk beyond the file": (b"stco", _beyond, "outside"),
    "chunk in the header": (b"stco", lambda stco: stco[:8] + bytes(3) + b"\x40" + stco[12:], "outside"),
    "DRM": (b"stsd", lambda stsd: stsd.replace(b"mp4a", b"drms", 1), "protected"),
    "common encryption": (b"stsd", lambda stsd: stsd.replace(b"mp4a", b"enca", 1), "protected"),
    "more chunks than the table has": (
        b"stco",
        lambda stco: stco[:4] + b"\x7f\xff\xff\xff" + stco[8:],
        "table",
    ),
    "more samples than the table has": (b"stsz", lambda stsz: stsz[:8] + b"\x7f\xff\xff\xff", "table"),
    "fewer samples in chunks": (b"stsc", lambda stsc: stsc[:12] + bytes(3) + b"\1" + stsc[16:], "disagree"),
    "chunks that do not begin with the first": (
        b"stsc",
        lambda stsc: stsc[:11] + b"\2" + stsc[12:],
        "disagree",
    ),
    "compact sample sizes": (b"stbl", lambda stbl: stbl.replace(b"stsz", b"stz2"), "table"),
    "no sample sizes": (b"stbl", lambda stbl: stbl.replace(b"stsz", b"xxxx"), "table"),
    "two tables of offsets": (b"stbl", _doubled(b"stco"), "twice"),
    "references into the file": (b"stbl", lambda stbl: stbl + atom(b"saio", bytes(12)), "refers"),
    "two lists of items": (b"meta", _doubled(b"ilst"), "more than one place"),
    "two places for tags": (b"moov", _doubled(b"udta"), "more than one place"),
    "no track": (b"moov", lambda moov: moov.replace(b"trak", b"xxxx"), "no track"),
    "an item with a wrong size": (b"ilst", lambda ilst: b"\0\0\0\7" + ilst[4:], "wrong size"),
    "an item of size zero": (b"ilst", lambda ilst: bytes(4) + ilst[4:], "wrong size"),
    "an atom too long": (b"minf", lambda minf: b"\x7f" + minf[1:], "wrong size"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_an_mp4_file_that_cannot_be_proven_is_refused(media, fault):
    path = media("m4a")
    name, change, reason = REFUSED[fault]
    data = edit(contents(path), name, change)
    assert data != contents(path)
    with pytest.raises(RefusedError, match=reason):
        survey(store(path, data))


def test_several_movie_headers_or_none_are_refused(media):
    path = media("m4a")
    data = contents(path)
    at = data.index(b"moov") - 4
    moov = data[at : at + int.from_bytes(data[at : at + 4], "big")]
    for wrong in (data + moov, data.replace(b"moov", b"xxxx"), data + b"junk"):
        with pytest.raises(RefusedError, match=r"movie header|wrong size"):
            survey(store(path, wrong))


def test_sizes_of_64_bits_and_up_to_the_end_are_understood(fast):
    data = contents(fast)
    at = data.index(b"mdat") - 4
    before = survey(fast)
    media = data[at + 8 :]
    wide = moved_chunks(data[:at], 8) + b"\0\0\0\1mdat" + struct.pack(">Q", len(media) + 16) + media
    assert survey(store(fast, wide)) == before
    assert survey(store(fast, data[:at] + bytes(4) + b"mdat" + media)) == before
    assert survey(store(fast, to_64_bits(data))).audio == before.audio


def to_64_bits(data: bytes) -> bytes:
    """The same file with ``co64`` instead of ``stco``."""
    grown = []

    def widen(content: bytes) -> bytes:
        offsets = struct.unpack(f">{(len(content) - 8) // 4}I", content[8:])
        grown.append(4 * len(offsets))
        return content[:8] + struct.pack(f">{len(offsets)}Q", *(offset + 4 * len(offsets) for offset in offsets))

    wide = edit(data, b"stco", widen)
    assert len(grown) == 1
    return wide.replace(b"stco", b"co64")
