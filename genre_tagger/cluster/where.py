"""Where a cluster is, how to get there, and who else may."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

# How long a scheduler that went, or a first worker, is waited for (s).
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Where:
    """Where a cluster is, and how to get there.

    Attributes
    ----------
    address : str
        ``local:N`` for N processes of this computer, else that of a scheduler, as ``tcp://host:8786``.
    maps : mapping of str to str
        What the beginnings of paths here are called where the workers are.
    tls : mapping of str to str
        The files of TLS: ``ca``, ``cert``, ``key``; empty to do without.
    patience : float
        Seconds for which a scheduler that went, or a first worker, is waited for.
    """

    address: str
    maps: Mapping[str, str] = field(default_factory=dict)
    tls: Mapping[str, str] = field(default_factory=dict)
    patience: float = PATIENCE_S

    def there(self, path: str) -> str:
        """Give a path as workers have it: by the longest beginning that is mapped."""
        for here in sorted(self.maps, key=len, reverse=True):
            root = here.rstrip(os.sep)
            if path == root or path.startswith(root + os.sep):
                return self.maps[here].rstrip("/") + path[len(root) :]
        return path


def is_open(where: Where) -> bool:
    """Tell whether others may reach the scheduler, and so run programs on its workers, without showing a key."""
    if where.address.startswith("local:") or where.tls:
        return False
    host = where.address.partition("://")[2].rpartition(":")[0].strip("[]")
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"
