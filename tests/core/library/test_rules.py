"""The filter line: what it understands, what it says it does not, and that SQL finds what a reader would."""

from __future__ import annotations

import os
import re
import time
from datetime import datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from genre_tagger.files.values import Details
from genre_tagger.library.amounts import Between
from genre_tagger.library.finding.conditions import Conditions
from genre_tagger.library.library import Library
from genre_tagger.library.rules import FIELDS, All, Any, Holds, Kind, Not, Phrase, Sounds, Stands, Within, Words, parse
from genre_tagger.library.storing import fold
from genre_tagger.library.tracks import Candidate, Decision, Prediction, SavedList, TagFact, TagValues
from genre_tagger.model.card import ModelCard
from genre_tagger.model.network import default_model_folder
from helpers.tracks import scanned


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", None),
        ("- ) ( & OR NOT", None),
        ("blue -live", All((Words("blue"), Not(Words("live"))))),
        ("a b OR c", Any((All((Words("a"), Words("b"))), Words("c")))),
        ("a AND (b OR c)", All((Words("a"), Any((Words("b"), Words("c")))))),
        ('NOT "so what"', Not(Phrase("so what"))),
        ('"no partner', All((Words("no"), Words("partner")))),
        ("GENRE:jazz", Holds("genre", "jazz")),
        ('genre:"Hip Hop" genre:=Pop', All((Holds("genre", "Hip Hop"), Holds("genre", "Pop", whole=True)))),
        ('genre:""', Holds("genre", "")),
        ("drum-n-bass", Words("drum-n-bass")),
        ("track:1..3", Within("track", Between(1, 3))),
        ("year:1960s", Within("year", Between(1960, 1969))),
        ("sure:>80%", Within("sure", Between(0.8, None, low_in=False))),
        ('sure:""', Within("sure", None)),
        ("length:>10:00", Within("length", Between(600.5, None))),
        ("length:<=3m", Within("length", Between(None, 180.5, high_in=False))),
        ("size:..2,5MB", Within("size", Between(None, 2.5e6))),
        ("added:30d", Within("added", Between(0, 30 * 86400, age=True))),
        ("added:>2w", Within("added", Between(14 * 86400, None, low_in=False, age=True))),
        ("added:4w..1w", Within("added", Between(7 * 86400, 28 * 86400, age=True))),
        ("mood:calm is:unsure", All((Sounds("mood", "calm"), Stands("unsure")))),
    ],
)
def test_a_line_means(text, rule):
    parsed = parse(text)
    assert (parsed.rule, parsed.told) == (rule, ())


@pytest.mark.parametrize("example", [f"{name}:{column.example}" for name, column in FIELDS.items()])
def test_every_example_is_understood(example):
    assert parse(example).rule is not None
    assert not parse(example).told


def test_days_months_and_years_are_those_here():
    (rule,) = [parse("added:>=2026-02-27 added:<=2026-02").rule]
    first, last = rule.rules
    assert first.between.low == datetime(2026, 2, 27).timestamp()
    assert last.between.high == datetime(2026, 3, 1).timestamp()
    assert not last.between.high_in


@pytest.mark.parametrize(
    ("text", "told", "rule"),
    [
        ("gener:jazz", "Did you mean genre:?", Words("gener:jazz")),
        ("Re:Stacks", "There is no field “Re”", Words("Re:Stacks")),
        ("blue track:many", "“track:” wants a number", Words("blue")),
        ("length:1:2:3:4", "“length:” wants a time", None),
        ("added:2026-02-31", "“added:” wants an age", None),
        ("added:soon", "“added:” wants", None),
        ("track:..", "“track:” wants", None),
        ("track:1_0", "“track:” wants", None),
        ("is:odd", "one of unsure, to-write", None),
        ("mood:", "Nothing follows “mood:”", None),
        ('mood:""', "“mood:” wants a word", None),
        ('size:""', "“size:” wants a size", None),
        ("(" * 50 + "a", "too many brackets", Words("a")),
    ],
)
def test_what_is_not_understood_is_said_and_the_rest_holds(text, told, rule):
    parsed = parse(text)
    assert told in " ".join(parsed.told)
    assert parsed.rule == rule


