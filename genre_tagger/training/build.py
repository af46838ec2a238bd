"""The steps from the data folder to a shipped model; each leaves its result in the work folder."""

from __future__ import annotations

import os
import shutil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.errors import ModelError
from genre_tagger.base.small_files import replacing
from genre_tagger.model.network import GenreModel, mean_sigmoid, softmax
from genre_tagger.training import guard, metrics
from genre_tagger.training.compare import robustness
from genre_tagger.training.data import tracks
from genre_tagger.training.data.data import LABELS, Clip, genre_index
from genre_tagger.training.data.plan import Plan
from genre_tagger.training.data.report import say
from genre_tagger.training.student import export, head, network, pieces, tagging, teacher

_OWN_TAGS = head.own_tags(LABELS, teacher.TAGS)


def prepare(plan: Plan) -> None:
    """Let the teacher label augmented patches of the training clips and the unlabelled music."""
    if not plan.data.artists_are_apart():
        raise ValueError("an artist stands in both train and valid")
    os.makedirs(plan.work, exist_ok=True)
    model = teacher.build(plan.data.teacher_weights)
    clips = plan.data.clips("train")
    say(f"teacher against its stored tags: correlation {_teacher_check(plan, model, clips):.4f}")
    teacher.write_shards(_shards(plan), plan.patches, *pieces.everything(plan), model, seed=plan.seed)


def _shards(plan: Plan) -> str:
    return plan.kept(f"shards-{plan.seed}")


