"""The settings: what they may be, the file they lie in, and the store that changes and saves them."""

from __future__ import annotations

import errno
import json
import os
import time
from dataclasses import asdict, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.settings import store
from app.settings.settings import (
    LONGEST,
    Settings,
    WindowState,
    about,
    checked,
    default,
    load,
    names,
    pages,
    save,
    word,
)
from app.settings.store import SettingsStore
from genre_tagger.review.policy import Besides, By, Mode, Policy

CHANGED = Settings(
    cluster={"Address": "local:2"},
    scheme="dark", mode="add", threshold=0.83, spelling={"Hip-Hop": "Rap; Spoken Word", "Metal": ""}, keep_mtime=True,
    id3_version=3, among="ten", windows=5, cores=2, play_selected=False, play_on=False, keep_playing=True, volume=0.25,
    by="album", watch_all=True, review_stay=True, review_play=False, review_albums=True, own_keys={"Alt+1": "Polka"},
    review_keys={"leave": "K"}, besides="style mood", besides_field="mood", besides_most=3,
)  # fmt: skip


@pytest.fixture
def path(tmp_path) -> str:
    return str(tmp_path / "below" / "settings.json")


@pytest.fixture
def written(path):
    """A function that puts a file there."""

    def written(content) -> str:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    return written


@pytest.fixture
def open_store(path, qapp):
    """A function that opens the settings as the program does; all that are open are closed at the end."""
    opened = []

    def open_store() -> SettingsStore:
        opened.append(SettingsStore.open(path))
        return opened[-1]

    yield open_store
    for settings_store in opened:
        settings_store.close()


def beside(path: str) -> list[str]:
    return sorted(os.listdir(os.path.dirname(path)))


def content_of(path: str) -> dict:
    with open(path, encoding="utf-8") as file:
        return json.load(file)


# --- what they may be --------------------------------------------------------------------------------


def test_every_setting_has_words_a_page_and_a_default_that_it_may_have():
    for name in names():
        row = about(name)
        assert row.title
        assert row.help.endswith(".")
        assert checked(name, default(name)) == default(name)
    assert pages() == ["Genres", "Writing", "Listening", "Looks", "Playing", "Reviewing"]
    assert sorted(name for page in pages() for name in names(page)) == sorted(names())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mode", "drop"), ("mode", ["fill"]), ("mode", None), ("threshold", 0.96), ("threshold", -0.01),
        ("threshold", float("nan")), ("threshold", True), ("threshold", "0.5"), ("keep_mtime", 1),
        ("id3_version", 2), ("id3_version", True), ("id3_version", 4.0), ("windows", 10), ("windows", -1),
        ("windows", 2.0), ("cores", True), ("volume", float("inf")), ("spelling", ["Jazz"]), ("spelling", {"Jazz": 1}),
        ("spelling", {"": "Jazz"}), ("spelling", {"Jazz": "a\nb"}), ("spelling", {"Jazz": "a;b"}),
        ("spelling", {"Jazz": "x" * (LONGEST + 1)}), ("spelling", {"Jazz": "\ud800"}),
    ],
)  # fmt: skip
def test_a_setting_cannot_be_what_makes_no_sense(name, value):
    with pytest.raises(ValueError, match=name):
        checked(name, value)


def test_the_ends_of_the_bounds_are_allowed_and_whole_numbers_do_for_shares():
    assert checked("threshold", 0) == 0.0
    assert isinstance(checked("threshold", 0), float)
    assert checked("volume", 1) == 1.0
    assert checked("windows", 9) == 9


@given(st.text() | st.text("ab ;\n\ud800", max_size=3 * LONGEST))
def test_what_is_typed_becomes_a_word_that_may_be_stored(text):
    tidy = word(text)
    assert checked("spelling", {"Jazz": tidy}) == {"Jazz": tidy}
    assert word(tidy) == tidy
    assert len(tidy) <= LONGEST


def test_the_policy_is_that_of_the_settings():
    assert CHANGED.policy == Policy(
        Mode.ADD, 0.83, {"Hip-Hop": "Rap; Spoken Word"}, By.ALBUM, Besides(("style", "mood"), "mood", 3)
    )  # fmt: skip
    assert Settings().policy == Policy()


def test_nobody_changes_settings_past_the_store():
    with pytest.raises(AttributeError):
        Settings().mode = "add"  # type: ignore[misc]


# --- the file ----------------------------------------------------------------------------------------


