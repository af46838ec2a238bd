"""What a model's card says beside its measurements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genre_tagger.model.features import FeatureSpec
from genre_tagger.training.data.data import LABELS
from genre_tagger.training.student import export, teacher

_CREDITS = [
    "Teacher: musicnn (MSD_musicnn) by Jordi Pons and Xavier Serra, Music Technology Group, Universitat Pompeu "
    "Fabra; ISC licence. Its weights are not part of this model.",
    "musicnn_keras by Elio Quinton, ISC licence; taggrams of GTZAN by Jordi Pons and Xavier Favory, ISC licence.",
    "GTZAN: G. Tzanetakis and P. Cook, 2002. Split without faults and shared artists: C. Kereliuk, B. L. Sturm "
    "and J. Larsen, 2015.",
    "Unlabelled music: Kevin MacLeod (CC BY 3.0) and the example recordings of librosa (Creative Commons).",
]
_TRAINING_DATA = (
    "A compact network learned to imitate the 50 tags and the embedding of the musicnn tagger on mixtures and "
    "variations of 164 GTZAN training clips, of 23 freely licensed recordings, of both after lossy compression, and "
    "of sounds made from the mel pictures of the other 279 training tracks of the fault- and artist-filtered GTZAN "
    "split. The genre head is a linear discriminant on the tags of these 443 tracks."
)
_LIMITS = (
    "Classical, jazz and rock make up most of the audio that training and measuring had; the other seven genres "
    "were measured on 1 to 10 tracks each. Each track has exactly one of ten broad genres here, mostly Western "
    "music from before 2002; other music still gets one of the ten."
)


def facts(title: str, spec: FeatureSpec, settings: Mapping[str, Any], command: str, numbers: int) -> dict[str, Any]:
    """All fields of the card that are known before the model is measured.

    Parameters
    ----------
    title : str
        The model's name for people.
    spec : FeatureSpec
        What the model hears.
    settings : mapping
        Seed, number of patches and whatever else the result depends on.
    command : str
        The command line that rebuilds the model.
    numbers : int
        How many weights the network has.

    Returns
    -------
    dict
        Ready for JSON.
    """
    return {
        "title": title,
        "default": True,
        "labels": list(LABELS),
        "features": spec.to_json(),
        "outputs": {"genres": "genres", "tags": "tags", "embedding": "embedding"},
        "temperature": 1.0,
        "licence": "GPL-3.0-or-later",
        "training_data": _TRAINING_DATA,
        "limits": _LIMITS,
        "credits": _CREDITS,
        "split": "Kereliuk, Sturm and Larsen: 443 train, 197 valid (audio of 164 and 97 at hand), no artist in both",
        "parameters": numbers,
        "settings": dict(settings),
        "command": command,
        "versions": export.versions(),
        "tags": list(teacher.TAGS),
    }
