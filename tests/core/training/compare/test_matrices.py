"""Confusion matrices as a page: every track is in one cell, and a click on the cell names it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from genre_tagger.training import metrics
from genre_tagger.training.compare import matrices

NAMES, LABELS = ["a", "b", "c & d", "e"], ("Jazz", "R&B")
TRUTH = np.array([0, 0, 1, 1])
ANSWERS = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.0, 0.0]])


@pytest.fixture
def figures():
    return metrics.summary(ANSWERS, TRUTH, LABELS)


@pytest.fixture
def cells():
    return matrices.cells(NAMES, TRUTH, metrics.answers(ANSWERS), LABELS)


class Page(HTMLParser):
    """Links by what they say and where they lead, the text of what has an id, and tags that are open at the end."""

    def __init__(self, text):
        super().__init__()
        self.links, self.named, self.open, self.at = [], {}, [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        of = dict(attrs)
        if tag not in ("meta", "html"):
            self.open.append(tag)
        if tag == "a":
            self.links.append(of["href"])
        self.at = of.get("id")

    def handle_data(self, data):
        if self.at:
            self.named[self.at] = data

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self.at = None


def test_each_track_is_in_the_cell_of_its_genre_and_answer(cells):
    assert cells == {"Jazz": {"Jazz": ["a"], "R&B": ["b"]}, "R&B": {"R&B": ["c & d"], "": ["e"]}}


def test_a_click_on_a_number_leads_to_the_names_of_so_many_tracks(figures, cells, tmp_path):
    matrices.write(str(tmp_path / "m.html"), [("one <network>", {**figures, "cells": cells}), ("other", figures)])
    text = (tmp_path / "m.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert {link.removeprefix("#") for link in page.links} == {*page.named}
    assert sorted(page.named.values()) == [
        "1 of Jazz, called R&B: b", "1 of Jazz, right: a", "1 of R&B, no answer: e", "1 of R&B, right: c & d",
    ]  # fmt: skip
    assert "one &lt;network&gt;" in text
    assert "50.0 % of 4 tracks are right (15 to 85 %)." in text
    assert "<script" not in text


def test_what_was_counted_and_not_named_has_numbers_without_links(figures, tmp_path):
    matrices.write(str(tmp_path / "m.html"), [("counted", {**figures, "tracks": 5})])
    text = (tmp_path / "m.html").read_text(encoding="utf-8")
    assert Page(text).links == []
    assert re.findall(r">(\d)</td>", text) == ["1", "1", "1", "1"]
    assert "counted and not named" in text
    assert "1 want none of these genres" in text
