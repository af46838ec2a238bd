"""Every place of a genre by itself, in real files of every format."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
from mutagen.asf import ASF
from mutagen.flac import FLAC
from mutagen.id3 import ID3, TCON, TXXX
from mutagen.mp4 import MP4

from genre_tagger.base.errors import TagError
from genre_tagger.files.genre_places import GenrePlace, Kind, genre_places
from helpers.apev2 import apev2
from helpers.files import contents, store

OWN = {
    "mp3": [(Kind.ID3V2, 4)], "mp3-v23": [(Kind.ID3V2, 3), (Kind.ID3V1, 0)], "tta": [(Kind.ID3V2, 4)],
    "dsf": [(Kind.ID3V2, 4)], "aiff": [(Kind.ID3V2, 3)], "wav-tagged": [(Kind.INFO, 0), (Kind.ID3V2, 3)],
    "m4a": [(Kind.MP4, 0)], "alac": [(Kind.MP4, 0)], "wma": [(Kind.ASF, 0)],
    **{name: [(Kind.COMMENTS, 0)] for name in ("flac", "oga", "ogg", "opus", "speex")},
    **{name: [(Kind.APEV2, 0)] for name in ("wv", "mpc", "ape", "ofr", "tak")},
}  # fmt: skip


@pytest.mark.parametrize("name", OWN)
def test_each_format_has_its_genre_where_it_belongs(media, media_table, name):
    found = genre_places(media(name)).places
    assert [(place.kind, place.version) for place in found] == OWN[name]
    assert all(place.values == media_table[name].genres for place in found if place.kind is not Kind.ID3V1)


def test_the_number_of_id3v1_and_tags_without_a_genre_are_told(media):
    assert genre_places(media("mp3-v23")).of(Kind.ID3V1) == [GenrePlace(Kind.ID3V1, ("17",))]
    assert genre_places(media("mp3-nogenre")).places == (GenrePlace(Kind.ID3V2, (), 4),)
    assert genre_places(media("mp3-bare")).places == genre_places(media("wav")).places == ()


def test_several_tags_of_one_file_keep_what_each_says(media):
    path = media("mp3-ape")
    tag = ID3(path)
    tag.setall("TCON", [TCON(3, ["(17)", "Soul"])])
    tag.add(TXXX(3, "Genre", ["Funk"]))
    tag.save(path)
    assert genre_places(path).places == (
        GenrePlace(Kind.ID3V2, ("(17)", "Soul"), 4), GenrePlace(Kind.ID3V2_FREE, ("Funk",), 4),
        GenrePlace(Kind.APEV2, ("Swing",)),
    )  # fmt: skip


def test_comments_do_not_hide_the_other_tags_of_a_flac_file(media):
    path = media("flac")
    file = FLAC(path)
    file["genre"] = ["Jazz", "Blues"]
    file.save()
    front = media("mp3")
    data = contents(front)
    size = 10 + (data[6] << 21 | data[7] << 14 | data[8] << 7 | data[9])
    store(path, data[:size] + contents(path) + apev2([(b"Genre", b"Ska")]))
    assert genre_places(path).places == (
        GenrePlace(Kind.ID3V2, ("Jazz",), 4), GenrePlace(Kind.COMMENTS, ("Jazz", "Blues")),
        GenrePlace(Kind.APEV2, ("Ska",)),
    )  # fmt: skip


def _gnre(path: str, number: int) -> None:
    """Put a numbered genre of iTunes in the place of the text, of the same length."""
    data = contents(path)
    text = b"\x00\x00\x00\x1c\xa9gen\x00\x00\x00\x14data\x00\x00\x00\x01\x00\x00\x00\x00Jazz"
    assert data.count(text) == 1
    value = number.to_bytes(2, "big")
    # Two bytes longer than it need be: readers take the number from the first two.
    padded = b"\x00\x00\x00\x1cgnre\x00\x00\x00\x14data\x00\x00\x00\x00\x00\x00\x00\x00" + value + b"\0\0"
    store(path, data.replace(text, padded))


def test_a_numbered_genre_of_itunes_is_told_as_id3v1_counts(media):
    path = media("m4a")
    _gnre(path, 18)
    assert genre_places(path).places == (GenrePlace(Kind.MP4_NUMBER, ("17",)),)


def test_free_items_of_mp4_stand_by_themselves(media):
    path = media("m4a")
    file = MP4(path)
    file["----:com.apple.iTunes:GENRE"] = [b"Bop"]
    file.save()
    assert set(genre_places(path).places) == {GenrePlace(Kind.MP4, ("Jazz",)), GenrePlace(Kind.MP4_FREE, ("Bop",))}


def test_what_is_no_music_is_refused_or_has_no_places(media):
    assert genre_places(media("empty")).places == genre_places(media("broken")).places == ()
    with pytest.raises(TagError, match="known format"):
        genre_places(media("text", "list.txt"))


def test_a_file_that_is_gone_is_a_plain_sentence(tmp_path):
    with pytest.raises(TagError, match="No such file"):
        genre_places(str(tmp_path / "gone.mp3"))


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_exiftool_finds_the_same_values_in_the_same_places(media):
    group = {
        Kind.ID3V2: "ID3v2", Kind.ID3V1: "ID3v1", Kind.APEV2: "APE", Kind.COMMENTS: "Vorbis", Kind.MP4: "ItemList",
        Kind.INFO: "RIFF", Kind.ASF: "ASF",
    }  # fmt: skip
    names = ["mp3", "mp3-v23", "mp3-ape", "m4a", "flac", "ogg", "opus", "wav-tagged", "wma", "ape"]
    paths = {media(name): name for name in names}
    command = ["exiftool", "-j", "-a", "-G0:1", "-Genre", *paths]
    listed = json.loads(subprocess.run(command, capture_output=True, check=False).stdout)
    for told in listed:
        path = told.pop("SourceFile")
        theirs = {(key.rpartition(":")[0], str(value)) for key, value in told.items() if key.endswith(":Genre")}
        for place in genre_places(path).places:
            value = "Rock" if place.values == ("17",) else "; ".join(place.values)
            ours = group[place.kind]
            assert any(ours in name and value == text for name, text in theirs), (paths[path], place, theirs)


def test_the_number_of_a_genre_in_wma_is_a_place_of_its_own(media):
    path = media("wma")
    file = ASF(path)
    file.tags["WM/GenreID"] = ["(17)"]
    file.save()
    assert [(place.kind, place.values) for place in genre_places(path).places] == [
        (Kind.ASF, ("Jazz",)),
        (Kind.ASF_ID, ("Rock",)),
    ]
