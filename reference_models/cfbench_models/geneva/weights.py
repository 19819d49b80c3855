"""Weights of an editor with the card beside them: what they are, and how they came to be.

``NAME.safetensors`` holds the tensors, ``NAME.json`` the card. A card names the SHA-256 of its tensors; a file
that is cut, changed or of another network is an error before anything is edited.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from cfbench.errors import CfbenchError, DataError
from cfbench.files import (
    canonical_json,
    parse_json,
    read_bytes,
    read_json,
    sha256_hex,
    write_bytes,
    write_text,
)
from cfbench_detectors.localizer.weights import COUNTED, card_of
from cfbench_models.geneva.recipe import FAULTS, Size, size_of
from cfbench_models.geneva.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

    from cfbench_models.geneva.editor import Editor

_MOST_BYTES = 1024 * 1024 * 1024
_LARGEST_CARD = 4 * 1024 * 1024
_MEND = "Install cfbench again, or train again: cfbench train geneva"


@dataclass(frozen=True)
class EditorCard:
    """What is known of weights. All but ``details`` is relied on."""

    name: str
    dataset: str
    """name@version of what they were trained on."""
    sha256: str
    size: Size
    words: tuple[str, ...]
    classes: tuple[str, ...]
    temperature: float
    """Of the choice of places."""
    faults: tuple[str, ...]
    """The published faults that were kept."""
    details: Mapping[str, Any]
    """Data set fingerprints, recipe, seed, steps, device, hours, scores, licence."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The known words."""
        return Vocabulary(self.words)

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        head = asdict(replace(self, details={}))
        del head["details"]
        return {**head, **self.details}

    @classmethod
    def from_json(cls, value: Any, path: Path) -> EditorCard:
        """The inverse of :meth:`to_json`; DataError where it is no card."""
        try:
            rest = dict(value)
            made = cls(
                str(rest.pop("name")),
                str(rest.pop("dataset")),
                str(rest.pop("sha256")),
                size_of(rest.pop("size")),
                tuple(str(word) for word in rest.pop("words")),
                tuple(str(name) for name in rest.pop("classes")),
                float(rest.pop("temperature")),
                tuple(str(name) for name in rest.pop("faults")),
                rest,
            )
        except (TypeError, ValueError, KeyError, CfbenchError) as error:
            raise DataError(
                f"{path} is no card of an editor", f"{type(error).__name__}: {error}", _MEND
            ) from error
        if not made.temperature > 0 or any(fault not in FAULTS for fault in made.faults):
            raise DataError(f"{path} is no card of an editor", "its temperature or a fault is unknown", _MEND)
        return made


def read_editor(path: Path, dataset: str | None = None) -> tuple[EditorCard, Editor]:
    """The editor of a file of weights, in eval mode, on the CPU.

    Raises:
        DataError: The file is missing, damaged, of another network, or trained on another data set than the
            one named ``dataset`` (without version).
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    card = EditorCard.from_json(read_json(card_of(path), max_bytes=_LARGEST_CARD), card_of(path))
    if dataset is not None and card.dataset.partition("@")[0] != dataset:
        raise DataError(
            f"{path} holds weights for another data set",
            f"they were trained on {card.dataset}, not {dataset}",
        )
    data = read_bytes(path, max_bytes=_MOST_BYTES, what="weights")
    if sha256_hex(data) != card.sha256:
        raise DataError(
            f"{path} is damaged",
            f"its SHA-256 is {sha256_hex(data)}, and its card names {card.sha256}",
            _MEND,
        )
    try:
        tensors = load(data)
    except SafetensorError as error:
        raise DataError(f"{path} is no safetensors file", str(error), _MEND) from error
    return card, editor_of(tensors, card, path)


def editor_of(tensors: Mapping[str, torch.Tensor], card: EditorCard, path: Path) -> Editor:
    """The editor that a card describes, with these tensors; DataError where they do not fit it."""
    import torch

    from cfbench_models.geneva.editor import Editor

    what = f"{path} holds no editor of {len(card.classes)} classes and {len(card.words)} words"
    with torch.device("meta"):  # no time and no random numbers for weights that are replaced
        editor = Editor(card.size, len(card.vocabulary), len(card.classes))
    wanted = {name: value for name, value in editor.state_dict().items() if not name.endswith(COUNTED)}
    for name in sorted(wanted.keys() ^ tensors.keys()):
        raise DataError(what, f"'{name}' is {'missing' if name in wanted else 'no part of it'}", _MEND)
    for name, value in tensors.items():
        if value.shape != wanted[name].shape or not value.is_floating_point():
            shapes = f"{tuple(value.shape)}, not {tuple(wanted[name].shape)}"
            raise DataError(what, f"'{name}' is {value.dtype} of shape {shapes}", _MEND)
        if not torch.isfinite(value).all() or (name.endswith("running_var") and (value < 0).any()):
            raise DataError(what, f"'{name}' has values that cannot be", _MEND)
    counted = {
        name: torch.zeros((), dtype=torch.long) for name in editor.state_dict() if name.endswith(COUNTED)
    }
    editor.load_state_dict({**{n: v.float() for n, v in tensors.items()}, **counted}, assign=True)
    editor.to(memory_format=torch.channels_last)
    return editor.eval().requires_grad_(requires_grad=False)


def write_editor(path: Path, tensors: Mapping[str, torch.Tensor], card: EditorCard) -> EditorCard:
    """Keep tensors in half precision, statistics of norms in single, and their card; the card with the digest."""
    import torch
    from safetensors.torch import save

    kept = {
        name: (value if "running_" in name else value.to(torch.float16)).cpu().contiguous()
        for name, value in tensors.items()
        if not name.endswith(COUNTED)
    }
    data = save(kept)
    card = replace(card, sha256=sha256_hex(data))
    write_bytes(path, data)
    plain = parse_json(canonical_json(card.to_json()), source="card")
    write_text(card_of(path), json.dumps(plain, indent=1, ensure_ascii=False) + "\n")
    return card
