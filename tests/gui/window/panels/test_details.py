"""The panel about the selected track."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QLabel

from app.window.panels.details import Details
from genre_tagger.library.tracks import Candidate, Decision, NoGenre, Prediction, TagFact, TagValues
from genre_tagger.review.asking.several import Shared
from genre_tagger.review.policy import Mode, Policy, propose
from helpers import tracks

HOSTILE = "<b>bold</b> & <img src='x'>\nsecond\u202eline\x00"


def track(**changes):
    candidates = tuple(Candidate(genre, p) for genre, p in (("Jazz", 0.6), ("Blues", 0.2), ("Rock", 0.1), ("Pop", 0.1)))
    plain = {
        "path": "/music/a.mp3", "title": "So What", "artist": "Miles", "album": "Kind of Blue", "length": 545.0,
        "format": "MP3", "prediction": Prediction("/music/a.mp3", "model", candidates),
    }  # fmt: skip
    return tracks.track(**(plain | changes))


@pytest.fixture
def details(qtbot):
    panel = Details()
    qtbot.addWidget(panel)
    panel.resize(300, 700)
    panel.show()
    return panel


@pytest.fixture
def shown(details):
    """A function that shows a track as it is under a policy."""

    def show(one, policy=None):
        policy = policy or Policy()
        details.show_track(one, propose(one, policy), policy)
        return details

    return show


def test_it_says_what_would_be_written_and_why(shown):
    panel = shown(track())
    assert panel.before.accessibleName() == "none"
    assert panel.after.accessibleName() == "Jazz"
    assert panel.reason.text() == "The sound says Jazz, 60 % sure."


@pytest.mark.parametrize(
    ("changes", "policy", "words"),
    [
        ({"genres": ("Pop",)}, Policy(), "only empty ones are filled"),
        ({"genres": ("Jazz",)}, Policy(Mode.REPLACE), "has this genre already"),
        ({}, Policy(threshold=0.7), "below your limit of 70 %"),
        ({"decision": Decision(False)}, Policy(), "You left this track as it is."),
        ({"decision": Decision(True, ("Polka",))}, Policy(), "This is your choice."),
        ({"prediction": None}, Policy(), "Not listened to yet."),
        ({"missing": True}, Policy(), "not where it was"),
        ({"error": "The file is locked.", "error_stage": "write"}, Policy(), "The file is locked."),
    ],
)
def test_every_state_has_its_reason(shown, changes, policy, words):
    assert words in shown(track(**changes), policy).reason.text()


def test_the_candidates_are_there_likeliest_first_and_the_chosen_one_is_ticked(shown):
    buttons = shown(track()).candidates.buttons
    assert [b.text() for b in buttons if b.isVisible()] == ["Jazz", "Blues", "Rock", "Pop"]
    assert [b.isChecked() for b in buttons[:4]] == [True, False, False, False]
    assert buttons[0].accessibleName() == "Jazz, 60 %, chosen"


def test_the_mood_is_said_with_its_probability(shown):
    facts = (*FACTS, *(TagFact(mood, mood, "quadrant", 0.5) for mood in ("calm & content", "tense")))
    values = TagValues.of(facts, [0, 0, 0, 0.1, 0, 0, 0.62, 0.38])
    prediction = Prediction("/a", "model", track().prediction.candidates, tag_values=values)
    first, *rest = shown(track(prediction=prediction)).styles.moods.text().split("\n")
    assert first == "Mood: calm & content, 62 %"
    assert not any("calm" in line for line in rest)


def test_a_likely_genre_that_is_only_offered_is_explained(shown):
    candidates = (Candidate("Folk", 0.7, only_offered=True), Candidate("Jazz", 0.2))
    panel = shown(track(prediction=Prediction("/music/a.mp3", "model", candidates)))
    assert panel.after.accessibleName() == "unchanged"
    assert "most like Folk, which is too often wrong to be proposed (Jazz: 20 %)" in panel.reason.text()
    folk, jazz = panel.candidates.buttons[:2]
    assert folk.text() == "Folk"
    assert folk.toolTip() == "Choose this genre (key 1). It is too often wrong to be proposed by itself."
    assert jazz.toolTip() == "Choose this genre (key 2)"


def test_the_candidates_are_spelt_as_they_would_be_written(shown, qtbot):
    panel = shown(track(), Policy(spelling={"Jazz": "Jazz; Swing", "Rock": "Rock & Roll"}))
    assert panel.after.accessibleName() == "Jazz; Swing"
    buttons = panel.candidates.buttons
    assert [b.text() for b in buttons[:4]] == ["Jazz; Swing", "Blues", "Rock & Roll", "Pop"]
    assert [b.isChecked() for b in buttons[:4]] == [True, False, False, False]
    with qtbot.waitSignal(panel.genre_chosen, check_params_cb=lambda genre: genre == "Rock & Roll"):
        qtbot.mouseClick(buttons[2], Qt.MouseButton.LeftButton)


def test_an_ampersand_in_a_genre_or_style_makes_no_shortcut(shown):
    panel = shown(styled(0.2, 0.25, 0, 0, 0, 0), Policy(spelling={"Rock": "Rock&Folk"}))
    buttons = {one.text(): one for one in (*panel.candidates.buttons, *panel.styles.buttons) if one.isVisible()}
    assert {"R&B", "Rock&Folk"} <= buttons.keys()
    assert all(one.shortcut().isEmpty() for one in buttons.values())


def test_a_click_or_space_on_a_candidate_chooses_it(shown, qtbot):
    panel = shown(track())
    chosen = []
    panel.genre_chosen.connect(chosen.append)
    qtbot.mouseClick(panel.candidates.buttons[1], Qt.MouseButton.LeftButton)
    qtbot.keyClick(panel.candidates.buttons[2], Qt.Key.Key_Space)
    assert chosen == ["Blues", "Rock"]
    assert panel.candidates.buttons[0].isChecked(), "the tick waits for the library"


def test_return_in_the_field_chooses_the_genre_typed_and_spaces_alone_choose_none(shown, qtbot):
    panel = shown(track())
    chosen = []
    panel.genre_chosen.connect(chosen.append)
    qtbot.keyClicks(panel.own, "   ")
    qtbot.keyClick(panel.own, Qt.Key.Key_Return)
    qtbot.keyClicks(panel.own, "Bebop; Cool")
    qtbot.keyClick(panel.own, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: chosen == ["Bebop; Cool"])
    assert panel.own.text() == ""


def test_a_genre_chosen_in_the_list_below_the_field_leaves_the_field_empty(shown, qtbot):
    panel = shown(track())
    panel.set_known_genres(["Pop", "Rock"])
    chosen = []
    panel.genre_chosen.connect(chosen.append)
    panel.activateWindow()
    panel.own.setFocus()
    qtbot.keyClicks(panel.own, "Po")
    popup = panel.own.completer().popup()
    qtbot.waitUntil(popup.isVisible)
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: chosen == ["Pop"])
    assert panel.own.text() == ""


def test_the_ways_back_are_offered_only_where_there_is_something_to_take_back(shown):
    assert not shown(track()).reset.isVisible()
    assert shown(track()).leave.isVisible()
    assert shown(track(decision=Decision(False))).reset.isVisible()
    assert not shown(track(decision=Decision(False))).leave.isVisible()


def test_hostile_text_is_shown_as_text(shown):
    panel = shown(track(title=HOSTILE, artist=HOSTILE, album=HOSTILE, genres=(HOSTILE,), path="/m/<i>\udcff\n.mp3"))
    assert {label.textFormat() for label in panel.findChildren(QLabel) if label.text()} == {Qt.TextFormat.PlainText}
    assert panel.title.accessibleName() == "<b>bold</b> & <img src='x'> secondline"
    assert panel.path.toPlainText() == "/m/<i>\N{REPLACEMENT CHARACTER} .mp3"
    assert "<img" not in panel.title.toolTip()


def test_a_long_path_is_seen_whole(shown, qtbot):
    panel = shown(track(path="/music/" + "very-long-name-without-a-space" * 8 + ".mp3"))
    qtbot.waitUntil(lambda: panel.path.height() >= panel.path.document().size().height() * 10)
    assert panel.path.verticalScrollBar().maximum() == 0


def test_several_tracks_can_be_given_a_genre_but_no_candidate(details):
    details.show_several(1200)
    assert details.title.accessibleName() == f"{QLocale().toString(1200)} tracks selected"
    assert details.own.isVisible()
    assert not details.candidates.isVisible()


@pytest.fixture
def said(details):
    """What the panel asks for, in turn."""
    heard = []
    for name in ("genre_chosen", "genre_added", "genre_removed"):
        getattr(details, name).connect(lambda text, name=name: heard.append((name, text)))
    return heard


def test_a_genre_typed_for_several_is_added_or_takes_the_place_of_theirs(details, said, qtbot):
    details.show_several(2)
    for number, kind in enumerate(("genre_added", "genre_chosen")):
        details.shared.what.setCurrentIndex(number)
        details.own.setText("Soul; Funk")
        qtbot.keyClick(details.own, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda kind=kind: said[-1:] == [(kind, "Soul; Funk")])


def test_the_genres_of_all_are_listed_and_taken_from_all_by_their_button(details, said, qtbot):
    details.show_several(3)
    details.show_shared(Shared(("Rock", "<b>R&B</b>"), frozenset({"rock"})))
    rock, rhythm = [row for row in details.shared.rows if row.isVisible()]
    assert (rock.name.accessibleName(), rhythm.name.accessibleName()) == ("Rock", "<b>R&B</b>")
    assert not rock.button.isEnabled()  # it is in the files, and genres are only added
    qtbot.mouseClick(rhythm.button, Qt.MouseButton.LeftButton)
    assert said == [("genre_removed", "<b>R&B</b>")]
    details.show_shared(Shared())
    assert details.shared.none.text() == "They have none in common."


def test_nothing_selected_says_so(shown):
    panel = shown(track())
    panel.clear()
    assert panel.nothing.isVisible()
    assert not panel.parts.isVisible()


FACTS = (
    TagFact("folk", "Folk", "style", 0.1, 0.3), TagFact("rnb", "R&B", "style", 0.1, 0.3),
    TagFact("Hip-Hop", "Hip-Hop", "ten", 0.1, 0.3), TagFact("jazz", "Jazz", "style", 0.1, 0.3),
    TagFact("Mellow", "mellow", "mood", 0.1), TagFact("70s", "1970s", "era", 0.1),
)  # fmt: skip


def styled(*values, **changes):
    """A track in which styles and moods are heard."""
    one = track()
    prediction = Prediction("/music/a.mp3", "model", one.prediction.candidates, tag_values=TagValues.of(FACTS, values))
    return track(prediction=prediction, **changes)


def test_styles_stand_below_the_genres_and_none_of_them_twice(shown):
    panel = shown(styled(0.2, 0.25, 0.9, 0.9, 0.2, 0.2))
    assert [b.text() for b in panel.styles.buttons if b.isVisible()] == ["R&B", "Folk"]
    assert panel.styles.caption.isVisible()
    assert panel.styles.buttons[0].accessibleName() == "R&B"
    assert panel.styles.moods.text() == "Also heard: mellow, 1970s"


def test_where_no_style_is_heard_nothing_is_said_of_styles(shown):
    assert not shown(styled(0.2, 0, 0, 0, 0, 0)).styles.buttons[1].isVisible()
    assert not shown(styled(0, 0, 0, 0, 0, 0)).styles.isVisible()
    assert not shown(track()).styles.isVisible()
    quiet = shown(styled(0, 0, 0, 0, 0.2, 0))
    assert not quiet.styles.caption.isVisible()
    assert quiet.styles.moods.isVisible()


def test_a_click_on_a_style_chooses_it_and_the_tick_follows_the_library(shown, qtbot):
    panel = shown(styled(0.2, 0.25, 0, 0, 0, 0))
    chosen = []
    panel.genre_chosen.connect(chosen.append)
    qtbot.mouseClick(panel.styles.buttons[1], Qt.MouseButton.LeftButton)
    assert chosen == ["Folk"]
    assert not panel.styles.buttons[1].isChecked()
    panel = shown(styled(0.2, 0.25, 0, 0, 0, 0, decision=Decision(True, ("folk",))))
    assert panel.styles.buttons[1].isChecked()
    assert panel.styles.buttons[1].accessibleName() == "Folk, chosen"


def test_a_track_that_is_strongly_a_style_and_weakly_a_genre_says_so(shown):
    words = shown(styled(0.4, 0, 0, 0, 0, 0), Policy(threshold=0.7)).reason.text()
    assert words.startswith("This is strongly Folk, and none of the main genres fits it well (Jazz: 60 %).")
    assert "below your limit" in shown(styled(0.2, 0, 0, 0, 0, 0), Policy(threshold=0.7)).reason.text()
    assert "The sound says Jazz" in shown(styled(0.4, 0, 0, 0, 0, 0)).reason.text()


@pytest.mark.parametrize(
    ("why", "words"), [(NoGenre.NOT_MUSIC, "noise, an animal"), (NoGenre.SPEECH, "somebody talking"),
                       (NoGenre.SILENT, "silent"), (NoGenre.SHORT, "less than 3 seconds")],
)  # fmt: skip
def test_what_is_no_music_is_told_kindly_and_a_genre_can_still_be_chosen(shown, qtbot, why, words):
    panel = shown(track(prediction=Prediction("/music/a.mp3", "model", nothing=why)))
    assert words in panel.reason.text()
    assert panel.after.accessibleName() == "unchanged"
    assert not panel.sounds_like.isVisible()
    assert not panel.candidates.isVisible()
    assert not panel.styles.isVisible()
    chosen = []
    panel.genre_chosen.connect(chosen.append)
    qtbot.keyClicks(panel.own, "Audiobook")
    qtbot.keyClick(panel.own, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: chosen == ["Audiobook"])


def test_hostile_styles_are_shown_as_text(shown):
    hostile = (TagFact("x", HOSTILE, "style", 0.0, 0.0), TagFact("y", HOSTILE + "!", "mood", 0.0))
    tag_values = TagValues.of(hostile, (0.5, 0.5))
    panel = shown(track(prediction=Prediction("/a", "model", track().prediction.candidates, tag_values=tag_values)))
    assert panel.styles.moods.textFormat() == Qt.TextFormat.PlainText
    assert "\n" not in panel.styles.moods.text()
