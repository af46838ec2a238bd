"""Patterns: what they say of a track, what they leave out, and what they never do."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genre_tagger.files.values import Details
from genre_tagger.sorting.pattern import FIELDS, USUAL, Pattern, PatternError
from helpers.tracks import track


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        (USUAL, "Jazz/Anna/First/01 Song.flac"),
        ("{title}", "Song.flac"),
        ("{artist} - {album}/{track}. {title}", "Anna - First/01. Song.flac"),
        ("Music/{genre}/{name}", "Music/Jazz/song.flac"),
    ],
)
def test_a_pattern_is_filled_with_what_is_known(pattern, path):
    assert Pattern.parse(pattern).path(track(), ("Jazz", "Blues")) == path


@pytest.mark.parametrize(
    ("details", "path"),
    [
        (Details("Anna & Co", 2, 1959), "Anna & Co/1959 First/2-01 Song.flac"),
        (Details("", None, None, True), "Various artists/First/01 Song.flac"),
        (Details("Bo", 1, 12, True), "Bo/0012 First/1-01 Song.flac"),
    ],
)
def test_album_artist_year_and_disc_are_those_of_the_tags(details, path):
    pattern = Pattern.parse("{albumartist}/{year} {album}/{disc}-{track} {title}")
    assert pattern.path(track(details=details), ()) == path


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("{track} - {title}", "Song.flac"),
        ("{disc}-{track} {title}", "Song.flac"),
        ("{title} ({year})", "Song.flac"),
        ("{title} [{track}]", "Song.flac"),
        ("{artist} ({year}) {title}", "Anna Song.flac"),
        ("{year}/{title}", "Song.flac"),
        ("{year} - {disc}/{artist}/{title}", "Anna/Song.flac"),
        ("{genre}/{title}", "No genre/Song.flac"),
    ],
)
def test_what_is_missing_goes_with_what_stands_around_it(pattern, path):
    assert Pattern.parse(pattern).path(track(track_number=None), ()) == path


def test_a_track_without_tags_goes_by_the_name_of_its_file():
    bare = track(path="/music/take 7.wav", title="", artist="", album="", track_number=None)
    assert Pattern.parse(USUAL).path(bare, ()) == "No genre/Unknown artist/Unknown album/take 7.wav"


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("{genre}/{composer} {title}", "no field {composer}"),
        ("{}{title}", "no field {}"),
        ("{title", "no partner"),
        ("title}", "no partner"),
        ("", "names no file"),
        ("/{title}", "empty part"),
        ("{genre}//{title}", "empty part"),
        ("{title}/", "empty part"),
        ("../{title}", "leads out"),
        ("{genre}/./{title}", "leads out"),
        ("{genre}/{artist}", "one name"),
        ("song", "one name"),
    ],
)
def test_a_pattern_that_says_nothing_useful_is_refused_in_a_sentence(pattern, said):
    with pytest.raises(PatternError, match=said):
        Pattern.parse(pattern)


TEXTS = st.one_of(st.text(max_size=300), st.sampled_from(["", "..", "/", "../../etc/passwd", "a/b", "C:\\x", "."]))
LITERALS = st.text(st.sampled_from(" -_().[]#é"), max_size=5)


@given(
    st.lists(st.lists(st.tuples(LITERALS, st.sampled_from(FIELDS)), min_size=1, max_size=4), max_size=3),
    LITERALS, TEXTS, TEXTS, TEXTS, st.one_of(st.none(), st.integers(1, 10**6)), st.lists(TEXTS, max_size=2),
)  # fmt: skip
def test_whatever_tags_say_a_path_stays_inside_the_target(folders, end, title, artist, album, number, genres):
    parts = ["".join(text + f"{{{field}}}" for text, field in folder) for folder in folders]
    pattern = Pattern.parse("/".join([*parts, f"{{title}}{end}"]))
    path = pattern.path(track(title=title, artist=artist, album=album, track_number=number), genres)
    assert path.endswith(".flac")
    names = path.split("/")
    assert not {"", ".", ".."} & set(names)
    assert os.path.normpath(os.path.join("/target", path)) == f"/target/{path}"
    assert all(len(name.encode()) <= 255 for name in names)
