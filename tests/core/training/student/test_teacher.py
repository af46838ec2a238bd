"""What the teacher says of patches, kept so that a stopped run goes on."""

from __future__ import annotations

import numpy as np
import pytest

from genre_tagger.training.student import teacher


class Parrot:
    """Stands for the teacher network: says something that depends on the patch alone."""

    def predict(self, patches, **_):
        loudness = patches.mean(axis=(1, 2))[:, None]
        return tuple(loudness.repeat(width, axis=1) for width in (50, 200))


def test_labelling_goes_on_where_it_was_stopped_and_gives_the_same(tone, tmp_path, capsys):
    weights = np.array([1.0])
    once, twice = str(tmp_path / "once"), str(tmp_path / "twice")
    teacher.write_shards(once, teacher.SHARD + 1, [tone], weights, Parrot(), seed=3)
    teacher.write_shards(twice, teacher.SHARD, [tone], weights, Parrot(), seed=3)
    capsys.readouterr()
    teacher.write_shards(twice, teacher.SHARD + 1, [tone], weights, Parrot(), seed=3)
    assert capsys.readouterr().err.count("labelled") == 1
    first, second = (teacher.read_shards(folder, teacher.SHARD + 1) for folder in (once, twice))
    assert first.patches.shape == (2 * teacher.SHARD, 187, 96)
    assert (first.patches == second.patches).all()
    assert first.tags[:, 0] == pytest.approx(first.patches.astype(np.float32).mean(axis=(1, 2)), abs=1e-3)
