from __future__ import annotations

import time
from array import array
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QColor, QFont, QHelpEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QStyleOptionViewItem

from app.jobs import queries
from app.table import delegates
from app.table.columns import COLUMNS, INDEX
from app.table.track_view import TrackView
from genre_tagger.library.finding import finder
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision
from genre_tagger.review.policy import Action, Mode, Policy
from helpers.tracks import predicted, scanned


def titles(table) -> list[str]:
    return [table.model.index(row, INDEX["title"]).data() for row in range(table.model.rowCount())]


def row_of(table, title: str) -> int:
    return titles(table).index(title)


def select(table, *wanted: str) -> list[int]:
    ids = [table.model.id_at(row_of(table, title)) for title in wanted]
    table.select(ids)
    return ids


def decisions(library_path: str) -> dict[str, Decision]:
    with Library.open(library_path) as library:
        return {track.title: track.decision for track in library.tracks() if track.decision is not None}


def click(table, row: int, key: str, double: bool = False) -> None:
    view = table.view
    place = view.visualRect(table.model.index(row, INDEX[key])).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    if double:
        QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


@pytest.fixture
def decided(table, wait_for):
    """A function that does something that stores a decision, and waits until the table shows it."""

    def act(change) -> None:
        stored = []
        table.decided.connect(lambda: stored.append(True))
        change()
        wait_for(lambda: stored)
        done = []
        table._queries.run(lambda library: None, lambda _: done.append(True))
        wait_for(lambda: done)

    return act


def test_the_table_shows_the_library_by_path(table):
    assert titles(table) == ["Alone", "Blue", "Cold", "Dawn", "Echo", "Fire"]


def test_words_genre_and_state_filter(table, showing):
    assert showing(lambda: table.set_filter(words="fir")) == 1
    assert titles(table) == ["Fire"]
    assert showing(lambda: table.set_filter(genre="")) == 4
    assert showing(lambda: table.set_filter(proposed="Pop")) == 1
    assert showing(lambda: table.set_filter(state="proposed")) == 2
    assert titles(table) == ["Alone", "Fire"]
    assert showing(lambda: table.set_filter(words="nothing has this")) == 0
    assert showing(lambda: table.set_filter()) == 6


@pytest.fixture
def begun(table, monkeypatch, wait_for):
    """A function that filters what has many tracks, and does something when only the first two are there."""
    monkeypatch.setattr(finder, "_MANY", 0)
    monkeypatch.setattr(queries, "_TOP", 2)

    def act(change, meanwhile=lambda: None) -> list[str]:
        first, shown = [], []
        table.begun.connect(lambda number: (first.append((number, titles(table))), meanwhile()))
        table.shown.connect(shown.append)
        change()
        wait_for(lambda: shown)
        assert [number for number, _ in first] == [len(names) for _, names in first] == [2]
        assert shown == [table.model.rowCount()]
        return first[0][1]

    return act


def test_of_many_the_first_rows_are_there_before_all_are_known(table, begun):
    assert begun(lambda: table.set_filter(genre="")) == ["Alone", "Cold"]
    assert titles(table) == ["Alone", "Cold", "Echo", "Fire"]


def test_what_is_selected_among_the_first_rows_stays(table, begun):
    begun(lambda: table.set_filter(genre=""), lambda: select(table, "Cold"))
    assert list(table.selected_ids()) == [table.model.id_at(row_of(table, "Cold"))]


def test_what_is_all_of_the_first_rows_is_all_of_the_others(table, begun):
    begun(lambda: table.set_filter(genre=""), table.view.selectAll)
    assert len(table.selected_ids()) == 4


def test_what_was_selected_and_comes_after_the_first_rows_stays_in_sight_meanwhile(table, begun):
    (fire,) = select(table, "Fire")
    current = []
    table.current_changed.connect(lambda track: current.append(track and track.title))
    begun(lambda: table.set_filter(genre=""), lambda: current.append(table.current_track().title))
    assert list(table.selected_ids()) == [fire]
    assert set(current) == {"Fire"}


def test_the_state_filter_follows_the_policy(table, library_state, showing):
    showing(lambda: table.set_filter(state="proposed"))
    assert showing(lambda: library_state.take_policy(Policy(Mode.REPLACE, 0.2))) == 4
    assert titles(table) == ["Alone", "Blue", "Cold", "Fire"]


