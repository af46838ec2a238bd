"""WAV and AIFF: chunks, INFO lists and ID3 tags in them."""

from __future__ import annotations

import struct

import pytest

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.proof.survey import survey
from helpers.files import store
from helpers.id3 import tag, text_frame
from helpers.riff import aiff, chunk, info_list, wav

FORMAT = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8))
SOUND = chunk(b"data", b"seven b")
TITLE, GENRE = text_frame(3, "TIT2", b"Title"), text_frame(3, "TCON", b"Jazz")


@pytest.fixture
def path(tmp_path) -> str:
    return str(tmp_path / "x.wav")


def test_genres_may_come_go_and_change_in_both_places(path):
    before = survey(store(path, wav(FORMAT, SOUND)))
    for tagged in (
        wav(FORMAT, SOUND, chunk(b"id3 ", tag(3, GENRE))),
        wav(FORMAT, info_list(IGNR=b"Jazz\0"), SOUND, chunk(b"ID3 ", tag(3, padding=30))),
        wav(FORMAT, info_list(), SOUND),
    ):
        assert survey(store(path, tagged)) == before


def test_other_chunks_items_and_frames_change_the_rest(path):
    tagged = [
        info_list(INAM=b"One", IGNR=b"Jazz"),
        SOUND,
        chunk(b"cue ", b"1234"),
        chunk(b"id3 ", tag(3, TITLE, GENRE)),
    ]
    before = survey(store(path, wav(FORMAT, *tagged)))
    others = {0: info_list(INAM=b"Two", IGNR=b"Jazz"), 2: chunk(b"cue ", b"1235"), 3: chunk(b"id3 ", tag(3, GENRE))}
    for place, other in others.items():
        for changed in (other, b""):
            after = survey(store(path, wav(FORMAT, *tagged[:place], changed, *tagged[place + 1 :])))
            assert after.rest != before.rest
            assert after.audio == before.audio
    assert survey(store(path, wav(*tagged, FORMAT))).rest != before.rest


def test_an_info_list_of_ours_that_says_what_the_id3_tag_says_may_come_and_nothing_else_may(path):
    told = chunk(b"id3 ", tag(3, TITLE, text_frame(3, "TPE1", b"Anna"), GENRE))
    before = survey(store(path, wav(FORMAT, SOUND, told)))
    names = {"INAM": b"Title\0", "IART": b"Anna\0"}
    ours = info_list(**names, ISFT=b"Genre Tagger\0", IGNR=b"Pop\0")
    assert survey(store(path, wav(FORMAT, SOUND, told, ours))) == before
    for others in (
        names, names | {"ISFT": b"Another\0"}, {"INAM": b"Title\0", "ISFT": b"Genre Tagger\0"},
        names | {"INAM": b"Other\0", "ISFT": b"Genre Tagger\0"},
        names | {"ICMT": b"More\0", "ISFT": b"Genre Tagger\0"},
    ):  # fmt: skip
        assert survey(store(path, wav(FORMAT, SOUND, told, info_list(**others)))).rest != before.rest
    alone = survey(store(path, wav(FORMAT, SOUND, ours)))
    assert survey(store(path, wav(FORMAT, SOUND))).rest != alone.rest  # without an ID3 tag it is no copy


def test_one_changed_byte_of_the_sound_changes_the_audio(path):
    before = survey(store(path, wav(FORMAT, SOUND)))
    after = survey(store(path, wav(FORMAT, SOUND.replace(b"seven", b"sevem"))))
    assert after.audio != before.audio
    assert after.rest == before.rest


def test_the_byte_that_pads_the_last_chunk_may_be_missing_or_not_counted(path):
    data = wav(FORMAT, SOUND)
    before = survey(store(path, data))
    assert survey(store(path, data[:-1])) == before
    size = struct.unpack_from("<I", data, 4)[0]
    assert survey(store(path, data[:4] + struct.pack("<I", size - 1) + data[8:])) == before


def test_aiff_is_read_with_its_own_byte_order(tmp_path):
    path = str(tmp_path / "x.aiff")
    common, sound = chunk(b"COMM", bytes(18), "big"), chunk(b"SSND", bytes(8) + b"sound", "big")
    before = survey(store(path, aiff(common, sound)))
    assert survey(store(path, aiff(common, sound, chunk(b"ID3 ", tag(3, GENRE), "big")))) == before
    assert survey(store(path, aiff(common, sound, chunk(b"NAME", b"name", "big")))).rest != before.rest
    assert survey(store(path, aiff(common, sound[:-2] + b"e\0"))).audio != before.audio


def _stated(size: int) -> bytes:
    data = wav(FORMAT, SOUND)
    return data[:4] + struct.pack("<I", size) + data[8:]


REFUSED = {
    "RF64": wav(chunk(b"ds64", bytes(28)), FORMAT, SOUND, form=b"RF64"),
    "size 0": _stated(0),
    "size unknown": _stated(0xFFFFFFFF),
    "size too small": _stated(20),
    "size too large": _stated(2000),
    "data past the end": wav(FORMAT, SOUND) + b"more of it",
    "sound of unknown size": wav(FORMAT, b"data\xff\xff\xff\xffsound!"),
    "sound of size 0": wav(FORMAT, b"data\0\0\0\0"),
    "chunk too long": wav(FORMAT, SOUND, b"junk\x99\0\0\0"),
    "rest of a chunk": wav(FORMAT, SOUND, b"junk"),
    "no name": wav(FORMAT, SOUND, chunk(b"\0\0\0\0", b"")),
    "no sound": wav(FORMAT),
    "two sounds": wav(FORMAT, SOUND, SOUND),
    "two tags": wav(FORMAT, SOUND, chunk(b"id3 ", tag(3, GENRE)), chunk(b"ID3 ", tag(3, GENRE))),
    "no tag in the tag's chunk": wav(FORMAT, SOUND, chunk(b"id3 ", b"nothing!")),
    "tag longer than its chunk": wav(FORMAT, chunk(b"id3 ", tag(3, TITLE, GENRE)[:-9]), SOUND),
    "something behind the tag": wav(FORMAT, SOUND, chunk(b"id3 ", tag(3, TITLE) + b"more")),
    "INFO item too long": wav(FORMAT, SOUND, chunk(b"LIST", b"INFOINAM\x99\0\0\0")),
    "another kind": wav(FORMAT, SOUND, kind=b"AVI "),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_wav_file_that_cannot_be_proven_is_refused(path, fault):
    with pytest.raises(RefusedError) as refused:
        survey(store(path, REFUSED[fault]))
    assert "extension" not in refused.value.reason
