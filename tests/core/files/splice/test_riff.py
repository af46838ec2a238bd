"""Walking WAV and AIFF files and writing genres into them."""

from __future__ import annotations

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.splice import info, riff
from genre_tagger.files.splice.id3 import splice
from genre_tagger.files.splice.rewrite import apply
from helpers.riff import aiff, chunk, info_list, wav

FMT = bytes.fromhex("0100 0100 401f0000 803e0000 0200 1000")
COMM = bytes.fromhex("0001 00000002 0010 400bfa00000000000000")


SOUND = (chunk(b"fmt ", FMT), chunk(b"data", b"\1\2\3\4"))


def written(data: bytes, *genres: str, **options: str) -> bytes:
    file = io.BytesIO(data)
    apply(file, riff.edits("x.wav", file, genres, **options))
    return file.getvalue()


def chunks_of(data: bytes) -> list[tuple[bytes, bytes]]:
    form = riff.walk("x.wav", io.BytesIO(data))
    return [(one.id, data[one.start : one.stop]) for one in form.chunks]


def test_a_wav_file_gets_an_id3_chunk_and_an_info_list_at_its_end():
    new = written(wav(*SOUND), "Jazz", "Soul")
    names = [name for name, _ in chunks_of(new)]
    assert names == [b"fmt ", b"data", b"id3 ", b"LIST"]
    content = dict(chunks_of(new))
    assert b"\x03Jazz\0Soul" in content[b"id3 "]
    assert content[b"LIST"] == b"INFOIGNR" + (11).to_bytes(4, "little") + b"Jazz; Soul\0\0"
    assert chunks_of(new)[:2] == chunks_of(wav(*SOUND))


def test_an_aiff_file_gets_an_id3_chunk_and_no_info_list():
    new = written(aiff(chunk(b"COMM", COMM, "big"), chunk(b"SSND", bytes(13), "big")), "Jazz")
    assert [name for name, _ in chunks_of(new)] == [b"COMM", b"SSND", b"ID3 "]


def test_chunks_that_are_there_are_changed_in_their_place_and_all_others_kept():
    old = wav(
        SOUND[0], info_list(INAM=b"Song\0", IGNR=b"Rock\0", ISFT=b"Lavf"), chunk(b"odd ", b"123"),
        chunk(b"ID3 ", splice("x", b"", ["Rock"])), SOUND[1],
    )  # fmt: skip
    new = written(old, "Drum & Bass")
    assert [name for name, _ in chunks_of(new)] == [b"fmt ", b"LIST", b"odd ", b"ID3 ", b"data"]
    kept = dict(chunks_of(new))
    assert kept[b"odd "] == b"123"
    assert kept[b"data"] == b"\1\2\3\4"
    entries = info.parse(kept[b"LIST"]).entries
    assert entries == ((b"INAM", b"Song\0"), (b"IGNR", b"Drum & Bass\0"), (b"ISFT", b"Lavf"))
    assert len(kept[b"ID3 "]) == len(dict(chunks_of(old))[b"ID3 "])


def test_without_genres_the_genre_goes_from_both_places():
    new = written(written(wav(*SOUND), "Jazz"))
    assert [name for name, _ in chunks_of(new)] == [b"fmt ", b"data", b"id3 "]
    assert b"Jazz" not in new
    assert written(wav(*SOUND)) == wav(*SOUND)


def test_a_text_in_windows_letters_stays_in_them():
    old = wav(*SOUND, info_list(IART="Motörhead".encode("cp1252")))
    assert b"IGNR\x06\0\0\0" + "Größe".encode("cp1252") + b"\0" in written(old, "Größe")
    assert "音楽".encode() in written(old, "音楽")
    assert "Größe".encode() in written(wav(*SOUND), "Größe")


@pytest.mark.parametrize("spared", [0, 1])
def test_a_last_chunk_without_its_padding_byte_gets_one_before_what_is_appended(spared):
    old = bytearray(wav(SOUND[0], chunk(b"data", b"\1\2\3"))[: -1 if not spared else None])
    old[4:8] = (len(old) - 8 - spared).to_bytes(4, "little")  # the stated size leaves the padding byte out
    new = written(bytes(old), "Jazz")
    assert dict(chunks_of(new))[b"data"] == b"\1\2\3"
    assert b"Jazz" in dict(chunks_of(new))[b"id3 "]


WHOLE = wav(*SOUND)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        WHOLE[:20],
        WHOLE[:-1],
        WHOLE + b"junk behind",
        b"RIFF" + bytes(4) + WHOLE[8:],
        b"RIFF\xff\xff\xff\xff" + WHOLE[8:],
        b"RF64" + WHOLE[4:],
        WHOLE[:8] + b"AVI " + WHOLE[12:],
        wav(SOUND[0], b"data\xff\xff\xff\xff\1\2\3\4"),
        wav(SOUND[0], b"data\x10\0\0\0\1\2\3\4"),
        wav(*SOUND, b"\0\0\0\0\0\0\0\0"),
        wav(*SOUND, chunk(b"id3 ", splice("x", b"", ["A"])), chunk(b"id3 ", splice("x", b"", ["A"]))),
        wav(*SOUND, chunk(b"id3 ", b"no tag at all")),
        wav(*SOUND, chunk(b"id3 ", splice("x", b"", ["A"]) + b"behind")),
        wav(*SOUND, info_list(INAM=b"a\0"), info_list(IGNR=b"b\0")),
        wav(*SOUND, chunk(b"LIST", b"INFOIGNR\x09\0\0\0Rock")),
    ],
)
def test_a_file_whose_lengths_lie_or_whose_tags_are_double_is_refused_untouched(data):
    file = io.BytesIO(data)
    with pytest.raises(RefusedError):
        apply(file, riff.edits("x.wav", file, ["Jazz"]))
    assert file.getvalue() == data


