"""Transformers that read texts, by name from the Hugging Face hub or from a folder; they learn nothing here.

Only safetensors are read and no code of a repository is run. What was read once is kept by its content.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cfbench.cache import ContentCache, default_cache_folder
from cfbench.errors import DataError, EnvironmentLackError, UsageError
from cfbench.files import canonical_json, sha256_hex
from cfbench_detectors.hub import checked_digest, from_hub
from cfbench_models.gs.words import without_breaks
from cfbench_models.trained import needs_torch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    import numpy.typing as npt

    from cfbench.models import ModelContext
    from cfbench.reporter import Reporter
    from cfbench_models.gs.encoding import Network

    Vectors = npt.NDArray[np.float32]

LONGEST = 256
"""Tokens that are read of a text, where the network can read as many."""
CONFIG = "config.json"
WEIGHTS = "model.safetensors"
TOKENIZERS = ("tokenizer.json", "vocab.*", "*.model")
"""One of which tells the tokens; without any, transformers makes a tokenizer that knows no word."""
BESIDE = (
    CONFIG,
    *TOKENIZERS,
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "merges.txt",
)
_ADAPTER = "adapter_config.json"
_SEVERAL = f"{WEIGHTS}.index.json"
_NAME = re.compile(r"(?!.*(?:--|\.\.))[A-Za-z0-9][\w.-]*(?:/[A-Za-z0-9][\w.-]*)?")
_REVISION = re.compile(r"(?!.*\.\.)\w[\w./-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_LIBRARIES = ("torch", "transformers", "tokenizers")


@dataclass(frozen=True)
class Identity:
    """What tells one transformer from another."""

    name: str
    """On the hub, or of the folder."""
    commit: str
    """On the hub; empty, of a folder."""
    weights: str
    """SHA-256 of the file of weights."""
    beside: str
    """SHA-256 of the configuration and of the tokenizer."""

    @property
    def content(self) -> tuple[str, str]:
        """The same wherever it lies."""
        return self.weights, self.beside

    def to_json(self) -> dict[str, str]:
        """Every part by its name."""
        return asdict(self)


@dataclass(frozen=True)
class Transformer:
    """A transformer that is on this machine."""

    folder: Path
    identity: Identity


def find_transformer(reference: str, *, offline: bool, reporter: Reporter) -> Transformer:
    """The one in a folder or, where there is no such folder, of this ``NAME`` or ``NAME@REVISION`` on the hub.

    Raises:
        UsageError: It is neither a folder nor a name.
        EnvironmentLackError: A package is missing, or the weights are not here and cannot be had.
        DataError: What is there is no transformer that can be used, or damaged.
    """
    needs_torch("A transformer that reads")
    try:
        import transformers  # noqa: F401
    except ImportError as error:
        raise EnvironmentLackError(
            "A transformer that reads needs the package transformers",
            str(error),
            "Run: pip install 'cfbench[text]'",
        ) from error
    folder = Path(reference).expanduser()
    if reference and folder.is_dir():
        _check_folder(folder)
        name = folder.resolve().name
        return Transformer(folder, Identity(name, "", sha256_hex(folder / WEIGHTS), _digest_beside(folder)))
    name, at, revision = reference.partition("@")
    if not _NAME.fullmatch(name) or (at and not _REVISION.fullmatch(revision)):
        raise UsageError(
            f"There is no transformer '{reference}'",
            "it is neither a folder nor NAME or NAME@REVISION of the Hugging Face hub",
            "Name one such as sentence-transformers/all-MiniLM-L6-v2",
        )
    weights = from_hub(
        name,
        WEIGHTS,
        revision=revision or None,
        beside=(*BESIDE, _SEVERAL),
        offline=offline,
        reporter=reporter,
    )
    folder = weights.parent
    _check_folder(folder)
    commit = folder.name if _COMMIT.fullmatch(folder.name) else ""
    return Transformer(folder, Identity(name, commit, checked_digest(weights), _digest_beside(folder)))


def _check_folder(folder: Path) -> None:
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    why = ""
    if _ADAPTER in names:
        why = "it is an adapter of another model"
    elif WEIGHTS not in names:
        why = f"it has no {WEIGHTS}"
        pickles = [name for name in names if Path(name).suffix in {".bin", ".pt", ".pth"}]
        if _SEVERAL in names:
            why += ", and weights in several files are not read"
        elif pickles:
            raise EnvironmentLackError(
                f"{folder} holds no transformer that can be used",
                f"{why}, and {pickles[0]} is a pickle, which may run code when it is read",
                "Save it by save_pretrained of a version of transformers that writes safetensors",
            )
    elif CONFIG not in names:
        why = f"it has no {CONFIG}"
    elif not any(fnmatch(name, pattern) for name in names for pattern in TOKENIZERS):
        why = "it has no tokenizer"
    if why:
        fix = "Save model and tokenizer to it by save_pretrained, or bring a repository whole by hf download"
        raise DataError(f"{folder} holds no transformer that can be used", why, fix)


def _digest_beside(folder: Path) -> str:
    read = [
        path
        for path in folder.iterdir()
        if path.is_file() and any(fnmatch(path.name, pattern) for pattern in BESIDE)
    ]
    return sha256_hex(canonical_json({path.name: sha256_hex(path) for path in read}))


class Reader:
    """Makes a vector of each text, and keeps it: the same text is not read twice by the same transformer.

    The vector is the mean of the last hidden states over the tokens of the text, of which there are ``LONGEST`` at
    most. It depends on what else is read with the text by rounding alone. A text without tokens is zeros.
    """

    def __init__(self, transformer: Transformer, context: ModelContext) -> None:
        """The network is loaded when the first text must be read."""
        self.identity = transformer.identity
        self._folder, self._device, self._reporter = transformer.folder, context.device, context.reporter
        self._cache = ContentCache(default_cache_folder(), context.reporter)
        self._key: dict[str, Any] = {
            "kind": "encodings",
            "weights": self.identity.weights,
            "beside": self.identity.beside,
            "longest": LONGEST,
            "device": context.device,
            "threads": context.threads,
            "libraries": {name: version(name) for name in _LIBRARIES},
        }

    @classmethod
    def of(cls, reference: str, context: ModelContext) -> Reader:
        """By name or folder; see :func:`find_transformer`."""
        found = find_transformer(reference, offline=context.offline, reporter=context.reporter)
        return cls(found, context)

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """(texts, width); of one text or more."""
        plain = [_readable(text) for text in texts]
        kept = {text: self._kept(text) for text in plain}
        found = {text: vector for text, vector in kept.items() if vector is not None}
        missing = [text for text in kept if text not in found]
        if missing:
            found.update(self._read(missing))
        return np.stack([found[text] for text in plain])

    @cached_property
    def _network(self) -> Network:
        from cfbench_models.gs.encoding import load_network

        return load_network(self._folder, self._device, LONGEST)

    def _place(self, text: str) -> Mapping[str, Any]:
        return {**self._key, "text": sha256_hex(text.encode())}

    def _kept(self, text: str) -> Vectors | None:
        value = self._cache.get(self._place(text))
        return None if value is None else np.frombuffer(value, "<f4").astype(np.float32)

    def _read(self, texts: Sequence[str]) -> dict[str, Vectors]:
        found = {}
        with self._reporter.track("reading texts", len(texts)) as advance:
            for places, vectors in self._network.vectors(texts):
                for place, vector in zip(places, vectors, strict=True):
                    found[texts[place]] = vector
                    self._cache.put(self._place(texts[place]), vector.astype("<f4").tobytes())
                advance(len(places))
        return found


def _readable(text: str) -> str:
    """Without line breaks of HTML, which are no words, and without what is no Unicode."""
    return without_breaks(text).encode("utf-8", "replace").decode()