def test_a_line_that_is_too_long_says_where_it_ends():
    parsed = parse("a " * 1000)
    assert len(parsed.rule.rules) == 200
    assert "after the first 200" in parsed.told[0]


# --- SQL against a reader of the rules ---------------------------------------------------------------------------

_FACTS = (
    TagFact("m1", "Calm", "mood", 0.5), TagFact("m2", "Sad and calm", "mood", 0.1), TagFact("s", "Techno", "style"),
    TagFact("v", "Calm", "voice", 0.3),
)  # fmt: skip
_NOW = int(time.time())
_SHELF = (
    ("/m/jazz/Älva.flac", "Älva", "Miles", "Blue Train", 1, ("Jazz", "Acid Jazz"), 600.4, "FLAC", 5, "Jazz", 0.8),
    ("/m/Live at 10.mp3", "So What (live)", "AC/DC", "Train Blue", 2, (), 0.0, "MP3", 10**7, "Rock", 0.3),
    (os.fsdecode(b"/m/caf\xe9 jazz.mp3"), "", "Ünïted", "", None, ("Électro",), 3.5, "MP3", 70, None, 0.0),
    ("/n/NOT.ogg", "OR", "Train", "Live", 12, ("Jazz",), 185.0, "Ogg", 10**9, "Electronic", 1.0),
    ("/n/e.ogg", "blue", "blue", "blue", 1, ("Rock", "Jazz Rock"), 60.0, "Ogg", 70, None, None),
)
_PLAYLISTS = {"Blue Train": (0, 2), "Élva": (0, 4), "acid jazz live": (1, 0)}
_TAGS = ((0.5, 0.0, 0.9, 0.2), (0.49, 0.2, 0.0, 0.3), (0.0, 0.1, 0.0, 0.0), (0.0, 0.0, 1.0, 1.0))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    with Library.open(str(tmp_path_factory.mktemp("rules") / "library.sqlite3")) as library:
        for number, (path, title, artist, album, track, genres, length, container, size, heard, sure) in enumerate(
            _SHELF
        ):
            tags = {"title": title, "artist": artist, "album": album, "number": track, "genres": genres}
            tags["details"] = Details(artist if number % 2 else "", track, 1960 + 4 * number, number == 1, "", "")
            changed = (_NOW - number * 86400) * 10**9
            library.store(scanned(path, **tags, length=length, container=container, size=size, mtime_ns=changed))
            if sure is not None:
                candidates = () if heard is None else (Candidate(heard, sure),)
                values = TagValues.of(_FACTS, _TAGS[number])
                library.store(Prediction(path, "m", candidates, tag_values=values))
        library.decide([2], Decision(None, ("Hard Rock",)))
        for name, numbers in _PLAYLISTS.items():
            library.playlists.keep(f"/n/{name}.m3u8", (1, 1), name, [_SHELF[number][0] for number in numbers], 0)
        yield library, list(library.tracks())


def _words(text):
    return re.findall(r"[^\W_]+", fold(text))


def _texts(track, name):
    return {
        "title": fold(track.title or os.path.basename(track.path)), "artist": fold(track.artist),
        "album": fold(track.album), "genre": "\x1f".join(map(fold, track.genres)), "path": fold(track.path),
        "format": fold(track.format), "heard": fold((track.prediction and track.prediction.genre) or ""),
        "albumartist": fold(track.details.album_artist), "composer": fold(track.details.composer),
        "playlist": "\x1f".join(
            fold(name) for name, numbers in _PLAYLISTS.items() if track.path in [_SHELF[n][0] for n in numbers]
        ),
        "chosen": "\x1f".join(map(fold, track.decision.genres)) if track.decision else "",
    }[name]  # fmt: skip


def _number(track, name):
    return {
        "year": track.details.year, "disc": track.details.disc,
        "track": track.track_number, "length": track.length or None, "size": track.stamp.size, "added": _NOW,
        "sure": track.prediction and track.prediction.probability, "changed": track.stamp.mtime_ns / 1e9,
    }[name]  # fmt: skip


