"""A training on disk: its tensors as safetensors, the rest as JSON, written whole after every epoch.

``state.json`` names the files that belong together and their digests, and is written last: a training that is
killed at any point goes on from the last whole epoch, or finds a damage and says so.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from cfbench.errors import DataError, EnvironmentLackError, UsageError
from cfbench.files import canonical_json, parse_json, read_json, sha256_hex, sweep, write_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import torch

STATE = "state.json"
_MOST_BYTES = 256 * 1024 * 1024
_WEIGHTS, _OPTIMIZER = "weights/", "optimizer/"
_NETWORK = "network."  # the part of what learns that is kept as its result


@dataclass
class State:
    """Where a training stands after an epoch."""

    identity: dict[str, Any]
    """All that its result depends on."""
    epoch: int = 0
    """Epochs done."""
    history: list[dict[str, Any]] = field(default_factory=list)
    """What was measured after each epoch."""
    best: int = 0
    """The epoch with the best validation, counted from 1."""
    seconds: float = 0.0
    done: bool = False
    files: dict[str, str] = field(default_factory=dict)
    """The files of tensors, by name, with their SHA-256."""


def read_state(folder: Path, identity: Mapping[str, Any]) -> State:
    """The state of the training in a folder; a new one where there is none.

    Raises:
        UsageError: The folder holds another training.
        DataError: A file of it is missing or damaged.
    """
    path = folder / STATE
    wanted = parse_json(canonical_json(dict(identity)), source="identity")
    if not path.exists():
        return State(wanted)
    mend = f"Remove the folder and train again: rm -r '{folder}'"
    try:
        state = State(**read_json(path, max_bytes=_MOST_BYTES))
    except TypeError as error:
        raise DataError(f"{path} is no state of a training", str(error), mend) from error
    differing = [name for name in wanted if state.identity.get(name) != wanted[name]]
    if differing or set(state.identity) != set(wanted):
        raise UsageError(
            f"{folder} holds another training",
            f"it differs in {', '.join(differing) or 'its options'}",
            "Name another folder, or remove this one",
        )
    for name, digest in state.files.items():
        if not (folder / name).is_file() or sha256_hex(folder / name) != digest:
            raise DataError(f"{folder / name} is missing or damaged", "its digest is not the noted one", mend)
    return state


def last_file(state: State) -> str:
    """The name of the tensors to go on from."""
    return f"epoch-{state.epoch:03d}.safetensors"


def best_file(state: State) -> str:
    """The name of the weights with the best validation."""
    return f"best-{state.best:03d}.safetensors"


def write_state(
    folder: Path,
    state: State,
    learner: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    *,
    beside: tuple[str, ...] = (),
) -> None:
    """Keep the state after an epoch, and remove the files that it no longer names.

    What is kept of the best epoch is the part ``network.``, and those ``beside`` it under their full names.
    """
    from safetensors.torch import save

    weights = {name: tensor.contiguous() for name, tensor in learner.state_dict().items()}
    tensors = {_WEIGHTS + name: tensor for name, tensor in weights.items()}
    for name, parameter in learner.named_parameters():
        for key, value in optimizer.state[parameter].items():
            tensors[f"{_OPTIMIZER}{name}/{key}"] = value.detach().cpu().contiguous()
    kept = {last_file(state): save(tensors)}
    if state.best == state.epoch:
        kept[best_file(state)] = save(
            {
                name.removeprefix(_NETWORK): tensor
                for name, tensor in weights.items()
                if name.startswith((_NETWORK, *beside))
            }
        )
    for name, data in kept.items():
        write_bytes(folder / name, data)
    files = {name: sha256_hex(data) for name, data in kept.items()}
    if state.best != state.epoch:
        files[best_file(state)] = state.files[best_file(state)]
    state.files = files
    write_bytes(folder / STATE, canonical_json(asdict(state)))
    _remove(path for path in folder.glob("*.safetensors") if path.name not in files)
    sweep(folder)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def go_on(folder: Path, state: State, learner: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Put the tensors of the last epoch into what learns and its optimizer."""
    import torch
    from safetensors.torch import load_file

    tensors = load_file(folder / last_file(state))
    learner.load_state_dict(
        {name.removeprefix(_WEIGHTS): value for name, value in tensors.items() if name.startswith(_WEIGHTS)}
    )
    for name, parameter in learner.named_parameters():
        kept = {}
        for key in ("step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"):
            value = tensors.get(f"{_OPTIMIZER}{name}/{key}")
            if value is None:
                continue
            if (
                value.shape == parameter.shape
            ):  # in the parameter's order in memory, which fused steps rely on
                value = torch.empty_like(parameter).copy_(value)
            kept[key] = value.to(parameter.device)
        optimizer.state[parameter].update(kept)


@contextmanager
def memory_told(folder: Path) -> Iterator[None]:
    """Say in one line that memory ran out; other errors pass."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        words = str(error)
        short = isinstance(error, MemoryError) or "out of memory" in words or "allocate memory" in words
        if not short:
            raise
        raise EnvironmentLackError(
            "The training ran out of memory",
            words.partition("\n")[0][:200],
            f"What it reached is in {folder}; free memory and run the same command again",
        ) from error
