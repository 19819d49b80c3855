"""Files of weights with cards, made of nothing but bytes."""

from __future__ import annotations

import hashlib
import json
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

LICENCE = "CC BY-NC 4.0"


def tensors(numbers: tuple[float, ...] = (1.0, 2.0, 3.0), **changes: Any) -> bytes:
    """A whole file with one tensor; ``changes`` are of the entry in its head."""
    body = struct.pack(f"<{len(numbers)}f", *numbers)
    entry = {"dtype": "F32", "shape": [len(numbers)], "data_offsets": [0, len(body)]} | changes
    head = json.dumps({"a.weight": entry}).encode()
    return struct.pack("<Q", len(head)) + head + body


def write_weights(
    folder: Path,
    name: str = "painter",
    dataset: str = "mock",
    *,
    data: bytes | None = None,
    part: str = "",
    **changes: Any,
) -> Path:
    """A file of weights and its card."""
    data = tensors() if data is None else data
    card = {
        "name": name,
        "dataset": f"{dataset}@1",
        "sha256": hashlib.sha256(data).hexdigest(),
        "licence": LICENCE,
        "identity": {"seed": 7},
        **changes,
    }
    folder.mkdir(parents=True, exist_ok=True)
    stem = "-".join([name, dataset, *([part] if part else [])])
    path = folder / f"{stem}.safetensors"
    path.write_bytes(data)
    path.with_suffix(".json").write_text(json.dumps(card))
    return path