def test_a_click_on_a_header_sorts_and_a_second_one_turns_it_around(table, showing):
    header = table.view.horizontalHeader()

    def click_header(key: str) -> None:
        place = QPoint(header.sectionViewportPosition(INDEX[key]) + 20, header.height() // 2)
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)

    showing(lambda: click_header("confidence"))
    assert titles(table) == ["Dawn", "Alone", "Blue", "Fire", "Cold", "Echo"]
    assert table.view.sort() == ("confidence", True)
    showing(lambda: click_header("title"))
    showing(lambda: click_header("title"))
    assert titles(table) == ["Fire", "Echo", "Dawn", "Cold", "Blue", "Alone"]
    click_header("state")
    assert table.view.sort() == ("title", True)
    assert header.sortIndicatorSection() == INDEX["title"]


def test_sorted_by_new_genre_the_users_own_choices_are_in_their_place(table, decided, showing):
    for title, genre in (("Alone", "zydeco"), ("Echo", "Ambient")):
        decided(lambda title=title, genre=genre: table.set_genres(select(table, title), [genre]))
    showing(lambda: table.set_sort("proposal", False))
    wanted = ["Ambient", "Blues", "Metal", "Pop", "Rock", "zydeco"]
    shown = [table.model.index(row, INDEX["proposal"]).data() for row in range(6)]
    assert shown == wanted
    showing(lambda: table.set_sort("proposal", True))
    assert titles(table) == ["Alone", "Fire", "Dawn", "Cold", "Blue", "Echo"]


def test_selection_and_current_row_survive_sorting(table, showing):
    ids = select(table, "Blue", "Fire")
    showing(lambda: table.set_sort("title", True))
    assert sorted(table.selected_ids()) == sorted(ids)
    assert table.current_track().title == "Blue"
    assert table.view.currentIndex().row() == row_of(table, "Blue")


def test_what_is_filtered_away_is_neither_selected_nor_current_any_more(table, showing):
    select(table, "Blue")
    heard = []
    table.current_changed.connect(heard.append)
    showing(lambda: table.set_filter(words="fire"))
    assert table.selected_ids() == []
    assert table.current_track() is None
    assert heard[-1] is None


def test_of_two_selected_tracks_the_one_that_the_filter_leaves_is_looked_at(table, showing):
    select(table, "Blue", "Fire")
    heard = []
    table.current_changed.connect(heard.append)
    showing(lambda: table.set_filter(words="fire"))
    assert table.selected_track().title == "Fire"
    assert heard[-1].title == "Fire"


@pytest.mark.parametrize(("place", "then"), [(120, "Track 000121"), (199, "Track 000198")])
def test_who_reviews_row_by_row_goes_on_with_the_next_when_one_leaves_the_filter(
    many, library_path, track_list, view, showing, wait_for, place, then
):
    many(200)
    with Library.open(library_path) as library:
        library.store(*(predicted(f"/music/{n:06}.flac", "Pop", 0.2) for n in range(200)))
    view.show()
    assert showing(lambda: track_list.set_filter(state="unsure")) == 200
    track_list.select([track_list.model.id_at(place)])
    wait_for(lambda: track_list.selected_track() is not None)
    assert showing(lambda: track_list.set_genres(track_list.selected_ids(), ["Pop"])) == 199
    wait_for(lambda: track_list.selected_track() is not None)
    assert track_list.selected_track().title == then
    assert view.currentIndex().row() == min(place, 198)
    first, last = view.visible_rows()
    assert first <= view.currentIndex().row() <= last
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert track_list.model.row_of(track_list.selected_ids()[0]) == min(place, 198) - 1


def test_what_leaves_the_filter_by_itself_leaves_the_keyboard_its_place_but_selects_nothing(
    table, showing, library_path, paths
):
    showing(lambda: table.set_filter(state="proposed"))
    select(table, "Alone")
    with Library.open(library_path) as library:
        library.mark_vanished([paths["Alone"]])
    showing(table.reload)
    assert titles(table) == ["Fire"]
    assert table.view.currentIndex().row() == 0
    assert table.selected_ids() == []


def test_the_selected_track_is_looked_at_wherever_the_keyboard_is(table, view):
    click(table, row_of(table, "Alone"), "title")
    fire = view.visualRect(table.model.index(row_of(table, "Fire"), INDEX["title"])).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, fire)
    assert table.selected_track() is None
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, fire)
    assert table.selected_track().title == "Alone"
    assert view.currentIndex().row() == row_of(table, "Fire")
    assert table.current_track().title == "Alone"


