"""Everything the window can be told to do: one row each, read by menus, tool bar and context menu."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction, QActionEvent, QActionGroup, QKeySequence, QResizeEvent, QUndoStack
from PySide6.QtWidgets import QMainWindow, QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from app.look import theme, words
from app.look.widgets import FilterField

if TYPE_CHECKING:
    from app.table.track_list import TrackList

#: The number keys that choose a genre which the model thinks of.
CANDIDATE_KEYS = range(1, 10)

_Keys = QKeySequence.StandardKey | str | None
# What is at the left of the tool bar.
_LEFT = ("add_folder", None, "undo_write", "history")


class Row(NamedTuple):
    """An action; `group` makes it one choice of several, a {} in its text is its key.

    What it does is in `Commands.handlers`, or joined to it by the part of the window that it is about.
    """

    id: str
    text: str
    icon: str = ""
    keys: _Keys = None
    tip: str = ""
    checkable: bool = False
    group: str = ""


def _(context: str, text: str) -> str:
    """Mark a text for the translator (QT_TRANSLATE_NOOP, with a type)."""
    return text


Standard = QKeySequence.StandardKey

ROWS = (
    Row("add_folder", _("actions", "Add &folder…"), "folder-add", Standard.Open,
        _("actions", "Add a folder of music to the library")),
    Row("add_files", _("actions", "Add f&iles…"), "note", "Ctrl+Shift+O"),
    Row("rescan", _("actions", "&Scan folders again"), "retry", "F5"),
    Row("listen_again", _("actions", "&Listen again with this model"), "sparkle", None,
        _("actions", "Hear what another model has heard again; whatever you chose stays")),
    Row("remove_folder", _("actions", "&Remove a folder from the library…"), "folder"),
    Row("review", _("actions", "Re&view"), "check", "Ctrl+R",
        _("actions", "Go through this list track by track, each heard at once and answered with one key"),
        checkable=True),
    Row("write", _("actions", "&Write"), "write", Standard.Save,
        _("actions", "Write the ticked genres into the files, after showing them")),
    Row("write_selected", _("actions", "Write the se&lected…"), "write", "Ctrl+Shift+S"),
    Row("undo_write", _("actions", "&Undo last write"), "undo", "Ctrl+Alt+Z",
        _("actions", "Give the files of the last write back, byte for byte")),
    Row("history", _("actions", "&History…"), "history", "Ctrl+H",
        _("actions", "All writes, and undoing any of them")),
    Row("copy_to", _("actions", "&Copy to phone, stick, car…"), "phone", "Ctrl+E",
        _("actions", "Copy music, sorted into folders, to a phone, stick or card, after showing what will be done")),
    Row("organise", _("actions", "&Into genre folders…"), "folder", "Ctrl+Shift+E",
        _("actions", "Move files of the library into folders by genre, after showing every move; it can be undone")),
    Row("players", _("actions", "What will my pla&yer show?…"), "phone", "Ctrl+Shift+P",
        _("actions", "What Android, Apple Music, Windows, Rhythmbox and old car radios show of the selected track")),
    Row("save_playlist", _("actions", "Save a &playlist…"), "list", "Ctrl+Shift+L",
        _("actions", "Save the selected tracks, or all that the table shows, as a playlist (M3U8) in this order")),
    Row("radio", _("actions", "&Radio from these tracks…"), "play", None,
        _("actions", "A playlist from the selected tracks on to what sounds like them, for as long as you say")),
    Row("export_library", _("actions", "Sa&ve the library as a file…"), "", None,
        _("actions", "A table of all tracks (CSV), or all that another computer or a new start needs (JSON)")),
    Row("import_library", _("actions", "&Take over decisions from a file…"), "", None,
        _("actions", "Decisions, lists and own genres that were saved as a file (JSON), here or on another computer")),
    Row("save_view", _("actions", "Save a &view")),
    Row("save_features", _("actions", "Save all f&eatures…"),
        tip=_("actions", "Save 57 numbers of each selected track as a table (CSV), as the GTZAN table has them")),
    Row("quit", _("actions", "&Quit"), "", Standard.Quit),
    Row("undo", _("actions", "Und&o"), "undo", Standard.Undo),
    Row("redo", _("actions", "&Redo"), "redo", Standard.Redo),
    Row("albums", _("actions", "Al&bums…"), "library", None,
        _("actions", "Every album, the genre heard in it, and the tracks that sound different")),
    Row("tidy", _("actions", "Tidy gen&res…"), "tag", None,
        _("actions", "Merge, rename, split and remove genres in files, and keep your own list of them")),
    Row("your_genres", _("actions", "&Your genres…"), "tag", "Ctrl+G",
        _("actions", "The genres that you use: what the program learns them from, how well, and their colours")),
    Row("more", _("actions", "A&dd styles and moods…"), "", None,
        _("actions", "Write what is heard beside the genre into the selected files, as further genres")),
    Row("different", _("actions", "Sounds di&fferent"), "question", None,
        _("actions", "Tracks whose sound speaks against the genre in their files, the most surprising first")),
    Row("album_genre", _("actions", "Give the album its &genre"), "check", "G",
        _("actions", "Give all tracks of the selected albums the genre that is heard in them together")),
    Row("filter", _("actions", "&Filter"), "search", Standard.Find),
    Row("save_list", _("actions", "Save the filter as a &list…"), "list", "Ctrl+L",
        _("actions", "Keep what the filter says as a list in the sidebar, which changes as the library does")),
    Row("select_all", _("actions", "Select &all"), "", Standard.SelectAll),
    Row("settings", _("actions", "&Settings…"), "settings", "Ctrl+,",
        _("actions", "How to write, to listen, to look and to play; words for genres; folders")),
    Row("play", _("actions", "&Play or pause"), "play", "Space; Media Play; Toggle Media Play/Pause; Media Pause"),
    Row("play_stop", _("actions", "&Stop"), "stop", "Media Stop"),
    Row("play_next", _("actions", "&Next track"), "next", "Alt+PgDown; Media Next"),
    Row("play_previous", _("actions", "Pre&vious track"), "previous", "Alt+PgUp; Media Previous"),
    Row("play_back", _("actions", "&Back 10 seconds"), "back", "Alt+Left"),
    Row("play_forward", _("actions", "&Forward 10 seconds"), "forward", "Alt+Right"),
    Row("louder", _("actions", "L&ouder"), "volume", "Alt+Up"),
    Row("quieter", _("actions", "&Quieter"), "", "Alt+Down"),
    Row("mute", _("actions", "&Mute"), "muted", "M; Alt+M", checkable=True),
    Row("faster", _("actions", "F&aster"), "", "]"),
    Row("slower", _("actions", "S&lower"), "", "["),
    Row("normal_speed", _("actions", "No&rmal speed")),
    Row("play_loop", _("actions", "Repea&t"), "loop", "L",
        _("actions", "Play the marked part, or the whole track, again and again"), checkable=True),
    Row("play_selected", _("actions", "Play a track &when it is selected"), checkable=True),
    Row("play_on", _("actions", "Play the next row at the &end"), checkable=True),
    Row("keep_playing", _("actions", "&Keep playing while another track is looked at"), checkable=True),
    Row("show_sidebar", _("actions", "&Sidebar"), "panel", "F9", checkable=True),
    Row("show_details", _("actions", "&Details"), "panel", "F10", checkable=True),
    Row("show_sound", _("actions", "So&und"), "wave", "F8", checkable=True),
    Row("compare", _("actions", "Co&mpare two tracks"), "", "C",
        _("actions", "Draw the two selected tracks one above the other, on the same scales"), checkable=True),
    Row("why", _("actions", "Wh&y this genre?"), "why", "W",
        _("actions", "Show in the spectrogram what speaks for the genre and what against it"), checkable=True),
    Row("browse", _("actions", "&Browse genres, artists, albums"), "library", "Ctrl+B", checkable=True),
    Row("columns", _("actions", "&Columns…")),
    Row("scheme_system", _("actions", "As the s&ystem"), checkable=True, group="scheme"),
    Row("scheme_light", _("actions", "&Light"), checkable=True, group="scheme"),
    Row("scheme_dark", _("actions", "Da&rk"), checkable=True, group="scheme"),
    Row("open_folder", _("actions", "Show in its &folder"), "folder", "Ctrl+Return"),
    Row("first_page", _("actions", "&First page"), "folder-add", None,
        _("actions", "What the program does, and three ways to begin")),
    Row("views_help", _("actions", "What the &views show"), "wave", None,
        _("actions", "Every view of the sound with a picture, and how to read it")),
    Row("keys", _("actions", "&Keyboard shortcuts"), "keyboard", Standard.HelpContents),
    Row("model", _("actions", "The &model"), "sparkle", None,
        _("actions", "How often the model is right, and what it cannot do")),
    Row("about", _("actions", "&About Genre Tagger"), "info"),
    *(Row(f"candidate_{key}", _("actions", "Choose {}"), "", str(key)) for key in CANDIDATE_KEYS),
)  # fmt: skip

# None is a separator; a nested pair is a submenu. Names that are no id are actions of the table.
MENUS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    (_("actions", "&File"), (
        "add_folder", "add_files", "rescan", "listen_again", "remove_folder", None,
        "write", "write_selected", "undo_write", "history", None,
        "copy_to", "organise", "save_playlist", "radio", "players", None,
        "export_library", "import_library", None, "save_view", "save_features", None, "quit",
    )),
    (_("actions", "&Edit"), (
        "undo", "redo", None, "table.tick", "table.edit", "table.leave", "table.forget", "album_genre",
        "table.alike", None, "review", "different", "albums", "your_genres", "tidy", "more", None,
        "select_all", "filter", "save_list", None, "settings",
    )),
    (_("actions", "&View"), (
        "show_sidebar", "show_details", "show_sound", "browse", "columns", None, "compare", "why", None,
        (_("actions", "C&olours"), ("scheme_system", "scheme_light", "scheme_dark")),
    )),
    (_("actions", "&Playback"), (
        "play", "play_stop", "play_next", "play_previous", None, "play_back", "play_forward", "play_loop", None,
        "louder", "quieter", "mute", None, "faster", "slower", "normal_speed", None,
        "play_selected", "play_on", "keep_playing",
    )),
    (_("actions", "&Help"), ("first_page", None, "keys", "views_help", "model", "about")),
)  # fmt: skip

CONTEXT = (
    "table.tick", "table.edit", "table.leave", "table.forget", "album_genre", "table.alike", None,
    *(f"candidate_{key}" for key in CANDIDATE_KEYS), None, "write_selected", None,
    "compare", "radio", "players", "save_features", "open_folder",
)  # fmt: skip


def of_table(tracks: TrackList) -> dict[str, QAction]:
    """Give the actions that belong to the table, by id, with the texts of a menu."""
    named = (
        ("table.tick", tracks.tick_action, _("actions", "&Tick or untick")),
        ("table.edit", tracks.edit_action, _("actions", "&Choose a genre…")),
        ("table.leave", tracks.leave_action, _("actions", "Lea&ve as it is")),
        ("table.forget", tracks.forget_action, _("actions", "For&get my choice")),
        ("table.alike", tracks.alike_action, _("actions", "More l&ike this")),
    )
    for _name, action, text in named:
        action.setText(translated(text))
    return {name: action for name, action, _text in named}


class Actions(QObject):
    """The actions of a window by id; `handlers` are what they do, by id as well. Icons follow the colour scheme.

    The tool bar has its icons drawn at once (`draw_one`), the menus when the window can be seen (`draw`).
    """

    def __init__(
        self, window: QMainWindow, handlers: Mapping[str, Callable[[], object]], more: Mapping[str, QAction]
    ) -> None:
        super().__init__(window)
        self.by_id: dict[str, QAction] = dict(more)
        self._groups: dict[str, QActionGroup] = {}
        for row in ROWS:
            self.by_id[row.id] = self._make(window, row)
        for name, handler in handlers.items():
            self.by_id[name].triggered.connect(lambda *_, handler=handler: handler())
        theme.changes().changed.connect(self.draw)

    def __getitem__(self, name: str) -> QAction:
        return self.by_id[name]

    def _make(self, window: QMainWindow, row: Row) -> QAction:
        text = translated(row.text).format(row.keys)
        action = QAction(text, window)
        action.setObjectName(row.id)
        action.setCheckable(row.checkable)
        if isinstance(row.keys, str):
            action.setShortcuts(QKeySequence.listFromString(row.keys))
        elif row.keys is not None:
            action.setShortcuts(row.keys)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        tip = translated(row.tip) if row.tip else text.replace("&", "").rstrip("…")
        action.setToolTip(f"{tip} ({keys})" if keys else tip)
        if row.group:
            group = self._groups.setdefault(row.group, QActionGroup(window))
            group.addAction(action)
        window.addAction(action)
        return action

    def draw(self) -> None:
        """Take the icons in the colour that is right now."""
        for row in ROWS:
            if row.icon:
                self.draw_one(row.id)

    def draw_one(self, name: str) -> None:
        """Give one action its icon."""
        icon = next(row.icon for row in ROWS if row.id == name)
        self.by_id[name].setIcon(theme.icon(icon, theme.colours().on_accent if name == "write" else ""))

    def follow(self, stack: QUndoStack) -> None:
        """Have Undo and Redo say what they would undo and redo, and be there only for that."""
        for name, plain, able, told in (
            ("undo", "Und&o", stack.canUndoChanged, stack.undoTextChanged),
            ("redo", "&Redo", stack.canRedoChanged, stack.redoTextChanged),
        ):
            action = self.by_id[name]
            action.setEnabled(False)
            able.connect(action.setEnabled)
            told.connect(lambda text, action=action, plain=plain: action.setText(_with(plain, text)))

    def show_candidates(self, genres: Sequence[str]) -> None:
        """Say which genres the number keys stand for; keys without one do nothing."""
        for key in CANDIDATE_KEYS:
            action = self.by_id[f"candidate_{key}"]
            action.setVisible(key <= len(genres))
            if key <= len(genres):
                action.setText(translated("Choose {}").format(words.menu_text(genres[key - 1])))

    def menu(self, ids: tuple[Any, ...], parent: QWidget) -> QMenu:
        """Make a menu that goes when it is closed."""
        menu = self.fill(QMenu(parent), ids)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def fill(self, menu: QMenu, ids: tuple[Any, ...]) -> QMenu:
        """Put actions into a menu."""
        for entry in ids:
            if entry is None:
                menu.addSeparator()
            elif isinstance(entry, tuple):
                self.fill(menu.addMenu(translated(entry[0])), entry[1])
            else:
                menu.addAction(self.by_id[entry])
        return menu

    def fill_menu_bar(self, window: QMainWindow) -> None:
        """Make the menus of the window."""
        for text, ids in MENUS:
            self.fill(window.menuBar().addMenu(translated(text)), ids)

    def in_words(self) -> list[tuple[str, str]]:
        """List every action that has keys, and its keys."""
        native = QKeySequence.SequenceFormat.NativeText
        listed = [
            (action.text().replace("&", "").rstrip("…"), action.shortcut().toString(native))
            for action in self.by_id.values()
        ]
        return [(text, keys) for text, keys in listed if keys]


def _with(plain: str, text: str) -> str:
    return f"{translated(plain)}: {words.menu_text(text)}" if text else translated(plain)


def translated(text: str) -> str:
    """Translate a text of the tables above."""
    return QCoreApplication.translate("actions", text)


class ToolBar(QToolBar):
    """What one does most, the filter, and Write at the end; every button can be reached with the keyboard."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._less: list[QToolButton] = []
        self.setObjectName("tools")
        self.setWindowTitle(self.tr("Tools"))
        self.setMovable(False)
        self.setIconSize(QSize(20, 20))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggleViewAction().setVisible(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.filter = FilterField()
        for name in _LEFT:
            if name is None:
                self.addSeparator()
            else:
                made = self._add(actions, name)
                if name != "add_folder" and isinstance(made, QToolButton):
                    self._less.append(made)
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self.addWidget(self.filter)
        gap = QWidget()
        gap.setFixedWidth(4)
        self.addWidget(gap)
        made = self._add(actions, "review")
        if isinstance(made, QToolButton):
            self._less.append(made)
        self._add(actions, "write").setProperty("primary", True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit(event.size().width())
        super().resizeEvent(event)

    def actionEvent(self, event: QActionEvent) -> None:
        super().actionEvent(event)
        if event.type() == QEvent.Type.ActionChanged:
            self._fit(self.width())

    def _fit(self, width: int) -> None:
        """Where not all words fit, only Add and Write keep theirs; the others have them in their tooltips."""
        with_words = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        for style in (with_words, Qt.ToolButtonStyle.ToolButtonIconOnly):
            for made in self._less:
                made.setToolButtonStyle(style)
            if self.sizeHint().width() <= width:
                break

    def _add(self, actions: Actions, name: str) -> QWidget:
        actions.draw_one(name)
        self.addAction(actions[name])
        made = self.widgetForAction(actions[name])
        made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return made
