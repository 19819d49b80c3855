"""From a folder to a transformer, and from texts to vectors."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.errors import CfbenchError, DataError, EnvironmentLackError, in_one_line
from cfbench_detectors.arithmetic import computing
from cfbench_detectors.hub import contained

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

    Tokens = dict[str, list[int]]

TOGETHER = 2048
"""Tokens at a time, padding included."""
_UNUSED = "pooler"  # weights behind the last hidden states, which many files lack
_KNOWN_TO_BOTH = 0.5  # of the network's tokens, the share that its tokenizer knows at least


@dataclass(frozen=True)
class Network:
    """A transformer that is ready."""

    folder: Path
    model: Any
    tokenizer: Any
    longest: int
    device: str

    def vectors(self, texts: Sequence[str]) -> Iterator[tuple[list[int], npt.NDArray[np.float32]]]:
        """The vectors of some of the texts and their places, short ones first, until all were read."""
        tokens = [self.tokens(text) for text in texts]
        for places in _batches([len(each["input_ids"]) for each in tokens]):
            yield places, self.means([tokens[place] for place in places])

    def tokens(self, text: str) -> Tokens:
        """What the network reads of a text."""
        made = self.tokenizer(text, truncation=True, max_length=self.longest, return_attention_mask=True)
        return {name: list(values) for name, values in made.items()}

    def means(self, tokens: Sequence[Tokens]) -> npt.NDArray[np.float32]:
        """The mean of the last hidden states over the tokens of each text; zeros where there are none."""
        import torch

        longest = max(len(each["input_ids"]) for each in tokens)
        width = int(self.model.config.hidden_size)
        if longest == 0:
            return np.zeros((len(tokens), width), np.float32)
        taken = set(inspect.signature(self.model.forward).parameters)
        filled = {
            name: np.full((len(tokens), longest), self._padding(name), np.int64)
            for name in tokens[0]
            if name in taken
        }
        for row, each in enumerate(tokens):
            for name, padded in filled.items():
                padded[row, : len(each[name])] = each[name]
        told = {name: torch.from_numpy(padded).to(self.device) for name, padded in filled.items()}
        with computing(self.device, "fp32"):
            states = self.model(**told).last_hidden_state.float()
        real = told["attention_mask"].bool().unsqueeze(-1)
        counts = real.sum(1).clamp(min=1)
        means = (states.double().masked_fill(~real, 0).sum(1) / counts).float().cpu().numpy()
        if not np.isfinite(means).all():
            raise DataError(
                f"The transformer in {self.folder} gives no numbers", "its weights may be damaged"
            )
        return np.asarray(means, np.float32)

    def _padding(self, name: str) -> int:
        return int(self.tokenizer.pad_token_id or 0) if name == "input_ids" else 0


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places in the order of their lengths, as many as are not too much together."""
    batch: list[int] = []
    for place in np.argsort(lengths, kind="stable").tolist():
        if batch and (len(batch) + 1) * lengths[place] > TOGETHER:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def load_network(folder: Path, device: str, longest: int) -> Network:
    """The network in float32 and its tokenizer, for at most ``longest`` tokens.

    Raises:
        DataError: What is in the folder does not make a network that reads texts.
        EnvironmentLackError: It needs a package that is not installed.
    """
    try:
        with contained(offline=True), _silent():
            model, tokenizer = _loaded(folder)
            network = Network(folder, model.to(device), tokenizer, _limit(model, tokenizer, longest), device)
            network.means([network.tokens("a " * longest)])
    except CfbenchError:
        raise
    except ImportError as error:
        raise EnvironmentLackError(
            f"The transformer in {folder} needs a package that is not installed",
            in_one_line(error)[:300],
            "Install it, or choose another model",
        ) from error
    except Exception as error:  # whatever a configuration and weights of strangers lead to
        raise DataError(
            f"{folder} does not make a transformer that reads texts", in_one_line(error)[:300]
        ) from error
    return network


def _loaded(folder: Path) -> tuple[Any, Any]:
    from transformers import AutoModel, AutoTokenizer

    known: dict[str, bool] = {"trust_remote_code": False, "local_files_only": True}
    tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), **known)
    model: Any
    model, told = AutoModel.from_pretrained(
        str(folder), use_safetensors=True, output_loading_info=True, **known
    )
    lacking = sorted(name for name in told["missing_keys"] if _UNUSED not in name)
    if lacking:
        raise DataError(f"The weights in {folder} are not whole", f"there is no {lacking[0]}")
    if model.config.is_encoder_decoder:
        model = model.get_encoder()
    tokens = model.get_input_embeddings().num_embeddings
    if not _KNOWN_TO_BOTH * tokens <= len(tokenizer) <= tokens:
        raise DataError(
            f"The tokenizer in {folder} is of another network",
            f"it knows {len(tokenizer)} tokens, and the network {tokens}",
        )
    return model.float().eval().requires_grad_(False), tokenizer  # noqa: FBT003 - torch's signature


def _limit(model: Any, tokenizer: Any, longest: int) -> int:
    places = getattr(model.config, "max_position_embeddings", None)
    known = [limit for limit in (tokenizer.model_max_length, places) if isinstance(limit, int) and limit > 0]
    return min([longest, *known])


@contextmanager
def _silent() -> Iterator[None]:
    """No bars and no warnings of transformers; as it was, afterwards."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
