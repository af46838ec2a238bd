"""The keys of the review page in the settings: what is typed, what clashes, and what is no key."""

from __future__ import annotations

import pytest

from app.settings.keys import OWN_KEYS, REVIEW_KEYS, KeysControl, clashes, keys_of, portable, shown


@pytest.fixture
def typed(qtbot):
    """A function: id and text → what the control tells then."""
    told = []
    control = KeysControl(told.append)
    qtbot.addWidget(control)

    def type_(id_, text):
        control.fields[id_].setText(text)
        control.fields[id_].editingFinished.emit()
        return told[-1] if told else None

    type_.control = control
    return type_


def test_no_usual_key_does_two_things():
    assert clashes({}) == {}
    assert all(portable(keys) for row in REVIEW_KEYS for keys in row.keys.split())
    assert all(portable(keys) == keys for keys in OWN_KEYS)


def test_a_key_is_typed_by_its_name_and_an_empty_field_is_the_usual_one(typed):
    assert typed("leave", "ctrl+k") == {"leave": "Ctrl+K"}
    assert typed("accept", "k") == {"leave": "Ctrl+K", "accept": "K"}
    assert typed("leave", "") == {"accept": "K"}
    accept = next(row for row in REVIEW_KEYS if row.id == "accept")
    assert keys_of(accept, {"accept": "K"}) == ["K"]
    assert keys_of(accept, {}) == ["Return", "Enter"]
    assert shown("Left") == "←"


@pytest.mark.parametrize(
    ("text", "said"),
    [("g", "G is taken: Another genre"), ("Alt+3", "taken: a genre of your own"), ("Xylophone", "no key"),
     ("A, B", "no key"), (";", "no key")],
)  # fmt: skip
def test_what_clashes_or_is_no_key_is_told_and_not_taken(typed, text, said):
    assert typed("leave", text) is None
    assert said in typed.control.told["leave"].text()
    assert typed("leave", "") is None
    assert typed.control.told["leave"].text() == ""


def test_two_keys_can_be_exchanged_one_after_the_other(typed):
    typed("leave", "k")
    typed("other", "x")
    assert typed("leave", "g") == {"leave": "G", "other": "X"}
