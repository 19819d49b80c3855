"""Weights of our own with a card beside them: read, checked, fitted into a network, and written.

``NAME.safetensors`` holds the tensors, ``NAME.json`` the card. A card names the SHA-256 of its tensors; a file
that is cut, changed or of another network is an error before it is used.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cfbench.errors import CfbenchError, DataError
from cfbench.files import canonical_json, parse_json, read_bytes, sha256_hex, write_bytes, write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import torch

COUNTED = "num_batches_tracked"  # in training only


def card_of(path: Path) -> Path:
    """Where the card of a file of weights is."""
    return path.with_suffix(".json")


@contextmanager
def card_read(what: str, mend: str) -> Iterator[None]:
    """Turn what goes wrong while a card is read into a DataError that begins with ``what``."""
    try:
        yield
    except (TypeError, ValueError, KeyError, CfbenchError) as error:
        raise DataError(what, f"{type(error).__name__}: {error}", mend) from error


def read_tensors(
    path: Path, sha256: str, *, trained_on: str, dataset: str | None, max_bytes: int, mend: str
) -> dict[str, torch.Tensor]:
    """The tensors of a file whose card names this digest and this data set (``name@version``).

    Raises:
        DataError: The file is missing, damaged, or trained on another data set than the one named ``dataset``
            (without version).
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    if dataset is not None and trained_on.partition("@")[0] != dataset:
        raise DataError(
            f"{path} holds weights for another data set", f"they were trained on {trained_on}, not {dataset}"
        )
    data = read_bytes(path, max_bytes=max_bytes, what="weights")
    if sha256_hex(data) != sha256:
        raise DataError(
            f"{path} is damaged", f"its SHA-256 is {sha256_hex(data)}, and its card names {sha256}", mend
        )
    try:
        return load(data)
    except SafetensorError as error:
        raise DataError(f"{path} is no safetensors file", str(error), mend) from error


def fill(network: torch.nn.Module, tensors: Mapping[str, torch.Tensor], *, what: str, mend: str) -> None:
    """Put tensors into a network made on the meta device, in eval mode and without gradients.

    ``what`` begins the DataError of tensors that do not fit it, or have values that no training leaves.
    """
    import torch

    names = network.state_dict()
    wanted = {name: value for name, value in names.items() if not name.endswith(COUNTED)}
    for name in sorted(wanted.keys() ^ tensors.keys()):
        raise DataError(what, f"'{name}' is {'missing' if name in wanted else 'no part of it'}", mend)
    for name, value in tensors.items():
        if value.shape != wanted[name].shape or not value.is_floating_point():
            shapes = f"{tuple(value.shape)}, not {tuple(wanted[name].shape)}"
            raise DataError(what, f"'{name}' is {value.dtype} of shape {shapes}", mend)
        if not torch.isfinite(value).all():
            raise DataError(what, f"'{name}' has values that are not finite", mend)
        if name.endswith("running_var") and (value < 0).any():
            raise DataError(what, f"'{name}' has negative values", mend)
    counted = {name: torch.zeros((), dtype=torch.long) for name in names if name.endswith(COUNTED)}
    network.load_state_dict({**{n: v.float() for n, v in tensors.items()}, **counted}, assign=True)
    network.to(memory_format=torch.channels_last)
    network.eval().requires_grad_(requires_grad=False)


def halved(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Tensors in half precision, but for the statistics of norms; on the CPU."""
    import torch

    return {
        name: (value if "running_" in name else value.to(torch.float16)).cpu()
        for name, value in tensors.items()
    }


def write_tensors(
    path: Path,
    tensors: Mapping[str, torch.Tensor],
    card: Callable[[str], Mapping[str, Any]],
    metadata: Mapping[str, str] | None = None,
) -> str:
    """Keep tensors, and last the card that is made of their digest; the digest."""
    from safetensors.torch import save

    kept = {name: value.contiguous() for name, value in tensors.items() if not name.endswith(COUNTED)}
    data = save(kept, dict(metadata) if metadata else None)
    digest = sha256_hex(data)
    write_bytes(path, data)
    plain = parse_json(canonical_json(dict(card(digest))), source="card")
    write_text(card_of(path), json.dumps(plain, indent=1, ensure_ascii=False) + "\n")
    return digest
