"""The stages as window and command line run them: how to listen, which tags are made anew, and back again."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from mutagen.aiff import AIFF
from mutagen.dsf import DSF
from mutagen.id3 import ID3
from mutagen.trueaudio import TrueAudio
from mutagen.wave import WAVE

from genre_tagger import line
from genre_tagger.base.errors import FileFailure
from genre_tagger.base.places import asset
from genre_tagger.files.sniff import id3_size
from genre_tagger.files.splice.id3 import HEADER_BYTES
from genre_tagger.files.tags import read_tags
from genre_tagger.files.values import ScannedTrack, Walked
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Prediction
from genre_tagger.model.network import GenreModel
from genre_tagger.review.policy import Action, Mode, Policy
from genre_tagger.writing.journal import Journal
from genre_tagger.writing.turn import Undone, Written
from helpers.files import contents

Media = Callable[..., str]
PIECE = ("Compilations", "Rooftop Tapes", "Side B", "04 Crate Nine.mp3")


@pytest.fixture
def library(home: str) -> Iterator[Library]:
    with Library.open(os.path.join(home, "library.sqlite3")) as opened:
        yield opened


@pytest.fixture
def journal(home: str) -> Iterator[Journal]:
    with Journal.open(os.path.join(home, "undo.sqlite3")) as opened:
        yield opened


# --- files that are elsewhere -----------------------------------------------------------------------------------


def scanned(library: Library, *folders: str) -> list[str]:
    list(line.scan_into(library, folders))
    return [track.path for track in library.tracks() if not track.missing]


@pytest.fixture
def song(library: Library, journal: Journal, media: Media, tmp_path) -> str:
    """A song whose genre was written; its folder was scanned."""
    folder = tmp_path / "music"
    folder.mkdir()
    path = str(folder / "song.flac")
    shutil.move(media("flac"), path)
    assert scanned(library, str(folder)) == [path]
    wanted = list(line.proposals(library, Policy(Mode.REPLACE), genres=["Reggae"]))
    assert [type(one) for one in line.write_into(library, journal, wanted)] == [Written]
    return path


@pytest.mark.parametrize("name", ["music/renamed.flac", "moved/deep/song.flac"])
def test_a_song_that_was_moved_since_is_given_back_where_it_is(
    library: Library, journal: Journal, song: str, tmp_path, name: str
) -> None:
    other = tmp_path / "other.flac"
    shutil.copyfile(song, other)  # the same genre and size, but other bytes
    with open(other, "r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"?")
    moved = tmp_path / name
    moved.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(song, moved)
    assert str(moved) in scanned(library, str(tmp_path))
    (undone,) = line.undo_into(library, journal, [1])
    assert isinstance(undone, Undone)
    assert (undone.path, undone.identical) == (str(moved), True)
    assert {track.path: track.genres for track in library.tracks(paths=[str(moved)])} == {str(moved): ("Jazz",)}
    assert library.failures() == []


def test_a_copy_by_another_name_is_not_taken_for_a_song_that_is_gone(
    library: Library, journal: Journal, song: str, tmp_path
) -> None:
    copy = str(tmp_path / "music" / "copy.flac")
    shutil.copy2(song, copy)
    os.remove(song)
    scanned(library, str(tmp_path))
    before = contents(copy)
    (failed,) = line.undo_into(library, journal, [1])
    assert isinstance(failed, FileFailure)
    assert failed.path == song
    assert contents(copy) == before


def test_a_folder_whose_drive_is_away_still_names_its_tracks(library: Library, song: str) -> None:
    folder = os.path.dirname(song)
    os.rename(folder, folder + "-away")
    assert [track.path for track in line.tracks_below(library, [folder])] == [song]
    assert list(line.tracks_below(library, [folder[:-1]])) == []


def test_undo_does_not_bring_back_the_rows_of_a_removed_folder(library: Library, journal: Journal, song: str) -> None:
    library.remove_folder(os.path.dirname(song))
    assert isinstance(next(line.undo_into(library, journal, [1])), Undone)
    assert library.count() == 0


def test_what_was_copied_back_can_be_written_after_a_scan(library: Library, journal: Journal, song: str) -> None:
    shutil.copy2(song, song + ".copy")
    os.replace(song + ".copy", song)
    scanned(library, os.path.dirname(song))
    wanted = list(line.proposals(library, Policy(Mode.REPLACE), genres=["Blues"]))
    assert [type(one) for one in line.write_into(library, journal, wanted)] == [Written]


def test_a_song_met_through_a_link_is_neither_missing_nor_doubled_by_settling(
    library: Library, journal: Journal, song: str, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.remove_folder(os.path.dirname(song))
    alias = tmp_path / "alias"
    alias.symlink_to(os.path.dirname(song))
    through = str(alias / "song.flac")
    assert scanned(library, str(alias)) == [through]
    wanted = list(line.proposals(library, Policy(Mode.REPLACE), genres=["Blues"]))
    with monkeypatch.context() as crash:
        crash.setattr(Journal, "tidied", lambda *_: None)
        with Library.open(os.path.join(os.path.dirname(library.path), "elsewhere.sqlite3")) as elsewhere:
            list(line.write_into(elsewhere, journal, wanted))
    assert [one.path for one in line.settle_into(library, journal)] == [through]
    assert [(track.path, track.genres) for track in library.tracks()] == [(through, ("Blues",))]
    list(line.scan_into(library, [os.path.dirname(song), str(alias)]))
    assert not any(track.missing for track in library.tracks())


def test_no_two_libraries_have_one_journal() -> None:
    assert line.journal_path("/d/library.sqlite3") == "/d/library-undo.sqlite3"
    names = ["music.rock", "music.jazz", "music", "music.sqlite3", "music.db"]
    assert len({line.journal_path(name) for name in names if name != "music"}) == 4


# --- listening ------------------------------------------------------------------------------------------------


@pytest.fixture
def songs(library: Library, tmp_path) -> list[str]:
    """Eight copies of a piece, in the library."""
    folder = tmp_path / "songs"
    folder.mkdir()
    paths = [str(folder / f"{number}.mp3") for number in range(8)]
    for path in paths:
        shutil.copyfile(asset("resources", "demo", *PIECE), path)
    assert len(list(line.scan_into(library, [str(folder)]))) >= 8
    return paths


def test_the_number_of_windows_reaches_the_model(library: Library, model: GenreModel, songs: list[str]) -> None:
    path, usual, heard = songs[0], model.card.spec.windows, {}
    for number, windows in enumerate((1, usual, None)):
        os.utime(path, (number, number))
        list(line.scan_into(library, [path]))  # a file that has changed is listened to again
        found = {one.path: one for one in line.classify_into(library, model, windows=windows)}
        heard[windows] = found[path].candidates
    assert heard[None] == heard[usual] != heard[1]


def test_nothing_new_is_begun_once_it_is_enough_and_nothing_is_lost(
    library: Library, model: GenreModel, songs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "_FLUSH_S", 0.0)  # a fast machine would hear all of them before any is passed on
    heard: list[str] = []
    for outcome in line.classify_into(library, model, workers=1, until=lambda: len(heard) >= 1):
        assert isinstance(outcome, Prediction)
        heard.append(outcome.path)
    stored = [track.path for track in library.tracks() if track.prediction is not None]
    assert sorted(stored) == sorted(heard)
    assert 1 <= len(heard) < len(songs)
    rest = [outcome.path for outcome in line.classify_into(library, model)]
    assert sorted(heard + rest) == sorted(songs)


# --- the version of ID3 tags that are made anew -----------------------------------------------------------------


def _bare_mp3(media: Media, path: str) -> None:
    shutil.move(media("mp3-bare"), path)


def _bare_tta(media: Media, path: str) -> None:
    whole = contents(media("tta"))
    with open(path, "wb") as file:
        file.write(whole[id3_size(whole[:HEADER_BYTES]) :])


def _bare_dsf(media: Media, path: str) -> None:
    whole = contents(media("dsf"))
    end = int.from_bytes(whole[20:28], "little") or len(whole)
    with open(path, "wb") as file:
        file.write(whole[:12] + end.to_bytes(8, "little") + bytes(8) + whole[28:end])


def _sound(media: Media, path: str) -> None:
    soundfile.write(path, np.sin(np.arange(4001) / 5).astype(np.float32), 8000)


BARE = {
    "new.mp3": (_bare_mp3, ID3),
    "new.tta": (_bare_tta, lambda path: TrueAudio(path).tags),
    "new.dsf": (_bare_dsf, lambda path: DSF(path).tags),
    "new.wav": (_sound, lambda path: WAVE(path).tags),
    "new.aiff": (_sound, lambda path: AIFF(path).tags),
}


def written(library: Library, journal: Journal, path: str, *genres: str, **options: int) -> Written:
    assert read_tags(path) is not None
    list(line.scan_into(library, [path]))
    wanted = line.proposals(library, Policy(Mode.REPLACE), paths=[path], genres=genres)
    (outcome,) = line.write_into(library, journal, wanted, **options)
    assert isinstance(outcome, Written), outcome
    return outcome


@pytest.mark.parametrize("name", BARE)
@pytest.mark.parametrize("version", [3, 4])
def test_a_new_tag_has_the_version_asked_for_and_goes_without_a_trace(
    name: str, version: int, library: Library, journal: Journal, media: Media, tmp_path
) -> None:
    path = str(tmp_path / name)
    make, tag_of = BARE[name]
    make(media, path)
    before = contents(path)
    genres = ("Hip-Hop", "Größe & Blues", "17 Hippies")
    outcome = written(library, journal, path, *genres, id3_version=version)
    assert tag_of(path).version == (2, version, 0)
    assert read_tags(path).genres == outcome.new == genres
    joined = "; ".join(genres).encode("latin-1") if version == 3 else "\0".join(genres).encode()
    assert joined in contents(path)
    (stored,) = library.tracks(paths=[path])
    assert stored.genres == genres

    (undone,) = line.undo_into(library, journal, [outcome.batch])
    assert isinstance(undone, Undone)
    assert undone.identical
    assert contents(path) == before


def test_words_beyond_latin_1_are_read_back_from_a_2_3_tag(
    library: Library, journal: Journal, media: Media, tmp_path
) -> None:
    path = str(tmp_path / "new.mp3")
    _bare_mp3(media, path)
    assert written(library, journal, path, "音楽", "Джаз", id3_version=3).new == ("音楽", "Джаз")
    assert ID3(path, translate=False).version == (2, 3, 0)
    assert read_tags(path).genres == ("音楽", "Джаз")


@pytest.mark.parametrize(("name", "kept"), [("mp3", 4), ("mp3-v23", 3), ("tta", 4), ("wav-tagged", 3), ("aiff", 3)])
def test_a_tag_that_is_there_keeps_its_version(
    name: str, kept: int, library: Library, journal: Journal, media: Media
) -> None:
    path = media(name)
    before = contents(path)
    outcome = written(library, journal, path, "Reggae", "Soul", id3_version=7 - kept)
    assert [*map(ord, re.findall(rb"ID3([\2-\4])\0", contents(path)))] == [kept]
    assert read_tags(path).genres == ("Reggae", "Soul")
    list(line.undo_into(library, journal, [outcome.batch]))
    assert contents(path) == before


def test_a_version_that_nobody_reads_is_refused_before_anything_happens(
    library: Library, journal: Journal, media: Media
) -> None:
    path = media("mp3-bare")
    before = contents(path)
    with pytest.raises(ValueError, match=r"2\.3 or 2\.4"):
        written(library, journal, path, "Reggae", id3_version=2)
    assert contents(path) == before
    assert journal.batches() == []


# --- one file under several names ----------------------------------------------------------------------------


@pytest.fixture
def linked(library: Library, media: Media, tmp_path) -> tuple[str, str]:
    """A song, and a link to it elsewhere in the same library."""
    folder = tmp_path / "music"
    (folder / "Best of").mkdir(parents=True)
    song, link = str(folder / "song.mp3"), str(folder / "Best of" / "link.mp3")
    shutil.move(media("mp3-nogenre"), song)
    os.symlink("../song.mp3", link)
    assert sorted(scanned(library, str(folder))) == [link, song]
    return song, link


def genres_of(library: Library) -> dict[str, tuple[str, ...]]:
    return {os.path.basename(track.path): track.genres for track in library.tracks()}


def test_a_file_under_two_names_is_written_once_and_both_rows_follow(
    library: Library, journal: Journal, linked: tuple[str, str]
) -> None:
    before = contents(linked[0])
    outcomes = list(line.write_into(library, journal, list(line.proposals(library, Policy(), genres=["Tango"]))))
    assert [type(outcome) for outcome in outcomes] == [Written, Written]
    assert {outcome.path for outcome in outcomes} == set(linked)
    assert [batch.files for batch in journal.batches()] == [1]
    assert genres_of(library) == {"song.mp3": ("Tango",), "link.mp3": ("Tango",)}
    assert os.path.islink(linked[1])
    assert [type(outcome) for outcome in line.undo_into(library, journal, [1])] == [Undone]
    assert genres_of(library) == {"song.mp3": (), "link.mp3": ()}
    assert contents(linked[0]) == before
    again = list(line.write_into(library, journal, list(line.proposals(library, Policy(), genres=["Polka"]))))
    assert [type(outcome) for outcome in again] == [Written, Written]


def test_the_row_of_a_link_follows_also_when_it_was_not_asked_for(
    library: Library, journal: Journal, linked: tuple[str, str]
) -> None:
    wanted = list(line.proposals(library, Policy(), paths=[linked[1]], genres=["Tango"]))
    assert [type(outcome) for outcome in line.write_into(library, journal, wanted)] == [Written]
    assert genres_of(library) == {"song.mp3": ("Tango",), "link.mp3": ("Tango",)}


def test_a_failure_is_that_of_all_names_and_two_genres_for_one_file_are_one_too_many(
    library: Library, journal: Journal, linked: tuple[str, str]
) -> None:
    first, second = line.proposals(library, Policy(), genres=["Tango"])
    outcomes = list(line.write_into(library, journal, [first, replace(second, new=("Polka",))]))
    assert [type(outcome) for outcome in outcomes] == [Written, FileFailure]
    assert "another genre" in outcomes[1].reason
    library.forget_failures([second.path])
    wanted = list(line.proposals(library, Policy(Mode.REPLACE), genres=["Jazz"]))
    with open(linked[0], "ab") as file:
        file.write(b"x")
    outcomes = list(line.write_into(library, journal, wanted))
    assert [type(outcome) for outcome in outcomes] == [FileFailure, FileFailure]
    assert {outcome.path for outcome in outcomes} == set(linked)
    assert len({outcome.reason for outcome in outcomes}) == 1


# --- what is known before ------------------------------------------------------------------------------------


def test_what_a_write_would_refuse_is_foreseen_with_its_reason(
    library: Library, journal: Journal, media: Media, tmp_path
) -> None:
    folder = tmp_path / "music"
    folder.mkdir()
    names = ("mp3-nogenre", "flac", "ogg-chained", "m4a-fragmented", "wav", "opus")
    for name in names:
        shutil.move(media(name), folder)
    shutil.copyfile(folder / "flac.flac", folder / "misnamed.mp3")
    shutil.copyfile(folder / "mp3-nogenre.mp3", folder / "misnamed.flac")
    data = contents(str(folder / "wav.wav"))
    (folder / "streamed.wav").write_bytes(data[:4] + b"\xff\xff\xff\xff" + data[8:])
    scanned(library, str(folder))
    wanted = list(line.proposals(library, Policy(Mode.REPLACE), genres=["Tango"]))
    foreseen = {failure.path: failure.reason for failure in line.foreseen(wanted)}
    refused = {os.path.basename(path) for path in foreseen}
    assert {"misnamed.flac", "streamed.wav", "ogg-chained.ogg"} <= refused
    assert {proposal.path: proposal.refusal for proposal in wanted if proposal.refusal} == foreseen
    writable = [proposal for proposal in wanted if proposal.path not in foreseen]
    assert {type(outcome) for outcome in line.write_into(library, journal, writable)} <= {Written, FileFailure}
    forced = [replace(proposal, action=Action.WRITE) for proposal in wanted if proposal.path in foreseen]
    for outcome in line.write_into(library, journal, forced):
        assert isinstance(outcome, FileFailure)
        assert outcome.reason == foreseen[outcome.path]


def test_a_file_that_changed_since_is_foreseen_too(library: Library, journal: Journal, song: str) -> None:
    with open(song, "ab") as file:
        file.write(b"x")
    (failure,) = line.foreseen(line.proposals(library, Policy(Mode.REPLACE), genres=["Blues"]))
    assert "changed since it was scanned" in failure.reason


def test_what_could_not_be_written_is_looked_at_again_by_each_scan(library: Library, media: Media, tmp_path) -> None:
    shutil.move(media("mp3"), tmp_path / "x.flac")
    scanned(library, str(tmp_path))
    (track,) = library.tracks()
    assert "extension" in track.refusal
    library.store(Prediction(track.path, "m", ()))
    assert [type(outcome) for outcome in line.scan_into(library, [str(tmp_path)])] == [ScannedTrack, Walked]
    (again,) = library.tracks()
    assert again.prediction is not None
