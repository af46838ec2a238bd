"""One look at a file: it says what a closer look says, or nothing."""

from __future__ import annotations

import glob
import io
import os
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from mutagen.flac import FLAC, Picture
from mutagen.id3 import APIC, COMM, ID3, TALB, TCON, TDRC, TIT2, TPE1, TPE2, TPOS, TRCK, TXXX
from mutagen.mp4 import MP4, MP4Cover, MP4FreeForm
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis

from genre_tagger.base.errors import TagError
from genre_tagger.files import tags
from genre_tagger.files.glance.glance import glance
from genre_tagger.files.proof.vorbis import ogg_crc
from genre_tagger.files.tags import read_tags
from genre_tagger.files.values import Tags
from helpers.files import contents, store
from helpers.id3 import frame, id3v1, tag, text_frame
from helpers.riff import chunk, info_list, wav

USUAL = ("mp3", "mp3-v23", "mp3-nogenre", "mp3-bare", "m4a", "m4a-fast", "alac", "flac", "ogg", "opus", "wav")
"""Files as most are, which need no closer look."""

Read = Callable[[str, bytes], "Tags | TagError"]


@pytest.fixture
def closely(monkeypatch) -> Read:
    """Reads a file without the glance before."""

    def read(path: str, data: bytes) -> Tags | TagError:
        with monkeypatch.context() as patch:
            patch.setattr(tags, "glance", lambda path, file: None)
            try:
                return read_tags(path, io.BytesIO(data))
            except TagError as error:
                return error

    return read


def seen(path: str, data: bytes) -> Tags | None:
    return glance(path, io.BytesIO(data))


@pytest.mark.parametrize("name", USUAL)
def test_a_file_as_most_are_is_read_at_one_look(media, name, closely):
    path = media(name)
    assert seen(path, contents(path)) == closely(path, contents(path))


def test_no_file_seems_other_at_one_look(media, media_table, closely):
    for name in media_table:
        path = media(name)
        if (found := seen(path, contents(path))) is not None:
            assert found == closely(path, contents(path)), name


def test_a_file_that_cannot_be_written_needs_a_closer_look(media, media_table):
    for name in media_table:
        path = media(name)
        try:
            refused = read_tags(path).refusal
        except TagError:
            refused = "unreadable"
        assert not refused or seen(path, contents(path)) is None, name


def test_a_file_that_is_not_what_its_name_says_needs_a_closer_look(media):
    for name, other in (("flac", "mp3"), ("ogg", "flac"), ("m4a", "mp3"), ("wav", "flac"), ("mp3", "txt")):
        path = media(name)
        assert seen(f"music.{other}", contents(path)) is None


def _with_checksums(data: bytes) -> bytes:
    """The same Ogg file with the checksums of its pages as they should be, so that what was changed in them is seen."""
    mended, at = bytearray(data), 0
    while mended[at : at + 4] == b"OggS" and at + 27 <= len(mended):
        lacing = mended[at + 27 : at + 27 + mended[at + 26]]
        end = at + 27 + len(lacing) + sum(lacing)
        mended[at + 22 : at + 26] = bytes(4)
        mended[at + 22 : at + 26] = ogg_crc(bytes(mended[at:end])).to_bytes(4, "little")
        at = end
    return bytes(mended)


CHANGES = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 100), st.integers(0, 1500), st.integers(-400, -1), st.integers(0, 1 << 16)),
        st.integers(0, 8),
        st.one_of(
            st.binary(max_size=8),
            st.sampled_from((b"TAG", b"ID3", b"APETAGEX", b"\xff\xfb\x90\0", b"\0\0\0\1", bytes(128), b"\xff" * 4)),
        ),
    ),
    min_size=1,
    max_size=3,
)
"""Where bytes are put in a file, how many they replace, and which."""


@pytest.mark.parametrize("name", USUAL)
def test_a_file_that_was_changed_anywhere_is_not_misread(name, media, closely):
    path = media(name)
    data = contents(path)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(changes=CHANGES, whole=st.booleans())
    def try_it(changes, whole):
        changed = bytearray(data)
        for at, count, new in changes:
            at = at % len(changed) if at >= 0 else max(len(changed) + at, 0)
            changed[at : at + count] = new
        body = _with_checksums(bytes(changed)) if whole else bytes(changed)
        found = seen(path, body)
        assert found is None or found == closely(path, body)

    try_it()


WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
TITLES = st.lists(WORDS, max_size=3)
SAID = {"title": TITLES, "artist": TITLES, "album": TITLES, "genre": TITLES, "track": st.integers(0, 300)}


def _id3(version: int, path: str, said: dict[str, list[str]], track: int, picture: int) -> None:
    made = ID3()
    for made_by, values in zip((TIT2, TPE1, TALB, TCON), said.values(), strict=True):
        if values:
            made.add(made_by(encoding=3, text=values))
    made.add(TRCK(encoding=0, text=f"{track}/12"))
    made.add(COMM(encoding=1, lang="eng", desc="", text="a comment"))
    made.add(TXXX(encoding=1, desc="genre", text=["Free"]))
    made.add(TXXX(encoding=3, desc="Work", text=["A symphony"]))
    made.add(TPE2(encoding=1, text=[f"Band {track}"]))
    made.add(TPOS(encoding=0, text=f"{track}/2"))
    made.add(TDRC(encoding=0, text="1999-05"))
    if picture:
        made.add(APIC(encoding=0, mime="image/png", type=3, desc="", data=bytes(picture)))
    if version == 3:
        made.update_to_v23()
    made.save(path, v2_version=version)


