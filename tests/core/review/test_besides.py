"""What is heard beside the genre goes along with every Write, if the policy says so; table, dry run and files agree."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from genre_tagger import line
from genre_tagger.files.tags import read_genres, read_words, write_genres
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Candidate, Decision, Prediction, TagFact, TagValues
from genre_tagger.review.policy import NOTHING_BESIDES, Action, Besides, Mode, Policy, propose
from genre_tagger.writing.journal import Journal
from helpers.files import contents
from helpers.tracks import predicted, scanned, track

FACTS = (
    TagFact("happy", "Happy", "mood", 0.3), TagFact("House", "House", "style", 0.3), TagFact("sad", "Sad", "mood", 0.3),
)  # fmt: skip
MOODS = Besides(("mood",))


def heard(path: str, genre: str = "Disco", *, values: tuple[float, ...] = (0.8, 0.9, 0.1)) -> Prediction:
    return replace(predicted(path, genre), tag_values=TagValues.of(FACTS, values))


@pytest.mark.parametrize(
    ("has", "mode", "new", "action"),
    [
        ((), Mode.FILL, ("Disco", "Happy"), Action.WRITE),
        (("Rock",), Mode.FILL, ("Disco", "Happy"), Action.KEEP),
        (("disco",), Mode.ADD, ("disco", "Happy"), Action.WRITE),
        (("Rock", "happy", "Disco"), Mode.ADD, ("Rock", "happy", "Disco"), Action.SAME),
        (("Disco",), Mode.REPLACE, ("Disco", "Happy"), Action.WRITE),
        (("Disco", "Happy"), Mode.REPLACE, ("Disco", "Happy"), Action.SAME),
    ],
)
def test_as_further_genres_they_are_part_of_what_is_wanted(has, mode, new, action):
    proposal = propose(track(genres=has, prediction=heard("/a")), Policy(mode, besides=MOODS))
    assert (proposal.new, proposal.action) == (new, action)


def test_into_a_field_they_go_along_with_the_genre_and_never_without_it():
    policy = Policy(besides=Besides(("mood", "style"), "mood", 1))
    proposal = propose(track(prediction=heard("/a")), policy)
    assert (proposal.new, proposal.besides, proposal.into, proposal.unsaid) == (("Disco",), ("Happy",), "mood", ())
    assert propose(track(genres=("Disco",), prediction=heard("/a")), policy).action is Action.SAME


def test_a_genre_of_the_persons_own_gets_them_too_and_what_they_said_themselves_is_not_the_models():
    chosen = track(prediction=heard("/a"), decision=Decision(True, ("Kids", "Happy")))
    policy = Policy(besides=Besides(("mood", "style")))
    proposal = propose(chosen, policy)
    assert (proposal.new, proposal.unsaid) == (("Kids", "Happy", "House"), ("House",))


@pytest.fixture
def library(home: str) -> Iterator[Library]:
    """Tracks with all that files can have, that was heard, and that was said, for each that they can be."""
    files = ((), ("Disco",), ("Disco", "Happy"), ("Rock",), ("happy", "DISCO"))
    predictions = (None, heard("/"), heard("/", values=(0.1, 0.9, 0.1)), predicted("/", "Disco"), heard("/", "Polka"))
    decisions = (None, Decision(True), Decision(False), Decision(True, ("Kids",)), Decision(None, ("Disco",)))
    with Library.open(os.path.join(home, "library.sqlite3")) as library:
        for number, (genres, prediction, decision) in enumerate(itertools.product(files, predictions, decisions), 1):
            path = f"/m/{number}.mp3"
            library.store(scanned(path, genres=genres, ino=number))
            if prediction is not None:
                library.store(replace(prediction, path=path))
            library.decide([number], decision)
        yield library


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    "besides", [NOTHING_BESIDES, MOODS, Besides(("mood", "style"), most=1), Besides(("style",), "mood")]
)
@pytest.mark.parametrize("among", [(), ("Disco", "Rock")])
def test_the_table_lists_as_proposed_just_what_would_be_written(library, mode, besides, among):
    library.among = among
    policy = Policy(mode, 0.6, {"Polka": "Folk; Polka"}, besides=besides)
    proposals = list(line.proposals(library, policy))
    assert set(library.find(state="proposed", **policy.terms())) == {p.track_id for p in proposals if p.ticked}
    assert library.count_found(state="proposed", **policy.terms()) == sum(p.ticked for p in proposals)
    unsure = {p.track_id for p in proposals if p.action is Action.UNSURE}
    assert set(library.find(state="unsure", **policy.terms())) >= unsure


def bare(path: str) -> str:
    write_genres(path, ())
    return path


# --- with files ---------------------------------------------------------------------------------------------------


@pytest.fixture
def written(media: Callable[..., str], home: str) -> Iterator[Callable[[Policy, str], Library]]:
    """Write by a policy what is heard in a file; returns the library. The fixture's files are its own."""
    with Library.open(os.path.join(home, "library.sqlite3")) as library:

        def write(policy: Policy, path: str) -> Library:
            for _ in line.scan_into(library, [path]):
                pass
            library.store(heard(path))
            with Journal.open(line.journal_path(library.path)) as journal:
                outcomes = list(line.write_into(library, journal, list(line.proposals(library, policy))))
            assert not any(getattr(outcome, "lacking", "") for outcome in outcomes)
            return library

        yield write


