"""What outlives the window: what the user chose, and how the window was left."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from PySide6.QtCore import QCoreApplication

from genre_tagger.base.genre_words import BETWEEN, TEN
from genre_tagger.base.small_files import write_whole
from genre_tagger.files.values import GENRE
from genre_tagger.review.names.more import KINDS
from genre_tagger.review.policy import Besides, By, Mode, Policy, clean

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

CLUSTER = ("Address", "Folders", "TLS authority", "TLS certificate", "TLS key")
"""What is said of a cluster: its address, the folders of its workers, and files."""
#: The longest that can be written for a genre.
LONGEST = 100

_ABOUT = "about"
_T = TypeVar("_T")
_Stored = TypeVar("_Stored", bound="DataclassInstance")


def _(text: str) -> str:
    """Mark a text for the translator; `translated` looks it up."""
    return text


def translated(text: str) -> str:
    """Translate a text of the rows below."""
    return QCoreApplication.translate("settings", text)


class About(NamedTuple):
    """What file and dialog have to know of a setting: its page, its words, and which values it can have.

    `choices` are values and their names, `zero` is what 0 stands for; `percent` shows a share of 1, of which
    the part `above` the value may be what counts.
    """

    page: str
    title: str
    help: str
    least: float = 0
    most: float = 0
    choices: tuple[tuple[Any, str], ...] = ()
    zero: str = ""
    percent: bool = False
    above: bool = False


def _setting(default: _T, page: str, title: str, help: str, **more: Any) -> _T:  # noqa: A002
    about = {_ABOUT: About(page, title, help, **more)}
    if isinstance(default, dict):
        return field(default_factory=default.copy, metadata=about)  # type: ignore[return-value]
    return field(default=default, metadata=about)


@dataclass(frozen=True)
class Settings:
    """What the user chose. File, dialog and menus are made from these rows; SettingsStore holds the values."""

    mode: str = _setting(
        "fill", _("Genres"), _("Genres that a file has already"),
        _("What Write does with them. What you choose yourself for a track is written in any case."),
        choices=((Mode.FILL.value, _("Fill empty genres only")), (Mode.ADD.value, _("Add to the genres there")),
                 (Mode.REPLACE.value, _("Replace the genres there"))),
    )  # fmt: skip
    threshold: float = _setting(
        0.5, _("Genres"), _("How sure the model must be"),
        _("Tracks below this stay as they are until you choose a genre yourself."), most=0.95, percent=True, above=True,
    )  # fmt: skip
    among: str = _setting(
        "all", _("Genres"), _("Genres that the model chooses among"),
        _("The ten are Blues, Classical, Country, Disco, Hip-Hop, Jazz, Metal, Pop, Reggae and Rock. Nothing has to be "
          "heard again: what the model heard is shared out anew, and your choices stay."),
        choices=(("all", _("All it knows")), ("ten", _("The ten broad ones"))),
    )  # fmt: skip
    spelling: Mapping[str, str] = _setting(
        {}, _("Genres"), _("Words to write"),
        _("How each genre is to be spelt in your files; semicolons separate several words. An empty field leaves the "
          "name as it is."),
    )  # fmt: skip
    by: str = _setting(
        "track", _("Genres"), _("Albums"),
        _("Whether all tracks of an album get the genre that is heard in them together. Compilations go by track, and "
          "a track in which no genre is heard gets none."),
        choices=((By.TRACK.value, _("By track")), (By.ALBUM.value, _("By album")),
                 (By.AGREED.value, _("By album where it agrees"))),
    )  # fmt: skip
    keep_mtime: bool = _setting(
        False, _("Writing"), _("Keep the date of the files"),
        _("Their time of change stays as it was. Players and backups may then miss that there is a new genre."),
    )  # fmt: skip
    id3_version: int = _setting(
        4, _("Writing"), _("New tags in MP3 and similar files"),
        _("A file that has a tag keeps the version of its tag. ID3v2.3 is for older players; it holds several genres "
          "as one text."),
        choices=((4, _("ID3v2.4")), (3, _("ID3v2.3, for older players"))),
    )  # fmt: skip
    besides: str = _setting(
        "", _("Writing"), _("What is heard beside the genre"),
        _("What of it is written with every genre that Write puts into a file. Each change is shown before, and Undo "
          "takes all of it back."),
        choices=(("", _("Do not write it")), ("mood", _("Moods")), ("style", _("Styles")),
                 ("style mood", _("Styles and moods")),
                 (" ".join(KINDS), _("Styles, moods, voices, eras and instruments"))),
    )  # fmt: skip
    besides_field: str = _setting(
        GENRE, _("Writing"), _("Where that goes"),
        _("As further genres, or into a field of its own behind what is in it, which many players show. A file whose "
          "tag has no such field gets its genre alone, and you are told so."),
        choices=((GENRE, _("Behind the genre")), ("mood", _("Field for the mood (MOOD, TMOO)")),
                 ("grouping", _("Field for the grouping (GROUPING)"))),
    )  # fmt: skip
    besides_most: int = _setting(
        2, _("Writing"), _("How many words of it a file gets at most"), _("The clearest."), least=1, most=5,
    )  # fmt: skip
    windows: int = _setting(
        0, _("Listening"), _("Places to listen to in each track"),
        _("Nine seconds each; more take longer. Tracks that were heard already are not heard again."),
        most=9, zero=_("As the model was made"),
    )  # fmt: skip
    cores: int = _setting(
        0, _("Listening"), _("Processor cores to use"),
        _("Fewer leave more of the computer to other programs."),
        most=256, zero=_("All"),
    )  # fmt: skip
    cluster: Mapping[str, str] = _setting(
        {}, _("Listening"), _("Many machines"),
        _("The address of a Dask scheduler, as tls://host:8786, or local:4 for four processes here, whose workers then "
          "listen in the place of this program. Folders: how workers call a folder of here, as /music=/mnt/music; "
          "semicolons separate several. An empty address means this computer."),
    )  # fmt: skip
    watch_all: bool = _setting(
        False, _("Listening"), _("Watch all folders for new music"),
        _("What comes into the folders of the library is read and heard at once and gathers in New; nothing is "
          "written. Single folders can be chosen under Folders."),
    )  # fmt: skip
    scheme: str = _setting(
        "system", _("Looks"), _("Colours"), _("As the system has them, or always light or dark."),
        choices=(("system", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))),
    )  # fmt: skip
    play_selected: bool = _setting(
        True, _("Playing"), _("Play a track when it is selected"), _("Otherwise the space bar or a double-click does."),
    )  # fmt: skip
    play_on: bool = _setting(
        True, _("Playing"), _("Play the next row at the end"), _("It goes on from row to row, as the table is sorted."),
    )  # fmt: skip
    keep_playing: bool = _setting(
        False, _("Playing"), _("Keep playing while another track is looked at"),
        _("What plays goes on, whatever is selected."),
    )  # fmt: skip
    volume: float = _setting(
        0.8, _("Playing"), _("Volume"), _("Of this program alone."), most=1.0, percent=True,
    )  # fmt: skip

    review_stay: bool = _setting(
        False, _("Reviewing"), _("Stay at a track after a decision"),
        _("Otherwise the next one comes at once. Caps Lock turns it round."),
    )  # fmt: skip
    review_play: bool = _setting(
        True, _("Reviewing"), _("Play at once"), _("From the ten seconds on that tell most, all equally loud."),
    )  # fmt: skip
    review_albums: bool = _setting(
        False, _("Reviewing"), _("Answer for whole albums"),
        _("Each answer is for all tracks of the album that wait for one; they are shown beside the track."),
    )  # fmt: skip
    own_keys: Mapping[str, str] = _setting(
        {}, _("Reviewing"), _("Keys for genres of your own"),
        _("What you type beside a key is the genre that it gives on the review page."),
    )  # fmt: skip
    review_keys: Mapping[str, str] = _setting(
        {}, _("Reviewing"), _("Keys of the review page"),
        _("Type the name of a key, such as K or Ctrl+K; an empty field means the usual one."),
    )  # fmt: skip

    @property
    def policy(self) -> Policy:
        """What these settings mean for writing."""
        besides = Besides(tuple(self.besides.split()), self.besides_field, self.besides_most)
        return Policy(Mode(self.mode), self.threshold, self.spelling, By(self.by), besides)

    @property
    def genres(self) -> tuple[str, ...]:
        """The genres that the model chooses among; empty for all it knows."""
        return TEN if self.among == "ten" else ()


def about(name: str) -> About:
    """Give what is to be known of a setting."""
    found: About = _field(name).metadata[_ABOUT]
    return found


def default(name: str) -> Any:
    """Give a setting's default."""
    return getattr(Settings(), name)


