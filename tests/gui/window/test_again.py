"""Another model than the one that heard the tracks: it is asked once whether to listen again, and nothing is lost."""

from __future__ import annotations

import pytest

from app.window.again import keep
from genre_tagger import line
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision
from genre_tagger.model.card import ModelCard
from genre_tagger.model.network import default_model_folder
from helpers.tracks import predicted

NAME = ModelCard.read(default_model_folder()).name_in(default_model_folder())


@pytest.fixture
def heard_before(media, places):
    """A function that tells who has heard the two tracks of the library, and what was said of them."""
    paths = [media("flac"), media("mp3")]
    with Library.open(places.library) as library:
        list(line.scan_into(library, paths))
        library.store(*(predicted(path, model="earlier") for path in paths))
        yes, _ = library.tracks()
        library.decide([yes.id], Decision(True))

    def tell():
        with Library.open(places.library) as library:
            return [(track.prediction.model, track.decision) for track in library.tracks()]

    return tell


@pytest.fixture
def question(qtbot, open_window, settled):
    """A function that opens the window and gives it, and its bar about another model, if there is one."""

    def ask(wanted=True):
        window = open_window()
        settled(window)
        looked = []
        window.queries.run(lambda _: None, looked.append)
        qtbot.waitUntil(lambda: bool(looked))
        bars = [bar for bar in window.centre.notices.open() if bar.property("subject") == "again"]
        assert len(bars) == wanted
        return window, *bars

    return ask


def test_who_agrees_has_everything_heard_again_and_keeps_what_was_said(heard_before, question, settled):
    window, bar = question()
    assert "another model now than the one that heard 2 tracks" in bar.text.text()
    assert heard_before() == [("earlier", Decision(True)), ("earlier", None)]
    bar.button.click()
    settled(window)
    assert heard_before() == [(NAME, Decision(True, ("Jazz",))), (NAME, None)]
    assert not window.actions_by_id["listen_again"].isEnabled()
    window.close()
    question(False)


def test_who_declines_is_not_asked_again_but_can_change_their_mind(heard_before, question, settled):
    window, bar = question()
    bar.close_button.click()
    settled(window)
    window.close()
    (window,) = question(False)
    assert [model for model, _ in heard_before()] == ["earlier", "earlier"]
    window.actions_by_id["listen_again"].trigger()
    settled(window)
    assert [model for model, _ in heard_before()] == [NAME, NAME]


def test_what_was_agreed_to_and_not_done_goes_on_at_the_next_start(heard_before, question, places, wait_for):
    window, _ = question()
    with Library.open(places.library) as library:
        keep(library, places.state, NAME, True)
    window.close()
    question(False)
    wait_for(lambda: [model for model, _ in heard_before()] == [NAME, NAME])
