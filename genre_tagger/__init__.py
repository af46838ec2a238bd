"""Genre Tagger without a window: from files on disk to written genre tags.

The folders stand in the order of the line that data takes through the program, each on those before it::

    base → files → library → sound → model → review → writing → sorting → line → cli

Every long stage is a generator that yields one outcome per file. Start reading at `line.py`; see CONTRIBUTING.md.
"""

__version__ = "0.1.0"
