"""A network that remembers: several metrics that look at the same images cost one pass over them.

What it gave for a batch is kept in memory for a while and, where the network has weights, on disk under a key that
holds all it depends on: the content of the batch in order, the network's weights and code, device, precision,
threads and library versions. So a second run, or another model on the same true images, finds it there.
"""

from __future__ import annotations

import hashlib
import io
from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.detectors import Detection, ImageFeatures, Latents, TextEmbeddings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from cfbench.cache import ContentCache

REMEMBERED = frozenset({"detect", "features", "embed_images", "embed_texts", "latents"})
BATCHES = 16  # of each network, kept in memory
Arrays = dict[str, "npt.NDArray[Any]"]


class Remembering:
    """A detector's stand-in: its methods in ``REMEMBERED`` are called once for a batch, all else is its own."""

    def __init__(self, detector: Any, identity: Mapping[str, Any], cache: ContentCache | None) -> None:
        """``identity`` is everything that answers depend on, beside the batch. Without ``cache``, memory alone."""
        self._detector, self._identity, self._cache = detector, dict(identity), cache
        self._answers: OrderedDict[str, Any] = OrderedDict()

    def __getattr__(self, name: str) -> Any:
        if name == "_detector":  # not there yet, as while a copy of this is made
            raise AttributeError(name)
        value = getattr(self._detector, name)
        if name not in REMEMBERED:
            return value
        return lambda batch, *arguments, **named: self._ask(name, value, batch, arguments, named)

    @cached_property
    def _libraries(self) -> dict[str, str]:
        from cfbench.results.environment import package_versions

        return package_versions()

    def _ask(
        self,
        name: str,
        method: Callable[..., Any],
        batch: Sequence[Any],
        arguments: tuple[Any, ...],
        named: dict[str, Any],
    ) -> Any:
        content = content_digest(batch)
        short = f"{name} {content} {arguments!r} {sorted(named.items())!r}"
        if short in self._answers:
            self._answers.move_to_end(short)
            return self._answers[short]
        answer = _read_only(self._kept(short, lambda: method(batch, *arguments, **named)))
        self._answers[short] = answer
        if len(self._answers) > BATCHES:
            self._answers.popitem(last=False)
        return answer

    def _kept(self, short: str, make: Callable[[], Any]) -> Any:
        if self._cache is None:
            return make()
        key = {"kind": "features", "asked": short, "of": self._identity, "libraries": self._libraries}
        stored = self._cache.get(key)
        if stored is not None:
            return _from_bytes(stored)
        answer = make()
        self._cache.put(key, _to_bytes(answer))
        return answer


def _read_only(answer: Any) -> Any:
    """The answer, which others will get too: to write into it is an error, and not a wrong number of theirs."""
    for part in answer if isinstance(answer, list) else [answer]:
        for values in [part] if isinstance(part, np.ndarray) else getattr(part, "__dict__", {}).values():
            if isinstance(values, np.ndarray):
                values.flags.writeable = False
    return answer


def content_digest(batch: Sequence[Any]) -> str:
    """SHA-256 over images or texts, in order."""
    digest = hashlib.sha256()
    for item in batch:
        if isinstance(item, str):
            data, head = item.encode(), f"text {len(item.encode())}\n"
        else:
            data, head = np.ascontiguousarray(item).tobytes(), f"{item.dtype.str} {item.shape}\n"
        digest.update(head.encode())
        digest.update(data)
    return digest.hexdigest()


def _to_bytes(answer: Any) -> bytes:
    arrays: dict[str, Any]
    if isinstance(answer, ImageFeatures):
        arrays = {"form": "features", "pooled": answer.pooled, "logits": answer.logits}
    elif isinstance(answer, TextEmbeddings):
        arrays = {"form": "texts", "values": answer.values, "truncated": answer.truncated}
    elif isinstance(answer, Latents):
        arrays = {"form": "latents", "means": answer.means, "log_scales": answer.log_scales}
    elif isinstance(answer, np.ndarray):
        arrays = {"form": "array", "values": answer}
    else:
        arrays = {
            "form": "detections",
            "probabilities": np.array([found.probabilities for found in answer]),
            "places": np.array([found.places for found in answer]),
        }
    sink = io.BytesIO()
    np.savez(sink, **{name: value for name, value in arrays.items() if value is not None})
    return sink.getvalue()


def _from_bytes(stored: bytes) -> Any:
    with np.load(io.BytesIO(stored), allow_pickle=False) as loaded:
        arrays: Arrays = dict(loaded)
    form = str(arrays.pop("form"))
    if form == "features":
        return ImageFeatures(arrays["pooled"], arrays.get("logits"))
    if form == "texts":
        return TextEmbeddings(arrays["values"], arrays["truncated"])
    if form == "latents":
        return Latents(arrays["means"], arrays.get("log_scales"))
    if form == "array":
        return arrays["values"]
    return [Detection(*pair) for pair in zip(arrays["probabilities"], arrays["places"], strict=True)]
