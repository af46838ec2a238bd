"""What the documents say is true of the project."""

from __future__ import annotations

import argparse
import glob
import json
import os
import re
from collections import defaultdict

import pytest

from genre_tagger.cli.options import parser
from genre_tagger.training.compare import page

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def read(*parts):
    with open(os.path.join(_ROOT, *parts), encoding="utf-8") as file:
        return file.read()


def figures(card):
    """The README's paragraph about the model, from its card."""
    measured = card["measured"]
    low, high = measured["interval"]
    half = next(row for row in measured["thresholds"] if row["threshold"] == 0.5)
    others = [
        f"{name} {row['tracks']}: {row['accuracy']:.0%} ({row['interval'][0]:.0%} to {row['interval'][1]:.0%})"
        for name, row in (("Magnatune clips,", measured["magnatune"]), ("mood, one of four,", measured["moods"]),
                          ("GTZAN clips, the likeliest of its ten genres,", measured["gtzan_valid_of_ten"]))
    ]  # fmt: skip
    told = ";\n".join(others)
    return (
        f"On {measured['tracks']} clips with AllMusic's genres, by artists it had never heard, the first guess was "
        f"right for {measured['accuracy']:.0%}\n(95% interval {low:.0%} to {high:.0%}), and the right genre "
        f"was among the first three for {measured['top3']:.0%}.\nAt the default threshold of 0.5 the model made "
        f"a proposal for {half['coverage']:.0%} of them, and {half['accuracy']:.0%} of those were right.\n"
        f"Elsewhere, right of so many: {told}.\n"
    )


@pytest.fixture(scope="module")
def card():
    cards = [json.loads(read(path)) for path in glob.glob(os.path.join(_ROOT, "models", "*", "card.json"))]
    (default,) = [card for card in cards if card.get("default")]
    return default


def test_the_readmes_figures_are_those_of_the_models_card(card):
    (said,) = re.findall(r"<!-- figures.*?-->\n(.*?)<!-- end of figures -->", read("README.md"), re.DOTALL)
    assert said == figures(card)


def test_the_figures_of_the_page_about_the_models_are_those_of_the_card(card):
    text = read("docs", "models.md")
    assert text.count(page.BEGIN) == text.count(page.END) == 1
    assert text.split(page.BEGIN)[1].split(page.END)[0].strip() == page.figures(card)


def test_the_readme_names_every_genre_of_the_model(card):
    introduction = read("README.md").split("##")[0]
    proposed = [label for label in card["labels"] if label not in card["only_offered"]]
    assert [label for label in proposed if label not in introduction] == []


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "NOTICE", "tests/data/README.md"])
def test_files_that_a_document_names_are_there(document):
    text = read(document)
    named = set(re.findall(r"\]\(([^)#:]+)\)", text))
    named |= set(re.findall(r"\b((?:packaging|tests|resources|models|docs|genre_tagger)/[\w./-]*\w)", text))
    assert [path for path in sorted(named) if not os.path.exists(os.path.join(_ROOT, path))] == []


def options_of(parsed):
    """The options of a command and of what can be done with it."""
    nested = [action.choices.values() for action in parsed._actions if isinstance(action, argparse._SubParsersAction)]
    return {*parsed._option_string_actions}.union(*(options_of(sub) for subs in nested for sub in subs))


@pytest.fixture(scope="module")
def commands():
    """The options of each command of the command line; those of "" are understood by all."""
    top = parser(defaultdict(lambda: lambda options: 0))
    (group,) = (action for action in top._actions if action.choices)
    return {name: options_of(sub) for name, sub in group.choices.items()} | {
        "": {*top._option_string_actions}
    }


def test_the_readmes_commands_and_options_are_those_of_the_command_line(commands):
    section = read("README.md").split("## On the command line")[1].split("\n## ")[0]
    assert {*re.findall(r"^    genre-tagger-cli (\w+)", section, re.M)} == {*commands} - {""}
    table = re.findall(r"^\| `(--[a-z0-9-]+)[^`]*` \| ([\w, ]+) \|", section, re.M)
    assert len(table) >= 9
    for option, names in table:
        assert {name for name in commands if name and option in commands[name]} == {*names.split(", ")}, option
    assert {*re.findall(r"--[a-z][a-z0-9-]+", section)} <= set().union(*commands.values())


def test_the_manual_page_has_every_option_of_the_command_line(commands):
    page = read("packaging", "desktop", "genre-tagger-cli.1").replace("\\-", "-")
    assert {*re.findall(r"--[a-z][a-z0-9-]+", page)} == {
        option for options in commands.values() for option in options if option.startswith("--")
    }


def test_the_licences_of_what_the_model_learned_from_are_reproduced():
    notice = read("NOTICE")
    for holder in ("Universitat Pompeu Fabra 2019", "2020 Elio Quinton", "2022 Florian Schmid"):
        assert re.search(rf"Copyright .*{holder}", notice)
    assert notice.count('THE SOFTWARE IS PROVIDED "AS IS"') == 3
    assert "GTZAN" in notice


def test_every_runtime_dependency_is_explained():
    listed = re.findall(
        r'^    "([A-Za-z0-9-]+)[>=<]', read("pyproject.toml").split("dependencies = [")[1].split("\n]")[0], re.M
    )
    assert len(listed) >= 10
    contributing, notice = read("CONTRIBUTING.md"), read("NOTICE")
    assert [name for name in set(listed) if name not in contributing or name not in notice] == []
