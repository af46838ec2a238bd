"""What is known about the open library: who owns it, and who hears of what."""

from __future__ import annotations

import pytest

from app.jobs.state import Counted
from genre_tagger.review.policy import Mode, Policy


@pytest.fixture
def told(library_state):
    """What was known before each change that was told of."""
    told = []
    library_state.changed.connect(told.append)
    return told


def counted(total=1):
    return Counted(total, [], {"proposed": 0}, [], ["/music"])


def test_who_listens_is_told_what_was_known_before(library_state, told):
    library_state.open(may_write=True)
    library_state.take_policy(Policy(Mode.REPLACE, 0.9))
    assert [(before.opened, before.policy) for before in told] == [(False, Policy()), (True, Policy())]
    assert library_state.now.policy == Policy(Mode.REPLACE, 0.9)


def test_what_is_known_already_is_not_told_again(library_state, told):
    library_state.take_policy(Policy(spelling={"Jazz": "Swing"}))
    library_state.take_policy(Policy(spelling={"Jazz": "Swing"}))
    library_state.take_last_batch(None)
    assert len(told) == 1


def test_a_count_is_news_even_when_the_numbers_are_the_same(library_state, told):
    library_state.take_count(counted())
    library_state.take_count(counted())
    assert len(told) == 2
    assert library_state.now.folders == ["/music"]


def test_a_library_that_opens_at_the_second_try_is_refused_no_longer(library_state):
    library_state.refuse()
    assert (library_state.now.opened, library_state.now.refused) == (False, True)
    library_state.open(may_write=True)
    assert (library_state.now.opened, library_state.now.refused) == (True, False)


@pytest.mark.parametrize("may_write", [True, False])
def test_files_can_be_written_only_while_the_library_is_open_and_its_journal_is_sound(library_state, may_write):
    assert not library_state.now.can_write
    library_state.open(may_write=may_write)
    assert library_state.now.can_write is may_write