def _comments(reader, path: str, said: dict[str, list[str]], track: int, picture: int) -> None:
    file = reader(path)
    file.delete()
    for name, values in said.items():
        file.tags[name] = values
    file.tags["tracknumber"] = str(track)
    file.tags["albumartist"], file.tags["date"], file.tags["discnumber"] = f"Band {track}", "1999-05", "1/2"
    if picture and reader is FLAC:
        image = Picture()
        image.data = bytes(picture)
        file.add_picture(image)
    elif picture:
        file.tags["metadata_block_picture"] = "A" * picture
    file.save()


def _items(path: str, said: dict[str, list[str]], track: int, picture: int) -> None:
    file = MP4(path)
    file.delete()
    for name, values in zip(("\xa9nam", "\xa9ART", "\xa9alb", "\xa9gen"), said.values(), strict=True):
        file.tags[name] = values
    file.tags["trkn"] = [(track, 0)]
    file.tags["tmpo"], file.tags["cpil"] = [120], track % 2 > 0
    file.tags["aART"], file.tags["\xa9day"], file.tags["\xa9wrk"] = [f"Band {track}"], ["1999-05"], ["A symphony"]
    file.tags["disk"], file.tags["\xa9wrt"] = [(track % 3, 2)], ["One", "Two"]
    file.tags["----:com.apple.iTunes:MOOD"] = [MP4FreeForm(b"calm")]
    if picture:
        file.tags["covr"] = [MP4Cover(bytes(picture), MP4Cover.FORMAT_PNG)]
    file.save()


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("mp3", partial(_id3, 4)), ("mp3-bare", partial(_id3, 3)), ("flac", partial(_comments, FLAC)),
        ("ogg", partial(_comments, OggVorbis)), ("opus", partial(_comments, OggOpus)), ("m4a", _items),
        ("alac", _items),
    ],
)  # fmt: skip
def test_tags_of_all_kinds_of_texts_are_read_as_mutagen_reads_them(name, write, media, closely):
    path = media(name)
    data = contents(path)

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(**SAID, picture=st.sampled_from((0, 300, 70_000)))
    @example(title=["Title"], artist=["A", "B"], album=[], genre=["(17)", "Drum & Bass"], track=3, picture=20_000)
    def try_it(title, artist, album, genre, track, picture):
        store(path, data)
        write(path, {"title": title, "artist": artist, "album": album, "genre": genre}, track, picture)
        found = seen(path, contents(path))
        assert found is not None
        assert found == closely(path, contents(path))

    try_it()


SOUND = chunk(b"fmt ", b"\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0") + chunk(b"data", bytes(16_000))


@pytest.mark.parametrize(
    "chunks",
    [
        (SOUND,),
        (SOUND, info_list(INAM=b"Title\0", IART=b"Artist\0", IGNR=b"Jazz; Blues\0", ITRK=b"3\0")),
        (SOUND, info_list(IGNR=b"Swing\0"), chunk(b"id3 ", tag(3, text_frame(3, "TCON", b"\0Jazz"), padding=20))),
        (chunk(b"LIST", b"adtllabl\4\0\0\0abc\0"), SOUND, chunk(b"id3 ", tag(4, text_frame(4, "TIT2", b"\3Title")))),
    ],
)
def test_a_wav_file_is_read_at_one_look_with_both_kinds_of_tags(chunks, closely):
    data = wav(*chunks)
    assert seen("a.wav", data) == closely("a.wav", data)
    assert seen("a.wav", data) is not None


@pytest.mark.parametrize(
    "odd",
    [
        (SOUND, info_list(IGNR=b"Jazz\0"), info_list(IGNR=b"Blues\0")),
        (SOUND, SOUND),
        (SOUND, chunk(b"LIST", b"INFOIGNR\x40\0\0\0Jazz")),
        (SOUND, chunk(b"id3 ", tag(3, frame(3, "TIT2", b"\7what")))),
        (SOUND, chunk(b"id3 ", b"nothing of the kind")),
    ],
)
def test_a_wav_file_that_is_odd_needs_a_closer_look(odd):
    assert seen("a.wav", wav(*odd)) is None


@pytest.mark.parametrize("older", [b"", id3v1(), id3v1()[:125] + b"\0\x09\x11"])
@pytest.mark.parametrize(
    "frames",
    [
        ("TIT2", "TPE1", "TALB", "TCON"),
        ("TIT2", "TALB"),
        (),
    ],
)
def test_an_id3v1_tag_says_only_what_the_other_does_not(media, closely, older, frames):
    sound = contents(media("mp3-bare"))
    data = tag(4, *(text_frame(4, name, b"\x03" + name.encode()) for name in frames), padding=50) + sound + older
    assert seen("a.mp3", data) == closely("a.mp3", data)
    assert seen("a.mp3", data) is not None


@pytest.mark.data
def test_files_of_other_projects_and_real_music_do_not_seem_other_at_one_look(data_folder, closely):
    glanced = 0
    for part in ("tagfiles", "music"):
        for path in glob.glob(os.path.join(data_folder, part, "**", "*.*"), recursive=True):
            if os.path.isfile(path) and (found := seen(path, contents(path))) is not None:
                assert found == closely(path, contents(path)), path
                glanced += 1
    assert glanced > 200


def test_a_file_in_very_many_parts_is_not_walked_through_to_its_end(media):
    free = b"\0\0\0\x08free"
    assert seen("a.m4a", contents(media("m4a")) + 50 * free) is not None
    assert seen("a.m4a", contents(media("m4a")) + 200 * free) is None
    flac = contents(media("flac"))
    assert seen("a.flac", flac[:42] + 50 * b"\1\0\0\0" + flac[42:]) is not None
    assert seen("a.flac", flac[:42] + 2000 * b"\1\0\0\0" + flac[42:]) is None
