"""Copies made smaller: sound, tags, cover and loudness are the original's; nothing lossy is encoded again."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess

import mutagen
import numpy as np
import pytest
import soundfile
from mutagen.flac import FLAC, Picture
from mutagen.id3 import ID3
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus

from genre_tagger.base.errors import FileFailure, FileStamp
from genre_tagger.files.tags import read_genres, read_tags
from genre_tagger.sorting.copies.encoders import Form
from genre_tagger.sorting.copies.manifest import NAME
from genre_tagger.sorting.copies.plan import Action, Carry
from genre_tagger.sorting.copies.smaller import Making, Smaller
from genre_tagger.sound.audio import load
from helpers.tracks import track

_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
_SR, _SECONDS = 44_100, 2.0


@pytest.fixture(scope="session")
def tone(tmp_path_factory):
    """A FLAC file of two seconds in stereo, left 440 Hz and right 660 Hz, with all that a tag can say."""
    path = str(tmp_path_factory.mktemp("tone") / "tone.flac")
    t = np.arange(int(_SR * _SECONDS)) / _SR
    noise = 0.01 * np.random.default_rng(1).standard_normal((2, len(t)))
    y = 0.3 * np.sin(2 * np.pi * np.array([[440.0], [660.0]]) * t) + noise
    soundfile.write(path, y.T, _SR)
    file = FLAC(path)
    file.update(
        title="Tōne", artist=["Anna", "Bo"], album="First", albumartist="Anna", tracknumber="3", tracktotal="9",
        discnumber="2/4", date="1969-05-01", composer="Cage", comment="so quiet", compilation="1",
        genre=["Jazz", "Blues"], replaygain_track_gain="-6.50 dB",
        replaygain_track_peak="0.98", albumartistsort="Anna, the",
    )  # fmt: skip
    picture = Picture()
    picture.type, picture.mime, picture.data = 3, "image/png", _PNG
    file.add_picture(picture)
    file.save()
    return path


@pytest.fixture
def tone_shelf(shelf, tone, media):
    """The tone, and an MP3 that is small already."""
    shutil.copyfile(tone, shelf.music / "tone.flac")
    shutil.move(media("mp3-many"), shelf.music / "song.mp3")
    return shelf


def loudest(y, sr):
    return np.argmax(np.abs(np.fft.rfft(y))) * sr / len(y)


@pytest.mark.parametrize("form", list(Form))
def test_a_smaller_copy_has_the_sound_and_all_that_the_tags_say(tone_shelf, form):
    before = tone_shelf.sources()
    plan = tone_shelf.plan("{artist}/{name}", smaller=Smaller(form))
    assert not [o.reason for o in tone_shelf.copy(plan) if isinstance(o, FileFailure)]
    made = str(tone_shelf.target / "Anna; Bo" / f"tone{form.extension}")
    assert tone_shelf.sources() == before
    assert os.path.getsize(made) < len(before["tone.flac"])
    assert (tone_shelf.target / "Genre Tagger" / "song.mp3").read_bytes() == before["song.mp3"]

    tags = read_tags(made)
    assert (tags.title, tags.album, tags.track_number, tags.genres) == ("Tōne", "First", 3, ("Jazz", "Blues"))
    assert tags.artist == "Anna; Bo"
    details = tags.details
    assert (details.album_artist, details.disc, details.year, details.compilation, details.composer) == (
        "Anna", 2, 1969, True, "Cage"
    )  # fmt: skip
    assert tags.length == pytest.approx(_SECONDS, abs=0.1)
    y = load(made, sr=_SR, offset=0.5, seconds=1.0)
    assert loudest(y, _SR) in (pytest.approx(440, abs=2), pytest.approx(660, abs=2))
    again = tone_shelf.plan("{artist}/{name}", smaller=Smaller(form))
    assert (again.count(Action.KEEP), again.size) == (2, 0)


def test_cover_and_loudness_come_along(tone_shelf):
    for form in Form:
        tone_shelf.copy(tone_shelf.plan("{name}", smaller=Smaller(form)))
        made = str(tone_shelf.target / f"tone{form.extension}")
        if form is Form.MP3:
            tag = ID3(made)
            assert (tag.getall("APIC")[0].data, tag["TRCK"].text, tag["TPOS"].text) == (_PNG, ["3/9"], ["2/4"])
            assert tag["TXXX:replaygain_track_gain"].text == ["-6.50 dB"]
            assert tag["COMM::XXX"].text == ["so quiet"]
        elif form is Form.AAC:
            file = MP4(made)
            assert (bytes(file["covr"][0]), file["trkn"], file["soaa"]) == (_PNG, [(3, 9)], ["Anna, the"])
            assert file["----:com.apple.iTunes:replaygain_track_gain"] == [b"-6.50 dB"]
        else:
            file = OggOpus(made)
            assert Picture(base64.b64decode(file["metadata_block_picture"][0])).data == _PNG
            assert file["r128_track_gain"] == [str(round((-6.5 - 5) * 256))]
            assert "replaygain_track_gain" not in file


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")
def test_ffprobe_reads_what_was_made(tone_shelf):
    for form, codec in ((Form.MP3, "mp3"), (Form.AAC, "aac"), (Form.OPUS, "opus")):
        tone_shelf.copy(tone_shelf.plan("{name}", smaller=Smaller(form), carry=Carry.FIRST))
        made = str(tone_shelf.target / f"tone{form.extension}")
        asked = ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format", made]
        said = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)
        (sound,) = [stream for stream in said["streams"] if stream["codec_type"] == "audio"]
        assert (sound["codec_name"], sound["channels"]) == (codec, 2)
        assert float(said["format"]["duration"]) == pytest.approx(_SECONDS, abs=0.1)
        tags = {key.lower(): value for key, value in (said["format"].get("tags") or sound["tags"]).items()}
        assert (tags["title"], tags["genre"]) == ("Tōne", "Jazz")
        assert any(stream["codec_type"] == "video" for stream in said["streams"])


def test_taglib_reads_what_was_made(tone_shelf):
    for form in Form:
        tone_shelf.copy(tone_shelf.plan(f"{form.value}/{{name}}", smaller=Smaller(form)))
        made = next(str(path) for path in tone_shelf.target.glob(f"{form.value}/tone.*"))
        ask = "import json, sys, taglib; print(json.dumps(taglib.File(sys.argv[1]).tags))"
        asked = ["/usr/bin/python3", "-c", ask, made]
        try:
            answer = subprocess.run(asked, capture_output=True, check=False, env={"LC_ALL": "C.UTF-8"})
        except OSError:
            pytest.skip("there is no Python of the system")
        if b"No module named 'taglib'" in answer.stderr:
            pytest.skip("TagLib for the system's Python (python3-taglib) is not installed")
        told = json.loads(answer.stdout)
        assert (told["GENRE"], told["ARTIST"], told["DATE"]) == (["Jazz", "Blues"], ["Anna", "Bo"], ["1969-05-01"])
        assert (told["TITLE"], told["TRACKNUMBER"][0].partition("/")[0]) == (["Tōne"], "3")


def test_a_changed_wish_replaces_what_is_there_and_an_original_comes_back(tone_shelf):
    tone_shelf.copy(tone_shelf.plan("{name}", smaller=Smaller(Form.OPUS)))
    plan = tone_shelf.plan("{name}")
    assert [step.action for step in plan.steps if step.wanted.track.title == "Tōne"] == [Action.REPLACE]
    tone_shelf.copy(plan)
    assert tone_shelf.there() == tone_shelf.sources()


def test_old_tags_are_id3v23_and_the_sound_stays_byte_for_byte(tone_shelf):
    before = tone_shelf.sources()
    tone_shelf.copy(tone_shelf.plan("{name}", smaller=Smaller(Form.MP3, old_tags=True)))
    for name, genres in (("song.mp3", ("Jazz", "Blues")), ("tone.mp3", ("Jazz", "Blues"))):
        path = str(tone_shelf.target / name)
        assert ID3(path, translate=False).version[:2] == (2, 3)
        assert read_genres(path) == genres
    assert tone_shelf.sources() == before
    old, new = (mutagen.File(str(f / "song.mp3")).info.length for f in (tone_shelf.music, tone_shelf.target))
    assert old == new
    assert tone_shelf.plan("{name}", smaller=Smaller(Form.MP3, old_tags=True)).count(Action.KEEP) == 2


def test_a_damaged_file_and_one_that_changed_are_told_and_leave_nothing(tone_shelf):
    path = tone_shelf.music / "tone.flac"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    plan = tone_shelf.plan("{name}", smaller=Smaller(Form.OPUS))
    failures = [o for o in tone_shelf.copy(plan) if isinstance(o, FileFailure)]
    assert [failure.path for failure in failures] == [str(path)]
    path.write_bytes(whole)
    plan = tone_shelf.plan("{name}", smaller=Smaller(Form.OPUS))
    path.write_bytes(whole + b"\0")
    (failure,) = [o for o in tone_shelf.copy(plan) if isinstance(o, FileFailure)]
    assert "was changed" in failure.reason
    assert set(tone_shelf.there()) == {"song.mp3"}


@pytest.mark.parametrize(
    ("container", "size", "form"),
    [
        ("FLAC", 20_000_000, Form.OPUS), ("WAV", 40_000_000, Form.OPUS), ("FLAC", 1_000_000, None),
        ("MP3", 20_000_000, None), ("WavPack", 20_000_000, Form.OPUS), ("WavPack", 8_000_000, None),
    ],
)  # fmt: skip
def test_only_what_is_lossless_and_gains_by_it_is_made_smaller(container, size, form):
    piece = track(format=container, length=200.0, stamp=FileStamp(1, 1, size, 1))
    assert Smaller(Form.OPUS).of(piece).form is form
    assert Smaller(Form.OPUS, again=True).of(piece).form is (None if size < 4_000_000 else Form.OPUS)
    assert Smaller().of(piece) == Making()


def test_a_list_from_before_there_were_smaller_copies_is_still_understood(tone_shelf):
    tone_shelf.copy(tone_shelf.plan("{name}"))
    path = tone_shelf.target / NAME
    stored = json.loads(path.read_text())
    for record in stored["files"].values():
        del record["making"]
    path.write_text(json.dumps(stored))
    assert tone_shelf.plan("{name}").count(Action.KEEP) == 2
