"""The list on a target: what it remembers, what it believes after a kill, and whom it does not trust."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from genre_tagger.base.errors import TargetError
from genre_tagger.sorting.copies.manifest import NAME, Manifest, Record

RECORD = Record("/music/\udcff.mp3", 3, 5, "aa", ("Jazz", "Čaj"), 3, hashlib.sha256(b"abc").hexdigest())


def test_what_is_written_is_read_again_byte_for_byte(tmp_path):
    manifest = Manifest(str(tmp_path), {"a/b.mp3": replace(RECORD, ours=False, note="Why.")}, {}, {"Jazz.m3u8": "ff"})
    manifest.write()
    assert Manifest.read(str(tmp_path)) == manifest
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_a_target_without_a_list_has_an_empty_one(tmp_path):
    assert Manifest.read(str(tmp_path / "none")) == Manifest(str(tmp_path / "none"))


@pytest.mark.parametrize(("content", "arrived"), [(b"abc", True), (b"abd", False), (None, False)])
def test_what_was_pending_is_believed_by_its_bytes_alone(tmp_path, content, arrived):
    old = replace(RECORD, digest="00")
    Manifest(str(tmp_path), {"a.mp3": old}, {"a.mp3": RECORD}).write()
    if content is not None:
        (tmp_path / "a.mp3").write_bytes(content)
    assert Manifest.read(str(tmp_path)).files == {"a.mp3": RECORD if arrived else old}


@pytest.mark.parametrize("name", ["../a", "/etc/passwd", "a//b", "a/./b", "", "a/../../b", "a\0", "..\\a"])
def test_a_list_that_leads_out_of_the_target_is_refused(tmp_path, name):
    Manifest(str(tmp_path), {name: RECORD}).write()
    with pytest.raises(TargetError):
        Manifest.read(str(tmp_path))


@pytest.mark.parametrize("change", [{"size": "3"}, {"ours": 1}, {"genres": "Jazz"}, {"more": 1}, {"note": None}])
def test_a_record_of_another_form_is_refused(tmp_path, change):
    Manifest(str(tmp_path), {"a": RECORD}).write()
    stored = json.loads((tmp_path / NAME).read_text())
    stored["files"]["a"] |= change
    (tmp_path / NAME).write_text(json.dumps(stored))
    with pytest.raises(TargetError, match="Rename it"):
        Manifest.read(str(tmp_path))
