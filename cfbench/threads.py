"""How many threads the numerical libraries use, in this process, for as long as a run takes."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def limited_threads(threads: int) -> Iterator[None]:
    """Hold every BLAS and OpenMP that is loaded, and torch, to a number of threads; give them back at the end."""
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else None
    if torch:
        torch.set_num_threads(threads)
    try:
        with threadpool_limits(threads):
            yield
    finally:
        if torch and before is not None:
            torch.set_num_threads(before)
