"""Which genres have a number key, and what a typed one is completed to."""

from __future__ import annotations

from genre_tagger.review.asking.words import completed, with_keys

HEARD = ["Jazz", "Blues", "Rock", "Pop", "Folk", "Latin", "R&B", "Metal", "Disco", "Punk"]


def test_the_five_likeliest_come_first_then_what_the_model_does_not_know_then_the_others():
    own = ["Polka", "rock", "metal", "Tango"]
    assert with_keys(HEARD, own, known=HEARD) == [*HEARD[:5], "Polka", "Tango", *HEARD[5:7]]
    assert with_keys(HEARD, list("abcdef")) == [*HEARD[:5], *"abcd"]
    assert with_keys([], ["Polka"], ["Bebop"]) == ["Polka", "Bebop"]


def test_what_was_learned_has_its_place_by_how_likely_it_is_and_never_loses_its_key():
    learned = ["Jazz", "Polka", *HEARD[1:], "Tango"]
    assert with_keys(learned, ["Tango", "Polka"], known=HEARD) == [*learned[:5], "Tango", *learned[5:8]]


def test_what_has_no_key_at_first_has_one_on_a_later_page():
    own, others = list("abcdef"), ["Blues", "Zydeco", "a", *"ghijklm"]
    pages = [with_keys(HEARD, own, known=HEARD, others=others, page=page) for page in range(4)]
    assert pages[0] == with_keys(HEARD, own, known=HEARD)
    assert pages[1:] == [[*HEARD[5:], "e", "f", "Zydeco", "g"], list("hijklm"), []]
    # Where there are few at first, none of the others is passed over.
    assert with_keys(["Jazz"], [], others=["Polka", "jazz"], page=1) == ["Polka"]


def test_one_genre_has_one_key_however_it_is_spelt():
    assert with_keys(["Hip-Hop", "R&B"], ["hip hop", "Soul"], ["soul", "Funk"]) == ["Hip-Hop", "R&B", "Soul", "Funk"]


def test_the_first_that_begins_so_completes_what_was_typed_last():
    assert completed("JA", ["Trip-Hop", "Jazz", "Japanese"]) == "zz"
    assert completed("jazz; tr", ["Trip-Hop"]) == "ip-Hop"
    assert completed("jazz;", ["Trip-Hop"]) == completed("x", ["Trip-Hop"]) == completed("", ["Trip-Hop"]) == ""
