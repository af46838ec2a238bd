"""Ogg: pages, checksums, packets and comments."""

from __future__ import annotations

import struct
from collections.abc import Callable

import mutagen
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen.ogg import OggPage

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.proof.survey import survey
from genre_tagger.files.proof.vorbis import ogg_crc
from helpers.files import contents, store

EACH = pytest.mark.parametrize("name", ["ogg", "opus", "speex", "oga"])


def pages_of(path: str) -> list[OggPage]:
    pages = []
    with open(path, "rb") as file:
        while True:
            try:
                pages.append(OggPage(file))
            except EOFError:
                return pages


def written(path: str, pages: list[OggPage]) -> str:
    """A file of these pages, with right checksums."""
    return store(path, b"".join(page.write() for page in pages))


def plain_crc(data: bytes) -> int:
    """The checksum bit by bit, as RFC 3533 defines it."""
    register = 0
    for byte in data:
        register ^= byte << 24
        for _ in range(8):
            register = (register << 1 ^ (0x04C11DB7 if register & 1 << 31 else 0)) & 0xFFFFFFFF
    return register


@given(st.binary(max_size=300))
def test_the_fast_checksum_is_the_one_of_the_standard(data):
    assert ogg_crc(data) == plain_crc(data)


@EACH
@pytest.mark.parametrize("genres", [["Rock"], ["Blues", "Jazz"], ["long " * 60000]], ids=len)
def test_a_genre_written_by_mutagen_leaves_all_else_alone(media, name, genres):
    path = media(name)
    before = survey(path)
    file = mutagen.File(path)
    file["genre"] = genres
    file.save()
    assert survey(path) == before
    del file["genre"]
    file.save(padding=lambda _: 0)
    assert survey(path) == before


@EACH
@pytest.mark.parametrize("change", ["title", "more", "less"])
def test_another_comment_changes_the_rest(media, name, change):
    path = media(name)
    before = survey(path)
    file = mutagen.File(path)
    if change == "title":
        file["title"] = ["a short chord"]
    elif change == "more":
        file["genres"] = ["Rock"]
    else:
        del file["album"]
    file.save()
    after = survey(path)
    assert after.audio == before.audio
    assert after.rest != before.rest


