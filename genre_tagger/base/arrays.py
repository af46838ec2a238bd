"""Files of arrays that can be made anew at any time: one line of JSON, the card, with a checksum; then the arrays.

No pickle: nothing in such a file is run.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from genre_tagger.base.small_files import write_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray


def write_arrays(path: str, form: str, card: Mapping[str, Any], arrays: Sequence[NDArray[Any]]) -> None:
    """Write a file, whole or not at all; the same gives the same bytes. `form` names what kind of file it is.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    import numpy as np

    content = io.BytesIO()
    for array in arrays:
        np.lib.format.write_array(content, np.ascontiguousarray(array), allow_pickle=False)
    checked = {"form": form, **card, "sha256": hashlib.sha256(content.getvalue()).hexdigest()}
    write_whole(path, json.dumps(checked).encode("ascii") + b"\n" + content.getvalue())


def read_arrays(path: str, form: str, number: int, largest: int) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    """Read the card and the arrays of a file of `largest` bytes at most.

    Raises
    ------
    OSError
        If it is not there or cannot be read.
    ValueError
        If it is another kind of file, or damaged.
    """
    import numpy as np

    with open(path, "rb") as file:
        head, _, content = file.read(largest + 1).partition(b"\n")
    try:
        card = json.loads(head)
        whole = card["form"] == form and hashlib.sha256(content).hexdigest() == card["sha256"]
        stream = io.BytesIO(content if whole else b"")
        return card, [np.lib.format.read_array(stream, allow_pickle=False) for _ in range(number)]
    except (ValueError, TypeError, KeyError, AttributeError, EOFError, RecursionError) as error:
        raise ValueError("This is not the file that was written.") from error
