"""The second page of a copy: all that it would do, before it does anything."""

from __future__ import annotations

from collections.abc import Iterator

from app.look import theme, words
from app.sorting.planned import EVERYTHING, Line, PlanPage, lacks
from genre_tagger.sorting.copies.plan import Action, Plan

_USUAL = 15e6  # bytes a second that are written and read back where nothing is known yet
_RENAMED, _DELETED, _FAILED = "renamed", "deleted", "failed"


def lines(plan: Plan) -> Iterator[Line]:
    """Say of each file what will be done; of those that stay as they are, nothing."""
    said = {
        Action.COPY: words.tr("Copy"), Action.REPLACE: words.tr("Replace"), Action.MOVE: words.tr("Rename there"),
        Action.RETAG: words.tr("New genre"), Action.ADOPT: words.tr("Is there"),
    }  # fmt: skip
    for failure in plan.failures:
        yield Line(words.tr("Leave out"), words.printable(failure.path), words.one_line(failure.reason), _FAILED)
    for name in plan.deletes:
        yield Line(words.tr("Delete there"), words.printable(name), "", _DELETED)
    for step in plan.steps:
        if step.action is not Action.KEEP:
            before = words.tr("It is called {} there now.").format(words.printable(step.old)) if step.old else ""
            kind = _RENAMED if step.why else EVERYTHING
            yield Line(said[step.action], words.printable(step.path), words.one_line(step.why) or before, kind)


def headline(plan: Plan) -> str:
    """Say how much is copied."""
    copies = plan.count(Action.COPY, Action.REPLACE)
    if not copies:
        return words.tr("Nothing has to be copied")
    return words.tr("{} to copy, {}").format(words.files(copies), words.size(plan.size))


def summary(plan: Plan, pace: float) -> str:
    """Say what else is done, what is free, and how long it takes at a pace (bytes a second; 0: not known)."""
    parts = [
        words.tr("{} there already").format(words.files(plan.count(Action.KEEP, Action.ADOPT))),
        *_some(words.tr("{} given another genre there"), plan.count(Action.RETAG)),
        *_some(words.tr("{} renamed there"), plan.count(Action.MOVE)),
        *_some(words.tr("{} under another name than the pattern's"), sum(bool(step.why) for step in plan.steps)),
        *_some(words.tr("{} deleted there"), len(plan.deletes)),
        *_some(words.tr("{} there that are not wanted any more and stay"), len(plan.unwanted)),
        *_some(words.tr("{} left out"), len(plan.failures)),
    ]
    if plan.deletes and plan.size and not plan.manifest.renames:
        parts.append(words.tr("nothing can be renamed there, so it is copied anew"))
    if plan.free is not None:
        parts.append(words.tr("{} free").format(words.size(plan.free)))
    if plan.size:
        minutes = max(1, round(plan.size / (pace or _USUAL) / 60))
        text = words.tr("about {} at the pace of the last time") if pace else words.tr("about {} to an ordinary stick")
        parts.append(text.format(_minutes(minutes)))
    return "   ·   ".join(parts)


def _some(text: str, count: int) -> list[str]:
    return [text.format(words.files(count))] if count else []


def _minutes(count: int) -> str:
    return words.tr("a minute") if count == 1 else words.tr("{} minutes").format(words.number(count))


class CopyPlanPage(PlanPage):
    """What a copy would do."""

    def __init__(self) -> None:
        columns = (words.tr("What"), words.tr("File there"), words.tr("Why"))
        super().__init__(columns, words.tr("What would be done"), stretched=(1,))
        header = self.table.horizontalHeader()
        header.resizeSection(0, 14 * theme.UNIT)
        header.resizeSection(2, 30 * theme.UNIT)

    def show_plan(self, plan: Plan, pace: float) -> None:
        """Show what would be done."""
        text = self.tr("There is not enough room: {} more would be needed. Choose less music, or make room there.")
        trouble = text.format(words.size(lacks(plan))) if lacks(plan) else ""
        where = self.tr("Into {}").format(words.printable(plan.root))
        self.say(headline(plan), summary(plan, pace), trouble, where)
        self.show_lines([*lines(plan)], (
            (EVERYTHING, self.tr("All that changes ({})")), (_RENAMED, self.tr("Under another name ({})")),
            (_DELETED, self.tr("Deleted there ({})")), (_FAILED, self.tr("Left out ({})")),
        ))  # fmt: skip
