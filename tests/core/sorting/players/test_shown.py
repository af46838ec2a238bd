"""What players show, by rules: several values, numbers, old versions, tags beside one another; and what mends it."""

from __future__ import annotations

import pytest
from mutagen.flac import FLAC
from mutagen.id3 import TCON, TDRC, TIT2, TPE1
from mutagen.mp4 import MP4
from mutagen.wave import WAVE

from genre_tagger import line
from genre_tagger.files.genre_places import GenrePlace, GenrePlaces, Kind, genre_places
from genre_tagger.files.scan import scan_file
from genre_tagger.files.splice import riff
from genre_tagger.files.splice.id3 import Id3Style
from genre_tagger.files.splice.info import Info, build
from genre_tagger.files.tags import write_genres
from genre_tagger.files.values import Names
from genre_tagger.library.library import Library
from genre_tagger.review.policy import Action, Proposal
from genre_tagger.sorting.players.known import PLAYERS
from genre_tagger.sorting.players.shown import Silence, choices, mended, strays, verdict
from genre_tagger.writing.journal import Journal


def _of(container, *places):
    return verdict(GenrePlaces("/m/x", container, places))


def _shown(found):
    """What each player that can show something shows, by its key."""
    return {shown.player.key: shown.genre for shown in found.shown if shown.silence is None}


def v2(*values, version=4):
    return GenrePlace(Kind.ID3V2, values, version)


def v1(number):
    return GenrePlace(Kind.ID3V1, (str(number),))


def test_every_rule_names_where_it_is_known_from():
    assert len({player.key for player in PLAYERS}) == len(PLAYERS) == 6
    assert all(player.source for player in PLAYERS)


@pytest.mark.parametrize(
    ("places", "shown"),
    [
        ([v2("Jazz")], {"android": "Jazz", "apple": "Jazz", "explorer": "Jazz", "rhythmbox": "Jazz"}),
        ([v2("Jazz", "Blues")], {"android": "Jazz", "apple": "Jazz", "explorer": "Jazz", "rhythmbox": "Jazz"}),
        (
            [v2("Jazz; Blues", version=3)],
            dict.fromkeys(("android", "apple", "explorer", "rhythmbox", "car"), "Jazz; Blues"),
        ),
        (
            [v2("(17)", version=3), v1(17)],
            {"android": "(17)", "apple": "Rock", "explorer": "Rock", "rhythmbox": "Rock", "car": "Rock"},
        ),
        (
            [v2(), v1(8)],  # Android does not look behind a tag that is there
            {"android": "", "apple": "Jazz", "explorer": "Jazz", "rhythmbox": "Jazz", "car": "Jazz"},
        ),
        ([v1(8)], {"android": "8", "apple": "Jazz", "explorer": "Jazz", "rhythmbox": "Jazz", "car": "Jazz"}),
        (
            [v2("Bebop", version=4), v1(8)],  # the radio passes over a tag it cannot read
            {"android": "Bebop", "apple": "Bebop", "explorer": "Bebop", "rhythmbox": "Bebop", "car": "Jazz"},
        ),
    ],
)
def test_mp3_by_version_numbers_and_several_values(places, shown):
    assert _shown(_of("mp3", *places)) == shown


def test_comments_are_read_from_the_front_from_the_end_or_joined():
    found = _of("flac", GenrePlace(Kind.COMMENTS, ("Jazz", "Blues")))
    assert _shown(found) == {"android": "Blues", "explorer": "Jazz; Blues", "rhythmbox": "Jazz", "vorbis": "Jazz"}
    assert not found.agree
    assert {shown.player.key: shown.silence for shown in found.shown if shown.silence} == {
        "apple": Silence.FORMAT, "car": Silence.FORMAT,
    }  # fmt: skip


def test_mp4_of_several_items_and_numbers():
    found = _of("mp4", GenrePlace(Kind.MP4, ("Jazz", "Blues")), GenrePlace(Kind.MP4_NUMBER, ("13",)))
    assert _shown(found) == {"android": "13", "apple": "Jazz", "explorer": "Jazz", "rhythmbox": "Jazz"}
    assert _shown(_of("mp4", GenrePlace(Kind.MP4_NUMBER, ("13",))))["apple"] == "Pop"


def test_windows_reads_info_alone_and_android_nothing_in_wav():
    found = _of("wav", v2("Jazz", version=3))
    assert _shown(found) == {"apple": "Jazz", "explorer": "", "rhythmbox": "Jazz"}
    assert found.shown[0].silence is Silence.TAGS
    assert not found.agree
    assert _of("wav", v2("Jazz"), GenrePlace(Kind.INFO, ("jazz",))).agree


def test_several_genres_of_wma_are_joined_in_windows():
    assert _shown(_of("asf", GenrePlace(Kind.ASF, ("Jazz", "Blues")))) == {
        "explorer": "Jazz; Blues", "rhythmbox": "Jazz",
    }  # fmt: skip


def test_a_tag_that_nobody_of_these_reads_is_named_when_it_says_something_else():
    beside = GenrePlace(Kind.APEV2, ("Swing",))
    found = _of("mp3", v2("Jazz"), beside)
    assert found.agree
    assert strays(found) == [beside]
    assert strays(_of("mp3", v2("Jazz"), GenrePlace(Kind.APEV2, ("jazz",)))) == []


def test_what_all_could_show_is_offered_without_numbers_and_doubles():
    found = _of("mp3", v2("(17)", "Hip hop"), GenrePlace(Kind.APEV2, ("Swing; Ska",)))
    assert choices(found, ["Hip-Hop"]) == ["Hip-Hop", "Rock", "Swing", "Ska"]


