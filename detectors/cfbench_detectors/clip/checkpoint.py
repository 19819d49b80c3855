"""Where a CLIP network's weights are, and that they are the right ones.

Only safetensors are read. What OpenAI published are TorchScript archives, programs and not just numbers; open_clip
names the same weights as safetensors on the Hugging Face hub, and those are taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfbench.errors import DataError, EnvironmentLackError, UsageError, in_one_line, unknown_name
from cfbench.files import canonical_json, sha256_hex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench.reporter import Reporter

CONFIG = "open_clip_config.json"
WEIGHTS = "open_clip_model.safetensors"
PREPARATION = ("mean", "std", "interpolation", "resize_mode")
_READ_BESIDE = (".json", ".txt", ".model")  # configurations and tokenizers
_DIGEST = re.compile(r"[0-9a-f]{64}")
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
    weights = _from_hub(
        repository, str(Path(file).with_suffix(".safetensors")) if file else WEIGHTS, offline, reporter
    )
    return Checkpoint(
        f"{model}.{tag}",
        model,
        weights,
        _checked_digest(weights),
        {
            "pretrained": str(weights),
            # The names of the models do not tell; wrong by it, the network sees, but worse, and without an error.
            "force_quick_gelu": bool(config.get("quick_gelu", False)),
            "force_preprocess_cfg": {key: config[key] for key in PREPARATION if key in config},
        },
    )


def _from_hub(repository: str, file: str, offline: bool, reporter: Reporter) -> Path:  # noqa: FBT001
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    try:
        return Path(hf_hub_download(repository, file, local_files_only=True))
    except (EntryNotFoundError, OSError):
        pass  # not here yet
    lack = f"The weights {repository}/{file} are not on this machine"
    command = f"hf download {repository} {file}"
    if offline:
        raise EnvironmentLackError(lack, "--offline forbids the network", f"Run: {command}")
    reporter.line(f"Downloading {file} of {repository}")
    try:
        return Path(hf_hub_download(repository, file))
    except EntryNotFoundError as error:
        why = "their publisher offers them only in a form that runs code when it is read"
        raise EnvironmentLackError(lack, why, "Choose another model") from error
    except Exception as error:  # whatever HTTP, the disk and the hub's library raise
        raise EnvironmentLackError(lack, in_one_line(error)[:300], f"Run: {command}") from error


def _checked_digest(weights: Path) -> str:
    """The SHA-256 of a file from the hub, which the hub names its large files by."""
    digest, published = sha256_hex(weights), weights.resolve().name
    if _DIGEST.fullmatch(published) and digest != published:
        raise DataError(
            f"{weights} is damaged",
            f"its SHA-256 is {digest}, and {published} is published",
            f"Remove it and run the same command again: rm '{weights.resolve()}'",
        )
    return digest


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