def _has(track, rule):
    """Read a rule for one track, without SQL."""
    if isinstance(rule, Not):
        return not _has(track, rule.rule)
    if isinstance(rule, All | Any):
        return (all if isinstance(rule, All) else any)(_has(track, part) for part in rule.rules)
    said = [*(_texts(track, name) for name in ("title", "artist", "album", "genre", "path"))]
    if isinstance(rule, Words | Phrase):
        there = _words(" ".join([*said, track.title]))
        begin = all(any(word.startswith(wanted) for word in there) for wanted in _words(rule.text))
        return begin and (isinstance(rule, Words) or any(fold(rule.text) in text for text in said))
    if isinstance(rule, Holds):
        text = _texts(track, rule.field)
        if not rule.text:
            return rule.field != "path" and not (track.title if rule.field == "title" else text)
        return fold(rule.text) in (text.split("\x1f") if rule.whole else text)
    if isinstance(rule, Within):
        number = _number(track, rule.field)
        return number is None if rule.between is None else rule.between.at(_NOW).has(number)
    values = track.prediction.tag_values.tags if track.prediction and track.prediction.tag_values else ()
    return any(t.clear and t.fact.kind == rule.field and fold(rule.text) in fold(t.fact.label) for t in values)


_TEXTS = st.sampled_from(
    ["blue", "train", "Blue Train", "live", "jazz", "acid jazz", "rock", "elva", "electro", "10", "OR", "ac/dc", "ml",
     "what (live)", "caf", "mp3"]
)  # fmt: skip
_NUMBERS = st.sampled_from(["1", ">1", "<=2", "1..2", "..12", "2..", ">=12"])
_AMOUNTS = {
    "track": _NUMBERS, "disc": _NUMBERS, "year": st.sampled_from(["1960s", "<1968", "1961..1964", "=1972"]),
    "length": st.sampled_from([">3:05", "<=3:05", "0:04..10:00", "10:00", "<4"]),
    "size": st.sampled_from([">10MB", "70", "<=10MB", "1k..1GB"]),
    "sure": st.sampled_from([">0.8", ">=80%", "<0.3", "0..1"]),
    "added": st.sampled_from(["<1d", ">1d", "2020..", "<2020"]),
    "changed": st.sampled_from(["<36h", ">36h", "12h..60h"]),
}  # fmt: skip
_TEXT_FIELDS = [name for name, column in FIELDS.items() if column.kind is Kind.TEXT]


@st.composite
def _terms(draw):
    """A term as a person would write it."""
    text = draw(_TEXTS)
    kind = draw(st.sampled_from(["words", "phrase", "holds", "whole", "empty", "amount", "unknown", "sounds"]))
    name = draw(st.sampled_from(_TEXT_FIELDS))
    number = draw(st.sampled_from(sorted(_AMOUNTS)))
    return {
        "words": text.split()[0].replace("OR", "or").replace("(", ""), "phrase": f'"{text}"',
        "holds": f'{name}:"{text}"', "whole": f'{name}:="{text}"', "empty": f'{name}:""',
        "amount": f"{number}:{draw(_AMOUNTS[number])}", "unknown": f'{draw(st.sampled_from(["track", "sure"]))}:""',
        "sounds": f"{draw(st.sampled_from(['mood', 'style', 'voice']))}:{draw(st.sampled_from(['calm', 'sad', 'te']))}",
    }[kind]  # fmt: skip


_LINES = st.recursive(
    _terms(),
    lambda lines: st.one_of(
        lines.map(lambda line: f"-({line})"), lines.map(lambda line: f"NOT ({line})"),
        st.lists(lines, min_size=1, max_size=3).map(" ".join),
        st.lists(lines, min_size=1, max_size=3).map(lambda some: "(" + " OR ".join(some) + ")"),
    ),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=60)
@given(_LINES)
@example('title:"" -(added:>1d OR mood:calm)')
def test_sql_finds_what_a_reader_of_the_rule_finds(shelf, line):
    library, tracks = shelf
    parsed = parse(line)
    assert not parsed.told
    assert set(library.find(words=line)) == {track.id for track in tracks if _has(track, parsed.rule)}


