"""How fast park scenes are drawn: read ``images_per_second`` in the report. No speed fails."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from cfbench.worlds.park.art import SPRITE_NAMES
from cfbench.worlds.park.render import ParkRenderer
from cfbench.worlds.park.strings import Clip

SCENES = 400
CLIPS = 7  # the mean of CoDraw's scenes is 6.7


def scenes():
    random = np.random.default_rng(1)
    chosen = random.integers(len(SPRITE_NAMES), size=(SCENES, CLIPS)).tolist()
    places = random.uniform((0, 0), (500, 400), (SCENES, CLIPS, 2)).tolist()
    looks = random.integers((3, 2), size=(SCENES, CLIPS, 2)).tolist()
    return [
        [
            Clip(f"{SPRITE_NAMES[i]}s.png", 0, 0, 0, x, y, depth, flip == 1)
            for i, (x, y), (depth, flip) in zip(*scene, strict=True)
        ]
        for scene in zip(chosen, places, looks, strict=True)
    ]


def draw(size, some):
    renderer = ParkRenderer(size)
    return sum(renderer.render(clips).shape == (size, size, 3) for clips in some)


@pytest.mark.parametrize("size", [64, 128])
def test_one_process(benchmark, size):
    everything = scenes()
    drawn = benchmark.pedantic(draw, (size, everything), rounds=3, warmup_rounds=1)
    assert drawn == SCENES
    if benchmark.stats is not None:
        benchmark.extra_info["images_per_second"] = round(drawn / benchmark.stats.stats.min, 1)


@pytest.mark.parametrize("state", ["cold", "warm"])
def test_two_processes(benchmark, state):
    """Cold includes starting the processes and drawing the sprites; both include sending the images back."""
    everything = scenes() * 5
    draw_one = ParkRenderer(128).render  # of an importable class, so that it can travel

    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:

        def both():
            return sum(image.shape == (128, 128, 3) for image in pool.map(draw_one, everything, chunksize=50))

        drawn = benchmark.pedantic(both, rounds=1, warmup_rounds=int(state == "warm"))
    assert drawn == len(everything)
    if benchmark.stats is not None:
        benchmark.extra_info["images_per_second"] = round(drawn / benchmark.stats.stats.min, 1)
