"""A person's genres in the window: trusted, learned, switched off, forgotten, coloured, changed, taken from files."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QMainWindow, QMenu

from app.jobs.state import Counted
from app.jobs.work import Work
from app.look import genre_colours
from app.review.genres.own_genres import OwnGenresDialog
from app.review.genres.part import GenresPart
from app.review.genres.rows import PROPOSED, TRUST
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision
from genre_tagger.review.learned import State
from genre_tagger.review.names.genre_list import GenreList, OwnGenre, read_list, store_list
from genre_tagger.review.names.standing import Standing
from helpers.patience import LONG
from helpers.sounds import store

KINDS = ["Chanson", "Dub", "Jazz", "Rock"] * 12


@pytest.fixture
def genres(qtbot, library_path, queries, track_list, library_state):
    """The dialog on a library whose first tracks have their genre in the file, and what is behind it."""
    with Library.open(library_path) as library:
        store(library, KINDS, tagged=range(32))
    window, work = QMainWindow(), Work(library_path)
    qtbot.addWidget(window)
    actions = {name: QAction(window) for name in ("tidy", "more", "your_genres")}
    part = GenresPart(window, actions, queries, work, track_list, library_state, lambda _: None)
    part._learning.setInterval(0)
    actions["your_genres"].trigger()
    desk = Desk(part, part.dialog, library_path, lambda until: qtbot.waitUntil(lambda: bool(until()), timeout=LONG))
    desk.wait(lambda: part.dialog.model.rows)
    yield desk
    assert work.stop(10)
    genre_colours.take({}, [])


class Desk:
    """What a person sees of their genres, and does."""

    def __init__(self, part: GenresPart, dialog: OwnGenresDialog, path: str, wait: Callable) -> None:
        self.part, self.dialog, self.path, self.wait = part, dialog, path, wait

    def row(self, name: str) -> Standing:
        return next((row for row in self.dialog.model.all_rows() if row.name == name), Standing(""))

    def tick(self, name: str, column: int) -> None:
        model = self.dialog.model
        index = model.index(model.index_of(name).row(), column)
        delegate = self.dialog.table.itemDelegateForColumn(column)
        assert delegate is not None
        from PySide6.QtCore import QEvent, Qt
        from PySide6.QtGui import QKeyEvent
        from PySide6.QtWidgets import QStyleOptionViewItem

        space = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier)
        assert delegate.editorEvent(space, model, QStyleOptionViewItem(), index)

    def heard(self) -> set[str | None]:
        with Library.open(self.path) as library:
            return {track.prediction.genre for track in library.tracks(ids=range(33, 49)) if track.prediction}


def test_tags_are_trusted_learned_from_and_forgotten_again(genres, monkeypatch):
    assert genres.heard() == {"Jazz", "Rock"}
    for name in ("Chanson", "Dub"):
        genres.tick(name, TRUST)
        genres.wait(lambda name=name: genres.row(name).trusted)
    genres.dialog.learn.click()
    genres.wait(lambda: genres.row("Dub").report is not None and genres.row("Dub").report.state is State.ON)
    assert genres.heard() >= {"Chanson", "Dub"}
    assert genres.dialog.told.accessibleName().startswith("Of 16 examples")
    assert genres.row("Chanson").examples == 8

    genres.tick("Dub", PROPOSED)
    genres.wait(lambda: "Dub" not in genres.heard())
    genres.wait(lambda: genres.row("Dub").report.state is State.OFF)

    genres.dialog.on.click()
    genres.wait(lambda: genres.heard() == {"Jazz", "Rock"})
    genres.dialog.forget_asked.emit("")
    genres.wait(lambda: not any(row.trusted or row.report for row in genres.dialog.model.all_rows()))
    assert not genres.dialog.on.isChecked()
    assert genres.dialog.told.accessibleName() == "Learning is switched off; the model decides."


def test_one_genre_is_forgotten_and_the_others_stay(genres):
    with Library.open(genres.path) as library:
        library.teaching.trust(["chanson", "dub"], True)
    genres.dialog.learn.click()
    genres.wait(lambda: genres.row("Dub").report is not None)
    genres.dialog.choose("Dub")
    genres.dialog.form.forget.click()
    genres.wait(lambda: genres.row("Dub").report is None and not genres.row("Dub").trusted)
    genres.wait(lambda: "Dub" not in genres.heard())
    assert "Chanson" in genres.heard()


def test_a_genre_is_changed_and_drawn_in_its_colour_and_what_makes_no_sense_is_said(genres):
    genres.dialog.add("Reggae")
    genres.wait(lambda: genres.row("Reggae").listed)
    genres.dialog.form.changed.emit("Dub", OwnGenre("Dub Reggae", "Reggae", ("Dub",), "#c2185b"))
    genres.wait(lambda: genres.row("Dub Reggae").tracks == 8)
    assert genre_colours.colour_of("dub") == "#c2185b"
    genres.wait(lambda: genres.dialog.form.name.text() == "Dub Reggae")

    genres.dialog.form.changed.emit("Reggae", OwnGenre("Reggae", "", ("Dub",)))
    genres.wait(lambda: "cannot mean" in genres.dialog.form.problem.accessibleName())
    with Library.open(genres.path) as library:
        assert read_list(library).find("dub") == OwnGenre("Dub Reggae", "Reggae", ("Dub",), "#c2185b")
    genres.dialog.form.removed.emit("Dub Reggae")
    genres.wait(lambda: not genres.row("Dub Reggae").name and genres.row("Dub").tracks == 8)


def test_lists_come_from_files_and_go_into_files(genres, tmp_path):
    tree = tmp_path / "tree.yaml"
    tree.write_text("- Electronic:\n    - Dub\n", encoding="utf-8")
    genres.part.load(str(tree))
    genres.wait(lambda: genres.row("Dub").parent == "Electronic")
    own = tmp_path / "own.json"
    genres.part.save(str(own))
    genres.wait(own.exists)
    assert [one["name"] for one in json.loads(own.read_text(encoding="utf-8"))["genres"]] == ["Electronic", "Dub"]
    tree.write_text("{", encoding="utf-8")
    genres.part.load(str(tree))
    genres.wait(lambda: "no item of a list" in genres.dialog.problem.accessibleName())


def test_what_was_learned_follows_ten_decisions_and_what_is_decided_elsewhere_is_seen(genres):
    with Library.open(genres.path) as library:
        library.decide(range(33, 43), Decision(None, ("Zouk",)))
    genres.part._tracks.decided.emit(10)
    genres.wait(lambda: genres.row("Zouk").report is not None)
    assert genres.row("Zouk").examples == 10


def test_what_changes_in_the_library_is_seen(genres, library_state):
    with Library.open(genres.path) as library:
        store(library, KINDS, folder="/later", tagged=range(48))
    library_state.take_count(Counted(96, [], {}, [], []))
    genres.wait(lambda: genres.row("Dub").tracks == 20)


def test_a_genre_of_the_sidebar_leads_to_ones_genres(genres):
    menu = QMenu(genres.part._window)
    genres.part.offer(menu, "Jazz")
    menu.actions()[0].trigger()
    genres.wait(lambda: genres.dialog.form.name.text() == "Jazz")


def test_a_damaged_list_and_a_damaged_file_are_said_and_the_genres_are_there(genres):
    with Library.open(genres.path) as library:
        library.set_document("genres", "{")
    genres.part.show("Dub")
    genres.wait(lambda: "no list of genres" in genres.dialog.problem.accessibleName())
    assert genres.row("Dub").tracks == 8


def test_three_hundred_genres_in_large_text_fit_the_screen(genres, larger_text, qtbot):
    with Library.open(genres.path) as library:
        store_list(library, GenreList(tuple(OwnGenre(f"ジャンル {number}") for number in range(300))))
    genres.dialog.close()
    genres.part.show("ジャンル 250")
    dialog = genres.part.dialog
    genres.wait(lambda: len(dialog.model.rows) >= 300)
    assert isinstance(dialog, QDialog)
    assert dialog.form.name.text() == "ジャンル 250"
    assert dialog.height() <= dialog.screen().availableSize().height()
    assert dialog.form.geometry().bottom() < dialog.height()
    assert dialog.table.geometry().bottom() <= dialog.form.worth.geometry().top()
