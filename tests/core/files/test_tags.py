"""Reading all tags and writing genres, in every format."""

from __future__ import annotations

import glob
import io
import os
import time

import mutagen
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from mutagen.asf import ASF
from mutagen.flac import FLAC, Padding
from mutagen.id3 import ID3, TCMP, TCOM, TCON, TDRC, TIT2, TPE2, TPOS, TXXX
from mutagen.mp4 import MP4
from mutagen.oggvorbis import OggVorbis

from genre_tagger.base.errors import TagError
from genre_tagger.files.proof.survey import survey
from genre_tagger.files.sniff import id3_size
from genre_tagger.files.splice import apetag, id3
from genre_tagger.files.splice.id3 import Id3Style
from genre_tagger.files.tags import read_genres, read_tags, write_genres
from genre_tagger.files.values import Details
from helpers.files import contents, store
from helpers.riff import info_list

FORMATS = {
    ".mp3": "MP3", ".flac": "FLAC", ".oga": "FLAC", ".ogg": "Vorbis", ".opus": "Opus", ".spx": "Speex", ".wav": "WAV",
    ".aiff": "AIFF", ".wma": "WMA", ".wv": "WavPack", ".ape": "Monkey's Audio", ".mpc": "Musepack", ".tta": "TTA",
    ".dsf": "DSF", ".tak": "TAK", ".ofr": "OptimFROG", ".m4a": "AAC",
}  # fmt: skip
UNPROVEN = {"ogg-chained", "m4a-fragmented"}

# One file of each way of storing a genre.
KINDS = (
    "mp3",
    "mp3-v23",
    "flac",
    "ogg",
    "opus",
    "speex",
    "oga",
    "m4a",
    "wav",
    "wav-tagged",
    "aiff",
    "wma",
    "wv",
    "dsf",
)
JOINED = {"mp3-v23", "wav-tagged", "aiff"}


def test_every_format_gives_its_tags(media, media_table, tagged_name):
    found = read_tags(media(tagged_name))
    assert (found.title, found.artist, found.album) == ("A Short Chord", "Genre Tagger", "Test Tones")
    assert found.track_number == 3
    assert found.genres == media_table[tagged_name].genres
    expected = "ALAC" if tagged_name == "alac" else FORMATS[os.path.splitext(media_table[tagged_name].file)[1]]
    assert found.format == expected
    assert 0.0 < found.length < 3.0


SAID = Details("Various Artists", 2, 1999, True, "Clara", "Suite")
IN_FRAMES = (
    TPE2(3, ["Various Artists"]), TPOS(3, ["2/3"]), TDRC(3, ["1999-05-01"]), TCMP(3, ["1"]), TCOM(3, ["Clara"]),
    TXXX(3, "work", ["Suite"]),
)  # fmt: skip
IN_COMMENTS = {
    "ALBUMARTIST": "Various Artists", "discnumber": "2", "DATE": "1999-05-01", "COMPILATION": "1", "Composer": "Clara",
    "WORK": "Suite",
}  # fmt: skip
IN_ATTRIBUTES = {
    "WM/AlbumArtist": "Various Artists", "WM/PartOfSet": "2/3", "WM/Year": "1999", "WM/IsCompilation": True,
    "WM/Composer": "Clara", "WM/Work": "Suite",
}  # fmt: skip
IN_ITEMS = {
    "Album Artist": "Various Artists", "Disc": "2/3", "Year": "1999", "Compilation": "1", "Composer": "Clara",
    "Work": "Suite",
}  # fmt: skip
IN_ATOMS = {
    "aART": ["Various Artists"], "disk": [(2, 3)], "\xa9day": ["1999-05-01"], "cpil": True, "\xa9wrt": ["Clara"],
    "\xa9wrk": ["Suite"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("mp3", IN_FRAMES), ("mp3-v23", IN_FRAMES), ("wav", IN_FRAMES), ("aiff", IN_FRAMES), ("dsf", IN_FRAMES),
        ("flac", IN_COMMENTS), ("ogg", IN_COMMENTS), ("opus", IN_COMMENTS), ("speex", IN_COMMENTS),
        ("wma", IN_ATTRIBUTES), ("wv", IN_ITEMS), ("ape", IN_ITEMS), ("m4a", IN_ATOMS),
    ],
)  # fmt: skip
def test_every_kind_of_tag_says_what_album_and_work_a_track_is_of(media, name, told):
    path = media(name)
    assert read_tags(path).details.album_artist == ""
    file = mutagen.File(path)
    if file.tags is None:
        file.add_tags()
    if told is IN_FRAMES:
        for frame in told:
            file.tags.add(frame)
        file.save(v2_version=3 if name == "mp3-v23" else 4)
    else:
        file.tags.update(told)
        file.save()
    assert read_tags(path).details == SAID


