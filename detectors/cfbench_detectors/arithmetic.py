"""How the networks here compute: without gradients, in float32 that is float32, or in bfloat16 where it is asked for."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def computing(device: str, precision: str) -> Iterator[None]:
    """For the time of a forward pass; what stood before is given back.

    ``fp32``: every product in full, also where the device or the application would cut its factors to fewer
    bits (TF32 on GPUs, bfloat16 on CPUs). ``bf16``: products in bfloat16, weights and delicate sums in float32.
    """
    import torch

    kind = torch.device(device).type
    with (
        torch.inference_mode(),
        _whole_products(),
        torch.autocast(kind, dtype=torch.bfloat16, enabled=precision == "bf16"),
    ):
        yield


@contextmanager
def _whole_products() -> Iterator[None]:
    from torch import backends

    value: str | bool
    cpu: Any = backends.mkldnn
    gpu: Any = backends.cudnn
    if hasattr(cpu, "matmul"):  # torch 2.9 and later: the older switches may not be touched beside these
        name, value = "fp32_precision", "ieee"
        switches = [backends.cuda.matmul, gpu.conv, cpu.matmul, cpu.conv]
    else:
        name, value = "allow_tf32", False
        switches = [backends.cuda.matmul, gpu]
    before = [getattr(switch, name) for switch in switches]
    for switch in switches:
        setattr(switch, name, value)
    try:
        yield
    finally:
        for switch, stood in zip(switches, before, strict=True):
            setattr(switch, name, stood)