def test_settings_come_back_as_they_were_saved(path, qapp):
    assert {name for name in names() if getattr(CHANGED, name) == default(name)} == set()
    assert store.write_settings(path, CHANGED, {}) == ""
    assert store.read_settings(path) == store.StoredSettings(CHANGED)
    assert content_of(path)["version"] == 1


def test_without_a_file_everything_is_as_usual_and_none_is_made(path):
    assert store.read_settings(path) == store.StoredSettings()
    assert not os.path.exists(os.path.dirname(path))


def test_a_file_of_the_first_version_that_had_no_number_is_understood(written):
    stored = store.read_settings(written({"scheme": "dark", "mode": "fill", "threshold": 0.7, "volume": 0.5}))
    assert stored == store.StoredSettings(Settings(scheme="dark", threshold=0.7, volume=0.5))


def test_a_file_saved_by_an_editor_that_marks_its_encoding_is_understood(written):
    assert store.read_settings(written(b"\xef\xbb\xbf" + b'{"scheme": "dark"}')).settings.scheme == "dark"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b"[" * 100_000, b'{"scheme": "dark"', b'{"version": "1"}',
        b'{"version": 0}', b'{"version": true}', b" " * 1_000_001 + b"{}",
    ],
    ids=["empty", "cut", "list", "null", "bytes", "deep", "unended", "text", "zero", "true", "huge"],
)  # fmt: skip
def test_a_broken_file_is_kept_aside_and_said(written, content):
    path = written(content)
    stored = store.read_settings(path)
    assert stored.settings == Settings()
    (kept,) = beside(path)
    assert kept.startswith("settings.json.broken-")
    assert os.path.join(os.path.dirname(path), kept) in stored.notice
    with open(os.path.join(os.path.dirname(path), kept), "rb") as file:
        assert file.read() == content
    assert stored.may_save


def test_a_newer_file_is_kept_aside_and_said(written):
    content = {"version": 2, "scheme": "dark", "new": {"thing": 1}}
    path = written(content)
    stored = store.read_settings(path)
    assert stored.settings == Settings()
    assert "newer version" in stored.notice
    (kept,) = beside(path)
    assert kept.startswith("settings.json.newer-")
    assert content_of(os.path.join(os.path.dirname(path), kept)) == content


def test_two_broken_files_in_one_second_are_both_kept(written, monkeypatch):
    monkeypatch.setattr(time, "strftime", lambda _: "20260101-120000")
    for content in (b"one", b"two"):
        path = written(content)
        store.read_settings(path)
    assert beside(path) == ["settings.json.broken-20260101-120000", "settings.json.broken-20260101-120000-2"]


def test_one_setting_that_makes_no_sense_costs_only_itself_and_the_file_is_kept(written):
    stored = store.read_settings(written({"version": 1, "threshold": 7, "scheme": "dark", "windows": "many"}))
    assert stored.settings == Settings(scheme="dark")
    assert about("threshold").title in stored.notice
    assert about("windows").title in stored.notice
    assert about("scheme").title not in stored.notice


def test_what_another_program_of_the_same_version_put_in_stays_in_the_file(written, open_store):
    path = written({"version": 1, "scheme": "dark", "tune": [1, 2]})
    store = open_store()
    store.set("windows", 3)
    store.close()
    assert content_of(path) == asdict(Settings(scheme="dark", windows=3)) | {"version": 1, "tune": [1, 2]}


def test_a_file_that_cannot_be_read_is_never_written_over(path, open_store):
    os.makedirs(path)  # a folder where the file should be cannot be read by anybody, root neither
    store = open_store()
    assert path in store.notice
    store.set("scheme", "dark")
    store.close()
    assert os.path.isdir(path)
    assert beside(path) == ["settings.json"]


