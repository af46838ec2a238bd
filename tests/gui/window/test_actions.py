"""The table of actions: each has its icon, something to do, its place in a menu and keys of its own."""

from __future__ import annotations

import os

from PySide6.QtCore import SIGNAL
from PySide6.QtWidgets import QMainWindow

from app.look import theme
from app.window.actions import CONTEXT, MENUS, ROWS, Actions


def test_every_action_finds_its_icon(qapp):
    icons = os.listdir(str(theme.asset("resources", "icons")))
    assert {row.icon for row in ROWS if row.icon and f"{row.icon}.svg" not in icons} == set()


def test_every_action_that_is_enabled_does_something(open_window):
    actions = open_window().actions_by_id
    signals = (SIGNAL("triggered(bool)"), SIGNAL("toggled(bool)"))
    enabled = [row.id for row in ROWS if actions[row.id].isEnabled()]
    assert [name for name in enabled if not any(map(actions[name].receivers, signals))] == []
    assert {"add_folder", "history", "settings", "keys", "scheme_dark"} <= set(enabled)


def test_every_entry_of_a_menu_is_an_action_and_no_two_share_their_keys(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    made = Actions(window, {}, {})
    named = [name for _, ids in MENUS for name in ids] + list(CONTEXT)
    plain = [name for name in named if isinstance(name, str) and not name.startswith("table.")]
    assert [name for name in plain if name not in made.by_id] == []
    keys = [keys for _, keys in made.in_words()]
    assert len(keys) == len(set(keys))
