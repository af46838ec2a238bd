"""Turns off categories of Qt's log that warn of nothing that is our fault."""

from __future__ import annotations

from PySide6.QtCore import QLoggingCategory

_quiet: list[str] = []


def quieten(categories: str) -> None:
    """Turn these categories off too; Qt takes all rules at once and forgets earlier ones."""
    if categories in _quiet:
        # While Qt takes rules, even the same ones, its other threads log what should be off.
        return
    _quiet.append(categories)
    QLoggingCategory.setFilterRules("\n".join(f"{each}=false" for each in _quiet))
