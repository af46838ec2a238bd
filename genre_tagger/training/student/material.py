"""What there is to learn from, as spectra: clips and music, both through codecs, and pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre_tagger.training.data import tracks
from genre_tagger.training.data.plan import Plan
from genre_tagger.training.student import pictures, pieces, shards

Array = NDArray[np.float32]


def everything(plan: Plan) -> tuple[list[Array], NDArray[np.float64]]:
    """Everything that patches are drawn from.

    Parameters
    ----------
    plan : Plan
        Its work folder keeps what takes long to compute.

    Returns
    -------
    spectra : list of ndarray [shape=(n, bands)]
        Log-mel spectra of whole pieces.
    weights : ndarray [shape=(len(spectra),)]
        How likely each is drawn; they sum to 1.
    """
    heard = spectra(plan)
    coded = pieces.spectra(_paths(plan), plan.spec, plan.kept("coded", ".npz"), coded=True)
    drawn = pieces.grained(images(plan, "train"), picture_map(plan), heard, plan.spec, seed=plan.seed)
    genres = [clip.genre for clip in plan.data.clips("train")]
    return [*heard, *coded, *drawn], pieces.drawing_weights(genres, len(plan.data.music()), len(drawn))


def spectra(plan: Plan) -> list[Array]:
    """Spectra [shape=(n, bands)] of the training clips, then of the unlabelled music."""
    return pieces.spectra(_paths(plan), plan.spec, plan.kept("spectra", ".npz"))


def _paths(plan: Plan) -> list[str]:
    return [clip.path for clip in plan.data.clips("train")] + plan.data.music()


def images(plan: Plan, split: str) -> dict[str, NDArray[np.uint8]]:
    """Pictures [shape=(218, 336)] of the tracks of one split whose sound is not at hand."""
    heard = {clip.name for clip in plan.data.clips(split)}
    return {name: image for name, image in plan.data.pictures(split).items() if name not in heard}


def picture_map(plan: Plan) -> NDArray[np.float64]:
    """The map from pictures to spectra, learned on the training clips that have both."""
    drawn = plan.data.pictures("train")
    both = [
        (drawn[clip.name], spectrum)
        for clip, spectrum in zip(plan.data.clips("train"), spectra(plan), strict=False)
        if clip.name in drawn
    ]
    return pictures.fit([image for image, _ in both], [spectrum for _, spectrum in both], plan.spec)


def with_stored_tags(plan: Plan) -> shards.Labelled:
    """Patches of all training tracks from their pictures alone, with the teacher's stored tags."""
    return pictures.labelled(plan.data.pictures("train"), picture_map(plan), plan.data.patch_tags(), plan.spec)


def seen(plan: Plan, split: str) -> dict[str, Array]:
    """Patches [shape=(n, frames, bands)] of the tracks of one split from their pictures, as the network is asked."""
    weights = picture_map(plan)
    return {
        name: tracks.cut(pictures.to_log_mel(image, weights, plan.spec), plan.spec)
        for name, image in plan.data.pictures(split).items()
    }
