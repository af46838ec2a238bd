"""What the bundle's `genre-tagger` runs."""

import multiprocessing

multiprocessing.freeze_support()  # first of all: the process that tags files is this program once more

import launching  # noqa: E402 — only after freeze_support

launching.window()
