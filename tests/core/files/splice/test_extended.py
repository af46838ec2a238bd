"""Extended headers of ID3v2 tags survive a write, and what they state stays true."""

from __future__ import annotations

import io
import zlib

import pytest
from mutagen.id3 import ID3

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.proof.survey import survey
from genre_tagger.files.splice import id3
from genre_tagger.files.tags import read_tags, write_genres
from helpers.files import contents, store
from helpers.id3 import frame, tag

EXTENDED = 0x40
TITLE = frame(3, "TIT2", b"\0Title")
TITLE_4 = frame(4, "TIT2", b"\3Title")


def seven_bits(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (28, 21, 14, 7, 0))


def made(version: int, *, checked: bool, padding: int = 30, wrong: int = 0) -> bytes:
    """A tag with an extended header that states its padding, and perhaps a checksum."""
    if version == 3:
        number = zlib.crc32(TITLE) ^ wrong
        stated = b"\0\0\0\x0a\x80\0" if checked else b"\0\0\0\6\0\0"
        stated += padding.to_bytes(4, "big") + (number.to_bytes(4, "big") if checked else b"")
        return tag(3, stated, TITLE, padding=padding, flags=EXTENDED)
    number = zlib.crc32(TITLE_4 + bytes(padding)) ^ wrong
    stated = b"\0\0\0\x0c\1\x20\5" + seven_bits(number) if checked else b"\0\0\0\6\1\0"
    return tag(4, stated, TITLE_4, padding=padding, flags=EXTENDED)


@pytest.mark.parametrize("genre", ["Pop", "A genre that does not fit into the padding that is there"])
@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("version", [3, 4])
def test_a_tag_with_an_extended_header_gets_a_genre_and_the_header_stays_true(version, checked, genre):
    old = made(version, checked=checked)
    new = id3.splice("x.mp3", old, [genre])
    parsed = id3.parse(new)
    assert not parsed.problems
    assert [one.id for one in parsed.frames] == [b"TIT2", b"TCON"]
    assert parsed.extended[:6] == old[10:16]
    body = new[10 + len(parsed.extended) :]
    frames, padding = body[: len(body) - parsed.padding], parsed.padding
    if version == 3:
        assert parsed.extended[6:10] == padding.to_bytes(4, "big")
        assert parsed.extended[10:] == (zlib.crc32(frames).to_bytes(4, "big") if checked else b"")
    elif checked:
        assert parsed.extended[7:] == seven_bits(zlib.crc32(body))
    assert ID3(io.BytesIO(new))["TCON"].genres == [genre]


@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("version", [3, 4])
def test_a_file_with_an_extended_header_is_written_and_proven(media, tmp_path, version, checked):
    sound = contents(media("mp3-bare"))
    path = store(str(tmp_path / "x.mp3"), made(version, checked=checked) + sound)
    before = survey(path)
    assert read_tags(path).refusal == ""
    write_genres(path, ("Reggae",))
    assert survey(path) == before
    tags = read_tags(path)
    assert (tags.title, tags.genres, tags.refusal) == ("Title", ("Reggae",), "")


@pytest.mark.parametrize("version", [3, 4])
def test_the_proof_sees_a_checksum_that_does_not_follow_and_a_header_that_is_lost(media, tmp_path, version):
    sound = contents(media("mp3-bare"))

    def seen(data: bytes) -> object:
        return survey(store(str(tmp_path / "x.mp3"), data + sound))

    before = seen(made(version, checked=True))
    assert seen(made(version, checked=True, padding=0)) == before
    assert seen(made(version, checked=True, wrong=1)) != before
    assert seen(made(version, checked=False)) != before
    assert seen(tag(version, TITLE if version == 3 else TITLE_4)) != before


@pytest.mark.parametrize(
    ("old", "reason"),
    [
        (made(3, checked=True, wrong=1), "checksum"),
        (made(4, checked=True, wrong=1), "checksum"),
        (tag(4, b"\0\0\0\7\1\x40\0", TITLE_4, flags=EXTENDED), "extended header"),  # an update of another tag
        (tag(4, b"\0\0\0\x08\1\x10\1\0", TITLE_4, flags=EXTENDED), "extended header"),  # restrictions
        (tag(3, TITLE, flags=EXTENDED), "extended header"),  # it is not there
        (tag(3, b"\0\0\0\6\0\0\0\0\0\0", TITLE, flags=EXTENDED | 0x80), "extended header"),
        (tag(4, b"\0\0\0\x0c\1\x20", flags=EXTENDED), "extended header"),
    ],
)
def test_an_extended_header_that_could_be_belied_is_refused(old, reason):
    with pytest.raises(RefusedError, match=reason):
        id3.splice("x.mp3", old, ["Rock"])
