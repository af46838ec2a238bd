"""Names for every drive: legal by a checker of the test's own, and no two that a drive confuses."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from genre_tagger.sorting.names import FOREIGN, TAKEN, Names, folded, legal, numbered, resolve

#: Texts in which what is forbidden somewhere is frequent.
ODD = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from([*list('"*/:<>?\\|.  \t\n\x00\x7f\x85~123CONaux()'), "\u202e", "\u200b", "\ufeff"]),
        st.sampled_from(list("𝄞🎵éßıİŁǅ\u0301\u0338\udc80\ud800\ufffe")),
    ),
    max_size=400,
)
EXTENSIONS = st.sampled_from(["", ".mp3", ".flac", ".MP+", ". x", "./..", ".con", "." + "x" * 300])


def illegal(name: str) -> str:
    """Say what is wrong with a name on FAT, exFAT, Windows, Android or POSIX; written from their documents."""
    if not name or name in (".", ".."):
        return "no name"
    if len(name.encode("utf-8")) > 255 or len(name.encode("utf-16-le")) // 2 > 255:
        return "too long"
    if re.search(r'["*/:<>?\\|\x00-\x1f\x7f-\x9f]', name):
        return "a forbidden character"
    if re.search("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u061c\u2028\u2029\u00ad]", name):
        return "a character that turns or hides the text"
    if name[-1] in ". " or name[0] in ". ":
        return "a dot or space at its end"
    if re.match(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(\.|$)", name, re.IGNORECASE):
        return "a device's name"
    return "" if unicodedata.is_normalized("NFC", name) else "not in NFC"


@given(ODD, EXTENSIONS)
@example("x" * 255, ".flac")
@example("🎵" * 100, ".mp3")
@example("COM¹", "")
@example("nul .tar", ".mp3")
@example("e\u200b\u0301", "")
def test_any_text_becomes_a_name_that_is_legal_everywhere_and_stays_as_it_is(text, extension):
    name = legal(text, extension)
    assert illegal(name) == ""
    assert legal(name) == name


@given(ODD.map(lambda text: legal(text, ".mp3")), st.integers(2, 10**6))
def test_a_numbered_name_is_legal_keeps_its_extension_and_is_another(name, number):
    other = numbered(name, number)
    assert illegal(other) == ""
    assert other.endswith(f" ({number}).mp3")
    assert folded(other) != folded(name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("AC/DC: Live?", "AC_DC_ Live_"),
        ("...And Justice for All", "And Justice for All"),
        ("So what...", "So what"),
        ("..", "_"),
        ("", "_"),
        ("con", "con_"),
        ("Aux.Live", "Aux_.Live"),
        ("PROGRA~1", "PROGRA-1"),
        ("Cafe\u0301", "Café"),
        ("a\u202eb\u200bc", "abc"),
        ("tab\there\nthere", "tab here there"),
        ("Nothing  else", "Nothing else"),
        ("naïve 🎵 日本", "naïve 🎵 日本"),
    ],
)
def test_a_name_says_as_much_of_its_text_as_it_may(text, name):
    assert legal(text) == name


@pytest.mark.parametrize(("one", "other"), [("A.mp3", "a.MP3"), ("É", "e\u0301"), ("ı", "I"), ("STRASSE", "straße")])
def test_names_that_some_drive_takes_for_the_same_are_folded_alike(one, other):
    assert folded(one) == folded(other)


PATHS = st.lists(
    st.sampled_from(["a", "A", "ä", "A\u0308", "b", "a (2)", "ß", "ss"]).map(legal), min_size=1, max_size=3
).map(lambda parts: "/".join(parts) + ".mp3")


@given(st.dictionaries(st.integers(0, 40).map(str), PATHS, max_size=12), st.lists(PATHS, max_size=4), st.randoms())
def test_no_two_tracks_get_names_that_a_drive_confuses_however_they_are_ordered(wanted, foreign, random):
    given_names = resolve(wanted, Names(foreign), {})
    paths = [path for path, _ in given_names.values()]
    assert len({folded(path) for path in [*paths, *foreign]}) == len(paths) + len({folded(path) for path in foreign})
    # One folder is spelt in one way only.
    folders = {path.rpartition("/")[0] for path in paths}
    assert len({folded(folder) for folder in folders}) == len(folders)
    # A name that is not the wanted one, but for the spelling of its folder, comes with a reason.
    for source, (path, reason) in given_names.items():
        assert bool(reason) == (path.rpartition("/")[2] != wanted[source].rpartition("/")[2])
    shuffled = list(wanted.items())
    random.shuffle(shuffled)
    assert resolve(dict(shuffled), Names(foreign), {}) == given_names


@given(st.dictionaries(st.integers(0, 40).map(str), PATHS, max_size=12))
def test_who_has_a_name_keeps_it_when_others_come(wanted):
    first = dict(list(wanted.items())[::2])
    held = {source: path for source, (path, _) in resolve(first, Names(), {}).items()}
    folders = {path.rpartition("/")[0] for path in held.values() if "/" in path}
    later = resolve(wanted, Names(folders=folders), held)
    assert {source: later[source][0] for source in held} == held


def test_a_name_that_somebody_elses_file_has_is_not_taken():
    resolved = resolve({"x": "Jazz/A.mp3"}, Names(["jazz/a.mp3"], ["jazz"]), {})
    assert resolved == {"x": ("jazz/A (2).mp3", FOREIGN)}


def test_two_tracks_of_one_name_are_told_apart_with_a_reason():
    resolved = resolve({"x": "A.mp3", "y": "a.mp3"}, Names(), {})
    assert resolved == {"x": ("A.mp3", ""), "y": ("a (2).mp3", TAKEN)}


def test_a_folder_whose_name_a_file_has_gets_another():
    assert resolve({"x": "Jazz/A.mp3"}, Names(["jazz"]), {})["x"][0] == "Jazz (2)/A.mp3"