def test_an_id3_tag_of_the_oldest_kind_says_it_too(media):
    frames = {"TT2": "Song", "TP2": "Various", "TPA": "2/3", "TYE": "1999", "TCP": "1", "TCM": "Clara"}
    raw = b"".join(f"{name}\0\0{chr(len(text) + 1)}\0{text}".encode() for name, text in frames.items())
    tag = b"ID3\2\0\0" + bytes([0, 0, len(raw) >> 7, len(raw) & 127]) + raw
    path = media("mp3-bare")
    store(path, tag + contents(path))
    assert read_tags(path).details == Details("Various", 2, 1999, True, "Clara")


@pytest.mark.parametrize(("date", "year"), [("1999", 1999), ("0000", None), ("May 1999", None), ("19", None)])
def test_a_year_is_what_a_date_begins_with(media, date, year):
    path = media("flac")
    file = FLAC(path)
    file["date"] = [date]
    file.save()
    assert read_tags(path).details.year == year


def test_a_file_without_tags_gives_empty_ones(media):
    for name in ("mp3-bare", "wav", "m4a-fragmented"):
        found = read_tags(media(name))
        assert (found.title, found.artist, found.album, found.track_number, found.genres) == ("", "", "", None, ())


@pytest.mark.parametrize("genres", [("Blues",), ("Hip-Hop", "Größe 音楽"), ()])
def test_genres_written_are_read_back_and_nothing_else_changes(media, media_name, genres):
    if media_name in UNPROVEN:
        pytest.skip("the proof refuses this file, or any change of its size")
    path = media(media_name)
    before, seen = read_tags(path), survey(path)
    write_genres(path, genres)
    after = read_tags(path)
    assert after.genres == genres
    assert survey(path) == seen
    kept = ("title", "artist", "album", "track_number", "format")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]


@pytest.mark.parametrize("name", KINDS)
def test_any_name_survives_in_each_format_or_is_refused(media, name):
    path = media(name)
    original = contents(path)
    seen = survey(path)

    @settings(max_examples=15)
    @given(st.lists(st.text(min_size=1, max_size=15), min_size=1, max_size=3))
    @example(["C", "C"])
    def check(genres: list[str]) -> None:
        store(path, original)
        try:
            write_genres(path, genres)
        except TagError:
            plain = all(genre.isprintable() and genre == genre.strip() for genre in genres)
            storable = not any(genre[0] in "(" or genre.isdecimal() or genre in ("CR", "RX") for genre in genres)
            assert not plain or not storable or (name in JOINED and any(";" in genre for genre in genres))
            return
        assert read_genres(path) == tuple(genres)
        assert survey(path) == seen

    check()


@pytest.mark.parametrize("name", ["mp3", "flac", "ogg", "opus", "m4a", "tta"])
def test_a_genre_that_fits_into_the_padding_leaves_the_size_as_it_is(media, name):
    path = media(name)
    write_genres(path, ["Jazz", "Something so long that it needs new padding" * 60])
    size = os.path.getsize(path)
    write_genres(path, ["Blues", "Soul"])
    assert os.path.getsize(path) == size


@pytest.mark.parametrize(
    ("text", "genres"),
    [
        ("(17)", ("Rock",)),
        ("17", ("Rock",)),
        ("(4)Eurodisco", ("Disco", "Eurodisco")),
        ("((x)", ("(x)",)),
        ("17\0Rock\0Cumbia\0Cumbia", ("Rock", "Cumbia", "Cumbia")),
    ],
)
def test_numbers_in_id3_are_read_as_names(media, text, genres):
    path = media("mp3-v23")
    frame = id3.genre_frame(3, ["?"], "; ")[:4] + (len(text) + 1).to_bytes(4, "big") + b"\0\0\0" + text.encode()
    old = contents(path)
    size = id3_size(old[:10])
    kept = b"".join(one.raw for one in id3.parse(old).frames if one.id != b"TCON")
    body = (kept + frame).ljust(size - 10, b"\0")
    store(path, old[:10] + body + old[size:])
    assert read_genres(path) == genres


