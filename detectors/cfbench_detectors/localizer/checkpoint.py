"""The published checkpoints of the detector, made into safetensors with a card.

Only the layout of GeNeVA's script is read: a dictionary with ``state_dict``, whose names begin with ``module.``
(it was trained in parallel) and go on with ``inception3``, ``detector`` and ``localizer``. Nothing is unpickled but
tensors and plain numbers.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.errors import DataError, UsageError
from cfbench.files import sha256_hex
from cfbench_detectors.localizer.weights import Card, network_of, write_weights
from cfbench_detectors.weights import tensors_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import torch

PREFIX = "module."
_LAST = "detector.1.weight"
_SHAPES = {24: 2, 58: 3}  # the coordinates that go with so many classes


def convert_checkpoint(
    source: Path, target: Path, *, dataset: str, classes: Sequence[str], sha256: str | None = None
) -> Card:
    """Read a published checkpoint; write ``target`` (``….safetensors``) and its card.

    Args:
        source: Such as ``codraw_inception_best_checkpoint.pth``.
        target: Where the tensors go; the card goes beside it.
        dataset: name@version of what it was trained on.
        classes: The names of its outputs, in its order: it does not hold them.
        sha256: The digest of the file, where it is known.

    Raises:
        DataError: The file is anything else, or holds another network; nothing is written then.
        UsageError: ``classes`` is not as long as the network's output.
    """
    what = f"{source} is no published checkpoint of the detector"
    digest = sha256_hex(source)
    if sha256 is not None and digest != sha256:
        raise DataError(what, f"its SHA-256 is {digest}, not {sha256}")
    with _numbers_of_numpy():
        loaded = tensors_of(source)
    tensors: dict[str, torch.Tensor] = {}
    for name, value in loaded.items():
        if not name.startswith(PREFIX):
            raise DataError(what, f"the name '{name[:80]}' does not begin with '{PREFIX}'")
        tensors[name.removeprefix(PREFIX)] = value
    last = tensors.get(_LAST)
    if last is None or last.ndim != 2 or len(last) not in _SHAPES:
        counts = " or ".join(map(str, _SHAPES))
        raise DataError(what, f"its '{PREFIX}{_LAST}' does not tell {counts} classes")
    if len(last) != len(classes):
        raise UsageError(
            f"{source} knows {len(last)} classes",
            f"{len(classes)} names were given",
            "Name them all, in order",
        )
    details: dict[str, Any] = {
        "what": "the published object localizer of GeNeVA, converted",
        "source": {"file": source.name, "sha256": digest},
    }
    card = Card(target.stem, dataset, "", "full", 299, tuple(classes), _SHAPES[len(last)], details)
    network_of(tensors, card, source)
    return write_weights(target, tensors, card)


def _numbers_of_numpy() -> AbstractContextManager[Any]:
    """Let a score that numpy computed be read: a number, not a program."""
    import torch

    allowing = getattr(torch.serialization, "safe_globals", None)
    if allowing is None:
        return nullcontext()
    scalar: Any = np.float64(0).__reduce__()[0]
    names = ("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar")
    kept: AbstractContextManager[Any] = allowing(
        [*((scalar, name) for name in names), np.dtype, type(np.dtype(np.float64))]
    )
    return kept
