"""How the networks here compute: without gradients, in float32 that is float32, or in bfloat16 where it is asked for."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def computing(device: str, precision: str) -> Iterator[None]:
    """For the time of a forward pass; what stood before is given back.

    ``fp32``: every product in full, also on GPUs that would cut its factors to 10 bits (TF32) unasked.
    ``bf16``: products in bfloat16 (weights and sums that need it stay float32).
    """
    import torch

    kind = torch.device(device).type
    cut_products = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = False
    try:
        with (
            torch.inference_mode(),
            torch.backends.cudnn.flags(enabled=True, allow_tf32=False),
            torch.autocast(kind, dtype=torch.bfloat16, enabled=precision == "bf16"),
        ):
            yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = cut_products
