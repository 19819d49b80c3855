"""What the pure metrics take: numpy arrays, torch tensors (of any device) or nested lists; float64 inside."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cfbench.errors import DataError

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]


def floats(value: Any, name: str, *axes: str) -> Floats:
    """The value as finite float64 with the named axes, such as ``floats(x, "features", "samples", "dimensions")``."""
    array = _array(value, name, axes)
    if array.dtype.kind not in "fiub":
        raise DataError(f"'{name}' holds no numbers", f"its type is {array.dtype}")
    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise DataError(f"'{name}' holds NaN or infinity", f"{int((~np.isfinite(array)).sum())} values")
    return array


def booleans(value: Any, name: str, *axes: str) -> Booleans:
    """The value as booleans with the named axes; numbers must be 0 or 1."""
    array = _array(value, name, axes)
    if array.dtype == bool:
        return array
    if array.dtype.kind not in "fiu" or not ((array == 0) | (array == 1)).all():
        raise DataError(f"'{name}' is neither true nor false everywhere", "give booleans, or 0 and 1")
    return array.astype(bool)


def same_length(**arrays: npt.NDArray[Any]) -> int:
    """The common length of the first axes, or an error that names the arrays."""
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise DataError("The arrays do not belong together", f"their lengths differ: {said}")
    return next(iter(lengths.values()))


def _array(value: Any, name: str, axes: tuple[str, ...]) -> npt.NDArray[Any]:
    if hasattr(value, "detach"):  # a torch tensor; torch itself is not needed here
        value = value.detach().cpu()
        if str(value.dtype) == "torch.bfloat16":
            value = value.float()
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise DataError(f"'{name}' is no array", str(error)) from None
    if array.ndim != len(axes):
        raise DataError(f"'{name}' has shape {array.shape}", f"its axes should be ({', '.join(axes)})")
    return array