def test_typing_fast_searches_only_for_the_last_words(table, showing, wait_for):
    shown = []
    table.shown.connect(shown.append)
    for words in ("f", "fi", "fir", "fire"):
        table.set_filter(words=words)
    wait_for(lambda: shown)
    assert shown == [1]


def test_a_large_library_is_loaded_where_one_looks(many, track_list, view, showing, wait_for):
    many(3000)
    view.show()
    assert showing(track_list.reload) == 3000
    model = track_list.model
    assert model.track_at(0).title == "Track 000000"
    assert model.track_at(1500) is None
    for place in (1500, 2999, 700):
        view.scrollTo(model.index(place, 0), TrackView.ScrollHint.PositionAtCenter)
        wait_for(lambda place=place: model.track_at(place) is not None)
        assert model.track_at(place).title == f"Track {place:06}"
    assert sum(model.track_at(row) is not None for row in range(3000)) < 1500


def test_reloading_keeps_the_place_while_rows_come_in_above(many, library_path, track_list, view, showing, wait_for):
    many(1000)
    view.show()
    showing(track_list.reload)
    view.verticalScrollBar().setValue(500 * view.rowHeight(0) + 7)
    wait_for(lambda: track_list.model.track_at(500) is not None)
    with Library.open(library_path) as library:
        library.store(*(scanned(f"/above/{n}.flac", title="New") for n in range(3)))
    assert showing(track_list.reload) == 1003
    first, _ = view.visible_rows()
    assert track_list.model.track_at(first).title == "Track 000500"
    assert view.verticalScrollBar().value() == 503 * view.rowHeight(0) + 7


def test_refreshed_rows_show_what_the_library_now_holds(table, paths, library_path, wait_for):
    with Library.open(library_path) as library:
        library.mark_vanished([paths["Cold"]])
    table.refresh(paths=[paths["Cold"], "/never/seen.mp3"])
    wait_for(lambda: table.model.track_at(2).missing)
    assert table.model.index(2, INDEX["state"]).data() == "File not found"


def test_the_whole_selection_is_unticked_by_a_click_on_one_tick_and_undone_at_once(
    table, decided, undo_stack, library_path
):
    select(table, "Alone", "Fire", "Echo")
    decided(lambda: click(table, row_of(table, "Fire"), "tick"))
    assert decisions(library_path) == {"Alone": Decision(False), "Fire": Decision(False)}
    assert table.model.proposal_at(0).action is Action.REJECTED
    assert len(table.selected_ids()) == 3
    decided(undo_stack.undo)
    assert decisions(library_path) == {}
    assert table.model.proposal_at(0).action is Action.WRITE
    decided(undo_stack.redo)
    assert decisions(library_path).keys() == {"Alone", "Fire"}
    assert undo_stack.count() == 1


def test_a_click_on_a_tick_outside_the_selection_leaves_the_selection_alone(table, decided, library_path):
    ids = select(table, "Alone")
    decided(lambda: click(table, row_of(table, "Fire"), "tick"))
    assert decisions(library_path) == {"Fire": Decision(False)}
    assert table.selected_ids() == ids


def test_t_ticks_what_is_unsure_or_kept_and_unticking_stores_no_more_than_it_takes(table, decided, library_path):
    select(table, "Cold", "Blue")
    decided(table.tick_action.trigger)
    assert decisions(library_path) == {"Cold": Decision(True), "Blue": Decision(True)}
    assert table.model.proposal_at(row_of(table, "Blue")).new == ("Blues",)
    decided(table.tick_action.trigger)
    assert not any(table.model.proposal_at(row_of(table, title)).ticked for title in ("Cold", "Blue"))


def test_t_ticks_what_is_selected_though_none_of_it_is_loaded(many, library_path, track_list, view, showing, wait_for):
    many(500)
    with Library.open(library_path) as library:
        library.store(*(predicted(f"/music/{n:06}.flac", "Pop", 0.2) for n in range(450, 500)))
    view.show()
    assert showing(track_list.reload) == 500
    assert track_list.model.track_at(450) is None
    view.selectAll()
    stored = []
    track_list.decided.connect(lambda: stored.append(True))
    track_list.tick_action.trigger()
    wait_for(lambda: stored)
    assert list(decisions(library_path).values()) == [Decision(True)] * 50
    track_list.tick_action.trigger()
    wait_for(lambda: len(stored) == 2)
    assert decisions(library_path) == {}


