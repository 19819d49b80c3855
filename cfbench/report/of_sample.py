"""A sample as a picture: the empty canvas, then each instruction over the true image that follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cfbench.errors import UsageError
from cfbench.report.filmstrip import FilmStrip, filmstrip_png

if TYPE_CHECKING:
    from cfbench.datasets import Dataset, Split


def sample_card(dataset: Dataset, split: Split[Any, Any], index: int) -> dict[str, Any]:
    """What a sample is, as JSON. Only editing has pictures of its samples yet."""
    if dataset.task != "edit":
        raise UsageError(
            f"There is no picture of the samples of {dataset.name}",
            f"its kind of work is '{dataset.task}', and only 'edit' has filmstrips",
        )
    if index >= len(split):
        why = f"the split '{split.name}' has {len(split)} samples, counted from 0"
        raise UsageError(f"There is no sample {index}", why)
    inputs = split.inputs(index)
    return {
        "dataset": f"{dataset.name}@{dataset.version}",
        "split": split.name,
        "id": inputs.id,
        "instructions": list(inputs.instructions),
    }


def sample_picture(split: Split[Any, Any], index: int) -> bytes:
    """The filmstrip as PNG."""
    inputs, target = split.inputs(index), split.target(index)
    strip = FilmStrip(
        sample=inputs.id,
        start=inputs.start,
        instructions=inputs.instructions,
        outputs=(),
        targets=target.images,
        caption=f"{split.name} {index}",
    )
    return filmstrip_png(strip)