@pytest.mark.parametrize("genre", ["17", "RX"])
def test_a_name_that_id3_would_read_as_a_number_is_refused(media, genre):
    with pytest.raises(TagError, match="read back"):
        write_genres(media("mp3"), [genre])


@pytest.mark.parametrize("genre", ["(17)", "((x", "(Hip) Hop", "(RX)tra"])
def test_a_name_in_brackets_is_stored_as_it_is(media, genre):
    for name in ("mp3", "mp3-v23"):
        path = media(name)
        write_genres(path, [genre])
        assert read_genres(path) == (genre,)


@pytest.mark.parametrize("genre", ["", " ", "a\0b", "line\nend", " padded", "half \ud83d"])
def test_a_name_that_tags_cannot_hold_is_refused_before_anything_is_written(media, genre):
    path = media("flac")
    old = contents(path)
    with pytest.raises(TagError, match=r"empty|characters"):
        write_genres(path, ["Jazz", genre])
    assert contents(path) == old


def test_the_version_of_an_id3_tag_and_its_separator_are_kept(media):
    path = media("mp3-v23")
    write_genres(path, ["Jazz", "Soul"], Id3Style(separator="/"))
    assert ID3(path, translate=False).version == (2, 3, 0)
    assert b"\0Jazz/Soul" in contents(path)
    assert read_genres(path, id3_separator="/") == ("Jazz", "Soul")
    with pytest.raises(TagError, match="read back"):
        write_genres(path, ["AC;DC"])


def test_a_new_id3_tag_is_2_4_and_an_id3v1_tag_that_is_there_follows(media):
    path = media("mp3-bare")
    v1 = b"TAG" + b"Old title".ljust(124, b"\0") + b"\x11"
    store(path, contents(path) + v1)
    assert read_tags(path).title == "Old title"
    assert read_genres(path) == ("Rock",)
    write_genres(path, ["Reggae"])
    assert ID3(path).version == (2, 4, 0)
    assert contents(path)[-128:] == v1[:-1] + b"\x10"
    write_genres(path, [])
    assert contents(path)[-1] == 255
    assert read_genres(path) == ()


def test_no_id3v1_tag_is_made_and_tag_within_the_sound_is_none(media):
    path = media("mp3-bare")
    data = contents(path)
    for distance in (124, 125, 126, 127):
        sound = data[:-distance] + b"TAG" + data[len(data) - distance + 3 :]
        store(path, sound)
        assert read_tags(path).title == ""
        write_genres(path, ["Rock"])
        assert contents(path).endswith(sound)


def test_the_genre_of_an_apev2_tag_in_an_mp3_follows_and_its_other_items_stay(media):
    path = media("mp3-ape")
    old = contents(path)
    write_genres(path, ["Jazz", "Soul"])
    assert b"Genre\0Jazz\0Soul" in contents(path)
    assert b"Swing" in old
    assert b"Swing" not in contents(path)
    write_genres(path, [])
    with open(path, "rb") as file:
        begin, end = apetag.locate(path, file)
    assert begin < end
    assert b"Genre\0" not in contents(path)


def test_an_id3_size_that_reaches_into_the_sound_is_refused(media):
    path = media("mp3")
    old = bytearray(contents(path))
    old[9] += 20
    store(path, bytes(old))
    with pytest.raises(TagError):
        write_genres(path, ["Rock"])
    assert contents(path) == bytes(old)


def test_two_id3_tags_are_refused(media):
    path = media("mp3")
    store(path, id3.splice(path, b"", ["Rock"]) + contents(path))
    old = contents(path)
    with pytest.raises(TagError, match="two ID3 tags"):
        write_genres(path, ["Jazz"])
    assert contents(path) == old


