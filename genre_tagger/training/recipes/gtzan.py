"""GTZAN for the recipes: its lists, its feature table, its pictures and its clips from the data folder."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from genre_tagger.sound.descriptors import NUMBERS
from genre_tagger.training.data.data import GENRES, LABELS, DataFolder
from genre_tagger.training.data.datasets import TEST, TRAIN, Dataset, Track
from genre_tagger.training.recipes.inputs import Array, InputSpec, picture_to_mel, picture_to_mfcc
from genre_tagger.training.recipes.recipes import Recipe


def dataset(data: DataFolder) -> Dataset:
    """The fault- and artist-filtered split: 443 tracks to learn from, 197 (the valid list) to measure on."""
    clips = {clip.name: clip.path for split in ("train", "valid") for clip in data.clips(split)}
    artists = data.artists()
    genres = list(GENRES)
    tracks = [
        Track(name, genres.index(name.split(".")[0]), f"artist {artists[name]}", clips.get(name, ""), part)
        for split, part in (("train", TRAIN), ("valid", TEST))
        for name in data.names(split)
    ]
    return Dataset("GTZAN, artist-filtered split", LABELS, tuple(tracks))


def material(data: DataFolder, recipe: Recipe) -> tuple[Recipe, Mapping[str, Array] | None, str]:
    """What of GTZAN a recipe is trained on.

    Returns
    -------
    recipe : Recipe
        MFCC recipes changed to take pictures, which all tracks have.
    stored : mapping of str to ndarray, or None
        Track → pieces; None where the recipe needs the clips themselves.
    source : str
        The same in words.
    """
    recipe = recipe.from_pictures()
    spec = recipe.input_spec
    if spec.kind == "features":
        return recipe, feature_table(data), "feature table (all tracks)"
    if spec.kind == "mel":
        return recipe, _from_pictures(data, spec), "mel pictures (all tracks but one)"
    if spec.kind == "picture-mfcc":
        return recipe, _from_pictures(data, spec), "MFCC from mel pictures, 11 a second (all tracks but one)"
    return recipe, None, "sound (164 train, 97 valid, lopsided)"


def feature_table(data: DataFolder) -> dict[str, NDArray[np.float64]]:
    """Track → the 57 numbers [shape=(1, 57)]."""
    import csv

    path = os.path.join(data.root, "gtzan", "features_30_sec_train_valid.csv")
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {row["filename"].removesuffix(".wav"): np.array([[float(row[n]) for n in NUMBERS]]) for row in rows}


def _from_pictures(data: DataFolder, spec: InputSpec) -> dict[str, Array]:
    path = os.path.join(data.root, "gtzan", "mel_images_train_valid.npz")
    to_pieces = picture_to_mel if spec.kind == "mel" else picture_to_mfcc
    with np.load(path, allow_pickle=False) as stored:
        return {str(n): to_pieces(image, spec) for n, image in zip(stored["names"], stored["images"], strict=True)}
