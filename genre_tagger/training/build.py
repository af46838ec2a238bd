"""The steps from the data folder to a shipped model; each leaves its result in the work folder."""

from __future__ import annotations

import os
import shutil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.errors import ModelError
from genre_tagger.model.guard import Guard
from genre_tagger.model.network import GenreModel
from genre_tagger.training import guard
from genre_tagger.training.compare import robustness
from genre_tagger.training.data import taxonomy
from genre_tagger.training.data.labelled import ALLMUSIC, MAGNATUNE, MUSIC, VALID, Recording, recordings
from genre_tagger.training.data.plan import Plan
from genre_tagger.training.data.report import say
from genre_tagger.training.student import export, hearing, judging, network, shards, tagging, teacher
from genre_tagger.training.student.hearing import Heard
from genre_tagger.training.student.judging import Known

Patches = NDArray[np.float32]
Answers = dict[str, Patches]
# Of every clip, so many patches apart, both forms of the network are compared.
_APART = 9
_SPOKEN = "Comedy/Spoken"
# Of the pieces of music, every so manyth is talked over.
_BEDS = 6


def prepare(plan: Plan) -> None:
    """Decode every recording, and let both teachers label patches of all but the valid clips."""
    if not plan.data.artists_are_apart():
        raise ValueError("an artist stands in both train and valid")
    os.makedirs(plan.work, exist_ok=True)
    of = recordings(plan.data.root)
    heard = _heard(plan)
    learned = [one for one, recording in zip(heard, of, strict=True) if recording.source != VALID]
    shards.write_shards(_shards(plan), plan.patches, learned, plan.data.network_weights, seed=plan.seed)


def _heard(plan: Plan) -> list[Heard]:
    tagger = teacher.build(plan.data.teacher_weights)
    return hearing.hear(recordings(plan.data.root), os.path.join(plan.work, "heard"), tagger)


def _shards(plan: Plan) -> str:
    return plan.kept(f"shards-{plan.seed}")


def train(plan: Plan) -> None:
    """Teach the upper half of the network, from where a stopped run left it; one that is there is kept."""
    import keras

    if os.path.exists(plan.student):
        say(f"the student is there: {plan.student}")
        return
    keras.utils.set_random_seed(plan.seed)
    model = network.build(plan.data.network_weights)
    say(f"student of {model.count_params()} numbers")
    kept = plan.student.removesuffix(".keras")
    network.train(model, shards.read_shards(_shards(plan), plan.patches), epochs=plan.epochs, seed=plan.seed, kept=kept)
    model.save(kept + ".partial.keras")
    os.replace(kept + ".partial.keras", plan.student)
    os.remove(network.passes(kept, plan.epochs))


def finish(plan: Plan) -> None:
    """Fit the heads, export, measure, and write the model's folder.

    Raises
    ------
    ModelError
        If there is no student of these settings.
    ParityError
        If the converted network does not say what the trained one says.
    """
    import keras

    if not os.path.exists(plan.student):
        raise ModelError(f"There is no {plan.student}: train the student first, with the same numbers.")
    trained = keras.models.load_model(plan.student)
    ask = network.answering(trained)
    heard, of = _heard(plan), recordings(plan.data.root)
    answers = [ask(one.patches()[::2]) for one in heard]
    known = Known(of, *(np.stack(column) for column in zip(*map(judging.squashed, answers), strict=True)))
    model, facts = _with_heads(plan, trained, known)
    flat_buffer = export.to_litert(model)
    facts["guard"] = _guard(plan, heard, of, flat_buffer).to_json()
    clips = (one for one, recording in zip(heard, of, strict=True) if recording.source != MUSIC)
    difference = export.largest_difference(model, flat_buffer, (one.patches()[::_APART] for one in clips))
    say(f"Keras and LiteRT differ by {difference:.2e} at most")
    facts["tag_facts"] = _tag_facts(heard, of, answers, plan.seed)
    facts |= {"parity": difference, "parameters": model.count_params()}
    export.write_folder(plan.finished, model, flat_buffer, facts)
    _measure(plan)


def _with_heads(plan: Plan, trained: Any, known: Known) -> tuple[Any, dict[str, Any]]:
    """The network with its heads, and the card's facts with what was measured in folds."""
    learned = known[judging.learned_from(known)]
    logits, manners = judging.held_out(learned, plan.seed)
    labels, manner = judging.borne_out(logits, learned), judging.choose(learned, plan.seed)
    asked, allowed = judging.independent(learned), judging.allowed_labels(learned.wants)
    temperature, slope = judging.calibrated(logits[asked], labels, allowed[asked])
    say(f"heads: {manner}, in the folds {manners}; temperature {temperature}, slope {slope}")
    genres = judging.genres(learned, manner) * (1 / temperature)
    mood, moods = judging.moods(known, plan.seed)
    model = network.with_heads(trained, genres=genres, moods=mood)
    offered = [label for number, label in enumerate(taxonomy.LABELS) if number not in labels]
    facts = export.card_facts(offered, plan, {"penalty": manner.penalty, "prior": manner.prior})
    facts["temperature_slope"] = slope
    chances = judging.probabilities(logits, labels, learned, plan.seed)
    by_source = {source: learned.of(source) for source in (ALLMUSIC, MAGNATUNE)}
    measured = {source: judging.figures(chances[of], labels, learned[of]) for source, of in by_source.items()}
    facts["measured"] = {
        "on": "AllMusic's 474 clips, artists left out in nested folds; right is what one of its editors' genres means",
        **measured[ALLMUSIC], "magnatune": measured[MAGNATUNE], "moods": moods,
    }  # fmt: skip
    say(f"only offered {offered}; moods {moods}")
    for source, figures in measured.items():
        say(f"{source}: {_told(figures)}")
    return model, facts


