"""The adapter to torchmetrics, alone and under two processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("torchmetrics")

from seen_shapes import FixedEyes, editing_samples, reference_values  # noqa: E402

from cfbench.errors import DataError, UsageError  # noqa: E402
from cfbench.metrics.pixel import Pixel  # noqa: E402
from cfbench.torchmetrics import as_torchmetric  # noqa: E402

SAMPLES = editing_samples(11)


def plain(values: dict[str, torch.Tensor]) -> dict[str, float]:
    return {name: value.item() for name, value in values.items()}


@pytest.mark.parametrize("cuts", [(11,), (4, 8, 11), tuple(range(1, 12))])
def test_batches_change_nothing(cuts: tuple[int, ...]) -> None:
    metric, start = as_torchmetric("pixel"), 0
    for end in cuts:
        metric.update(SAMPLES[start:end])
        start = end
    assert plain(metric.compute()) == reference_values("pixel", SAMPLES)


def test_a_metric_that_looks_through_a_detector() -> None:
    metric = as_torchmetric("objects", {"objects": FixedEyes()})
    metric.update(SAMPLES)
    assert plain(metric.compute()) == reference_values("objects", SAMPLES)


def test_forward_gives_the_batch_and_keeps_all() -> None:
    metric = as_torchmetric("pixel")
    batch = metric(SAMPLES[:5])
    assert plain(batch) == reference_values("pixel", SAMPLES[:5])
    metric(SAMPLES[5:])
    assert plain(metric.compute()) == reference_values("pixel", SAMPLES)


def test_reset_forgets() -> None:
    metric = as_torchmetric("pixel")
    metric.update(SAMPLES[:3])
    metric.reset()
    metric.update(SAMPLES[3:])
    assert plain(metric.compute()) == reference_values("pixel", SAMPLES[3:])


@pytest.mark.parametrize("cut", [0, 4, 11])
def test_states_merge(cut: int) -> None:
    one, other = as_torchmetric("pixel"), as_torchmetric("pixel")
    one.update(SAMPLES[:cut])
    other.update(SAMPLES[cut:])
    one.merge_state(other)
    assert plain(one.compute()) == reference_values("pixel", SAMPLES)


def test_a_padded_duplicate_counts_once() -> None:
    metric = as_torchmetric("pixel")
    metric.update(SAMPLES)
    metric.update(SAMPLES[:2])
    assert plain(metric.compute()) == reference_values("pixel", SAMPLES)


def test_two_answers_for_one_sample_are_an_error() -> None:
    metric = as_torchmetric(Pixel())
    metric.update(SAMPLES[:2])
    changed = editing_samples(2, seed=1)
    metric.update([type(one)(SAMPLES[0].id, one.inputs, one.target, one.prediction) for one in changed[:1]])
    with pytest.raises(DataError, match="came twice"):
        metric.compute()


def test_nothing_is_undefined() -> None:
    with pytest.warns(UserWarning, match="before the ``update``"):
        values = as_torchmetric("pixel").compute()
    assert all(np.isnan(value) for value in plain(values).values())


def test_direction_is_said_where_numbers_agree() -> None:
    assert as_torchmetric("pixel").higher_is_better is None
    assert as_torchmetric("objects", {"objects": FixedEyes()}).higher_is_better is True


def test_what_is_missing_is_said() -> None:
    with pytest.raises(UsageError, match="detector of objects"):
        as_torchmetric("objects")
    with pytest.raises(UsageError, match="did you mean"):
        as_torchmetric("pixels")


def test_two_processes_that_share_the_samples_unevenly(tmp_path: Path) -> None:
    """Rank 0 holds most samples, rank 1 few or none, and some twice: gloo, on this machine."""
    script = Path(__file__).parent / "support" / "two_processes.py"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "equal on both ranks" in done.stdout
