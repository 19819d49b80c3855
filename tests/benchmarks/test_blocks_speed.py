"""How fast blocks are drawn: read ``images_per_second`` in the report. No speed fails."""

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

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


def test_two_processes(benchmark):
    """The processes have started; sending the images back is included."""
    scenes = [sample_scene(0, "speed", index) for index in range(4 * SCENES)]
    draw_one = partial(render_sequence, size=128)

    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:

        def both():
            return sum(len(frames) for frames in pool.map(draw_one, scenes, chunksize=2))

        drawn = benchmark.pedantic(both, rounds=2, warmup_rounds=1)
    assert drawn == 5 * len(scenes)
    if benchmark.stats is not None:
        benchmark.extra_info["images_per_second"] = round(drawn / benchmark.stats.stats.min, 1)


def test_scenes(benchmark):
    def place():
        scenes = [sample_scene(0, "speed", index) for index in range(SCENES)]
        return [instructions(scene, 0) for scene in scenes]

    texts = benchmark.pedantic(place, rounds=3, warmup_rounds=1)
    assert [len(text) for text in texts] == [5] * SCENES
    if benchmark.stats is not None:
        benchmark.extra_info["scenes_per_second"] = round(SCENES / benchmark.stats.stats.min, 1)