@given(st.text(), st.text(st.sampled_from('a":=<>.()- ORNT1\n')))
def test_no_text_at_all_is_an_error_and_a_list_narrows_what_the_line_finds(shelf, line, listed):
    library, tracks = shelf
    ids = set(library.find(words=line, listed=listed))
    assert ids == set(library.find(words=line)) & set(library.find(words=listed))
    assert ids <= {track.id for track in tracks}


def test_the_line_of_the_manual_finds_the_one_track_that_has_it_all(tmp_path):
    line = "genre:jazz year:1960..1969 -live length:>10:00 sure:>0.8 mood:calm added:<30d"
    wanted = {"genres": ("Jazz",), "year": 1965, "title": "Blue", "length": 700.0, "sure": 0.9, "calm": 0.8}
    others = [
        {"genres": ("Rock",)}, {"year": 1970}, {"title": "Blue (live)"}, {"length": 599.0}, {"sure": 0.7}, {"calm": 0.2}
    ]  # fmt: skip
    facts = (TagFact("m1", "Calm", "mood", 0.5),)
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        for number, change in enumerate([{}, *others]):
            t = wanted | change
            path = f"/m/{number}.mp3"
            library.store(scanned(path, title=t["title"], genres=t["genres"], length=t["length"],
                                  details=Details(year=t["year"])))  # fmt: skip
            candidates = (Candidate("Jazz", t["sure"]), Candidate("Pop", 1 - t["sure"]))
            library.store(Prediction(path, "m", candidates, tag_values=TagValues.of(facts, (t["calm"],))))
        assert [track.path for track in library.tracks(ids=library.find(words=line))] == ["/m/0.mp3"]
        assert library.find(words=f"{line} OR genre:rock") == library.find(words=f"({line}) OR genre:rock")


def test_states_are_those_of_the_sidebar(shelf):
    library, _ = shelf
    for word, state in (("unsure", "unsure"), ("to-write", "proposed"), ("unheard", "unclassified")):
        assert list(library.find(words=f"is:{word}", mode="add")) == list(library.find(state=state, mode="add"))
    assert [track.details.compilation for track in library.tracks(ids=library.find(words="is:compilation"))] == [True]
    assert len(library.find(words="is:to-write OR is:unsure", mode="add")) >= 2


def test_lists_are_kept_renamed_and_forgotten(tmp_path):
    path = str(tmp_path / "library.sqlite3")
    with Library.open(path) as library:
        library.save_list(SavedList("Quiet", "mood:calm"))
        library.save_list(SavedList("Älter", "added:>1y", "clock"))
        library.save_list(SavedList("Quiet", "mood:calm -live"))
    with Library.open(path) as library:
        assert library.lists() == [SavedList("Quiet", "mood:calm -live"), SavedList("Älter", "added:>1y", "clock")]
        library.save_list(SavedList("Calm", "mood:calm"), instead_of="Quiet")
        library.save_list(None, instead_of="Älter")
        assert library.lists() == [SavedList("Calm", "mood:calm")]


def test_what_was_there_before_dates_were_kept_counts_as_old_and_a_moved_file_is_not_new(tmp_path):
    path, old, new = (str(tmp_path / name) for name in ("library.sqlite3", "old.mp3", "new.mp3"))
    with Library.open(path) as library:
        library.store(scanned(old, ino=7, size=5))
        library._db.execute("UPDATE tracks SET added = NULL")
        library.store(scanned(new, ino=7, size=5))
        assert (len(library.find(words="added:<1y")), len(library.find(words="added:>1y"))) == (0, 1)
        assert len(library.find(words='added:""')) == 1


@pytest.mark.parametrize("field", [name for name, field in FIELDS.items() if field.kind is Kind.TAG])
def test_what_is_offered_behind_a_field_is_something_that_the_shipped_model_hears(field):
    card = ModelCard.read(default_model_folder())
    rule = parse(f"{field}:{FIELDS[field].example}").rule
    condition = Conditions(str, {1: [*card.tags, *card.moods]}, {}).of(rule)
    assert condition != "0"