def _told(measured: dict[str, Any]) -> str:
    """What folds measured, in one line."""
    surest = {row["coverage"]: row["accuracy"] for row in measured["selective"]}
    names = ("tracks", "accuracy", "top3", "ece", "mean_recall", "recall")
    return f"{ {name: measured[name] for name in names} }, surest {surest}"


def _guard(plan: Plan, heard: list[Heard], of: list[Recording], flat_buffer: bytes) -> Guard:
    """The guard, from all pieces but the valid clips, and but for comedians who talk."""
    network = export.asking(flat_buffer)

    def ask(patches: Patches) -> Patches:
        return network(patches[::2])["sounds"]

    learned = [
        (one.patches(), recording.artist)
        for one, recording in zip(heard, of, strict=True)
        if recording.source != VALID and _SPOKEN not in recording.named
    ]
    made = {
        "pieces": ((patches, guard.PIECE, artist) for patches, artist in learned),
        "tunes": guard.melodies(plan.seed),
        "rest": guard.sounds(plan.seed, [patches for patches, _ in learned[:: _BEDS]]),
    }
    kept = plan.student.removesuffix(".keras") + "-guard"
    parts = [guard.examples(sounds, ask, plan.seed, f"{kept}-{name}.npz") for name, sounds in made.items()]
    return guard.fit(guard.joined(parts), plan.seed)


def _tag_facts(heard: list[Heard], of: list[Recording], answers: list[Answers], seed: int) -> list[dict[str, Any]]:
    """From which value on tags and styles are worth a word, by musicnn's opinion and by the recordings' labels."""
    chosen = [at for at, recording in enumerate(of) if recording.source != VALID]
    tags, classes = (np.stack([_likely(answers[at][name]) for at in chosen]) for name in ("tags", "classes"))
    theirs = np.stack([_likely(heard[at].tags) for at in chosen])
    labelled = np.array([bool(of[at].wants) for at in chosen])
    wants = [of[at].wants for at in chosen if of[at].wants]
    return [
        *tagging.facts(tags, theirs, [of[at].artist for at in chosen], seed=seed),
        *tagging.styles(classes[labelled], wants),
    ]


def _likely(logits: NDArray[Any]) -> NDArray[np.float64]:
    """Mean probability of each tag over the patches of a track."""
    return np.asarray((1 / (1 + np.exp(-logits.astype(np.float64)))).mean(axis=0))


def evaluate(plan: Plan) -> None:
    """Measure the model's folder again through the program's own model class; what folds measured stays."""
    GenreModel.load(plan.folder)  # or says what is wrong with it
    shutil.copytree(plan.folder, plan.finished, dirs_exist_ok=True)
    _measure(plan)


def _measure(plan: Plan) -> None:
    """Measure what is finished on GTZAN's valid clips, which nothing was learned from; only then it is published."""
    folder, finished = plan.finished, GenreModel.load(plan.finished)
    of = recordings(plan.data.root)
    valid = [(one, recording) for one, recording in zip(_heard(plan), of, strict=True) if recording.source == VALID]
    patches = [one.patches() for one, _ in valid]
    contents = export.read_card(folder)
    measured = contents["measured"] | _of_valid(finished, patches, [recording for _, recording in valid])
    measured["guard"] = guard.measure(lambda asked: finished.judge(asked).music, patches, seed=plan.seed)
    measured["robustness"] = robustness.agreement(finished, plan.data.clips("valid"))
    export.write_card(folder, {**contents, "accuracy": measured["accuracy"], "measured": measured})
    export.publish(folder, plan.folder)
    say(f"independent {measured['accuracy']}, top 3 {measured['top3']}, ECE {measured['ece']}, mean recall "
        f"{measured['mean_recall']}; Magnatune {measured['magnatune']['accuracy']}; GTZAN valid, the likeliest of its "
        f"ten {measured['gtzan_valid_of_ten']['accuracy']}; moods {measured['moods']['accuracy']}")  # fmt: skip


def _of_valid(finished: GenreModel, patches: list[Patches], of: list[Recording]) -> dict[str, Any]:
    """What is right on the valid clips: of all genres proposed, and of GTZAN's ten alone."""
    nothing = np.zeros(len(finished.card.labels))
    judged = [finished.judge(asked).genres for asked in patches]
    shares = np.stack([nothing if genres is None else genres for genres in judged])
    proposed, ten = (
        np.array([taxonomy.LABELS.index(label) for label in some]) for some in (finished.card.proposed, taxonomy.TEN)
    )
    of_ten = np.zeros_like(shares)
    of_ten[:, ten] = _even(shares[:, ten])
    known = Known(of, np.zeros((len(of), 1)), np.zeros((len(of), 1)))
    return {
        "gtzan_valid": judging.figures(shares, proposed, known),
        "gtzan_valid_of_ten": judging.figures(of_ten, ten, known),
    }


def _even(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows that sum to 1 again; a row of nothing stays."""
    return np.asarray(shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12))