def test_a_wav_file_with_a_wrong_size_is_refused_untouched(media):
    path = media("wav")
    old = bytearray(contents(path))
    old[4] ^= 2
    store(path, bytes(old))
    with pytest.raises(TagError, match="wrong size"):
        write_genres(path, ["Jazz"])
    assert contents(path) == bytes(old)


def test_wavpack_3_is_not_taken_for_wav(media):
    with pytest.raises(TagError):
        write_genres(media("wav", "old.wv"), ["Jazz"])


def test_info_is_read_where_a_wav_file_has_no_id3(media):
    path = media("wav")
    texts = info_list(INAM=b"Song\0", IART=b"Me\0", IPRD=b"Disc\0", ITRK=b"4\0", IGNR=b"Jazz; Soul\0")
    data = contents(path) + texts
    store(path, data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:])
    found = read_tags(path)
    assert (found.title, found.artist, found.album, found.track_number) == ("Song", "Me", "Disc", 4)
    assert found.genres == ("Jazz", "Soul")


def test_mp4_has_several_values_in_one_atom_and_its_number_is_replaced(media):
    path = media("m4a")
    write_genres(path, ["twelve chars"])
    atom = b"\0\0\0\x24\xa9gen\0\0\0\x1cdata\0\0\0\1\0\0\0\0twelve chars"
    number = b"\0\0\0\x1agnre\0\0\0\x12data" + bytes(8) + b"\0\x12"  # one more than ID3v1's number of Rock
    data = contents(path)
    assert atom in data
    store(path, data.replace(atom, number + b"\0\0\0\x0afree\0\0"))
    assert read_genres(path) == ("Rock",)
    write_genres(path, ["Jazz", "Soul"])
    new = contents(path)
    assert b"gnre" not in new
    assert new.count(b"\xa9gen") == 1
    assert MP4(path).tags["\xa9gen"] == ["Jazz", "Soul"]


def test_vorbis_comments_repeat_the_field_and_keep_their_order_and_vendor(media):
    path = media("ogg")
    before = OggVorbis(path)
    others = [pair for pair in before.tags if pair[0].lower() != "genre"]
    write_genres(path, ["Jazz", "Soul"])
    after = OggVorbis(path)
    assert after.tags.vendor == before.tags.vendor
    assert [pair for pair in after.tags if pair[0].lower() != "genre"] == others
    assert after.tags["genre"] == ["Jazz", "Soul"]


def test_a_flac_file_without_comments_or_padding_gets_its_genre(media):
    path = media("flac")
    file = FLAC(path)
    file.delete(path)
    file.metadata_blocks = [block for block in file.metadata_blocks if not isinstance(block, Padding)]
    file.save(padding=lambda info: 0)
    seen = survey(path)
    write_genres(path, ["Jazz"])
    assert survey(path) == seen
    assert read_genres(path) == ("Jazz",)


def test_wma_repeats_the_attribute(media):
    path = media("wma")
    write_genres(path, ["Jazz", "Soul"])
    assert [str(value) for value in ASF(path).tags["WM/Genre"]] == ["Jazz", "Soul"]


def test_dsf_without_a_tag_gets_one_and_its_header_says_so(media):
    path = media("dsf")
    data = contents(path)
    pointer = int.from_bytes(data[20:28], "little")
    bare = data[:12] + pointer.to_bytes(8, "little") + bytes(8) + data[28:pointer]
    store(path, bare)
    assert read_genres(path) == ()
    write_genres(path, ["Jazz"])
    new = contents(path)
    assert new[:12] + new[28:pointer] == bare[:12] + bare[28:]
    assert [int.from_bytes(new[at : at + 8], "little") for at in (12, 20)] == [len(new), pointer]
    store(path, new + b"behind")
    with pytest.raises(TagError, match="wrong size"):
        write_genres(path, ["Rock"])


def test_raw_aac_is_read_with_its_id3_tag_and_not_written(media, tmp_path):
    import av  # only to have the packets of a real encoder

    sound = b""
    with av.open(media("m4a")) as source:
        for packet in source.demux(audio=0):
            if packet.size:
                size = packet.size + 7
                sound += bytes((0xFF, 0xF1, 0x50, 0x40 | size >> 11, size >> 3 & 0xFF, (size & 7) << 5 | 0x1F, 0xFC))
                sound += bytes(packet)
    path = store(str(tmp_path / "raw.aac"), sound)
    assert (read_tags(path).format, read_genres(path)) == ("AAC", ())
    tag = ID3()
    tag.add(TIT2(text=["Raw"]))
    tag.add(TCON(text=["Jazz"]))
    tag.save(path)
    assert (read_tags(path).title, read_genres(path), read_tags(path).format) == ("Raw", ("Jazz",), "AAC")
    with pytest.raises(TagError, match="cannot be written"):
        write_genres(path, ["Rock"])


