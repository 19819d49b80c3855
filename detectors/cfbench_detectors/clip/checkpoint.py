"""Where a CLIP network's weights are, and that they are the right ones.

Only safetensors are read. What OpenAI published are TorchScript archives, programs and not just numbers; open_clip
names the same weights as safetensors on the Hugging Face hub, and those are taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfbench.errors import DataError, EnvironmentLackError, UsageError, unknown_name
from cfbench.files import canonical_json, sha256_hex
from cfbench_detectors.hub import checked_digest, from_hub

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench.reporter import Reporter

CONFIG = "open_clip_config.json"
WEIGHTS = "open_clip_model.safetensors"
PREPARATION = ("mean", "std", "interpolation", "resize_mode")
_READ_BESIDE = (".json", ".txt", ".model")  # configurations and tokenizers
_LIST = "python -c 'import open_clip; print(open_clip.list_pretrained(as_str=True))'"


@dataclass(frozen=True)
class Checkpoint:
    """A network that is on this machine."""

    name: str
    """What tells it from others, beside its weights: for versions."""
    model: str
    """What open_clip calls it."""
    weights: Path
    digest: str
    """SHA-256 of the weights' file."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What open_clip's ``create_model`` must be told."""


def find_checkpoint(reference: str, *, offline: bool, reporter: Reporter) -> Checkpoint:
    """The network named ``MODEL/PRETRAINED``, as open_clip names them, or lying in a folder.

    A folder holds ``open_clip_config.json`` and ``open_clip_model.safetensors``, as open_clip saves them.
    """
    try:
        from open_clip import list_models
    except ImportError as error:
        raise EnvironmentLackError(
            "CLIP needs the package open_clip", str(error), "Run: pip install 'cfbench[torch]'"
        ) from error
    model, _, tag = reference.partition("/")
    if model in list_models() and tag:
        return _published(model, tag, offline=offline, reporter=reporter)
    folder = Path(reference).expanduser()
    if folder.is_dir():
        return _in_folder(folder)
    if tag and not reference.startswith((".", "~", "/")) and "/" not in tag:
        raise unknown_name("open_clip model", model, list_models(), list_command=_LIST)
    raise UsageError(
        f"There is no CLIP model '{reference}'",
        "it is neither MODEL/PRETRAINED nor a folder",
        f"Name one such as ViT-B-32/openai, or a folder with {CONFIG} and {WEIGHTS}; see {_LIST}",
    )


def check_digest(checkpoint: Checkpoint, sha256: str) -> None:
    """Refuse weights that are not those that are known."""
    if checkpoint.digest != sha256:
        raise DataError(
            f"{checkpoint.weights} is not what was published as {checkpoint.name}",
            f"its SHA-256 is {checkpoint.digest}, and {sha256} is known",
            f"Remove it and run the same command again: rm '{checkpoint.weights.resolve()}'",
        )


def _published(model: str, tag: str, *, offline: bool, reporter: Reporter) -> Checkpoint:
    from open_clip import get_pretrained_cfg, list_pretrained_tags_by_model

    config = get_pretrained_cfg(model, tag)
    if not config:
        raise unknown_name(
            f"set of {model} weights", tag, list_pretrained_tags_by_model(model), list_command=_LIST
        )
    repository, _, file = config.get("hf_hub", "").rpartition("/")
    if not repository:
        raise EnvironmentLackError(
            f"{model}/{tag} cannot be loaded",
            "this version of open_clip knows it only as an archive that runs code when it is read",
            "Run: pip install --upgrade 'open-clip-torch>=3'",
        )
    name = str(Path(file).with_suffix(".safetensors")) if file else WEIGHTS
    weights = from_hub(repository, name, offline=offline, reporter=reporter)
    return Checkpoint(
        f"{model}.{tag}",
        model,
        weights,
        checked_digest(weights),
        {
            "pretrained": str(weights),
            # The names of the models do not tell; wrong by it, the network sees, but worse, and without an error.
            "force_quick_gelu": bool(config.get("quick_gelu", False)),
            "force_preprocess_cfg": {key: config[key] for key in PREPARATION if key in config},
        },
    )


def _in_folder(folder: Path) -> Checkpoint:
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            others = sorted(path.name for path in folder.iterdir() if path.suffix in {".bin", ".pt", ".pth"})
            why = f"it has no {name}"
            if name == WEIGHTS and others:
                why += f", and {others[0]} is a pickle, which may run code when it is read"
            raise DataError(
                f"{folder} holds no CLIP model that can be used",
                why,
                "Save it as open_clip.push_to_hf_hub does, with safetensors",
            )
    read = [path for path in folder.iterdir() if path.suffix in _READ_BESIDE and path.is_file()]
    beside = sha256_hex(canonical_json({path.name: sha256_hex(path) for path in read}))
    weights = folder / WEIGHTS
    return Checkpoint(
        f"{folder.resolve().name}.{beside[:8]}", f"local-dir:{folder}", weights, sha256_hex(weights)
    )
