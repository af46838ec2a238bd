"""The pure decisions, and that the library's SQL takes the same ones."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genre_tagger.base.errors import FileFailure
from genre_tagger.base.genre_words import genre_key
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision, NoGenre, Prediction, Vote
from genre_tagger.review.policy import AGREEING, Action, By, Mode, Policy, clean, merge, propose, retag
from helpers import tracks
from helpers.tracks import predicted, scanned

genres = st.lists(st.sampled_from(["Rock", "rock", "Blues", "Jazz", "Hip-Hop"]), max_size=3).map(tuple)


def track(old=(), genre="Jazz", probability=0.8, decision=None, missing=False, error_stage=None):
    return tracks.track(
        genres=tuple(old), prediction=predicted("/a", genre, probability) if genre else None, decision=decision,
        missing=missing, error=error_stage and "Broken.", error_stage=error_stage,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "mode", "new", "action"),
    [
        ((), Mode.FILL, ("Jazz",), Action.WRITE),
        (("Rock",), Mode.FILL, ("Jazz",), Action.KEEP),
        (("Rock",), Mode.ADD, ("Rock", "Jazz"), Action.WRITE),
        (("jazz",), Mode.ADD, ("jazz",), Action.SAME),
        (("Rock", "Blues"), Mode.REPLACE, ("Jazz",), Action.WRITE),
        (("Jazz",), Mode.REPLACE, ("Jazz",), Action.SAME),
        (("Jazz",), Mode.FILL, ("Jazz",), Action.SAME),
        (("Jazz; Blues",), Mode.ADD, ("Jazz; Blues",), Action.SAME),
        (("Blues;jazz", "Soul"), Mode.ADD, ("Blues;jazz", "Soul"), Action.SAME),
        (("Acid Jazz",), Mode.ADD, ("Acid Jazz", "Jazz"), Action.WRITE),
    ],
)
def test_the_mode_decides_how_old_and_new_meet(old, mode, new, action):
    proposal = propose(track(old), Policy(mode))
    assert (proposal.new, proposal.action) == (new, action)


@pytest.mark.parametrize(
    ("by", "vote", "proposed"),
    [
        (By.TRACK, Vote("Blues", 0.9, 1.0), ("Jazz", 0.8)),
        (By.ALBUM, Vote("Blues", 0.9, 0.1), ("Blues", 0.9)),
        (By.ALBUM, None, ("Jazz", 0.8)),
        (By.AGREED, Vote("Blues", 0.9, AGREEING), ("Blues", 0.9)),
        (By.AGREED, Vote("Blues", 0.9, AGREEING - 0.01), ("Jazz", 0.8)),
    ],
)
def test_the_album_decides_where_the_policy_says_so(by, vote, proposed):
    proposal = propose(replace(track(), vote=vote), Policy(by=by))
    assert (proposal.genre, proposal.probability, proposal.new) == (*proposed, (proposed[0],))


def test_an_album_that_is_unsure_writes_nothing_and_a_track_without_a_genre_gets_none_from_its_album():
    unsure = replace(track(), vote=Vote("Blues", 0.3, 1.0))
    assert propose(unsure, Policy(by=By.ALBUM)).action is Action.UNSURE
    silent = replace(unsure, prediction=Prediction("/a", "m", nothing=NoGenre.SILENT))
    assert propose(silent, Policy(by=By.ALBUM)).action is Action.NOTHING


def test_below_the_threshold_nothing_is_ticked():
    assert propose(track(probability=0.49), Policy()).action is Action.UNSURE
    assert propose(track(probability=0.5), Policy()).action is Action.WRITE
    assert not propose(track(probability=0.89), Policy(threshold=0.9)).ticked


def test_without_a_genre_there_is_nothing_to_write_until_the_user_chooses_one():
    silent = replace(track(), prediction=Prediction("/a", "m", nothing=NoGenre.SILENT))
    proposal = propose(silent, Policy(threshold=0.0))
    assert (proposal.action, proposal.new, proposal.genre, proposal.probability) == (Action.NOTHING, (), None, None)
    assert not proposal.ticked
    for said in (Decision(True), Decision(False), Decision(None)):
        assert propose(replace(silent, decision=said), Policy()).action is Action.NOTHING
    chosen = propose(replace(silent, decision=Decision(True, ("Field Recording",))), Policy())
    assert (chosen.action, chosen.new) == (Action.WRITE, ("Field Recording",))


def test_the_users_no_goes_before_the_model():
    assert propose(track(decision=Decision(False)), Policy()).action is Action.REJECTED


def test_the_users_yes_goes_before_the_threshold_and_fill():
    proposal = propose(track(("Rock",), probability=0.2, decision=Decision(True)), Policy())
    assert (proposal.new, proposal.action) == (("Jazz",), Action.WRITE)


def test_the_users_own_genre_goes_before_the_models():
    proposal = propose(track(decision=Decision(None, ("Tango", "Milonga"))), Policy())
    assert (proposal.new, proposal.action) == (("Tango", "Milonga"), Action.WRITE)


def test_a_genre_can_be_written_without_any_prediction():
    assert propose(track(genre=None, decision=Decision(True, ("Tango",))), Policy()).new == ("Tango",)
    assert propose(track(genre=None), Policy(), ("Tango",)).action is Action.WRITE
    assert propose(track(genre=None), Policy()).action is Action.NONE


def test_a_named_genre_obeys_the_policy_but_no_threshold():
    assert propose(track(("Rock",), probability=0.1), Policy(), ("Tango",)).action is Action.KEEP
    assert propose(track(("Rock",), probability=0.1), Policy(Mode.ADD), ("Tango",)).new == ("Rock", "Tango")


@pytest.mark.parametrize("state", [{"missing": True}, {"error_stage": "scan"}])
def test_a_file_that_cannot_be_read_is_never_written(state):
    assert propose(track(decision=Decision(True), **state), Policy()).action is Action.NONE


def test_the_mapping_gives_the_spelling():
    proposal = propose(track(genre="Hip-Hop"), Policy(spelling={"Hip-Hop": "Rap"}))
    assert (proposal.genre, proposal.new) == ("Rap", ("Rap",))


def test_the_mapping_is_tidied_and_says_nothing_of_what_stays():
    policy = Policy(spelling={"Hip-Hop": "  Rap\n& Trap ", "Rock": " ", "Pop": "Pop", "Disco": "disco"})
    assert policy.spelling == {"Hip-Hop": "Rap & Trap", "Disco": "disco"}
    assert [policy.word(label) for label in ("Hip-Hop", "Rock", "Pop", "Folk")] == ["Rap & Trap", "Rock", "Pop", "Folk"]


def test_a_label_may_be_spelt_by_several_words():
    policy = Policy(Mode.ADD, spelling={"Hip-Hop": "Hip-Hop ;Rap; rap"})
    proposal = propose(track(("rap",), genre="Hip-Hop"), policy)
    assert (proposal.genre, proposal.new, proposal.action) == ("Hip-Hop; Rap", ("rap", "Hip-Hop"), Action.WRITE)
    assert propose(track(("rap", "Hip-Hop"), genre="Hip-Hop"), policy).action is Action.SAME


@pytest.mark.parametrize("spelt", ["hip hop", "HipHop", "HIP-HOP", "Hip\u2010Hop", "hip hop; Rap"])
def test_a_genre_is_the_same_however_it_is_spelt(spelt):
    assert propose(track((spelt,), genre="Hip-Hop"), Policy(Mode.ADD)).action is Action.SAME
    assert clean(["Hip-Hop", "hip hop"]) == ("Hip-Hop",)


def test_a_file_that_cannot_be_written_is_not_ticked_and_says_why():
    refused = replace(track(), refusal="Genres cannot be written into it.")
    for said in (None, Decision(True), Decision(None, ("Tango",))):
        proposal = propose(replace(refused, decision=said), Policy())
        assert (proposal.action, proposal.ticked) == (Action.REFUSED, False)
        assert proposal.refusal == "Genres cannot be written into it."
    assert propose(refused, Policy(threshold=0.9)).action is Action.REFUSED
    assert propose(replace(refused, genres=("Jazz",)), Policy()).action is Action.SAME
    assert propose(replace(refused, decision=Decision(False)), Policy()).action is Action.REJECTED


def test_typed_genres_are_tidied():
    assert clean(["  Rock \n Pop ", "", "rock pop", "\u202eevil"]) == ("Rock Pop", "evil")


@given(genres, genres, st.sampled_from(Mode))
def test_merging_never_repeats_and_never_loses_what_it_should_keep(old, new, mode):
    merged = merge(old, new, mode)
    folded = [genre_key(genre) for genre in merged]
    if not (mode is Mode.FILL and old):
        repeated = len(folded) - len(set(folded))
        assert repeated == (len(old) - len({genre_key(genre) for genre in old}) if mode is Mode.ADD else 0)
        assert {genre_key(genre) for genre in new} <= set(folded)
    if mode is not Mode.REPLACE:
        assert {genre_key(genre) for genre in old} <= set(folded)
    assert mode is Mode.ADD or merge(merged, new, mode) == merged


decisions = st.none() | st.builds(
    Decision,
    st.sampled_from([None, True, False]),
    st.sampled_from([(), ("Tango",), ("jazz",), ("Джаз", "Straße"), ("Rock", "Jazz")]),
)
had = st.lists(
    st.sampled_from(
        ["Rock", "jazz", "Jazz", "J azz", "Rock; Jazz", "JAZZ & Blues", "джаз", "Джаз", "STRASSE", "roc\u212a"]
    ),
    max_size=2, unique_by=str.casefold,
).map(tuple)  # fmt: skip
spellings = st.dictionaries(
    st.sampled_from(["Jazz", "Pop", "Straße"]),
    st.sampled_from(
        ["", "jazz", " JAZZ &\nBlues", "Джаз", "Straße", "Rock", "O'Jazz :word0 {word} ?", "Rock; jazz", ";Джаз;;rock"]
    ),
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    with Library.open(str(tmp_path_factory.mktemp("library") / "library.sqlite3")) as library:
        yield library


@settings(max_examples=250, deadline=None)
@given(
    old=had,
    probability=st.sampled_from([0.2, 0.5, 0.9]),
    decision=decisions,
    nothing=st.sampled_from([None, None, *NoGenre]),
    failed=st.sampled_from([None, "scan", "write"]),
    mode=st.sampled_from(Mode),
    threshold=st.sampled_from([0.0, 0.5, 1.0]),
    spelling=spellings,
    refusal=st.sampled_from(["", "", "No genre can be written into it."]),
    by=st.sampled_from(By),
    vote=st.sampled_from([None, Vote("Jazz", 0.2, 1.0), Vote("Pop", 0.9, 0.3), Vote("Pop", 0.5, AGREEING)]),
)
def test_the_librarys_sql_and_the_review_agree_on_what_would_be_written(
    kept, old, probability, decision, nothing, failed, mode, threshold, spelling, refusal, by, vote
):
    kept.store(
        scanned("/a", genres=old, refusal=refusal),
        Prediction("/a", "m", nothing=nothing) if nothing else predicted("/a", "Jazz", probability),
    )
    if failed:
        kept.store(FileFailure("/a", failed, "Broken."))
    kept.decide([1], decision)
    kept.albums.set_votes([(None, {1: vote} if vote else {})])
    (stored,) = kept.tracks()
    assert stored.vote == (None if nothing else vote)
    policy = Policy(mode, threshold, spelling, by)
    action = propose(stored, policy).action
    states = {"proposed": Action.WRITE, "unsure": Action.UNSURE, "nothing": Action.NOTHING}
    for state, expected in states.items():
        assert bool(kept.find(state=state, **policy.terms())) == (action is expected), state


def test_proposals_are_sorted_by_the_words_that_are_shown(tmp_path):
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        for number, genre in enumerate(["Blues", "Jazz", "Rock"]):
            path = f"/{number}"
            library.store(scanned(path), predicted(path, genre))
        found = library.find(order="proposal", **Policy(spelling={"Blues": "Zydeco"}).terms())
        assert [next(library.tracks(ids=[track])).prediction.genre for track in found] == ["Jazz", "Rock", "Blues"]


def test_a_proposal_says_whether_anybody_has_looked_at_it():
    heard = tracks.track(prediction=predicted("/a.mp3", "Jazz", 0.9))
    assert propose(heard, Policy()).unreviewed
    assert not propose(heard, Policy(), ["Jazz"]).unreviewed
    assert not retag(heard, ["Jazz"]).unreviewed
    for decision in (Decision(True), Decision(None, ("Jazz",))):
        assert not propose(replace(heard, decision=decision), Policy()).unreviewed