@EACH
def test_one_changed_byte_of_the_sound_changes_the_audio(media, name):
    path = media(name)
    before = survey(path)
    pages = pages_of(path)
    packet = bytearray(pages[-1].packets[-1])
    packet[len(packet) // 2] ^= 1
    pages[-1].packets = [*pages[-1].packets[:-1], bytes(packet)]
    after = survey(written(path, pages))
    assert after.audio != before.audio
    assert after.rest == before.rest


@EACH
def test_a_changed_position_or_end_mark_changes_the_audio(media, name):
    path = media(name)
    before = survey(path)
    pages = pages_of(path)
    pages[-1].position += 1
    assert survey(written(path, pages)).audio != before.audio
    pages[-1].position -= 1
    pages[-1].last = not pages[-1].last
    assert survey(written(path, pages)).audio != before.audio


def test_setup_packets_count_as_sound(media):
    path = media("ogg")
    before = survey(path)
    pages = pages_of(path)
    setup = next(page for page in pages if any(packet.startswith(b"\x05vorbis") for packet in page.packets))
    setup.packets = [packet.replace(b"BCV", b"BCW") for packet in setup.packets]
    assert survey(written(path, pages)).audio != before.audio


def test_a_stream_beside_the_sound_is_kept(media):
    path = media("ogg")
    pages = pages_of(path)
    beside = []
    for sequence, packet in enumerate((b"fishead\0", b"more", b"")):
        page = OggPage()
        page.serial, page.sequence, page.position = 4711, sequence, 0
        page.first, page.last, page.packets = sequence == 0, sequence == 2, [packet]
        beside.append(page)
    mixed = [pages[0], beside[0], pages[1], beside[1], *pages[2:], beside[2]]
    before = survey(written(path, mixed))
    file = mutagen.File(path)
    file["genre"] = ["Rock"]
    file.save()
    assert survey(path) == before
    beside[1].packets = [b"less"]
    after = survey(written(path, mixed))
    assert after.audio == before.audio
    assert after.rest != before.rest


def test_binary_data_behind_opus_comments_is_kept_and_padding_is_not(media):
    path = media("opus")
    pages = pages_of(path)
    tags = pages[1].packets[0].rstrip(b"\0")
    pages[1].packets = [tags]
    before = survey(written(path, pages))
    pages[1].packets = [tags + b"\0padding"]
    assert survey(written(path, pages)) == before
    pages[1].packets = [tags + b"\1binary"]
    assert survey(written(path, pages)).rest != before.rest


def _comment(pages: list[OggPage], change: Callable[[bytes], bytes]) -> None:
    pages[1].packets = [change(pages[1].packets[0]), *pages[1].packets[1:]]


def _chained(pages):
    again = OggPage()
    again.serial, again.first, again.packets = 99, True, pages[0].packets
    pages.append(again)


def _stray(pages):
    stray = OggPage()
    stray.serial, stray.packets = 99, [b"stray"]
    pages.insert(2, stray)


def _begun_twice(pages):
    pages.insert(1, pages[0])


def _lost_page(pages):
    del pages[-2]


def _continued(pages):
    pages[-1].continued = not pages[-1].continued


def _after_the_end(pages):
    pages[-2].last = True


def _unfinished(pages):
    pages[-1].packets = [*pages[-1].packets[:-1], bytes(255)]
    pages[-1].complete = False


FAULTS = {
    "chain": (_chained, "chain"),
    "page of an unknown stream": (_stray, "never began"),
    "stream begun twice": (_begun_twice, "missing"),
    "lost page": (_lost_page, "missing"),
    "packet that goes on without having begun": (_continued, "missing"),
    "page after the end": (_after_the_end, "missing"),
    "unfinished last packet": (_unfinished, "cut off"),
    "something before the comments": (lambda pages: _comment(pages, lambda packet: b"xx" + packet), "omment"),
    "comment of a wrong length": (
        lambda pages: _comment(pages, lambda packet: packet.rstrip(b"\0")[:-3]),
        "omment",
    ),
    "only the first packet": (lambda pages: pages.__delitem__(slice(1, None)), "cut off"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_ogg_file_with_a_fault_in_its_pages_is_refused(media, fault):
    path = media("speex")
    pages = pages_of(path)
    assert len(pages) == 3
    make, reason = FAULTS[fault]
    make(pages)
    with pytest.raises(RefusedError, match=reason):
        survey(written(path, pages))


@pytest.mark.parametrize("name", ["ogg", "opus"])
def test_a_comment_packet_without_its_mark_is_refused(media, name):
    path = media(name)
    pages = pages_of(path)
    _comment(pages, lambda packet: b"x" + packet[1:])
    with pytest.raises(RefusedError, match="where they should"):
        survey(written(path, pages))


def test_comments_without_framing_bit_or_with_something_behind_are_refused(media):
    path = media("ogg")
    pages = pages_of(path)
    whole = pages[1].packets[0].rstrip(b"\0")
    for wrong in (whole[:-1], whole[:-1] + b"\0", whole + b"more"):
        pages[1].packets = [wrong, *pages[1].packets[1:]]
        with pytest.raises(RefusedError, match="wrong length"):
            survey(written(path, pages))


def test_a_flac_comment_block_with_a_wrong_length_is_refused(media):
    path = media("oga")
    pages = pages_of(path)
    _comment(pages, lambda packet: packet[:3] + bytes([packet[3] ^ 1]) + packet[4:])
    with pytest.raises(RefusedError, match="where they should"):
        survey(written(path, pages))


@EACH
def test_a_wrong_checksum_is_refused(media, name):
    path = media(name)
    data = bytearray(contents(path))
    data[-1] ^= 1
    with pytest.raises(RefusedError, match="checksum"):
        survey(store(path, bytes(data)))


@EACH
def test_anything_between_or_behind_pages_is_refused(media, name):
    path = media(name)
    data = contents(path)
    at = data.index(b"OggS", 10)
    for wrong in (data[:at] + b"x" + data[at:], data + b"TAG" + bytes(125), data + data[:20]):
        with pytest.raises(RefusedError, match="no page"):
            survey(store(path, wrong))
    with pytest.raises(RefusedError, match="cut off"):
        survey(store(path, data + data[:27] + b"\xff"))


def test_an_unknown_stream_alone_is_refused(tmp_path):
    page = OggPage()
    page.first, page.packets = True, [b"fishead\0"]
    with pytest.raises(RefusedError, match="understood"):
        survey(written(str(tmp_path / "x.ogg"), [page]))


def test_pages_without_packets_are_stepped_over_quickly(tmp_path):
    page = struct.pack("<4sBBqIIIB", b"OggS", 0, 0, 0, 1, 0, 0, 0)
    page = page[:22] + struct.pack("<I", ogg_crc(page)) + page[26:]
    with pytest.raises(RefusedError, match="never began"):
        survey(store(str(tmp_path / "x.ogg"), page * 10000))
