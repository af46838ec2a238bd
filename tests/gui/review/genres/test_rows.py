from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.review.genres.rows import EXAMPLES, NAME, PROPOSED, TRUST, GenresModel, detail, sources, worth
from genre_tagger.review.learned import GenreReport, State
from genre_tagger.review.names.standing import Standing

_ON = GenreReport("Chanson", 41, 9, 0, State.ON, 36, 0.70, 0.96, would_name=212)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (Standing("Chanson"), "No examples yet: decide on tracks, or trust its tags."),
        (Standing("Jazz", known=True), "The model knows it. There are no examples of yours."),
        (Standing("Dub", decided=1), "1 example; it needs 4 more."),
        (Standing("Dub", decided=9), "9 examples, not learned yet."),
        (Standing("Chanson", decided=30, tagged=11, trusted=True, report=_ON),
         "41 examples, right in 88 % (70 %–96 %), would name 212 of your untagged tracks."),
        (Standing("Chanson", decided=43, report=_ON),
         "41 examples, right in 88 % (70 %–96 %), would name 212 of your untagged tracks. Since then 2 more."),
        (Standing("Chanson", decided=40, report=_ON),
         "41 examples, right in 88 % (70 %–96 %), would name 212 of your untagged tracks. Since then 1 fewer."),
        (Standing("Dub", decided=9, report=GenreReport("Dub", 9, 1, 1, State.ONE)),
         "9 examples, all by one artist: nobody can tell yet what was learned. It needs another artist."),
        (Standing("Dub", decided=9, report=GenreReport("Dub", 9, 3, 0, State.UNHEARD, 2, 0.05, 0.6, instead="Rock")),
         "9 examples, right in 22 % (5 %–60 %); it cannot be told apart well enough, most often from Rock, and is not "
         "proposed."),
        (Standing("Jazz", decided=9, report=GenreReport("Jazz", 9, 3, 0, State.WORSE, 9, 0.7, 1.0)),
         "9 examples, right in 100 % (70 %–100 %); that is no better than the model, which decides."),
        (Standing("Dub", decided=9, report=GenreReport("Dub", 9, 3, 0, State.OFF, 9, 0.7, 1.0)),
         "9 examples, right in 100 % (70 %–100 %); you do not want it proposed."),
    ],
)  # fmt: skip
def test_a_sentence_says_what_a_genre_is_worth(qapp, row, said):
    assert worth(row) == said


def test_where_a_genre_is_named_it_is_said_from_when_on_and_how_often_rightly(qapp):
    report = GenreReport("Chanson", 41, 9, 0, State.ON, 36, 0.7, 0.96, 33, 30, 12, 0.4)
    said = "It is named from 40 % on: 33 examples were, 30 of them rightly, where the model alone has 12."
    assert detail(Standing("Chanson", decided=41, report=report)) == said
    assert detail(Standing("Chanson")) == ""


def test_where_examples_come_from_is_told_with_counts(qapp):
    assert sources(Standing("Dub", decided=3, tagged=9)) == "3 decided"
    assert sources(Standing("Dub", tagged=9, trusted=True)) == "9 tags"
    assert sources(Standing("Dub", decided=3, tagged=9, trusted=True)) == "3 decided, 9 tags"


def test_ones_own_genres_come_first_and_can_be_found_by_any_word(qapp):
    model = GenresModel()
    model.take([
        Standing("Blues", known=True), Standing("Chanson", tracks=4), Standing("Dub", listed=True, aliases=("ダブ",)),
        Standing("Zouk", decided=2, parent="World"),
    ])  # fmt: skip
    assert [row.name for row in model.rows] == ["Dub", "Zouk", "Chanson", "Blues"]
    for wanted, found in (("ダブ", ["Dub"]), ("WORLD", ["Zouk"]), ("an", ["Chanson"]), ("x", [])):
        model.narrow(wanted)
        assert [row.name for row in model.rows] == found


def test_boxes_tell_what_is_wanted_and_stay_as_they_are_until_that_is_stored(qapp):
    model = GenresModel()
    model.take([Standing("Dub", tagged=7)])
    told = []
    model.trusted.connect(lambda *said: told.append(("trust", *said)))
    model.proposed.connect(lambda *said: told.append(("propose", *said)))
    role = Qt.ItemDataRole.CheckStateRole
    assert model.setData(model.index(0, TRUST), Qt.CheckState.Checked.value, role)
    assert model.setData(model.index(0, PROPOSED), Qt.CheckState.Unchecked.value, role)
    assert not model.setData(model.index(0, EXAMPLES), Qt.CheckState.Checked.value, role)
    assert told == [("trust", "Dub", True), ("propose", "Dub", False)]
    assert model.index(0, TRUST).data(role) == Qt.CheckState.Unchecked
    assert (model.index(0, TRUST).data(), model.index(0, NAME).data()) == ("7", "Dub")
