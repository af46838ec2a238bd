"""The table of actions: each has its icon, its handler, its place in a menu and keys of its own."""

from __future__ import annotations

import os

from PySide6.QtWidgets import QMainWindow

from app.look import theme
from app.window.actions import CONTEXT, MENUS, ROWS, Actions


def test_every_action_finds_its_icon_and_its_handler(qapp):
    from app.window.commands import Commands

    icons = os.listdir(str(theme.asset("resources", "icons")))
    assert {row.icon for row in ROWS if row.icon and f"{row.icon}.svg" not in icons} == set()
    assert {row.handler for row in ROWS if row.handler and not hasattr(Commands, row.handler)} == set()


def test_every_entry_of_a_menu_is_an_action_and_no_two_share_their_keys(qtbot):
    class Handlers:
        def __getattr__(self, name):
            return lambda *arguments: None

    window = QMainWindow()
    qtbot.addWidget(window)
    made = Actions(window, Handlers(), {})
    named = [name for _, ids in MENUS for name in ids] + list(CONTEXT)
    plain = [name for name in named if isinstance(name, str) and not name.startswith("table.")]
    assert [name for name in plain if name not in made.by_id] == []
    keys = [keys for _, keys in made.in_words()]
    assert len(keys) == len(set(keys))
