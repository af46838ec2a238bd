"""The survey of whole files: what it takes for the same, what it notices, and what it refuses."""

from __future__ import annotations

import io
import os
import shutil
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genre_tagger.base.errors import RefusedError, TagError
from genre_tagger.files.proof.survey import Survey, is_same_at, is_same_sound, survey
from genre_tagger.files.tags import read_genres, write_genres
from helpers.files import contents, store

KINDS = {
    "mp3": "mp3", "mp3-v23": "mp3", "mp3-many": "mp3", "mp3-ape": "mp3", "mp3-nogenre": "mp3",
    "mp3-bare": "mp3", "m4a": "mp4", "m4a-fast": "mp4", "m4a-fragmented": "mp4", "alac": "mp4",
    "flac": "flac", "oga": "ogg flac", "ogg": "ogg vorbis", "opus": "ogg opus", "speex": "ogg speex",
    "wav": "wav", "wav-tagged": "wav", "aiff": "aiff", "wma": "asf", "wv": "wavpack", "mpc": "musepack",
    "tta": "tta", "dsf": "dsf", "ape": "ape", "ofr": "optimfrog", "tak": "tak",
}  # fmt: skip
LIES = [b"\0", b"\xff", b"\x80", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff"]
EACH = pytest.mark.parametrize("name", KINDS)
EACH_WHOLE = pytest.mark.parametrize("name", [name for name in KINDS if name != "m4a-fragmented"])


def survey_or_none(path: str) -> Survey | None:
    try:
        return survey(path)
    except RefusedError:
        return None


@EACH
def test_a_file_is_known_by_its_content(media, name):
    seen = survey(media(name))
    assert seen.kind == KINDS[name]
    assert len(seen.audio) == len(seen.rest) == 32


@EACH
def test_only_a_fragmented_file_must_keep_its_size(media, name):
    assert survey(media(name)).fixed_size == (name == "m4a-fragmented")


@EACH_WHOLE
@pytest.mark.parametrize("genres", [("Rock",), ("Hip-Hop", "Jazz"), ("Neue Deutsche Härte" * 30,)], ids=len)
def test_a_written_genre_leaves_the_survey_as_it_was(media, name, genres):
    path = media(name)
    before = survey(path)
    write_genres(path, genres)
    assert survey(path) == before
    assert read_genres(path)


@EACH_WHOLE
def test_a_genre_taken_away_leaves_the_survey_as_it_was(media, name):
    path = media(name)
    before = survey(path)
    write_genres(path, ("Rock",))
    write_genres(path, ())
    assert survey(path) == before


def test_a_fragmented_file_whose_parts_moved_is_another_one(media):
    path = media("m4a-fragmented")
    before = survey(path)
    write_genres(path, ("Rock",))
    after = survey(path)
    assert (after.kind, after.audio, after.fixed_size) == (before.kind, before.audio, True)
    assert after.rest != before.rest


@EACH
def test_damage_that_the_survey_does_not_notice_lies_in_the_genre_or_in_padding_and_sizes(media, name):
    path = media(name)
    data, before = contents(path), survey(path)
    unnoticed = []
    for at in range(0, len(data), max(1, len(data) // 170)):
        damaged = bytearray(data)
        damaged[at] ^= 0x10
        if survey_or_none(store(path, bytes(damaged))) == before:
            unnoticed.append(at)
    # Places that carry no more than a genre, padding, or a size or version that the content itself shows.
    marks = (
        *(b"Jazz", b"Rock", b"Swing", b"Blues", b"TCON", b"gen", b"Genre", b"GENRE", b"IGNR", b"J\0a\0z\0z"),
        *(b"ID3", b"APETAGEX", b"Mutagen", b"LIST"),
        *(b"mdat", b"stco", b"mdir", b"moov", b"udta", b"meta", b"ilst"),
    )
    free = {"mp3": [len(data) - 1], "asf": range(70, 78)}.get(before.kind, [])  # ID3v1 genre; size of the file
    near = [position for mark in marks for position in places(data, mark)]
    strange = [at for at in unnoticed if data[at] and not any(-24 <= at - mark <= 40 for mark in near)]
    strange = [at for at in strange if at not in free]
    assert strange == []


def places(data: bytes, mark: bytes) -> list[int]:
    found, at = [], data.find(mark)
    while at >= 0:
        found.append(at)
        at = data.find(mark, at + 1)
    return found


@EACH
def test_a_changed_title_changes_the_rest_and_not_the_audio(media, media_table, name):
    if not media_table[name].tagged:
        pytest.skip("a file without tags")
    path = media(name)
    data, before = contents(path), survey(path)
    title = "A Short Chord"
    for encoding in ("utf-8", "utf-16-le"):
        data = data.replace(title.encode(encoding), title.upper().encode(encoding))
    assert data != contents(path)
    after = survey_or_none(store(path, data))
    if KINDS[name].startswith("ogg"):
        assert after is None  # the checksum of the page
    else:
        assert after is not None
        assert after.rest != before.rest
        assert after.audio == before.audio


@EACH
def test_a_file_that_is_cut_off_is_refused_or_has_another_sound(media, name):
    path = media(name)
    data, before = contents(path), survey(path)
    for kept in (len(data) - 1, len(data) - 200, len(data) * 2 // 3, len(data) // 3, 40, 11, 3):
        after = survey_or_none(store(path, data[:kept]))
        assert after is None or after != before, kept


@pytest.mark.parametrize("name", ["broken", "text", "empty", "ogg-chained"])
def test_what_is_no_whole_audio_file_is_refused(media, name):
    with pytest.raises(RefusedError) as refused:
        survey(media(name))
    assert refused.value.reason.endswith(".")


@pytest.mark.parametrize(("name", "other"), [("wv", "x.ape"), ("ape", "x.mpc"), ("mp3", "x.wav"), ("wav", "x.wv")])
def test_content_that_does_not_fit_the_extension_is_refused(media, name, other):
    with pytest.raises(RefusedError, match="extension"):
        survey(media(name, other))


@EACH
def test_an_extension_that_says_nothing_is_no_obstacle(media, name):
    assert survey(media(name, "copy.tmp")) == survey(media(name))


def test_a_folder_a_missing_file_and_a_pipe_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp3")
    (tmp_path / "folder.mp3").mkdir()
    for name in ("pipe.mp3", "folder.mp3", "missing.mp3", "nul\0.mp3"):
        with pytest.raises(RefusedError):
            survey(str(tmp_path / name))


def test_a_file_that_shrinks_while_it_is_read_is_refused(media, monkeypatch):
    path = media("flac")
    status = os.fstat

    def longer(descriptor):
        found = list(status(descriptor))
        found[6] += 5000
        return os.stat_result(found)

    monkeypatch.setattr(os, "fstat", longer)
    with pytest.raises(RefusedError, match="shorter"):
        survey(path)


@EACH
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.data())
def test_no_damage_raises_anything_but_a_refusal(media, name, draw):
    path = media(name)
    data = bytearray(contents(path))
    for _ in range(draw.draw(st.integers(1, 6))):
        # Most structure lies at both ends.
        at = draw.draw(st.one_of(st.integers(0, 400), st.integers(-400, -1), st.integers(0, len(data) - 1)))
        value = draw.draw(st.sampled_from(LIES))
        if -len(data) <= at < len(data):
            at %= len(data)
            data[at : at + len(value)] = value
    end = draw.draw(st.one_of(st.just(len(data)), st.integers(0, len(data))))
    began = time.monotonic()
    survey_or_none(store(path, bytes(data[:end])))
    os.unlink(path)
    assert time.monotonic() - began < 5


def data_files(folder: str) -> list[str]:
    found = []
    for part in ("tagfiles", "music"):
        for at, _, names in os.walk(os.path.join(folder, part)):
            found += [os.path.join(at, name) for name in names]
    return sorted(found)


@pytest.mark.data
def test_every_file_at_hand_is_surveyed_or_refused_quickly(data_folder):
    kinds = set()
    for path in data_files(data_folder):
        began = time.monotonic()
        seen = survey_or_none(path)
        assert time.monotonic() - began < 2, path
        kinds.add(seen and seen.kind)
    assert kinds >= set(KINDS.values())


@pytest.mark.data
def test_every_file_at_hand_is_written_with_proof_or_the_write_is_refused(data_folder, tmp_path):
    """What mutagen alters unasked is what the journal refuses: few files, all of them strange."""
    proven, altered = 0, []
    for path in data_files(data_folder):
        if survey_or_none(path) is None:
            continue
        copy = shutil.copyfile(path, tmp_path / ("copy" + os.path.splitext(path)[1]))
        before = survey(str(copy))
        try:
            write_genres(str(copy), ("Jazz", "Blues"))
        except (TagError, RefusedError):
            continue
        if survey_or_none(str(copy)) == before:
            proven += 1
        else:
            altered.append(os.path.relpath(path, data_folder))
    assert proven > 20 * len(altered), altered


@pytest.mark.parametrize("opened", [io.BytesIO, lambda data: io.BufferedReader(io.BytesIO(data))])
def test_bytes_are_compared_each_at_its_place(opened):
    one, other = opened(b"..sound..more"), opened(b"sound.....more.")
    assert is_same_at(one, [(2, 7), (9, 13)], other, [(0, 5), (10, 14)])
    assert is_same_at(one, [], other, [])
    assert not is_same_at(one, [(2, 7)], other, [(1, 6)])
    assert not is_same_at(one, [(2, 7)], other, [(0, 4)])
    assert not is_same_at(one, [(2, 7)], other, [(0, 5), (10, 14)])
    assert not is_same_at(one, [(9, 20)], other, [(10, 21)])
    assert not is_same_at(one, [(13, 17)], other, [(11, 15)])


def test_files_are_of_the_same_sound_if_nothing_but_the_genre_differs(media):
    path = media("flac")
    other = store(path + ".flac", contents(path))
    write_genres(other, ("Blues", "A genre that needs much more room than there is" * 200))
    assert is_same_sound(path, other)
    data = bytearray(contents(other))
    data[-100] ^= 1
    assert not is_same_sound(path, store(other, bytes(data)))