def test_t_does_not_follow_a_row_that_is_not_selected(table, view, decided, library_path):
    select(table, "Cold", "Blue")
    control = Qt.KeyboardModifier.ControlModifier
    for _ in range(2):
        QTest.keyClick(view, Qt.Key.Key_Up, control)
    assert table.current_track().title == "Alone"
    decided(table.tick_action.trigger)
    assert decisions(library_path) == {"Cold": Decision(True), "Blue": Decision(True)}


def test_tracks_with_nothing_to_say_yes_to_get_no_decision(table, decided, library_path):
    ids = select(table, "Dawn", "Echo")
    decided(lambda: table.tick(ids, True))
    assert decisions(library_path) == {}


def test_f2_gives_all_selected_tracks_the_typed_genres_and_takes_none_of_their_others(
    table, decided, library_path, view, wait_for
):
    select(table, "Alone", "Dawn")
    view.setFocus()
    table.edit_action.trigger()
    wait_for(view.is_editing)
    [editor] = view.findChildren(QLineEdit)
    assert editor.text() == ""  # Jazz and Pop: nothing in common
    editor.setText("Soul; Funk")
    decided(lambda: QTest.keyClick(editor, Qt.Key.Key_Return))
    assert decisions(library_path) == {
        "Alone": Decision(True, ("Jazz", "Soul", "Funk")), "Dawn": Decision(True, ("Pop", "Soul", "Funk")),
    }  # fmt: skip
    assert table.model.index(0, INDEX["proposal"]).data() == "Jazz; Soul; Funk"
    assert table.model.index(0, INDEX["confidence"]).data() == "your choice"
    decided(table.forget_action.trigger)
    assert decisions(library_path) == {}


def test_f2_on_several_begins_with_what_they_have_in_common_and_takes_what_is_deleted(
    table, decided, library_path, view, wait_for
):
    decided(lambda: table.set_genres(select(table, "Alone"), ["Soul", "Funk", "Live"]))
    decided(lambda: table.set_genres(select(table, "Dawn"), ["funk", "Soul"]))
    select(table, "Alone", "Dawn")
    table.edit_action.trigger()
    wait_for(view.is_editing)
    [editor] = view.findChildren(QLineEdit)
    assert editor.text() == "Soul; Funk"
    editor.setText("Soul; Dub")
    decided(lambda: QTest.keyClick(editor, Qt.Key.Key_Return))
    assert decisions(library_path) == {
        "Alone": Decision(True, ("Soul", "Live", "Dub")), "Dawn": Decision(True, ("Soul", "Dub")),
    }  # fmt: skip


def test_an_editor_of_several_that_is_left_as_it_was_changes_nothing_and_the_next_is_of_one(table, view, wait_for):
    select(table, "Alone", "Dawn")
    table.edit_action.trigger()
    wait_for(view.is_editing)
    [editor] = view.findChildren(QLineEdit)
    ended = []
    view.editing_ended.connect(lambda: ended.append(True))
    QTest.keyClick(editor, Qt.Key.Key_Return)
    wait_for(lambda: ended)
    assert table._undo_stack.count() == 0
    select(table, "Alone")
    table.edit_action.trigger()
    assert [editor.text() for editor in view.findChildren(QLineEdit) if editor.isVisible()] == ["Jazz"]


def test_rows_that_arrive_while_somebody_types_wait_until_they_have_finished(table, view, wait_for, library_path):
    select(table, "Alone")
    table.edit_action.trigger()
    assert view.is_editing()
    with Library.open(library_path) as library:
        library.add_folder("/music")
        library.remove_folder("/music")
    loading, shown = [], []
    table.loading.connect(loading.append)
    table.shown.connect(shown.append)
    table.reload()
    done = []
    table._queries.run(lambda library: None, lambda _: done.append(True))
    wait_for(lambda: done)
    assert view.is_editing()
    assert shown == []
    [editor] = view.findChildren(QLineEdit)
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    wait_for(lambda: shown)
    assert shown == [0]


def test_the_current_track_is_told_when_it_changes(table, decided):
    heard = []
    table.current_changed.connect(heard.append)
    ids = select(table, "Blue")
    assert heard[-1].title == "Blue"
    decided(lambda: table.set_genres(ids, ["Swing"]))
    assert heard[-1].decision == Decision(True, ("Swing",))


def test_space_is_left_to_the_window_and_letters_do_not_jump(table, view):
    select(table, "Blue")
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Space)
    QTest.keyClick(view, Qt.Key.Key_F)
    assert table.current_track().title == "Blue"
    assert [table.model.track_of(track).title for track in table.selected_ids()] == ["Blue"]


