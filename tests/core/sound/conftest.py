"""Files of every codec, made on the spot."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def encoded(tmp_path):
    """A function: samples, codec and file name (and options of container and codec) → path of what FFmpeg wrote."""
    import av

    def write(y: np.ndarray, sr: int, codec: str, name: str, container_options=None, **options: str) -> str:
        path = str(tmp_path / name)
        planes = np.atleast_2d(y)
        layout = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}[len(planes)]
        with av.open(path, "w", options=container_options or {}) as container:
            stream = container.add_stream(codec, rate=sr, layout=layout, options=options)
            if not options:
                stream.bit_rate = 128_000
            resampler = av.AudioResampler(format=stream.codec_context.codec.audio_formats[0].name, layout=layout)
            frame = av.AudioFrame.from_ndarray(planes.T.reshape(1, -1).copy(), format="flt", layout=layout)
            frame.sample_rate = sr
            for ready in [*resampler.resample(frame), *resampler.resample(None), None]:
                container.mux(stream.encode(ready))
        return path

    return write
