"""WMA: objects of the header, attributes, and the data object."""

from __future__ import annotations

import struct
from collections.abc import Callable
from uuid import UUID

import pytest
from mutagen.asf import ASF, ASFByteArrayAttribute, ASFDWordAttribute, ASFUnicodeAttribute

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.proof.survey import survey
from helpers.files import contents, store

ENCRYPTION = UUID("2211B3FB-BD23-11D2-B4B7-00A0C955FC6E").bytes_le
EXTENSION = UUID("5FBF03B5-A92E-11CF-8EE3-00C00C205365").bytes_le
PADDING = UUID("1806D474-CADF-4509-A4BA-9AABCB96AAE8").bytes_le
EXTENDED = UUID("D2D0A440-E307-11D2-97F0-00A0C95EA850").bytes_le
OTHER = UUID("12345678-0000-0000-0000-000000000000").bytes_le


def objects(data: bytes) -> list[tuple[bytes, bytes]]:
    size, found, at = struct.unpack_from("<Q", data, 16)[0], [], 30
    while at < size:
        end = at + struct.unpack_from("<Q", data, at + 16)[0]
        found.append((data[at : at + 16], data[at + 24 : end]))
        at = end
    return found


def build(data: bytes, found: list[tuple[bytes, bytes]]) -> bytes:
    """The file with another header."""
    body = b"".join(kind + struct.pack("<Q", len(content) + 24) + content for kind, content in found)
    size = struct.unpack_from("<Q", data, 16)[0]
    return data[:16] + struct.pack("<QI", len(body) + 30, len(found)) + data[28:30] + body + data[size:]


@pytest.fixture
def wma(media) -> str:
    return media("wma")


@pytest.mark.parametrize("genres", [["Rock"], ["Blues", "Jazz", "Pop"], ["long " * 5000]], ids=len)
def test_a_genre_written_by_mutagen_leaves_all_else_alone(wma, genres):
    before = survey(wma)
    file = ASF(wma)
    file["WM/Genre"] = genres
    file.save()
    assert survey(wma) == before


def test_attributes_may_move_between_objects(wma):
    file = ASF(wma)
    file["Author"] = ["One", "Two"]
    file["WM/Picture"] = [ASFByteArrayAttribute(b"small"), ASFByteArrayAttribute(b"large" * 20000)]
    file["Number"] = [ASFDWordAttribute(7, stream=1), ASFDWordAttribute(8, language=2)]
    file["Flag"] = [True]
    file.save()
    before = survey(wma)
    file = ASF(wma)
    file["WM/Genre"] = ["Rock", "Pop"]
    file["Flag"][0].stream = None
    file.save()
    assert survey(wma) == before


CHANGES: dict[str, Callable[[ASF], None]] = {
    "title": lambda file: file.tags.__setitem__("Title", "another"),
    "lost album": lambda file: file.tags.__delitem__("WM/AlbumTitle"),
    "new field": lambda file: file.tags.__setitem__("New", "field"),
    "order of artists": lambda file: file.tags.__setitem__("Author", ["Two", "One"]),
    "language": lambda file: file.tags.__setitem__("Title", [ASFUnicodeAttribute("A Short Chord", language=3)]),
    "flag": lambda file: file.tags.__setitem__("Flag", [False]),
    "kind of value": lambda file: file.tags.__setitem__("Flag", [1]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_another_attribute_changes_the_rest(wma, change):
    file = ASF(wma)
    file["Author"], file["Flag"] = ["One", "Two"], [True]
    file.save()
    before = survey(wma)
    CHANGES[change](file)
    file.save()
    after = survey(wma)
    assert after.audio == before.audio
    assert after.rest != before.rest


def test_another_object_changes_the_rest_and_padding_does_not(wma):
    data, before = contents(wma), survey(wma)
    found = objects(data)
    assert survey(store(wma, build(data, [*found, (PADDING, bytes(77))]))) == before
    assert survey(store(wma, build(data, [*found, (OTHER, b"other")]))).rest != before.rest
    assert survey(store(wma, build(data, found[1:]))).rest != before.rest


def test_one_changed_byte_of_the_sound_changes_the_audio(wma):
    data = bytearray(contents(wma))
    before = survey(wma)
    data[-50] ^= 1
    after = survey(store(wma, bytes(data)))
    assert after.audio != before.audio
    assert after.rest == before.rest


def extension(content: bytes, stated: int | None = None) -> tuple[bytes, bytes]:
    start = UUID("ABD3D211-A9BA-11CF-8EE6-00C00C205365").bytes_le + b"\6\0"
    return EXTENSION, start + struct.pack("<I", len(content) if stated is None else stated) + content


def inner(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<Q", len(content) + 24) + content


def _short_header(data: bytes) -> bytes:
    return data[:16] + struct.pack("<Q", 29) + data[24:]


def _size_in_the_sound(data: bytes) -> bytes:
    return data[:16] + struct.pack("<Q", struct.unpack_from("<Q", data, 16)[0] + 60) + data[24:]


REFUSED: dict[str, Callable[[bytes], bytes]] = {
    "encryption": lambda data: build(data, [*objects(data), (ENCRYPTION, b"")]),
    "encryption in the extension": lambda data: build(data, [*objects(data), extension(inner(ENCRYPTION, b""))]),
    "extension of a wrong size": lambda data: build(data, [*objects(data), extension(b"", 5)]),
    "extension in an extension": lambda data: build(data, [extension(inner(*extension(b"")))]),
    "object of size zero": lambda data: build(data, [extension(OTHER + bytes(8))]),
    "object longer than the header": lambda data: data[:46] + struct.pack("<Q", 1 << 40) + data[54:],
    "more objects than there are": lambda data: data[:24] + b"\xff\xff\xff\xff" + data[28:],
    "header too short": _short_header,
    "header into the sound": _size_in_the_sound,
    "header beyond the file": lambda data: data[:16] + struct.pack("<Q", (1 << 63) - 1) + data[24:],
    "only a header": lambda data: data[: struct.unpack_from("<Q", data, 16)[0]],
    "cut off at once": lambda data: data[:20],
    "attribute too long": lambda data: build(data, [(EXTENDED, b"\1\0\xff\xffabc")]),
    "attributes that are not there": lambda data: build(data, [(EXTENDED, b"\xff\xff")]),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_wma_file_that_cannot_be_proven_is_refused(wma, fault):
    with pytest.raises(RefusedError, match=r"WMA|protected|end|large"):
        survey(store(wma, REFUSED[fault](contents(wma))))