def test_other_lists_are_not_taken_for_info():
    other = chunk(b"LIST", b"adtl" + b"labl\x06\0\0\0\1\0\0\0A\0")
    new = written(wav(*SOUND, other), "Jazz")
    assert chunks_of(new)[2] == (b"LIST", other[8:])
    assert chunks_of(new)[4][1].startswith(b"INFO")


@given(st.binary(max_size=80), st.sampled_from((wav, aiff)))
@example(b"fmt \x08\0\0\0", wav)
def test_no_bytes_make_it_raise_anything_of_its_own_or_lose_a_chunk(body, form):
    file = io.BytesIO(form(body))
    try:
        before = chunks_of(file.getvalue())
        apply(file, riff.edits("x.wav", file, ["Jazz"]))
    except RefusedError:
        return
    after = chunks_of(file.getvalue())
    skipped = (b"id3 ", b"ID3 ", b"LIST")
    assert [one for one in after if one[0] not in skipped] == [one for one in before if one[0] not in skipped]


@given(st.lists(st.tuples(st.binary(min_size=4, max_size=4), st.binary(max_size=20)), max_size=5), st.text(max_size=9))
def test_an_info_list_keeps_its_other_entries(entries, genre):
    old = info.Info(tuple(entries))
    new = info.parse(info.build(old.with_genre(genre)) or b"INFO")
    assert [one for one in new.entries if one[0] != b"IGNR"] == [one for one in entries if one[0] != b"IGNR"]
    assert new.texts().get("IGNR", "") == genre.partition("\0")[0]


def said(data: bytes) -> tuple[str, str, str]:
    file = io.BytesIO(data)
    names, genre = riff.texts(file, riff.look(file))
    return names.title, names.artist, genre


@pytest.mark.parametrize(
    "break_it",
    [
        lambda data: data,
        lambda data: data + b"\0",
        lambda data: data[:4] + b"\xff\xff\xff\xff" + data[8:],
        lambda data: data[:4] + b"\0\0\0\0" + data[8:],
        lambda data: data[:4] + (20).to_bytes(4, "little") + data[8:],
        lambda data: data.replace(b"LIST" + data[data.index(b"LIST") + 4 :][:4], b"LIST\xff\xff\xff\xff"),
        lambda data: data[:-1],
    ],
)
def test_info_texts_are_read_whatever_the_lengths_say(break_it):
    entries = info_list(INAM=b"Song\0", IART=b"Me\0", IGNR="Größe".encode("cp1252"))
    assert said(break_it(wav(*SOUND, entries))) == ("Song", "Me", "Größe")


def test_info_texts_are_read_where_padding_bytes_are_missing():
    odd = (chunk(b"fmt ", FMT), b"data\x05\0\0\0\1\2\3\4\5")
    entries = b"INFO" + b"INAM\x05\0\0\0Song\0" + b"IART\x03\0\0\0Me\0"
    assert said(wav(*odd, chunk(b"LIST", entries))) == ("Song", "Me", "")


def test_the_length_is_never_more_than_the_bytes_can_hold():
    for size in (b"\x04\0\0\0", b"\0\0\0\0", b"\xff\xff\xff\xff"):
        file = io.BytesIO(wav(SOUND[0], b"data" + size + b"\1\2\3\4"))
        assert riff.length(file, riff.look(file)) == 2 / 8000
    adpcm = FMT[:2].replace(b"\1", b"\x11") + FMT[2:8] + (4000).to_bytes(4, "little") + b"\0\1\4\0"
    for stated, seconds in ((4100, 4100 / 8000), (1 << 30, 0.5)):
        data = wav(chunk(b"fmt ", adpcm), chunk(b"fact", stated.to_bytes(4, "little")), chunk(b"data", bytes(2000)))
        assert riff.length(io.BytesIO(data), riff.look(io.BytesIO(data))) == seconds


def test_rf64_and_bw64_are_read_and_refused_with_their_own_reason():
    for magic in (b"RF64", b"BW64"):
        sizes = (100).to_bytes(8, "little") + (4).to_bytes(8, "little") + bytes(12)
        data = wav(chunk(b"ds64", sizes), SOUND[0], b"data\xff\xff\xff\xff\1\2\3\4", info_list(INAM=b"Song\0"))
        data = magic + b"\xff\xff\xff\xff" + data[8:]
        assert said(data)[0] == "Song"
        assert riff.length(io.BytesIO(data), riff.look(io.BytesIO(data))) == 2 / 8000
        with pytest.raises(RefusedError, match="RF64"):
            riff.edits("x.wav", io.BytesIO(data), ["Jazz"])


def test_a_wav_file_whose_tags_are_in_its_info_list_gets_no_id3_chunk():
    new = written(wav(*SOUND, info_list(INAM=b"Song\0")), "Jazz")
    assert [name for name, _ in chunks_of(new)] == [b"fmt ", b"data", b"LIST"]
    assert said(new) == ("Song", "", "Jazz")


def test_an_id3_chunk_that_says_nothing_comes_to_say_what_the_info_list_says():
    empty = splice("x", b"", ["A"]).replace(b"TCON", b"TXXX")
    new = written(wav(*SOUND, info_list(INAM=b"Song\0"), chunk(b"id3 ", empty)), "Jazz")
    assert b"TIT2\0\0\0\x05\0\0\x03Song" in dict(chunks_of(new))[b"id3 "]
