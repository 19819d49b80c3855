"""The learned weights of LPIPS 0.1, which torchmetrics ships: one number of at least 0 for each channel."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfbench.errors import EnvironmentLackError
from cfbench.files import sha256_hex
from cfbench_detectors.weights import tensors_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_INSTALL = "Run: pip install 'torchmetrics>=1.4'"


def head_file(name: str, sha256: str) -> Path:
    """The file of one network's head, checked; EnvironmentLackError where torchmetrics has it not."""
    spec = find_spec("torchmetrics")
    if spec is None or spec.origin is None:
        raise EnvironmentLackError("LPIPS needs the package torchmetrics", "its head is in it", _INSTALL)
    path = Path(spec.origin).parent / "functional" / "image" / "lpips_models" / name
    digest = sha256_hex(path) if path.is_file() else "of no file"
    if digest != sha256:
        what = f"The head of LPIPS is not in this torchmetrics ({path})"
        raise EnvironmentLackError(what, f"its SHA-256 is {digest}, and {sha256} is known", _INSTALL)
    return path


def read_head(path: Path, layers: int) -> list[npt.NDArray[np.floating[Any]]]:
    """The weights of each layer's channels, (channels,)."""
    tensors = tensors_of(path)
    return [tensors[f"lin{layer}.model.1.weight"].flatten().numpy() for layer in range(layers)]