@pytest.mark.parametrize("column", ["tick", "proposal"])
def test_rows_with_gaps_are_selected_by_keys_too(table, view, library_path, wait_for, column):
    select(table, "Alone")
    index = table.model.index(0, INDEX[column])
    view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
    control = Qt.KeyboardModifier.ControlModifier
    for _ in range(2):
        QTest.keyClick(view, Qt.Key.Key_Down, control)
    QTest.keyClick(view, Qt.Key.Key_Space, control)
    assert [table.model.track_of(track).title for track in table.selected_ids()] == ["Alone", "Cold"]
    QTest.keyClick(view, Qt.Key.Key_Space, control)
    assert table.selected_track().title == "Alone"
    done = []
    table._queries.run(lambda library: None, lambda _: done.append(True))
    wait_for(lambda: done)
    assert decisions(library_path) == {}


def test_home_and_end_go_to_the_first_and_the_last_track(table, view):
    select(table, "Cold")
    QTest.keyClick(view, Qt.Key.Key_End)
    assert table.current_track().title == "Fire"
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert table.current_track().title == "Alone"


def test_return_and_double_click_activate_a_track_but_the_new_genre_is_edited(table, view):
    heard = []
    table.activated_track.connect(lambda track: heard.append(track.title))
    select(table, "Cold")
    QTest.keyClick(view, Qt.Key.Key_Return)
    click(table, 3, "artist", double=True)
    assert heard == ["Cold", "Dawn"]
    click(table, 3, "proposal", double=True)
    assert heard == ["Cold", "Dawn"]
    assert view.is_editing()


def test_columns_are_remembered_with_the_sort_order(table, view, showing):
    header = view.horizontalHeader()
    view.setColumnHidden(INDEX["album"], True)
    view.setColumnHidden(INDEX["number"], False)
    header.resizeSection(INDEX["title"], 333)
    header.moveSection(header.visualIndex(INDEX["genre"]), 1)
    showing(lambda: table.set_sort("artist", True))
    state = view.save_state()
    view.reset_columns()
    view.set_sort("path", False)
    assert not view.isColumnHidden(INDEX["album"])
    assert header.visualIndex(INDEX["genre"]) == INDEX["genre"]
    assert view.restore_state(state)
    assert view.isColumnHidden(INDEX["album"])
    assert not view.isColumnHidden(INDEX["number"])
    assert header.sectionSize(INDEX["title"]) == 333
    assert header.visualIndex(INDEX["genre"]) == 1
    assert view.sort() == ("artist", True)


@pytest.mark.parametrize("state", [b"", b"nonsense", bytes([len(COLUMNS)]) + b"\x00" * 40, bytes([3])])
def test_a_strange_column_state_means_the_columns_as_they_are_at_first(table, view, state):
    view.horizontalHeader().resizeSection(INDEX["title"], 555)
    assert not view.restore_state(state)
    assert view.columnWidth(INDEX["title"]) != 555
    assert not view.isColumnHidden(INDEX["title"])


def test_the_column_menu_shows_and_hides_all_columns_but_tick_and_title(table, view):
    menu = view.column_menu()
    actions = {action.text(): action for action in menu.actions()}
    assert "Title" not in actions
    assert "Write" not in actions
    assert not actions["No."].isChecked()
    actions["No."].trigger()
    actions["Folder"].trigger()
    assert not view.isColumnHidden(INDEX["number"])
    assert view.isColumnHidden(INDEX["path"])
    menu.close()


def test_rows_grow_with_the_font(table, view):
    before = view.rowHeight(0)
    font = QFont(view.font())
    font.setPointSizeF(font.pointSizeF() * 2)
    view.setFont(font)
    assert view.rowHeight(0) == pytest.approx(2 * before, abs=3)


def test_only_cut_text_has_a_tooltip_and_it_is_plain(table, view, monkeypatch):
    told = []
    # The tooltip's own window is a matter of the desktop, which is not there.
    monkeypatch.setattr(delegates.QToolTip, "showText", lambda place, text, widget: told.append(text))
    table.model.upsert([replace(table.model.track_at(0), title="<img src=x> " * 20)])
    for row in (0, 1):
        index = table.model.index(row, INDEX["title"])
        option = QStyleOptionViewItem()
        option.initFrom(view)
        option.rect = view.visualRect(index)
        place = option.rect.center()
        event = QHelpEvent(QEvent.Type.ToolTip, place, view.viewport().mapToGlobal(place))
        assert view.itemDelegate().helpEvent(event, view, option, index)
    assert told[0].startswith("<qt>&lt;img src=x&gt;")
    assert told[1] == ""


