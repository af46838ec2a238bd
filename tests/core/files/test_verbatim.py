"""Genres in Vorbis comments, MP4 items and WMA attributes: all other entries keep every byte."""

from __future__ import annotations

import io
from collections.abc import Callable

import mutagen
import pytest
from mutagen.asf import ASF
from mutagen.mp4 import MP4, MP4FreeForm
from mutagen.ogg import OggPage

from genre_tagger.files.proof.survey import survey
from genre_tagger.files.tags import read_tags, write_genres
from helpers.files import contents, store

COMMENTED = ["flac", "ogg", "opus", "oga", "speex"]
ODD = b"ARTIST=Bj\xf6rk", b"no name for this", b"\xff\xfe=\x81\x8d", b"TITLE=\xe2\x82\xac"


@pytest.fixture(params=COMMENTED)
def odd(request: pytest.FixtureRequest, media: Callable[[str], str]) -> str:
    """A file whose comments are in Latin-1, nameless, or no text at all, beside one in UTF-8."""
    path = media(request.param)
    file = mutagen.File(path)
    file.tags.clear()
    for number, raw in enumerate(ODD):
        file.tags.append((f"K{number}", "x" * (len(raw) - 3)))
    file.save()
    data = contents(path)
    if data.startswith(b"OggS"):
        pages = io.BytesIO(data)
        changed = []
        while pages.tell() < len(data):
            page = OggPage(pages)
            page.packets = [_spoilt(packet) for packet in page.packets]
            changed.append(page.write())
        return store(path, b"".join(changed))
    return store(path, _spoilt(data))


def _spoilt(data: bytes) -> bytes:
    for number, raw in enumerate(ODD):
        data = data.replace(f"K{number}=".encode().ljust(len(raw), b"x"), raw)
    return data


@pytest.mark.parametrize("genres", [("Jazz",), ("Hip-Hop", "A genre that is long " * 90 + "indeed"), ()])
def test_comments_that_are_no_text_stay_as_they_are(odd, genres):
    before = survey(odd)
    assert all(raw in contents(odd) for raw in ODD)
    assert read_tags(odd).refusal == ""
    write_genres(odd, genres)
    assert survey(odd) == before
    assert all(raw in contents(odd) for raw in ODD)
    tags = read_tags(odd)
    assert (tags.title, tags.artist, tags.genres) == ("€", "Björk", genres)


@pytest.mark.parametrize("name", COMMENTED)
def test_a_genre_in_latin_1_is_read_and_replaced(media, name):
    path = media(name)
    file = mutagen.File(path)
    file.tags["GENRE"] = ["Chans??n"]
    file.save()
    data = contents(path)
    if data.startswith(b"OggS"):
        pages = io.BytesIO(data)
        changed = b""
        while pages.tell() < len(data):
            page = OggPage(pages)
            page.packets = [packet.replace(b"Chans??n", b"Chans\xf3\xf3n") for packet in page.packets]
            changed += page.write()
        store(path, changed)
    else:
        store(path, data.replace(b"Chans??n", b"Chans\xf3\xf3n"))
    assert read_tags(path).genres == ("Chansóón",)
    write_genres(path, ("Pop",))
    assert mutagen.File(path).tags["GENRE"] == ["Pop"]


def test_a_free_genre_of_an_mp4_file_follows_and_its_other_free_items_stay(media):
    path = media("m4a")
    file = MP4(path)
    file["----:com.apple.iTunes:GENRE"] = [MP4FreeForm(b"Old")]
    file["----:com.apple.iTunes:MOOD"] = [MP4FreeForm(b"Blue", 21)]
    file.save()
    before = survey(path)
    write_genres(path, ("New",))
    assert survey(path) == before
    file = MP4(path)
    assert [bytes(value) for value in file["----:com.apple.iTunes:GENRE"]] == [b"New"]
    assert [(bytes(v), v.dataformat) for v in file["----:com.apple.iTunes:MOOD"]] == [(b"Blue", 21)]
    write_genres(path, ())
    assert read_tags(path).genres == ()
    assert survey(path) == before


@pytest.mark.parametrize(
    ("old", "genres", "new"),
    [
        ("(17)", ("Jazz",), ["(8)"]),
        ("17", ("Jazz", "Pop"), ["8"]),
        ("(17)", ("Chillwave",), None),
        ("Rock", ("Chillwave",), ["Chillwave"]),
        ("Rock", (), None),
    ],
)
def test_the_second_place_of_wma_is_read_and_follows(media, old, genres, new):
    path = media("wma")
    file = ASF(path)
    file.tags["WM/GenreID"] = [old]
    file.tags["WM/Genre"] = ["Rock"]
    file.save()
    before = survey(path)
    assert read_tags(path).genres == ("Rock",)
    write_genres(path, genres)
    assert read_tags(path).genres == genres
    assert survey(path) == before
    found = ASF(path).tags.get("WM/GenreID")
    assert (found and [str(value) for value in found]) == new


def test_the_second_place_of_wma_alone_counts_as_a_genre(media):
    path = media("wma")
    file = ASF(path)
    del file.tags["WM/Genre"]
    file.tags["WM/GenreID"] = ["(17)"]
    file.save()
    assert read_tags(path).genres == ("Rock",)