def test_a_broken_file_that_cannot_be_kept_aside_is_never_written_over(written, open_store, monkeypatch):
    path = written(b"{")

    def refuse(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", refuse)
        store = open_store()
    assert "cannot be kept aside" in store.notice
    store.set("scheme", "dark")
    store.close()
    with open(path, "rb") as file:
        assert file.read() == b"{"


def test_a_link_to_the_file_stays_a_link(tmp_path, open_store, path):
    real = tmp_path / "dotfiles.json"
    real.write_text("{}", encoding="utf-8")
    os.makedirs(os.path.dirname(path))
    os.symlink(real, path)
    store = open_store()
    store.set("scheme", "dark")
    store.close()
    assert os.path.islink(path)
    assert content_of(str(real))["scheme"] == "dark"


# --- the store ---------------------------------------------------------------------------------------


def test_a_change_is_told_once_and_saved_soon_without_closing(open_store, path, qtbot):
    settings_store = open_store()
    told = []
    settings_store.changed.connect(told.append)
    settings_store.set("threshold", 0.6)
    settings_store.set("threshold", 0.6)
    settings_store.set("mode", "add")
    assert told == ["threshold", "mode"]
    qtbot.waitUntil(lambda: os.path.exists(path), timeout=10_000)
    assert store.read_settings(path).settings == Settings(threshold=0.6, mode="add")


def test_closing_saves_what_was_changed_a_moment_ago(open_store, path):
    store = open_store()
    store.set("scheme", "light")
    store.close()
    assert content_of(path)["scheme"] == "light"


def test_nothing_is_written_when_nothing_was_changed(open_store, path):
    open_store().close()
    assert not os.path.exists(path)


def test_a_setting_or_all_go_back_to_what_they_were_at_first(open_store, written):
    written(asdict(CHANGED) | {"version": 1})
    store = open_store()
    assert store.settings == CHANGED
    store.reset("volume")
    assert store.settings.volume == 0.8
    assert not store.is_changed("volume")
    assert store.is_changed()
    told = []
    store.changed.connect(told.append)
    store.reset()
    assert store.settings == Settings()
    assert sorted(told) == sorted(one.name for one in fields(Settings) if one.name != "volume")
    assert not store.is_changed()


def test_a_value_that_makes_no_sense_is_refused_and_changes_nothing(open_store):
    store = open_store()
    with pytest.raises(ValueError, match="windows"):
        store.set("windows", 100)
    assert store.settings == Settings()


def test_where_the_folder_is_a_file_nothing_is_read_and_nothing_is_tried(tmp_path, open_store, path):
    with open(str(tmp_path / "below"), "w", encoding="utf-8"):
        pass
    store = open_store()
    assert path in store.notice
    store.set("mode", "add")
    store.close()


def test_a_folder_that_cannot_be_made_is_said_while_running_and_in_the_log_at_the_end(
    tmp_path, open_store, path, qtbot, caplog
):
    store = open_store()
    with open(str(tmp_path / "below"), "w", encoding="utf-8"):
        pass
    said = []
    store.failed.connect(said.append)
    for mode in ("add", "replace"):
        store.set("mode", mode)
        store._timer.stop()
        store._save()
        store._thread.join(10)
        qtbot.wait(20)
    assert len(said) == 1
    assert path in said[0]
    assert store.settings.mode == "replace"
    store.close()
    assert path in caplog.text
    os.unlink(str(tmp_path / "below"))
    store.close()
    assert content_of(path)["mode"] == "replace"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the disk that is always full is one of Linux")
def test_a_full_disk_costs_the_new_settings_not_the_old_ones(path, monkeypatch, qapp):
    store.write_settings(path, CHANGED, {})
    real_open = open

    def full(name, *arguments, **more):
        return real_open("/dev/full" if str(name).endswith(".part") else name, *("wb",), **more)

    monkeypatch.setattr("genre_tagger.base.small_files.open", full, raising=False)
    assert "no room left" in store.write_settings(path, Settings(), {})
    monkeypatch.undo()
    assert store.read_settings(path).settings == CHANGED
    assert beside(path) == ["settings.json"]


# --- how the window was left -------------------------------------------------------------------------


def test_one_bad_value_of_the_window_costs_only_itself(tmp_path):
    path = os.path.join(str(tmp_path), "window.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"words": "blue", "sidebar": "yes", "unknown": 1, "details": False}, file)
    assert load(WindowState, path) == WindowState(words="blue", details=False)


def test_how_the_window_was_left_comes_back(tmp_path):
    path = os.path.join(str(tmp_path), "below", "window.json")
    state = WindowState(words="blue", details=False)
    save(state, path)
    assert load(WindowState, path) == state


def test_a_state_that_cannot_be_saved_costs_nothing_else(tmp_path):
    blocker = os.path.join(str(tmp_path), "file")
    with open(blocker, "w", encoding="utf-8"):
        pass
    save(WindowState(), os.path.join(blocker, "window.json"))
    assert os.listdir(str(tmp_path)) == ["file"]
