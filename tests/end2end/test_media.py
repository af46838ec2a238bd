"""The table of test files says what is true of them, and the shared fixtures do what they promise."""

from __future__ import annotations

import os

import av
import mutagen

_DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")


def test_the_table_names_every_file_and_no_other(media_table):
    kept = {name for name in os.listdir(_DATA) if not name.endswith((".py", ".md")) and name != "__pycache__"}
    assert kept == {medium.file for medium in media_table.values()}


def test_the_files_stay_small(media_table):
    sizes = {name: os.path.getsize(os.path.join(_DATA, medium.file)) for name, medium in media_table.items()}
    assert max(sizes.values()) <= 20_000
    assert sum(sizes.values()) <= 600_000


def test_a_copy_is_private_and_a_second_one_does_not_replace_it(media):
    first, second = media("mp3", "music/song.mp3"), media("flac", "music/song.mp3")
    assert first != second
    assert os.path.getsize(first) == os.path.getsize(os.path.join(_DATA, "mp3.mp3"))


def test_a_tagged_file_holds_what_its_readme_says(media, tagged_name):
    text = mutagen.File(media(tagged_name)).tags.pprint()
    for value in ("A Short Chord", "Genre Tagger", "Test Tones", "Made for the tests; keep me."):
        assert value in text


def test_an_audible_file_is_decoded_to_its_end(media, audible_name):
    with av.open(media(audible_name)) as container:
        stream = container.streams.audio[0]
        seconds = sum(frame.samples / frame.sample_rate for frame in container.decode(stream))
    shortest, longest = (0.04, 0.05) if audible_name == "dsf" else (0.95, 1.55)
    assert shortest < seconds < longest


def test_home_is_a_temporary_folder(home):
    assert os.environ["HOME"] == home
    assert os.environ["XDG_DATA_HOME"].startswith(home)
    assert os.listdir(home) == []
