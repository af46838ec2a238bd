"""What a file is, told from its first bytes."""

from __future__ import annotations

from genre_tagger.files.sniff import sniff
from genre_tagger.files.tags import AUDIO_EXTENSIONS


def test_what_is_no_music_is_not_sniffed_as_such():
    for head in (
        b"",
        b"\xff",
        b"\xff\xfeT\0e\0x\0t\0",
        b"\xff\xd8\xff\xe0",
        b"\0\0\0\x18ftypheic",
        b"RIFF\0\0\0\0AVI ",
    ):
        assert sniff(head, "file") is None
    assert sniff(b"\0\0\0\x18ftypisom", "film.mp4") == "mp4"
    assert sniff(b"\xff\xfb\x90\x64", "file") == "mp3"
    assert {"mp3", "m4a", "m4b", "flac", "ogg", "opus", "wav", "aiff", "wma", "dsf", "aac"} <= AUDIO_EXTENSIONS
