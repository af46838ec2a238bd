"""MP3, TTA and DSF: ID3v2 frames, sound, and the tags behind it."""

from __future__ import annotations

import struct

import pytest
from mutagen.id3 import ID3, TALB, TCON, TXXX

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.proof.survey import survey
from genre_tagger.files.sniff import frame_length
from helpers.apev2 import ape_foot, apev2
from helpers.files import contents, store
from helpers.id3 import id3v1, syncsafe, tag, text_frame


def lyrics(text: bytes) -> bytes:
    body = b"LYRICSBEGIN" + b"LYR%05d" % len(text) + text
    return body + b"%06d" % len(body) + b"LYRICS200"


@pytest.fixture
def mp3(media) -> str:
    return media("mp3")


@pytest.fixture
def sound(media) -> bytes:
    """The frames of an MP3 file, without any tag."""
    data = contents(media("mp3-bare"))
    assert frame_length(data[:4])
    return data


TITLE = text_frame(4, "TIT2", b"Title")
GENRE = text_frame(4, "TCON", b"Jazz")


@pytest.mark.parametrize(
    ("head", "length"),
    [
        (b"\xff\xfb\x90\x00", 417),  # MPEG-1 layer 3, 128 kbit/s, 44.1 kHz
        (b"\xff\xfb\x92\x00", 418),  # the same, padded
        (b"\xff\xf3\x40\x00", 104),  # MPEG-2 layer 3, 32 kbit/s, 22.05 kHz
        (b"\xff\xe3\x18\x00", 72),  # MPEG-2.5 layer 3, 8 kbit/s, 8 kHz
        (b"\xff\xfd\x70\x00", 365),  # MPEG-1 layer 2, 112 kbit/s, 44.1 kHz
        (b"\xff\xff\x10\x00", 32),  # MPEG-1 layer 1, 32 kbit/s, 44.1 kHz
        (b"\xff\xfb\x00\x00", 0),  # free format
        (b"\xff\xf1\x50\x80", None),  # AAC
        (b"\xff\xfb\xf0\x00", None),  # no such rate
        (b"\xff\xfb\x9c\x00", None),  # no such sampling frequency
        (b"\xff\xeb\x90\x00", None),  # no such version
        (b"ID3\x04", None),
        (b"\xff\xfb", None),
    ],
)
def test_a_frame_header_tells_the_length_of_its_frame(head, length):
    assert frame_length(head) == length


@pytest.mark.parametrize("version", [2, 3, 4])
def test_frames_are_kept_whatever_the_version_order_and_padding(tmp_path, sound, version):
    title, album, genre = ("TT2", "TAL", "TCO") if version == 2 else ("TIT2", "TALB", "TCON")
    one, two = text_frame(version, title, b"Title"), text_frame(version, album, b"Album" * 99)
    path = str(tmp_path / "x.mp3")
    before = survey(store(path, tag(version, one, two) + sound))
    jazz = text_frame(version, genre, b"Jazz")
    assert survey(store(path, tag(version, two, jazz, one, padding=99) + sound)) == before
    other = survey(store(path, tag(version, one, text_frame(version, album, b"Album")) + sound))
    assert other.rest != before.rest
    assert other.audio == before.audio


def test_another_version_of_the_tag_is_another_tag_unless_it_is_new(tmp_path, sound):
    path = str(tmp_path / "x.mp3")
    before = survey(store(path, tag(3, text_frame(3, "TIT2", b"Title")) + sound))
    assert survey(store(path, tag(4, text_frame(4, "TIT2", b"Title")) + sound)).rest != before.rest
    bare = survey(store(path, sound))
    assert survey(store(path, tag(4, GENRE) + sound)) == bare
    assert survey(store(path, tag(3, text_frame(3, "TCON", b"Jazz")) + sound)) == bare


def test_stuffing_against_false_syncs_changes_no_frame(tmp_path, sound):
    path = str(tmp_path / "x.mp3")
    plain, stuffed = b"\xff\xe0\xff\x00", b"\xff\x00\xe0\xff\x00\x00"
    before = survey(store(path, tag(3, text_frame(3, "TIT2", plain)) + sound))
    sized = text_frame(3, "TIT2", plain).replace(plain, stuffed)
    assert survey(store(path, tag(3, sized, flags=0x80) + sound)) == before


def test_plain_sizes_in_a_new_tag_and_a_footer_are_understood(tmp_path, sound):
    path = str(tmp_path / "x.mp3")
    text = b"x" * 300
    before = survey(store(path, tag(4, text_frame(4, "TIT2", text), TITLE) + sound))
    itunes = tag(4, text_frame(3, "TIT2", text), TITLE)
    assert survey(store(path, itunes + sound)) == before
    footer = tag(4, text_frame(4, "TIT2", text), TITLE, flags=0x10)
    assert survey(store(path, footer + b"3DI" + footer[3:10] + sound)) == before


