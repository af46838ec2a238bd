"""Keeps Qt from complaining of what is no trouble of ours."""

from __future__ import annotations

from PySide6.QtCore import QLoggingCategory

_quiet: list[str] = []


def quieten(categories: str) -> None:
    """Hear no more of these categories of Qt's; it takes all rules at once, and forgets those before."""
    if categories in _quiet:
        # While it takes rules, even the same ones, its other threads are heard.
        return
    _quiet.append(categories)
    QLoggingCategory.setFilterRules("\n".join(f"{each}=false" for each in _quiet))
