"""The models ``sscr-ctc``, ``sscr`` and ``sscr-d``: GeNeVA's editor, trained further in other ways."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from cfbench_models.geneva.model import Geneva

if TYPE_CHECKING:
    from cfbench.training import TrainingJob


class Sscr(Geneva):
    """GeNeVA's editor, trained with an explainer and by counterfactual instructions; at test it is GeNeVA."""

    name: ClassVar[str] = "sscr"
    summary: ClassVar[str] = (
        "SSCR: GeNeVA trained further with an explainer and by counterfactual instructions"
    )
    method: ClassVar[str] = "sscr"

    @classmethod
    def train(cls, job: TrainingJob) -> Path:
        """Train GeNeVA's networks further; the file of weights. What ``cfbench train`` calls.

        The options ``start`` and ``explainer`` name files of weights; without them those of the data set are
        taken. The option ``method`` names another way, such as ``none``: the control, GeNeVA continued.
        """
        from cfbench_detectors.pieces import editing_dataset
        from cfbench_models.explainer.model import Explain
        from cfbench_models.sscr.training import train

        dataset = editing_dataset(job).name
        options = dict(job.options)
        method = str(options.pop("method", cls.method))
        start, explainer = (options.pop(name, None) for name in ("start", "explainer"))
        if explainer is None and method != "none":
            explainer = Explain.find(dataset)
        return train(
            replace(job, options=options),
            method=method,
            start=Path(start) if start else Geneva.find(dataset),
            explainer=Path(explainer) if explainer else None,
        )


class SscrCtc(Sscr):
    """SSCR without counterfactual instructions: the explainer's loss alone."""

    name: ClassVar[str] = "sscr-ctc"
    summary: ClassVar[str] = (
        "SSCR's first half: GeNeVA trained further with an explainer's loss of its images"
    )
    method: ClassVar[str] = "ctc"


class SscrD(Sscr):
    """SSCR whose counterfactual images the discriminator judges, as false examples only: the paper's ablation."""

    name: ClassVar[str] = "sscr-d"
    summary: ClassVar[str] = "SSCR whose counterfactual images the discriminator judges, not the explainer"
    method: ClassVar[str] = "sscr-d"
