"""Genre Tagger without a window: from files on disk to written genre tags.

The modules stand in the order of the line that data takes through the program::

    scan → library → audio → features → model → classify → review → journal

Every long stage is a generator that yields one outcome per file. See CONTRIBUTING.md.
"""

__version__ = "0.1.0"
