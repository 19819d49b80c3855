"""What every task demands of images, texts and numbers that a stranger's model or file hands over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.tasks.base import Image, PredictionFault

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

ROUNDING = 1e-6  # how far below 0 rounding may leave the negative logarithm of a probability of 1


def part(prediction: object, kind: str, name: str) -> Any:
    """The attribute that makes an object a prediction of its kind."""
    value = getattr(prediction, name, None)
    if value is None:
        article = "an" if kind[0] in "AEIOU" else "a"
        given = type(prediction).__name__
        message = f"expected {article} {kind} with '{name}', got {given} without it"
        if given == kind:
            message = f"it has no '{name}'"
        elif prediction is None:
            message = f"expected {article} {kind} with '{name}', got NoneType"
        raise PredictionFault(message)
    return value


def checked_image(image: object, shape: tuple[int, ...] | None, where: str = "") -> Image:
    """The image as uint8: given so, or as finite floats in 0..1. Of a shape or, without one, of any size."""
    array = _array(image, f"{where}the image")
    if (array.shape != shape) if shape is not None else not _is_rgb(array):
        expected = shape or "(height, width, 3) of a size that can be read again"
        message = f"{where}image of shape {array.shape}, expected {expected}"
        raise PredictionFault(message)
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    if not np.issubdtype(array.dtype, np.floating):
        message = f"{where}image of type {array.dtype}, expected uint8, or floats from 0 to 1"
        raise PredictionFault(message)
    if not np.isfinite(array).all():
        message = f"{where}the image holds NaN or infinity"
        raise PredictionFault(message)
    if array.min() < 0 or array.max() > 1:
        message = f"{where}float image outside 0..1 ({array.min():.3g} to {array.max():.3g})"
        raise PredictionFault(message)
    return np.rint(array.astype(np.float64) * 255).astype(np.uint8)


def _is_rgb(array: npt.NDArray[Any]) -> bool:
    from cfbench.files.images import MAX_PIXELS

    if array.ndim != 3 or array.shape[2] != 3:
        return False
    return 0 < int(array.shape[0]) * int(array.shape[1]) <= MAX_PIXELS


def checked_text(text: object, what: str) -> str:
    """The text, if it is valid Unicode and not blank."""
    if not isinstance(text, str):
        message = f"{what} is {type(text).__name__}, expected a text"
        raise PredictionFault(message)
    if not text.strip():
        message = f"{what} is empty"
        raise PredictionFault(message)
    try:
        text.encode()
    except UnicodeEncodeError:
        message = f"{what} is not valid Unicode"
        raise PredictionFault(message) from None
    return str(text)


def checked_numbers(values: object, what: str) -> Floats:
    """Finite numbers, one or more, as float64; -0 becomes 0."""
    array = _array(values, what)
    if array.ndim != 1 or not array.size or array.dtype.kind not in "fiu":
        message = f"{what}: expected a list of numbers, got {array.dtype} of shape {array.shape}"
        raise PredictionFault(message)
    with np.errstate(over="ignore"):  # beyond float64 is infinite, and told below
        numbers = array.astype(np.float64) + 0.0
    if not np.isfinite(numbers).all():
        message = f"{what}: number {int(np.isfinite(numbers).argmin())}, from 0, is NaN or infinite"
        raise PredictionFault(message)
    return numbers


def checked_nll(values: object, what: str) -> Floats:
    """Negative logarithms of probabilities: not below 0, but for rounding, which is cut off."""
    numbers = checked_numbers(values, what)
    if numbers.min() < -ROUNDING:
        message = f"{what}: {numbers.min():.6g} is minus the logarithm of a probability above 1"
        raise PredictionFault(message)
    return np.maximum(numbers, 0.0)


def image_digest(image: Image) -> list[Any]:
    """Shape and SHA-256 of the pixels: independent of the PNG encoder."""
    from cfbench.files import sha256_hex

    return [list(image.shape), sha256_hex(image.tobytes())]


def stored_image(data: bytes) -> Image:
    """The image of a stored prediction."""
    from cfbench.files import read_image

    return read_image(data, what="a stored prediction")


def _array(values: object, what: str) -> npt.NDArray[Any]:
    try:
        return np.asarray(values)
    except (ValueError, TypeError) as error:
        message = f"{what} is no array: {error}"
        raise PredictionFault(message) from None