def _teacher_check(plan: Plan, model: Any, clips: list[Clip]) -> float:
    """Correlation of the rebuilt teacher with the stored tags on some training clips."""
    stored = plan.data.taggrams()
    some = clips[:: max(1, len(clips) // 12)]
    ours = np.stack([teacher.label(model, tracks.patches(clip.path, plan.spec))[0].mean(axis=0) for clip in some])
    theirs = stored.logits[[stored.names.index(clip.name) for clip in some]]
    return float(np.corrcoef(ours.ravel(), theirs.ravel())[0, 1])


def train(plan: Plan) -> None:
    """Distil the teacher into the student, from where a stopped run left it; one that is there is kept."""
    import keras

    if os.path.exists(plan.student):
        say(f"the student is there: {plan.student}")
        return
    keras.utils.set_random_seed(plan.seed)
    model = network.build(plan.spec.patch_frames, plan.spec.n_mels, len(LABELS))
    say(f"student of {model.count_params()} numbers")
    labelled = teacher.joined_shards(teacher.read_shards(_shards(plan), plan.patches), pieces.with_stored_tags(plan))
    kept = plan.student.removesuffix(".keras")
    network.train(model, labelled, _hearing(plan), epochs=plan.epochs, seed=plan.seed, kept=kept)
    with replacing(plan.student, ending=".keras") as file:
        model.save(file.name)
    os.remove(network.passes(kept, plan.epochs))


def _hearing(plan: Plan) -> NDArray[np.float64]:
    """Weights of a genre head for the teacher's own tags, so that the student knows what matters about them."""
    artists, teachers = plan.data.artists(), _teachers(plan)
    rows = head.Rows(
        np.stack([*teachers.values()]),
        np.array([genre_index(name) for name in teachers]),
        np.array([artists[name] for name in teachers]),
        np.ones(len(teachers)),
    )
    manner, _ = head.choose(rows, len(LABELS), own=_OWN_TAGS, seed=plan.seed)
    return head.fit(rows, len(LABELS), manner, own=_OWN_TAGS)[0]


def _teachers(plan: Plan) -> dict[str, NDArray[np.float64]]:
    """The teacher's stored tags of each training track, as the head takes them [shape=(50,)]."""
    return {name: head.squash(logits).mean(axis=0) for name, logits in plan.data.patch_tags().items()}


def finish(plan: Plan) -> None:
    """Fit the genre head, export, calibrate, measure, and write the model's folder.

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
    model = keras.models.load_model(plan.student)
    settings = _fit_head(plan, model)
    flat_buffer = export.to_litert(model)
    clips = plan.data.clips("valid")
    heard = tracks.track_patches(clips, plan.spec)
    difference = max(export.largest_difference(model, flat_buffer, patches) for patches in heard)
    say(f"Keras and LiteRT differ by {difference:.2e} at most")
    settings |= {"patches": plan.patches, "epochs": plan.epochs, "seed": plan.seed}
    facts = export.card_facts("Distilled CNN", plan.spec, settings, plan.command, model.count_params())
    facts["tag_facts"] = _tag_facts(plan, model)
    facts["guard"] = guard.fit(plan)
    facts |= {"parity": difference, "learned_from": plan.data.names("train")}
    export.write_folder(plan.finished, model, flat_buffer, facts)
    _measure(plan, heard)


def _tag_facts(plan: Plan, model: Any) -> list[dict[str, Any]]:
    """From which value on each tag is worth a word, by the teacher's opinion of all training tracks."""
    clips, stored = plan.data.clips("train"), plan.data.patch_tags()
    heard = dict(zip((clip.name for clip in clips), tracks.track_patches(clips, plan.spec), strict=True))
    heard = pieces.seen(plan, "train") | heard
    names, artists = [name for name in stored if name in heard], plan.data.artists()
    ours = np.stack([mean_sigmoid(network.answer(model, heard[name])["tags"]) for name in names])
    theirs = np.stack([mean_sigmoid(stored[name]) for name in names])
    return tagging.facts(ours, theirs, np.array([artists[name] for name in names]), seed=plan.seed)


def _fit_head(plan: Plan, model: Any) -> dict[str, Any]:
    """Fit the head on training tracks alone and put it into the network."""
    rows, noise = head_rows(plan, model)
    manner, losses = head.choose(rows, len(LABELS), noise, _OWN_TAGS, seed=plan.seed)
    for one, loss in losses.items():
        if manner.shrinkage == one.shrinkage or manner.belief == one.belief:
            say(f"shrinkage {one.shrinkage:g}, belief {one.belief:g}: log loss {loss:.3f} on artists not learned from")
    logits = head.held_out(rows, len(LABELS), manner, head.folds(rows.artists, 5, plan.seed), noise, _OWN_TAGS)
    temperature = metrics.best_temperature(logits, rows.genres)
    weights, bias = head.fit(rows, len(LABELS), manner, noise, _OWN_TAGS)
    network.set_head(model, weights / temperature, bias / temperature)
    held_out = metrics.accuracy(softmax(logits, temperature), rows.genres)
    return {
        "head_shrinkage": manner.shrinkage,
        "head_belief": manner.belief,
        "head_cross_validated_accuracy": round(held_out, 4),
    }


def head_rows(plan: Plan, model: Any) -> tuple[head.Rows, NDArray[np.float64]]:
    """What the head learns from.

    Parameters
    ----------
    plan : Plan
    model : keras.Model
        The student.

    Returns
    -------
    rows : Rows
        The teacher's stored tags of all training tracks, moved by what is wrong with the student's on average, and
        the student's where there is sound.
    noise : ndarray [shape=(50, 50)]
        Covariance of the difference between the two where both are known.
    """
    teachers, clips = _teachers(plan), plan.data.clips("train")
    artists = plan.data.artists()
    heard = tracks.track_patches(clips, plan.spec)
    ours = {
        clip.name: head.squash(network.answer(model, patches)["tags"].astype(np.float64)).mean(axis=0)
        for clip, patches in zip(clips, heard, strict=True)
    }
    wrong = np.stack([tags - teachers[name] for name, tags in ours.items() if name in teachers])
    names = [*teachers, *ours]
    rows = head.Rows(
        np.stack([*(tags + wrong.mean(axis=0) for tags in teachers.values()), *ours.values()]),
        np.array([genre_index(name) for name in names]),
        np.array([artists[name] for name in names]),
        np.array([0.5 if name in ours and name in teachers else 1.0 for name in names]),
    )
    return rows, np.cov(wrong, rowvar=False)


def evaluate(plan: Plan) -> None:
    """Calibrate and measure the model's folder again, on the valid clips, through the program's own model class."""
    GenreModel.load(plan.folder)  # or says what is wrong with it
    shutil.copytree(plan.folder, plan.finished, dirs_exist_ok=True)
    _measure(plan, tracks.track_patches(plan.data.clips("valid"), plan.spec))


def _measure(plan: Plan, heard: list[NDArray[np.float32]]) -> None:
    """Calibrate and measure what is finished by the patches of the valid clips; only then it goes to its folder."""
    clips, folder = plan.data.clips("valid"), plan.finished
    truth = np.array([clip.genre for clip in clips])
    contents = export.read_card(folder)
    export.write_card(folder, {**contents, "temperature": 1.0})
    network = GenreModel.load(folder)
    alone = np.stack([network.predict(patches) for patches in heard])
    temperature = metrics.best_temperature(np.log(np.maximum(alone, 1e-30)), truth)
    export.write_card(folder, {**contents, "temperature": temperature})
    finished = GenreModel.load(folder)
    measured = metrics.summary(tracks.asked(finished, heard), truth, LABELS)
    measured = {"on": "valid split, per track, the 97 tracks with audio at hand", **measured}
    if finished.card.guard is not None:
        measured["guard"] = guard.measure(finished.card.guard, plan)
    measured["robustness"] = robustness.agreement(finished, clips)
    measured["by_picture"] = _by_picture(plan, finished)
    figures = {"temperature": temperature, "accuracy": measured["accuracy"], "measured": measured}
    export.write_card(folder, {**contents, **figures})
    export.publish(folder, plan.folder)
    say(f"temperature {temperature}, accuracy {measured['accuracy']}, top 3 {measured['top3']}, ECE {measured['ece']}")


def _by_picture(plan: Plan, finished: GenreModel) -> dict[str, Any]:
    """The valid tracks asked by their pictures: those of which there is nothing else, and the heard ones to compare."""
    drawn, heard = pieces.seen(plan, "valid"), {clip.name for clip in plan.data.clips("valid")}
    found = {}
    for group, names in {
        "without_sound": [name for name in drawn if name not in heard],
        "with_sound": [name for name in drawn if name in heard],
    }.items():
        truth = np.array([genre_index(name) for name in names])
        every = metrics.summary(tracks.asked(finished, [drawn[name] for name in names]), truth, LABELS)
        found[group] = {key: every[key] for key in ("tracks", "accuracy", "interval", "top3", "per_genre")}
    return found
