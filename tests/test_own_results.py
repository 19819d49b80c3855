"""The bundled models still reach what ``leaderboard/results`` says of them: CI's own gate.

``tox`` gives ``--cfbench-gate leaderboard/results --cfbench-policy leaderboard/gate.toml``; without them, the models
only run, and what is kept is held to its form.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cfbench.results.reading import read_result

if TYPE_CHECKING:
    from collections.abc import Callable

    from cfbench.results import Result

pytest.importorskip("torch")
RESULTS = Path(__file__).parents[1] / "leaderboard" / "results"
HELD = (("nearest-train", "iclevr-mini"), ("sscr", "iclevr-mini"), ("explainer", "iclevr-mini"))


@pytest.mark.parametrize(("model", "dataset"), HELD)
def test_a_bundled_model_is_no_worse_than_what_is_published_of_it(
    model: str, dataset: str, cfbench_result: Callable[..., Result]
) -> None:
    result = cfbench_result(model, dataset, threads=1)

    assert result.complete
    assert result.unranked_because == []


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*/result.json")), ids=lambda path: path.parent.name)
def test_a_published_result_is_ranked_and_stands_in_its_own_folder(path: Path) -> None:
    result = read_result(path)

    assert result.complete
    assert result.unranked_because == []
    assert result.environment.git_dirty is False
    assert path.parent.name == f"{result.model.name}--{result.dataset.name}"