def names(page: str = "") -> list[str]:
    """List the settings, or those of a page."""
    return [one.name for one in fields(Settings) if page in ("", one.metadata[_ABOUT].page)]


def pages() -> list[str]:
    """List the pages in their order."""
    return list(dict.fromkeys(one.metadata[_ABOUT].page for one in fields(Settings)))


def _field(name: str) -> Field[Any]:
    return next(one for one in fields(Settings) if one.name == name)


def checked(name: str, value: Any) -> Any:
    """Give a value as the setting has it; raise ValueError if it cannot have it."""
    row, usual = about(name), default(name)
    if row.choices:
        fits = any(type(value) is type(choice) and value == choice for choice, *_name in row.choices)
    elif isinstance(usual, (bool, str)):
        fits = type(value) is type(usual)
    elif isinstance(usual, Mapping):
        fits = isinstance(value, Mapping) and all(_is_word(label) and _is_word(value[label], "") for label in value)
    else:
        kinds = (int,) if isinstance(usual, int) else (int, float)
        fits = type(value) in kinds and row.least <= value <= row.most
    if not fits:
        raise ValueError(f"{name} cannot be {value!r}")
    return type(usual)(value)


def _is_word(text: object, *others: str) -> bool:
    return isinstance(text, str) and (text in others or word(text) == text != "")


def word(text: str) -> str:
    """Tidy what a person typed for a genre: on one line and not too long; semicolons separate several genres."""
    genres = clean(text[:LONGEST].split(";"))
    while len(BETWEEN.join(genres)) > LONGEST:
        genres = genres[:-1]
    return BETWEEN.join(genres)


# --- how the window was left -------------------------------------------------------------------------


@dataclass
class WindowState:
    """How the window was left; byte strings of Qt in base64."""

    geometry: str = ""
    columns: str = ""
    splitter: str = ""
    docks: str = ""
    words: str = ""
    place: str = ""
    sidebar: bool = True
    details: bool = True
    sound: bool = True
    browse: bool = False


def load(kind: type[_Stored], path: str) -> _Stored:
    """Read values one by one, so that one of another type costs only itself; a strange file means the defaults."""
    result = kind()
    try:
        with open(path, encoding="utf-8") as file:
            stored = json.load(file)
    except (OSError, ValueError, RecursionError):
        return result
    for one in fields(kind) if isinstance(stored, dict) else ():
        value = stored.get(one.name)
        if type(value) is type(getattr(result, one.name)):
            setattr(result, one.name, value)
    return result


def save(state: DataclassInstance, path: str) -> None:
    """Replace the file in one step; a full or read-only disk costs what is in it, never the program."""
    with contextlib.suppress(OSError):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_whole(path, json.dumps(asdict(state), indent=1).encode(), sync=False)