WRITTEN = [
    "mp3", "mp3-many", "mp3-ape", "mp3-nogenre", "mp3-bare", "m4a", "flac", "ogg", "opus", "wav", "wav-tagged", "aiff",
    "wma", "wv", "tta", "dsf",
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "genre"), [*((name, "Blues") for name in WRITTEN), ("mp3-v23", "Blues"), ("mp3-v23", "Chillwave")]
)
def test_what_is_foretold_of_one_genre_everywhere_is_what_comes(media, name, genre):
    path = media(name)
    foretold = mended(verdict(genre_places(path)), genre)
    write_genres(path, [genre], Id3Style(everywhere=True))
    after = verdict(genre_places(path))
    assert _shown(after) == _shown(foretold)
    assert strays(after) == []


def test_a_wav_file_with_an_info_list_gets_the_other_tag_as_well_with_its_names(write_wav, written):
    path = write_wav([0.1] * 2000)
    named = Info(((b"INAM", b"A Title\0"), (b"IGNR", b"Rock\0")))
    with open(path, "r+b") as file:
        content = build(named)
        file.seek(0, 2)
        file.write(b"LIST" + len(content).to_bytes(4, "little") + content)
        size = file.tell() - 8
        file.seek(4)
        file.write(size.to_bytes(4, "little"))
    found = verdict(genre_places(path))
    assert _shown(found) == {"apple": "", "explorer": "Rock", "rhythmbox": "Rock"}
    foretold = mended(found, "Jazz")
    assert written(path, "Jazz").new == ("Jazz",)
    assert _shown(verdict(genre_places(path))) == _shown(foretold) == dict.fromkeys(_shown(found), "Jazz")
    assert WAVE(path).tags["TIT2"].text == ["A Title"]


def test_a_wav_file_with_an_id3_chunk_alone_gets_a_list_with_its_names_and_gives_it_back(media, written, library_path):
    path = media("wav")
    named = WAVE(path)
    named.add_tags()
    for frame in (TIT2(3, ["Ä Title"]), TPE1(3, ["A", "B"]), TDRC(3, ["2001-05-06"]), TCON(3, ["Rock"])):
        named.tags.add(frame)
    named.save()
    with open(path, "rb") as file:
        before = file.read()
    found = verdict(genre_places(path))
    assert _shown(found) == {"apple": "Rock", "explorer": "", "rhythmbox": "Rock"}
    outcome = written(path, "Rock")
    assert _shown(verdict(genre_places(path))) == _shown(mended(found, "Rock")) == dict.fromkeys(_shown(found), "Rock")
    with open(path, "rb") as file:
        listed = riff.texts(file, riff.look(file))[0]
    assert listed == Names("Ä Title", "A; B", year="2001")
    written(path, "Jazz")  # and it is changed with the other from then on
    assert verdict(genre_places(path)).texts == ("Jazz",)
    with Library.open(library_path) as library, Journal.open(line.journal_path(library_path)) as journal:
        batches = [batch.id for batch in journal.batches()]
        assert all(undone.identical for undone in line.undo_into(library, journal, sorted(batches, reverse=True)))
    assert outcome.batch in batches
    with open(path, "rb") as file:
        assert file.read() == before


def test_several_comments_become_one_that_all_show(media):
    path = media("flac")
    file = FLAC(path)
    file["genre"] = ["Jazz", "Blues"]
    file.save()
    assert not verdict(genre_places(path)).agree
    write_genres(path, ["Jazz"])
    assert verdict(genre_places(path)).texts == ("Jazz",)


@pytest.fixture
def library_path(tmp_path):
    return str(tmp_path / "library.sqlite3")


@pytest.fixture
def written(library_path):
    """Write a genre everywhere in a file, as the window does; returns what came of it."""

    def write(path, genre):
        with Library.open(library_path) as library, Journal.open(line.journal_path(library_path)) as journal:
            library.store(track := scan_file(path))
            found = next(library.tracks(paths=[path]))
            proposal = Proposal(found.id, path, track.stamp, found.genres, (genre,), None, None, Action.WRITE)
            (outcome,) = line.write_into(library, journal, [proposal], everywhere=True)
            return outcome

    return write


def test_a_genre_that_is_read_already_goes_into_the_other_tags_and_out_again(media, written, library_path):
    path = media("mp3-ape")
    with open(path, "rb") as file:
        before = file.read()
    outcome = written(path, "Jazz")
    assert outcome.old == outcome.new == ("Jazz",)
    assert outcome.batch is not None
    assert strays(verdict(genre_places(path))) == []
    assert genre_places(path).of(Kind.APEV2) == [GenrePlace(Kind.APEV2, ("Jazz",))]
    with Library.open(library_path) as library, Journal.open(line.journal_path(library_path)) as journal:
        (undone,) = line.undo_into(library, journal, [outcome.batch])
    assert undone.identical
    with open(path, "rb") as file:
        assert file.read() == before


def test_a_free_item_follows_the_usual_one(media):
    path = media("m4a")
    file = MP4(path)
    file["----:com.apple.iTunes:GENRE"] = [b"Bop"]
    file.save()
    assert [place.values for place in strays(verdict(genre_places(path)))] == [("Bop",)]
    write_genres(path, ["Jazz"], Id3Style(everywhere=True))
    assert strays(verdict(genre_places(path))) == []
