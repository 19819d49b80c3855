"""The recipe: its numbers, its presets, and what it refuses."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from cfbench.errors import UsageError  # noqa: E402
from cfbench_detectors.localizer.recipe import PRESETS, Recipe, recipe_of  # noqa: E402


def test_the_published_rate_is_halved_every_thirty_epochs():
    recipe = PRESETS["paper"]
    assert [recipe.rate_at(10 * epoch, 10) for epoch in (0, 29, 30, 60, 99)] == [
        1e-3,
        1e-3,
        5e-4,
        2.5e-4,
        1.25e-4,
    ]
    assert (recipe.epochs, recipe.batch, recipe.location_weight, recipe.scaled().side) == (
        100,
        128,
        1e-4,
        299,
    )


def test_the_cosine_warms_up_and_ends_near_zero():
    recipe = Recipe(size="narrow", side=64, schedule="cosine", epochs=10, rate=1.0)
    rates = [recipe.rate_at(step, 10) for step in range(100)]
    assert rates[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert rates[4:] == sorted(rates[4:], reverse=True)
    assert rates[-1] < 1e-3


@pytest.mark.parametrize(
    ("preset", "options", "words"),
    [
        ("cpuu", {}, "did you mean cpu"),
        ("cpu", {"epoch": 1}, "did you mean epochs"),
        ("cpu", {"side": 32}, "64 to 128"),
        ("paper", {"side": 128}, "only 299"),
        ("cpu", {"size": "wide"}, "no size of localizer"),
        ("cpu", {"schedule": "none"}, "halving or cosine"),
        ("cpu", {"batch": 1}, "trains nothing"),
        ("cpu", {"dropout": 1.0}, "trains nothing"),
        ("cpu", {"rate": float("nan")}, "trains nothing"),
    ],
)
def test_what_cannot_be_trained_is_refused(preset, options, words):
    with pytest.raises(UsageError, match=words):
        recipe_of(preset, options)