def test_what_the_policy_says_is_in_the_file_and_in_the_library_and_goes_back(written, media):
    path = bare(media("flac"))
    before = contents(path)
    library = written(Policy(Mode.REPLACE, besides=Besides(("mood", "style"), "grouping")), path)
    assert (read_genres(path), read_words(path, "grouping")) == (("Disco",), ("Happy", "House"))
    with Journal.open(line.journal_path(library.path)) as journal:
        (batch,) = journal.batches()
        assert batch.files == 1
        list(line.undo_into(library, journal, [batch.id]))
    assert contents(path) == before


def test_words_behind_the_genre_are_nothing_to_learn_from_though_a_person_chose_the_genre(written, media):
    path = bare(media("flac"))
    library = written(Policy(), bare(media("ogg")))
    for _ in line.scan_into(library, [path]):
        pass
    (own,) = library.tracks(paths=[path])
    library.decide([own.id], Decision(True, ("Kids",)))
    library = written(Policy(besides=MOODS), path)
    assert read_genres(path) == ("Kids", "Happy")
    guessed = library._rows("SELECT track, genre FROM unreviewed WHERE track = ?", (own.id,))
    assert list(guessed) == [(own.id, "Happy")]


def test_the_command_line_says_the_same_beforehand_and_afterwards(media, home, capsys):
    from genre_tagger.cli import __main__

    where = os.path.join(home, "library.sqlite3")
    path = bare(media("mp3"))
    with Library.open(where) as library:
        for _ in line.scan_into(library, [path]):
            pass
        library.store(heard(path))

    def run(*words: str):
        assert __main__.main(["write", *words, "--policy", "replace", "--library", where, "--json"]) == __main__.DONE
        return json.loads(capsys.readouterr().out)["changes"]

    behind = run("--more", "mood", "--dry-run")
    assert [change["new"] for change in behind] == [["Disco", "Happy"]]
    asked = ("--more", "mood", "--more", "style", "--most", "1", "--field", "mood")
    foreseen = run(*asked, "--dry-run")
    assert foreseen[0]["besides"] == {"field": "mood", "words": ["Happy"], "refusal": None}
    assert run(*asked) == foreseen
    assert (read_genres(path), read_words(path, "mood")) == (("Disco",), ("Happy",))


def test_those_that_are_only_offered_are_no_genres_beside_which_something_is_heard():
    nothing = Prediction("/a", "m", (Candidate("Disco", 0.9, True),), tag_values=TagValues.of(FACTS, (0.8, 0.9, 0.1)))
    assert nothing.besides(("mood",), 2) == ()


def test_the_library_finds_just_the_words_that_the_policy_writes(home: str) -> None:
    words = (("Happy", "mood", 0.2), ("House", "style", 0.3), ("Sad", "mood", 0.5), ("jazz", "style", 0.3),
             ("1980s", "era", None), ("Sad", "era", 0.0))  # fmt: skip
    facts = tuple(TagFact(label, label, kind, limit) for label, kind, limit in words)
    values, shares = (0.0, 0.3, 0.9), (Candidate("Jazz", 0.6), Candidate("House", 0.3), Candidate("Sad", 0.1, True))
    with Library.open(os.path.join(home, "words.sqlite3")) as library:
        for number, packed in enumerate(itertools.product(values, values, (0.6,), values, (0.7,), values)):
            heard = Prediction(f"/{number}", "m", shares[number % 2 :], tag_values=TagValues.of(facts, packed))
            library.store(scanned(f"/{number}", ino=number + 1), heard)
        for among, kinds, most in itertools.product(((), ("Jazz",)), (("mood",), ("style", "era", "mood")), (1, 3)):
            library.among, policy = among, Policy(Mode.REPLACE, 0.0, besides=Besides(kinds, most=most))
            wanted = {track.path: propose(track, policy).new for track in library.tracks()}
            assert len(set(wanted.values())) > 2
            numbers = {path: number for number, path in enumerate(wanted, 1)}
            # Files that have just these genres, in this order, would not change; of others all would.
            library.store(*(scanned(path, genres=genres, ino=numbers[path]) for path, genres in wanted.items()))
            assert not list(library.find(state="proposed", **policy.terms()))
            library.store(*(scanned(path, ino=number) for path, number in numbers.items()))
            assert len(library.find(state="proposed", **policy.terms())) == len(wanted)
