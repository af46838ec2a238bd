"""Whether to listen again to what another model has heard: asked once for each model, and kept beside the library."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from app.jobs.queries import Queries
from app.jobs.wishes import JobKind, Tally
from app.jobs.work import Work
from app.look import words
from app.look.notices import Notices
from genre_tagger.base.errors import ModelError
from genre_tagger.base.small_files import library_file, read_json, write_json

if TYPE_CHECKING:
    from genre_tagger.library.library import Library

_SUBJECT = "again"
_VERSION = 1


class Heard(NamedTuple):
    """How many tracks only another model than `model` has heard; what the user said of that, None if nothing yet."""

    model: str
    others: int
    agreed: bool | None


class ListeningAgain(QObject):
    """Asks; `action` is the way to it later. Begins when told to `look`, which is when the library has been opened."""

    def __init__(self, queries: Queries, work: Work, notices: Notices, action: QAction, folder: str) -> None:
        super().__init__(work)
        self._queries, self._work, self._notices, self._action, self._folder = queries, work, notices, action, folder
        self._model = ""
        self._due = False  # agreed to while something was listened to, which may have been at its end already
        action.setEnabled(False)
        action.triggered.connect(lambda _: self._answer(True))
        work.finished.connect(self._finished)

    def _finished(self, tally: Tally) -> None:
        if tally.kind is JobKind.CLASSIFY and self._due and tally.came_to_its_end:
            self._begin()
        elif tally.kind in (JobKind.CLASSIFY, JobKind.FORGET):
            self.look()

    def look(self) -> None:
        """Look whether there is anything to hear again, and what was said of it."""
        folder, model = self._folder, self._work.model_folder
        self._queries.run(lambda library: look(library, folder, model), self._take, key="again")

    def _take(self, heard: Heard | None) -> None:
        if heard is None:
            return
        self._model = heard.model
        self._action.setEnabled(heard.others > 0)
        if not heard.others:
            self._notices.unsay(_SUBJECT)
        elif heard.agreed and not self._work.classifier.again:
            self._begin()
        elif heard.agreed is None and all(bar.property("subject") != _SUBJECT for bar in self._notices.open()):
            self._ask(heard.others)

    def _ask(self, others: int) -> None:
        text = self.tr(
            "Genre Tagger has another model now than the one that heard {}. Listen to them again, in the background? "
            "What you chose or declined stays, and no file is touched; other proposals may change."
        ).format(words.tracks(others))
        notice = self._notices.say(_SUBJECT, text, self.tr("Listen again"), lambda: self._answer(True))
        notice.close_button.clicked.connect(lambda: self._answer(False))

    def _answer(self, agreed: bool) -> None:
        folder, model = self._folder, self._model
        self._notices.unsay(_SUBJECT)
        # Without a key, so that it is kept even if the window is closed now.
        self._queries.run(lambda library: keep(library, folder, model, agreed))
        if agreed:
            self._begin()

    def _begin(self) -> None:
        self._work.classifier.again = True
        self._due = JobKind.CLASSIFY in self._work.kinds()
        self._work.classify()


def look(library: Library, folder: str, model_folder: str | None) -> Heard | None:
    """Count what only another model has heard, and read what was said of it; None where there is no model."""
    from genre_tagger.model.card import ModelCard
    from genre_tagger.model.network import default_model_folder

    try:
        where = model_folder or default_model_folder()
        model = ModelCard.read(where).name_in(where)
    except ModelError:
        return None
    others = library.count(unclassified=True, model=model) - library.count(unclassified=True)
    stored = read_json(_file(library, folder), _VERSION)
    agreed = stored.get("agreed") if stored.get("model") == model else None
    return Heard(model, others, agreed if isinstance(agreed, bool) else None)


def keep(library: Library, folder: str, model: str, agreed: bool) -> None:
    """Put on the drive what was said; where that fails, it is asked again at the next start."""
    try:
        write_json(_file(library, folder), _VERSION, {"model": model, "agreed": agreed})
    except OSError as error:
        logging.getLogger(__name__).info("Whether to listen again could not be kept: %s", error)


def _file(library: Library, folder: str) -> str:
    return library_file(folder, "again", os.path.abspath(library.path))