def test_content_goes_before_extension(media):
    assert read_tags(media("flac", "wrong.mp3")).format == "FLAC"
    assert read_tags(media("mp3", "wrong.flac")).format == "MP3"
    assert read_tags(media("m4a", "wrong.ogg")).format == "AAC"
    assert read_tags(media("opus", "none")).format == "Opus"
    assert read_tags(media("mp3", "none")).format == "MP3"
    assert read_tags(media("tta", "none")).format == "TTA"


@pytest.mark.parametrize("name", ["text", "broken", "empty"])
def test_a_file_that_only_claims_to_be_music_says_so(media, name):
    with pytest.raises(TagError, match=r"not the MP3 file|empty"):
        read_tags(media(name))


@pytest.mark.parametrize("size", [b"\0", b"\2", b"\x80\x01", b"\xff" * 8 + b"\x80\0"])
def test_a_musepack_packet_that_leads_back_to_itself_does_not_go_round_for_ever(tmp_path, size):
    with pytest.raises(TagError, match="damaged"):
        read_tags(store(str(tmp_path / "loop.mpc"), b"MPCKXY" + size + bytes(40)))


def test_a_given_open_file_is_used_and_left_open(media):
    path = media("flac")
    with open(path, "rb") as file:
        assert read_tags("somewhere/else.flac", file) == read_tags(path)
        assert not file.closed


def test_a_file_that_is_not_there_or_a_drive_that_fails_is_a_tag_error(tmp_path, media):
    with pytest.raises(TagError, match="No such file"):
        read_tags(str(tmp_path / "gone.mp3"))

    class Failing(io.BytesIO):
        well = 0

        def read(self, size: int | None = -1) -> bytes:
            self.well -= 1
            if self.well < 0:
                raise OSError(5, "Input/output error")
            return super().read(size)

    data = contents(media("mp3-v23"))
    for reads in range(12):
        file = Failing(data[:3] + b"\2" + data[4:])  # of a version that takes a closer look
        file.well = reads
        with pytest.raises(TagError, match="Input/output error"):
            read_tags("x.mp3", file)
    file = Failing(data)
    with pytest.raises(TagError, match="Input/output error"):
        read_tags("x.mp3", file)


def test_values_are_put_on_one_line(media):
    path = media("flac")
    file = FLAC(path)
    file.tags["title"] = ["Two\nlines\x1b[31m", "and more"]
    file.tags["tracknumber"] = "nonsense/12"
    file.save()
    found = read_tags(path)
    assert found.title == "Two lines [31m; and more"
    assert found.track_number is None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_raise_nothing_but_tag_errors(media_table, data):
    folder = os.path.join(os.path.dirname(__file__), os.pardir, os.pardir, "data")
    medium = media_table[data.draw(st.sampled_from(sorted(media_table)))]
    with open(os.path.join(folder, medium.file), "rb") as file:
        damaged = bytearray(file.read())
    for _ in range(data.draw(st.integers(1, 12))):
        if damaged:
            damaged[data.draw(st.integers(0, min(len(damaged), 1500) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(damaged)))
    for body in (bytes(damaged), bytes(damaged[:cut])):
        try:
            found = read_tags(medium.file, io.BytesIO(body))
        except TagError:
            continue
        assert found.length >= 0.0


@pytest.mark.data
@pytest.mark.filterwarnings("error")
def test_files_of_other_projects_give_tags_or_a_tag_error(data_folder):
    read = 0
    for path in glob.glob(os.path.join(data_folder, "tagfiles", "**", "*"), recursive=True):
        if not os.path.isfile(path):
            continue
        start = time.perf_counter()
        try:
            found = read_tags(path)
        except TagError:
            found = None
        read += found is not None
        assert time.perf_counter() - start < 2.0, path
    assert read > 380
