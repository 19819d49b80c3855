"""Images from outside as arrays, and arrays as PNG.

A file is taken apart before the decoder sees it: its dimensions are checked first, so that a picture of
50,000 x 50,000 pixels costs nothing, and only the parts that carry pixels are handed on, so that no text, profile
or EXIF of a hostile file is ever read or warned about.

Read: PNG (1 to 8 bits a channel; grey, palette, RGB) and JPEG (8 bits; grey, colour). The orientation and the
colour profile in the metadata are not applied. Refused, each with its reason: every other format; 16-bit and
animated PNG; CMYK JPEG; truncated or broken data; and transparency: an alpha channel is dropped where it is opaque
everywhere, and refused elsewhere, because the background it should stand on would be a guess that moves scores.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, JpegImagePlugin, PngImagePlugin

from cfbench.errors import DataError
from cfbench.files.image_header import BrokenImageError, Picture, take_apart
from cfbench.files.kinds import HEAD_BYTES, kind_of
from cfbench.files.reading import read_bytes, too_large

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_PIXELS = 4096 * 4096
MAX_IMAGE_BYTES = 64 * 1024 * 1024

_RESAVE = "Save it as an 8-bit RGB PNG"


def read_image(
    source: Path | bytes,
    *,
    max_pixels: int = MAX_PIXELS,
    max_bytes: int = MAX_IMAGE_BYTES,
    what: str = "image",
) -> NDArray[np.uint8]:
    """The picture in a file or in its bytes, height x width x RGB; every fault is a ``DataError``."""
    rgba = read_image_rgba(source, max_pixels=max_pixels, max_bytes=max_bytes, what=what)
    if (rgba[..., 3] != 255).any():
        name = _name(source, what)
        raise DataError(
            f"Cannot read {name}", "it has transparent pixels", f"Flatten it on its background. {_RESAVE}"
        )
    return np.ascontiguousarray(rgba[..., :3])


def read_image_rgba(
    source: Path | bytes,
    *,
    max_pixels: int = MAX_PIXELS,
    max_bytes: int = MAX_IMAGE_BYTES,
    what: str = "image",
) -> NDArray[np.uint8]:
    """Like ``read_image`` with an alpha channel (height x width x RGBA, not premultiplied): for clip art."""
    name = _name(source, what)
    data = read_bytes(source, max_bytes=max_bytes, what=what) if isinstance(source, Path) else source
    if len(data) > max_bytes:
        raise too_large("(bytes)", max_bytes, what)
    try:
        picture = take_apart(data)
    except BrokenImageError as error:
        raise DataError(f"Cannot read {name}", str(error), _RESAVE) from None
    if picture is None:
        raise DataError(
            f"Cannot read {name}", f"it is {kind_of(data[:HEAD_BYTES])}, not PNG or JPEG", _RESAVE
        )
    if picture.width * picture.height > max_pixels:
        raise DataError(
            f"Cannot read {name}",
            f"it is {picture.width} x {picture.height} pixels, and at most {max_pixels:,} in all are read",
            "Save it at the size of the data set's images",
        )
    return _decode(picture, name)


def encode_png(array: NDArray[np.uint8]) -> bytes:
    """An RGB array (height x width x 3, uint8) as PNG, without metadata, compressed for speed.

    Equal arrays give equal bytes on one installation; over versions of zlib only the pixels are equal, so
    digests are to be taken over pixels.
    """
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or 0 in array.shape:
        raise TypeError(f"a height x width x 3 array of uint8 is needed, not {array.shape} of {array.dtype}")
    out = BytesIO()
    Image.fromarray(np.ascontiguousarray(array)).save(out, format="PNG", compress_level=1)
    return out.getvalue()


def decode_png(data: bytes, *, what: str = "image") -> NDArray[np.uint8]:
    """The array that ``encode_png`` was given; the same checks as ``read_image``, and PNG alone."""
    if not data.startswith(b"\x89PNG"):
        raise DataError(f"Cannot read the {what}", f"it is {kind_of(data[:HEAD_BYTES])}, not PNG", _RESAVE)
    return read_image(data, what=what)


def _decode(picture: Picture, name: str) -> NDArray[np.uint8]:
    # The plug-ins are called directly: Image.open would try other formats and warn about large sizes.
    plugin = PngImagePlugin.PngImageFile if picture.kind == "png" else JpegImagePlugin.JpegImageFile
    try:
        if picture.is_short():
            raise BrokenImageError("rows are missing")
        with plugin(BytesIO(picture.data)) as image:
            if image.size != (picture.width, picture.height):
                raise DataError(f"Cannot read {name}", "its headers contradict each other", _RESAVE)
            image.load()
            return np.asarray(image.convert("RGBA"))
    except DataError:
        raise
    except Exception as error:  # hostile data can make a decoder fail in any way
        why = f"it is truncated or broken ({str(error) or type(error).__name__})"
        raise DataError(f"Cannot read {name}", why, "Write or download it again") from error


def _name(source: Path | bytes, what: str) -> str:
    return f"the {what} {source}" if isinstance(source, Path) else f"the {what}"
