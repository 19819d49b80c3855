"""What chooses between the states of a training: scores on validation data, the larger the better."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cfbench.metrics.functional.average_precision import average_precision

if TYPE_CHECKING:
    import numpy.typing as npt

    from cfbench_models.gs.material import Material

    Floats = npt.NDArray[np.float64]


def of_texts(logits: Floats, data: Material) -> tuple[float, ...]:
    """Accuracy on all validation texts; of equals, the smaller cross-entropy."""
    wanted = data.wanted.astype(np.float64)
    one = logits.shape[1] == 1
    right = (logits > 0) == (wanted > 0) if one else logits.argmax(1) == wanted.argmax(1)
    loss = np.logaddexp(0, logits) - wanted * logits
    return float(right.mean()), -float(loss.mean())


def of_images(logits: Floats, data: Material) -> tuple[float, ...]:
    """The mean of the mean average precision of originals and of edited images."""
    means = []
    for chosen in (~data.edited, data.edited):
        if chosen.any():
            each = average_precision(logits[chosen], data.wanted[chosen], "all-point")
            means.append(float(np.nanmean(each)))
    return (float(np.mean(means)),)


def of_answers(logits: Floats, data: Material) -> tuple[float, ...]:
    """VQA accuracy on the questions that have an answer; of equals, the smaller cross-entropy."""
    asked = ~data.edited
    said, wanted = logits[asked], data.wanted[asked].astype(np.float64)
    right = wanted[np.arange(len(said)), said.argmax(1)]
    loss = np.logaddexp(0, said) - wanted * said
    return float(right.mean()), -float(loss.mean())


def probabilities(logits: Floats) -> Floats:
    """A score for each class; that of the first of two classes is what the second leaves."""
    said = np.exp(-np.logaddexp(0, -logits))
    return np.column_stack([1 - said, said]) if logits.shape[1] == 1 else said
