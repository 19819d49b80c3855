"""Groups of samples in a run's evidence: there only where the data set has them."""

from __future__ import annotations

import pytest

from cfbench.api import start_run
from cfbench.errors import UsageError
from cfbench.execution.evidence import complete_rows, load_evidence
from cfbench.metrics import Scored
from cfbench.metrics.base import GROUP
from cfbench.metrics.bleu import Bleu


def test_samples_on_their_own_have_no_group() -> None:
    run = start_run("mock", {"dataset": "mock-explain", "resamples": 5})
    assert run.result.resampled == {"bleu": "sample", "perplexity": "sample"}
    assert all(GROUP not in row for row in load_evidence(run.folder, "bleu"))


def test_a_metric_cannot_take_the_column_of_groups() -> None:
    rows = [{"sample": "a", GROUP: "b"}]
    with pytest.raises(UsageError, match=f"gave a column '{GROUP}'"):
        complete_rows(Bleu(), [Scored("a", None, None, None)], rows, {"a": ()})
