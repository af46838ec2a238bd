"""How much of the system a process may take, where the system keeps such limits (it does not on Windows)."""

from __future__ import annotations


def lower(limit: int, value: int) -> None:
    """Set a soft limit of this process, within the hard one.

    Parameters
    ----------
    limit : int
        One of ``resource.RLIMIT_…``.
    value : int
        In the unit of that limit: bytes, seconds of computing or open files.

    Raises
    ------
    OSError
        If the system refuses.
    """
    import resource  # not on Windows

    hard = resource.getrlimit(limit)[1]
    resource.setrlimit(limit, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))