def test_a_hundred_thousand_rows_are_selected_and_found_again_at_once(track_list, view):
    view.show()
    track_list.model.set_order(array("q", range(100_000)))
    view.selectAll()
    QApplication.processEvents()
    began = time.perf_counter()
    assert len(track_list.selected_ids()) == 100_000
    view.horizontalHeader().viewport().repaint()
    view.viewport().repaint()
    assert time.perf_counter() - began < 1


def test_a_selection_in_too_many_pieces_is_given_up(track_list, view):
    track_list.model.set_order(array("q", range(5000)))
    view.select_rows(range(0, 1000, 2))
    assert len(track_list.selected_ids()) == 500
    view.select_rows(range(0, 5000, 2))
    assert track_list.selected_ids() == []
    index = track_list.model.index(3, 0)
    view.selectionModel().select(
        index, QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    )
    assert track_list.selected_ids() == [3]


def test_the_bar_is_as_long_as_the_model_is_sure(table, view):
    def filled(title: str) -> int:
        rect = view.visualRect(table.model.index(row_of(table, title), INDEX["confidence"]))
        picture = view.viewport().grab(rect).toImage()
        middle = picture.height() // 2
        accent = {QColor(picture.pixel(x, middle)).name() for x in range(12, 14)}
        return sum(QColor(picture.pixel(x, middle)).name() in accent for x in range(picture.width() // 2))

    QApplication.processEvents()
    assert filled("Alone") > filled("Fire") > filled("Cold") > 0


def test_from_a_selected_row_the_selection_is_dragged_and_from_another_one_that_row_alone(table, view, monkeypatch):
    dragged = []
    monkeypatch.setattr("app.table.track_view.drag", lambda ids, _: dragged.append(ids))
    ids = select(table, "Alone", "Blue")

    def draw(first, last, column="title"):
        ends = ((first, "title"), (last, column))
        cells = [table.model.index(row_of(table, title), INDEX[name]) for title, name in ends]
        at = [view.visualRect(cell).center() for cell in cells]
        QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at[0])
        event = QMouseEvent(
            QEvent.Type.MouseMove, at[1].toPointF(), view.viewport().mapToGlobal(at[1]).toPointF(),
            Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QApplication.sendEvent(view.viewport(), event)
        QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at[1])

    draw("Alone", "Dawn")
    assert dragged == [ids]
    draw("Dawn", "Fire")
    assert dragged == [ids]
    assert len(table.selected_ids()) == 3
    select(table, "Blue")
    draw("Dawn", "Dawn", "artist")
    assert dragged[1:] == [table.selected_ids()]
    assert len(table.selected_ids()) == 1


def test_very_many_rows_are_sorted_selected_and_decided_on_like_few(
    many, library_path, track_list, view, showing, wait_for, monkeypatch
):
    from app.jobs import queries
    from app.table import decisions as deciding
    from app.table import track_list as listing
    from app.table import track_model
    from genre_tagger.library.finding import finder

    for module, name in (
        (queries, "_MANY"), (deciding, "_MANY"), (listing, "MANY"), (track_model, "MANY"), (finder, "_MANY"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, 3)
    many(60)
    with Library.open(library_path) as library:
        library.store(*(predicted(f"/music/{n:06}.flac", "Pop", 0.2 + n / 100) for n in range(60)))
    view.show()
    assert showing(track_list.reload) == 60
    model = track_list.model
    view.selectAll()
    assert showing(lambda: track_list.set_sort("confidence", True)) == 60
    assert [model.row_of(track) for track in track_list.selected_ids()] == list(range(60))
    assert len(view.selected_rows()) == 1
    view.select_rows([1, 2, 3, 50, 59])
    chosen = set(track_list.selected_ids())
    assert showing(lambda: track_list.set_sort("confidence", False)) == 60
    assert set(track_list.selected_ids()) == chosen
    assert view.selected_rows() == [range(1), range(9, 10), range(56, 59)]
    assert model.row_of(10**6) is None
    stored = []
    track_list.decided.connect(lambda: stored.append(True))
    track_list.tick(track_list.selected_ids(), False)
    wait_for(lambda: stored)
    with Library.open(library_path) as library:
        assert {track.id for track in library.tracks() if track.decision == Decision(False)} == chosen - {1, 10}
