"""The oracle: answers with the target. Shows the best that a metric can say, and that the pipeline loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cfbench.models import Model
from cfbench.tasks.edit import EditInputs, EditPrediction, EditTarget
from cfbench.tasks.explain import ExplainInputs, ExplainPrediction, ExplainTarget

if TYPE_CHECKING:
    from collections.abc import Sequence


class Oracle(Model):
    """Given the targets; never ranked."""

    tasks: ClassVar[tuple[str, ...]] = ("edit", "explain")
    summary: ClassVar[str] = "answers with the target: the best that a metric can say"
    needs_target: ClassVar[bool] = True

    def predict(
        self, batch: Sequence[tuple[EditInputs | ExplainInputs, EditTarget | ExplainTarget]]
    ) -> list[EditPrediction | ExplainPrediction]:
        """The true images, or the true instruction, held for certain."""
        return [_true(target) for _, target in batch]


def _true(target: EditTarget | ExplainTarget) -> EditPrediction | ExplainPrediction:
    if isinstance(target, EditTarget):
        return EditPrediction(target.images)
    return ExplainPrediction(target.tokens, (0.0,) * (len(target.tokens) + 1))