def test_what_mutagen_changes_beside_the_genre_is_noticed(mp3):
    before = survey(mp3)
    tags = ID3(mp3)
    tags.setall("TCON", [TCON(encoding=3, text=["Rock"])])
    tags.add(TXXX(encoding=3, desc="MOOD", text=["other"]))
    tags.save(v2_version=3)
    after = survey(mp3)
    assert after.audio == before.audio
    assert after.rest != before.rest


def test_a_lost_frame_changes_the_rest(mp3):
    before = survey(mp3)
    tags = ID3(mp3)
    tags.delall("TALB")
    tags.save()
    assert survey(mp3).rest != before.rest
    tags.add(TALB(encoding=3, text=["other"]))
    tags.save()
    assert survey(mp3).rest != before.rest


def test_one_changed_byte_of_the_sound_changes_the_audio(mp3):
    data = bytearray(contents(mp3))
    before = survey(mp3)
    data[-200] ^= 1
    after = survey(store(mp3, bytes(data)))
    assert after.audio != before.audio
    assert after.rest == before.rest


TAILS = {
    "ID3v1": (id3v1(8), id3v1(17), id3v1(8, b"title")),
    "ID3v1 with a title that begins with TAG": (id3v1(8, b"TAG"), id3v1(17, b"TAG"), id3v1(8, b"TAGS")),
    "APEv2": (
        apev2([(b"Genre", b"Jazz"), (b"Title", b"One"), (b"Artist", b"Two")]),
        apev2([(b"Artist", b"Two"), (b"Title", b"One"), (b"GENRE", b"Rock")]),
        apev2([(b"Genre", b"Jazz"), (b"Title", b"One"), (b"Artist", b"Three")]),
    ),
    "APEv2 without header, and ID3v1": (
        apev2([(b"Genre", b"Jazz"), (b"Title", b"One")], header=False) + id3v1(8),
        apev2([(b"Title", b"One")], header=False) + id3v1(9),
        apev2([(b"Genre", b"Jazz")], header=False) + id3v1(8),
    ),
    "Lyrics3": (lyrics(b"la la") + id3v1(8), lyrics(b"la la") + id3v1(255), lyrics(b"la le") + id3v1(8)),
    "old Lyrics3": (
        b"LYRICSBEGINla laLYRICSEND" + id3v1(8),
        b"LYRICSBEGINla laLYRICSEND" + id3v1(255),
        b"LYRICSBEGINla leLYRICSEND" + id3v1(8),
    ),
    "long ID3v1": (
        b"TAG+" + b"long".ljust(223, b"\0") + id3v1(8),
        b"TAG+" + b"long".ljust(223, b"\0") + id3v1(9),
        b"TAG+" + b"lung".ljust(223, b"\0") + id3v1(8),
    ),
}


@pytest.mark.parametrize("kind", TAILS)
def test_only_the_genre_of_tags_behind_the_sound_may_change(tmp_path, sound, kind):
    path = str(tmp_path / "x.mp3")
    before, regenred, changed = (survey(store(path, tag(4, TITLE) + sound + tail)) for tail in TAILS[kind])
    assert regenred == before
    assert changed.rest != before.rest
    without = survey(store(path, tag(4, TITLE) + sound))
    assert without.audio == before.audio == changed.audio
    assert without.rest != before.rest


def test_an_mp3_gets_no_apev2_tag_for_a_genre(tmp_path, sound):
    path = str(tmp_path / "x.mp3")
    before = survey(store(path, sound))
    assert survey(store(path, sound + apev2([(b"Genre", b"Jazz")]))).rest != before.rest


