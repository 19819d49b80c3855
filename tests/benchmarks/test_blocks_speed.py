"""How fast blocks are drawn: read ``images_per_second`` in the report. No speed fails."""

import numpy as np
import pytest

from cfbench.worlds.blocks import instructions, render_sequence, sample_scene

SCENES = 8


@pytest.mark.parametrize("size", [64, 128])
def test_sequences(benchmark, size):
    scenes = [sample_scene(0, "speed", index) for index in range(SCENES)]

    def draw():
        return [frame for scene in scenes for frame in render_sequence(scene, size)]

    frames = benchmark.pedantic(draw, rounds=3, warmup_rounds=1)
    assert np.shape(frames) == (5 * SCENES, size, size, 3)
    if benchmark.stats is not None:
        benchmark.extra_info["images_per_second"] = round(len(frames) / benchmark.stats.stats.min, 1)


def test_scenes(benchmark):
    def place():
        scenes = [sample_scene(0, "speed", index) for index in range(SCENES)]
        return [instructions(scene, 0) for scene in scenes]

    texts = benchmark.pedantic(place, rounds=3, warmup_rounds=1)
    assert [len(text) for text in texts] == [5] * SCENES
    if benchmark.stats is not None:
        benchmark.extra_info["scenes_per_second"] = round(SCENES / benchmark.stats.stats.min, 1)
