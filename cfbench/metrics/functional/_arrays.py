"""What the pure metrics take: numpy arrays, torch tensors (of any device) or nested lists; float64 inside."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cfbench.errors import DataError

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

_EXACT = 2**53  # float64 holds every whole number up to it


def floats(value: Any, name: str, *axes: str) -> Floats:
    """The value as finite float64 with the named axes, such as ``floats(x, "features", "samples", "dimensions")``."""
    array = _array(value, name, axes)
    if array.dtype.kind not in "fiub":
        raise DataError(f"'{name}' holds no numbers", f"its type is {array.dtype}")
    if array.dtype.kind in "iu" and array.size and max(int(array.max()), -int(array.min())) > _EXACT:
        raise DataError(f"'{name}' holds whole numbers beyond 2**53", "float64 cannot tell them apart")
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


def flattened(value: Any, name: str) -> Floats:
    """Samples of any shape as finite float64 (n, dimensions); one number a sample is one dimension."""
    shape = shape_of(value, name)
    if not shape:
        raise DataError(f"'{name}' is a single number", "its first axis should be the samples")
    array = floats(value, name, "samples", *(f"axis {axis}" for axis in range(1, len(shape))))
    array = array.reshape(len(array), -1) if array.size else array.reshape(len(array), 0)
    if len(array) and not array.shape[1]:
        raise DataError(f"'{name}' has no dimensions", f"its shape is {shape}")
    return array


def shape_of(value: Any, name: str) -> tuple[int, ...]:
    """The shape of an array, a tensor or nested lists."""
    try:
        return tuple(value.shape if hasattr(value, "shape") else np.shape(value))
    except ValueError as error:
        raise DataError(f"'{name}' is no array", str(error)) from None


def finite(values: Floats, name: str) -> Floats:
    """What was made of finite numbers, or an error where it overflowed."""
    if not np.isfinite(values).all():
        raise DataError(f"The {name} are too large", "what is made of them overflows float64")
    return values


def lengths(array: Floats) -> Floats:
    """The Euclidean length of each line (n, d), right for tiny and huge numbers, whose squares are none."""
    largest = np.abs(array).max(axis=1, initial=0, keepdims=True)
    scaled = array / np.where(largest == 0, 1, largest)
    found: Floats = largest[:, 0] * np.sqrt(np.einsum("nd,nd->n", scaled, scaled))
    return found


def at_unit_length(array: Floats) -> Floats:
    """The lines at length 1; a line of zeros becomes ``nan``."""
    found = lengths(array)
    return array / np.where(found == 0, np.nan, found)[:, None]


def _array(value: Any, name: str, axes: tuple[str, ...]) -> npt.NDArray[Any]:
    if np.ma.is_masked(value):
        raise DataError(
            f"'{name}' is a masked array", "what its mask hides would count", "Leave it out, or fill it"
        )
    if hasattr(value, "detach"):  # a torch tensor; torch itself is not needed here
        value = value.detach().cpu()
        if str(value.dtype) == "torch.bfloat16":
            value = value.float()
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, RuntimeError) as error:  # ragged lists, sparse and quantised tensors
        raise DataError(f"'{name}' is no array", str(error).splitlines()[0]) from None
    if array.ndim != len(axes):
        raise DataError(f"'{name}' has shape {array.shape}", f"its axes should be ({', '.join(axes)})")
    return array