REFUSED = {
    "size beyond the file": lambda sound: tag(4, TITLE, padding=9999)[:-9999] + sound[:300],
    "size into the sound": lambda sound: tag(4, TITLE + sound[:4])[: -4] + sound,
    "size into silent sound": lambda sound: tag(4, TITLE, padding=60) + sound[60:],
    "two tags": lambda sound: tag(4, TITLE) + tag(4, TITLE) + sound,
    "a tag at the end": lambda sound: sound + TITLE + b"3DI\x04\0\x10" + syncsafe(len(TITLE)),
    "no frame": lambda sound: tag(4, TITLE) + sound[1:300],
    "a strange gap behind padding": lambda sound: tag(4, TITLE, padding=60) + b"strange" + sound,
    "two tags with zeros between": lambda sound: tag(4, TITLE) + bytes(50) + tag(4, TITLE) + sound,
    "one frame alone before something else": lambda sound: sound[: frame_length(sound[:4])] + bytes(2000),
    "no sound": lambda sound: tag(4, TITLE),
    "size not syncsafe": lambda sound: b"ID3\x04\0\0\0\0\x80\0" + sound,
    "unknown version": lambda sound: b"ID3\x05\0\0\0\0\0\0" + sound,
    "compressed 2.2 tag": lambda sound: tag(2, flags=0x40) + sound,
    "frame with a strange name": lambda sound: tag(4, text_frame(4, "Tit2", b"x")) + sound,
    "frame longer than the tag": lambda sound: tag(4, TITLE[:-1]) + sound,
    "something in the padding": lambda sound: tag(4, TITLE, bytes(20) + b"x", padding=9) + sound,
    "damaged APEv2 tag": lambda sound: sound + apev2([(b"Title", b"x")])[:-20] + b"\xff" * 20,
    "APEv2 size beyond the sound": lambda sound: sound + ape_foot(1 << 30),
    "APEv2 size zero": lambda sound: sound + ape_foot(0),
    "APEv2 header instead of footer": lambda sound: sound + ape_foot(32, flags=5 << 29),
    "APEv2 item without a name": lambda sound: sound + apev2([(b"", b"x")]),
    "APEv2 item too long": lambda sound: sound
    + apev2([(b"K", b"x" * 9)]).replace(b"\x09\0\0\0", b"\x99\0\0\0"),
    "two APEv2 tags": lambda sound: sound + apev2([(b"A", b"1")]) * 2,
    "lyrics that do not begin": lambda sound: sound + b"x" * 20 + b"000010LYRICS200" + id3v1(),
    "old lyrics that do not begin": lambda sound: sound + b"x" * 20 + b"LYRICSEND" + id3v1(),
    **{
        f"TAG {back} bytes before the end": lambda sound, back=back: sound + b"TAG" + b"\1" * (back - 3)
        for back in (124, 125, 126, 127)
    },
}  # fmt: skip


@pytest.mark.parametrize("gap", [bytes(50), b"rest of an older tag" * 9, bytes(9) + b"\xff\xfb\x90\x00 no frame"])
def test_a_gap_between_tag_and_sound_is_kept_as_it_is(tmp_path, sound, gap):
    path = str(tmp_path / "x.mp3")
    before = survey(store(path, tag(4, TITLE) + gap + sound))
    assert survey(store(path, tag(4, TITLE, GENRE) + gap + sound)) == before
    assert survey(store(path, tag(4, TITLE) + gap[1:] + sound)).audio != before.audio


@pytest.mark.parametrize("fault", REFUSED)
def test_an_mp3_that_cannot_be_proven_is_refused(tmp_path, sound, fault):
    with pytest.raises(RefusedError) as refused:
        survey(store(str(tmp_path / "x.mp3"), REFUSED[fault](sound)))
    assert "known" not in refused.value.reason


def test_an_id3v1_tag_follows_an_apev2_tag_whose_name_ends_like_one(tmp_path, sound):
    # "APETAGEX" with its "TAG" among the last 128 bytes is no ID3v1 tag.
    path = str(tmp_path / "x.mp3")
    for title in range(60, 70):
        survey(store(path, sound + apev2([(b"Title", b"x" * title)], header=True)))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:12] + struct.pack("<Q", len(data) + 1) + data[20:],
        lambda data: data[:20] + struct.pack("<Q", len(data) + 9) + data[28:],
        lambda data: data[:20] + struct.pack("<Q", 4) + data[28:],
        lambda data: data[:20] + struct.pack("<Q", len(data) - 9) + data[28:],
        lambda data: data[:12] + struct.pack("<Q", len(data) + 4) + data[20:] + b"more",
        lambda data: b"DSD \x1d" + data[5:],
        lambda data: data[:20],
    ],
)
def test_a_dsf_header_that_does_not_add_up_is_refused(media, change):
    path = media("dsf")
    with pytest.raises(RefusedError, match="DSF"):
        survey(store(path, change(contents(path))))


def test_a_dsf_file_may_get_its_first_tag(media):
    path = media("dsf")
    data = contents(path)
    (pointer,) = struct.unpack_from("<Q", data, 20)
    bare = data[:12] + struct.pack("<QQ", pointer, 0) + data[28:pointer]
    before = survey(store(path, bare))
    new = tag(4, GENRE)
    tagged = data[:12] + struct.pack("<QQ", pointer + len(new), pointer) + data[28:pointer] + new
    assert survey(store(path, tagged)) == before
    damaged = bytearray(tagged)
    damaged[pointer - 1] ^= 1
    assert survey(store(path, bytes(damaged))).audio != before.audio


def test_tta_is_proven_like_mp3(media):
    path = media("tta")
    data, before = contents(path), survey(path)
    at = data.index(b"TTA1")
    damaged = bytearray(data)
    damaged[at + 40] ^= 1
    assert survey(store(path, bytes(damaged))).audio != before.audio
    assert survey(store(path, data[at:])).audio == before.audio
    with pytest.raises(RefusedError, match="No sound"):
        survey(store(path, data[:at] + b"x" + data[at:]))
