"""The oracle: answers with the target. Shows the best that a metric can say, and that the pipeline loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cfbench.models import Model
from cfbench.tasks.edit import EditInputs, EditPrediction, EditTarget

if TYPE_CHECKING:
    from collections.abc import Sequence


class Oracle(Model):
    """Given the targets; never ranked."""

    tasks: ClassVar[tuple[str, ...]] = ("edit",)
    summary: ClassVar[str] = "answers with the target: the best that a metric can say"
    needs_target: ClassVar[bool] = True

    def predict(self, batch: Sequence[tuple[EditInputs, EditTarget]]) -> list[EditPrediction]:
        """The true images."""
        return [EditPrediction(target.images) for _, target in batch]
