"""Playlists as files: what is written is read line by line as Android does, and foreign ones are read with patience."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genre_tagger.base.errors import FileError
from genre_tagger.sorting.names import legal
from genre_tagger.sorting.playlists.files import Entry, m3u8, read, unwritable
from helpers.files import store


def android(data: bytes) -> list[str]:
    """The paths of a playlist as Android's importer takes them: no mark is known, a backslash parts folders."""
    lines = data.decode("utf-8").split("\n")
    return [line.replace("\\", "/").strip() for line in lines if line.strip() and not line.startswith("#")]


NAMES = st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("#/ .:%é~")), max_size=30)
PATHS = st.lists(NAMES.map(lambda text: ("#" if text.startswith("#") else "") + legal(text)), min_size=1, max_size=3)


@given(st.lists(st.tuples(PATHS, NAMES, NAMES, st.floats(0, 10**6)), max_size=5), NAMES)
def test_every_line_that_is_no_remark_leads_to_a_track(rows, name):
    entries = [Entry("/".join(path), length, artist, title) for path, artist, title, length in rows]
    data = m3u8(name, entries)
    assert [os.path.normpath(path) for path in android(data)] == [os.path.normpath(entry.path) for entry in entries]
    lines = data.decode("utf-8").split("\n")
    assert not data.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in data
    assert lines[0] == "#EXTM3U"
    assert lines[1].startswith("#PLAYLIST:")
    assert len(lines) == 2 + 2 * len(entries) + 1
    assert not lines[-1]


def test_a_playlist_is_written_as_phones_want_it():
    entries = [Entry("Jazz/Čaj.mp3", 61.6, "Anna", "Čaj"), Entry("#1 hit.mp3", 0.0, "", "#1 hit")]
    entries.append(Entry("a/b c.ogg", 3, "", ""))
    expected = "#EXTM3U\n#PLAYLIST:Jazz\n#EXTINF:62,Anna - Čaj\nJazz/Čaj.mp3\n#EXTINF:-1,#1 hit\n./#1 hit.mp3\n"
    assert m3u8("Jazz", entries) == f"{expected}#EXTINF:3,b c\na/b c.ogg\n".encode()


@pytest.mark.parametrize("path", ["a\nb.mp3", "a\\b.mp3", "\udcff.mp3", "a.mp3 ", "a\u2028b.mp3"])
def test_a_path_that_no_playlist_can_name_is_told_not_written(path):
    assert unwritable(path).endswith(".")
    with pytest.raises(ValueError, match="file"):
        m3u8("x", [Entry(path)])


@pytest.fixture
def music(tmp_path):
    """A folder with two songs, and one outside it."""
    (tmp_path / "music" / "deep").mkdir(parents=True)
    for name in ("music/a.mp3", "music/deep/é.mp3", "out.mp3"):
        (tmp_path / name).touch()
    return tmp_path / "music"


def listed(music, name, text, encoding="utf-8"):
    return read(store(str(music / name), text.encode(encoding)), [str(music)])


@pytest.mark.parametrize(
    ("name", "text", "encoding"),
    [
        ("l.m3u8", "#EXTM3U\n#PLAYLIST:Mine\n#EXTINF:1,A\na.mp3\ndeep/é.mp3\n", "utf-8"),
        ("l.m3u8", "#EXTM3U\r\n#PLAYLIST:Mine\r\n./a.mp3\r\n\r\n  deep/é.mp3  \r\n", "utf-8-sig"),
        ("l.m3u", "#PLAYLIST:Mine\na.mp3\ndeep\\é.mp3", "cp1252"),
        ("l.m3u", "#PLAYLIST:Mine\na.mp3\ndeep/é.mp3", "utf-16"),
        ("l.pls", "[playlist]\nX-GNOME-Title=Mine\nFile2=deep/é.mp3\nFile1=a.mp3\nTitle1=A=B\n", "utf-8"),
        (
            "l.xspf",
            '<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/"><title>Mine</title><trackList>'
            "<track><location>a.mp3</location></track><track><location>deep/%C3%A9.mp3</location></track>"
            "</trackList></playlist>",
            "utf-8",
        ),
    ],
)
def test_playlists_of_every_kind_are_read(music, name, text, encoding):
    playlist = listed(music, name, text, encoding)
    assert playlist.files == (str(music / "a.mp3"), str(music / "deep" / "é.mp3"))
    assert (playlist.name, playlist.told) == ("Mine", ())


def test_files_are_named_from_the_root_and_by_addresses_too(music):
    playlist = listed(music, "l.m3u", f"{music}/a.mp3\nfile://{music}/deep/%C3%A9.mp3\n")
    assert playlist.files == (str(music / "a.mp3"), str(music / "deep" / "é.mp3"))
    assert playlist.name == "l"


@pytest.mark.parametrize("entry", ["../out.mp3", "deep/../../out.mp3", "/etc/passwd", "..\\out.mp3", "link/out.mp3"])
def test_what_leads_out_of_the_music_is_told_not_followed(music, entry):
    os.symlink("..", music / "link")
    playlist = listed(music, "l.m3u8", f"a.mp3\n{entry}\n")
    assert playlist.files == (str(music / "a.mp3"),)
    assert [(failure.path, failure.stage) for failure in playlist.told] == [(entry, "playlist")]
    assert "leads out" in playlist.told[0].reason


def test_an_address_on_a_network_is_told(music):
    playlist = listed(music, "l.m3u8", "http://radio.example/stream\na.mp3\n")
    assert playlist.files == (str(music / "a.mp3"),)
    assert "network" in playlist.told[0].reason


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("l.txt", b"a.mp3"),
        ("l.xspf", b"<playlist"),
        ("l.xspf", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><playlist>&a;</playlist>'),
        ("l.pls", b"[playlist\nFile1"),
        ("l.m3u", b"a" * ((16 << 20) + 1)),
    ],
)
def test_what_is_no_playlist_is_refused_in_a_sentence(tmp_path, name, content):
    with pytest.raises(FileError) as refused:
        read(store(str(tmp_path / name), content), [str(tmp_path)])
    assert refused.value.reason.endswith(".")


def test_a_playlist_that_is_not_there_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(FileError, match="cannot be read"):
        read(str(tmp_path / "none.m3u"), [str(tmp_path)])


@given(st.binary(max_size=300), st.sampled_from(["m3u", "m3u8", "pls", "xspf"]))
def test_no_bytes_bring_the_reader_down(tmp_path_factory, data, kind):
    path = str(tmp_path_factory.getbasetemp() / f"any.{kind}")
    try:
        playlist = read(store(path, data), ["/nowhere"])
    except FileError:
        return
    assert playlist.files == ()
