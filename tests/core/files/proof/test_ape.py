"""Monkey's Audio, WavPack, Musepack, OptimFROG and TAK: bytes before the APEv2 tag, and its items."""

from __future__ import annotations

import struct

import pytest
from mutagen.apev2 import APEv2, APEValue

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.proof.survey import survey
from helpers.files import contents, store

EACH = pytest.mark.parametrize("name", ["ape", "wv", "mpc", "ofr", "tak"])


def change(path: str, **items: object) -> str:
    tags = APEv2(path)
    for key, value in items.items():
        if value is None:
            del tags[key]
        else:
            tags[key] = value
    tags.save(path)
    return path


@EACH
@pytest.mark.parametrize("genres", [["Rock"], ["Blues", "Jazz"], ["long " * 5000]], ids=len)
def test_a_genre_written_by_mutagen_leaves_all_else_alone(media, name, genres):
    path = media(name)
    before = survey(path)
    assert survey(change(path, Genre=genres)) == before
    assert survey(change(path, Genre=None)) == before


@EACH
def test_a_first_tag_may_come_with_the_genre(media, name):
    path = media(name)
    APEv2(path).delete(path)
    assert b"APETAGEX" not in contents(path)
    before = survey(path)
    tags = APEv2()
    tags["Genre"] = "Rock"
    tags.save(path)
    assert survey(path) == before


@EACH
@pytest.mark.parametrize(
    "items",
    [{"Title": "another"}, {"Album": None}, {"New": "item"}, {"Title": APEValue(b"A Short Chord", 1)}],
    ids=["title", "album", "new", "kind"],
)
def test_another_item_changes_the_rest(media, name, items):
    path = media(name)
    before = survey(path)
    after = survey(change(path, **items))
    assert after.audio == before.audio
    assert after.rest != before.rest


@EACH
def test_one_changed_byte_of_the_sound_changes_the_audio(media, name):
    path = media(name)
    data = bytearray(contents(path))
    before = survey(path)
    data[40] ^= 1
    after = survey(store(path, bytes(data)))
    assert after.audio != before.audio
    assert after.rest == before.rest


def test_an_id3v1_tag_that_a_writer_drops_is_noticed(media):
    path = media("ape")
    before = survey(store(path, contents(path) + b"TAG" + b"Title".ljust(125, b"\0")))
    change(path, Genre="Rock")
    assert b"TAGTitle" not in contents(path)
    assert survey(path).rest != before.rest


def test_plain_text_of_an_old_tag_may_be_written_as_a_new_tag(media):
    path = media("ape")
    old = bytearray(contents(path))
    at = old.rindex(b"APETAGEX")
    struct.pack_into("<I", old, at + 8, 1000)
    before = survey(store(path, bytes(old)))
    assert survey(change(path, Genre="Rock")) == before
    foreign = bytes(old).replace(b"A Short Chord", b"A Short Ch\xf6rd")
    before = survey(store(path, foreign))
    struct.pack_into("<I", old, at + 8, 2000)
    assert survey(store(path, bytes(old).replace(b"A Short Chord", b"A Short Ch\xf6rd"))).rest != before.rest


@pytest.mark.parametrize(
    ("name", "damage", "reason"),
    [
        ("wv", lambda data: data[:8] + b"\x03\x00" + data[10:], "version 4"),
        ("mpc", lambda data: b"MP+\x06" + data[4:], "version 7"),
        ("ape", lambda data: b"MAD " + data[4:], "extension"),
        ("tak", lambda data: data[:-32] + b"APETAGEX" + b"\xff" * 24, "damaged"),
    ],
)
def test_a_file_that_cannot_be_proven_is_refused(media, name, damage, reason):
    path = media(name)
    with pytest.raises(RefusedError, match=reason):
        survey(store(path, damage(contents(path))))


@EACH
def test_a_name_of_another_format_is_refused(media, name):
    other = "x.wv" if name == "ape" else "x.ape"
    with pytest.raises(RefusedError, match="extension"):
        survey(media(name, other))
