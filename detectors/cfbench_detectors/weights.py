"""Published weights by name and digest: found or downloaded, checked, and kept as safetensors.

Guarantees:
    * What is loaded has the published digest, or there is an error that says what came instead.
    * Nothing is unpickled: a published ``.pth`` is read with ``weights_only=True`` behind its digest, once,
      and its tensors are kept as safetensors in the cache, whole or not at all, checked at each use.
    * ``offline=True`` never touches the network; what is missing then is an error with the command to type.

Looked at in this order: the cache (``CFBENCH_CACHE``), a file put beside it by hand, torch's own folder of
downloads (``TORCH_HOME``), the addresses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from cfbench.errors import CfbenchError, DataError, EnvironmentLackError, UsageError
from cfbench.files import LockFile, fetch, sha256_hex, writing
from cfbench.reporter import Reporter, silent
from cfbench.weights import weights_folder
from cfbench.weights.installing import in_percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

PICKLE_STARTS = (b"PK\x03\x04", b"\x80\x02")  # torch's files since 1.6, and before
GIBIBYTE = 2**30
_PREFIX = re.compile(r"[0-9a-f]{8,64}")
_SOURCE = "source_sha256"


@dataclass(frozen=True)
class Weights:
    """Tensors on disk that are what was published."""

    path: Path
    """The safetensors file."""
    digest: str
    """SHA-256 of the published file that they come from."""

    def tensors(self) -> dict[str, torch.Tensor]:
        """Every tensor by its name, on the CPU."""
        from safetensors.torch import load_file

        return load_file(self.path)


def find_weights(
    name: str,
    urls: Sequence[str],
    sha256_prefix: str,
    *,
    part: str = "",
    offline: bool = False,
    reporter: Reporter = silent,
    max_bytes: int = GIBIBYTE,
) -> Weights:
    """The weights that are published as the file ``name``.

    Args:
        name: The published file's name, such as ``alexnet-owt-7be5be79.pth``.
        urls: Where it is published; the next address is tried where one fails.
        sha256_prefix: The first 8 to 64 hexadecimal digits of its SHA-256; give all that are published.
        part: Keep only the tensors whose names begin so, such as ``features.``.
        offline: Never touch the network.
        reporter: Told of downloads.
        max_bytes: No more than this is received.

    Raises:
        EnvironmentLackError: They are not on this machine and cannot be downloaded.
        DataError: What came, or lies where they should be, is something else.
    """
    if not _PREFIX.fullmatch(sha256_prefix):
        raise UsageError(
            f"'{sha256_prefix}' is no start of a SHA-256 digest", "8 to 64 hexadecimal digits are needed"
        )
    folder = weights_folder()
    stem = name.rsplit(".", 1)[0] + (f".{part.strip('.')}" if part else "")
    kept = folder / f"{stem}.safetensors"
    found = _kept(kept, sha256_prefix)
    if found:
        return found
    placed = folder / name
    if placed.exists():
        _check(placed, sha256_prefix)
        return _converted(placed, kept, part)
    of_torch = _of_torch(name, sha256_prefix, reporter)
    if of_torch:
        return _converted(of_torch, kept, part)
    _bring(placed, urls, sha256_prefix, reporter, max_bytes, offline=offline)
    converted = _converted(placed, kept, part)
    placed.unlink(missing_ok=True)  # what is kept of it is all that is used
    return converted


def tensors_of(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a torch file, without unpickling anything else; DataError where it holds more.

    Check its digest first where one is published.
    """
    import torch

    what = f"{path} holds no plain tensors"
    try:
        loaded: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        words = str(error).strip().splitlines() or [""]
        raise DataError(what, f"{type(error).__name__}: {words[0][:200]}") from error
    if isinstance(loaded, dict) and isinstance(loaded.get("state_dict"), dict):
        loaded = loaded["state_dict"]
    if not isinstance(loaded, dict) or not loaded:
        raise DataError(what, "it is no dictionary of tensors")
    strange = [key for key, value in loaded.items() if not isinstance(value, torch.Tensor)]
    if strange:
        raise DataError(what, f"'{strange[0]}' is no tensor")
    return {str(key): value.detach().contiguous() for key, value in loaded.items()}


def _kept(path: Path, prefix: str) -> Weights | None:
    """An earlier conversion, where it can be trusted."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file() or _record(path).digest(path.name) != sha256_hex(path):
        return None
    try:
        with safe_open(path, framework="pt") as file:
            digest = (file.metadata() or {}).get(_SOURCE, "")
    except (SafetensorError, OSError):
        return None
    return Weights(path, digest) if digest.startswith(prefix) else None


def _converted(source: Path, path: Path, part: str) -> Weights:
    from safetensors.torch import save

    tensors = {key: value.clone() for key, value in tensors_of(source).items() if key.startswith(part)}
    if not tensors:
        raise DataError(f"{source} is not the weights that are looked for", f"it has no '{part}' tensors")
    digest = sha256_hex(source)
    with writing(path) as handle:
        handle.write(save(tensors, {_SOURCE: digest}))
    _record(path).record(path.name, sha256_hex(path), path.stat().st_size)
    return Weights(path, digest)


def _record(path: Path) -> LockFile:
    return LockFile(path.with_name(f"{path.name}.lock.json"))


def _of_torch(name: str, prefix: str, reporter: Reporter) -> Path | None:
    """The file where torch, torchvision and torch-fidelity put their downloads."""
    import torch

    path = Path(torch.hub.get_dir()) / "checkpoints" / name
    if not path.is_file():
        return None
    if sha256_hex(path).startswith(prefix):
        return path
    reporter.warn(f"{path} is not what was published (its digest does not begin with {prefix}); not used.")
    return None


def _check(path: Path, prefix: str) -> None:
    digest = sha256_hex(path)
    if not digest.startswith(prefix):
        raise DataError(
            f"{path} is not what was published",
            f"its SHA-256 is {digest}, and {prefix}… is published",
            f"Remove it and run the same command again: rm '{path}'",
        )


def _bring(
    path: Path, urls: Sequence[str], prefix: str, reporter: Reporter, max_bytes: int, *, offline: bool
) -> None:
    """Download, from the first address that has the right file."""
    failed: CfbenchError | None = None
    for url in urls:
        try:
            _download(url, path, prefix, reporter, max_bytes, offline=offline)
        except CfbenchError as error:
            failed = error
        else:
            return
    by_hand = f"Run: curl -L --fail --create-dirs -o '{path}' {urls[0]}"
    if isinstance(failed, DataError):
        raise DataError(failed.what, failed.why, f"Get the right file by hand. {by_hand}") from failed
    why = failed.why if failed else "no address of it is known"
    raise EnvironmentLackError(f"The weights {path.name} are not on this machine", why, by_hand) from failed


def _download(
    url: str, path: Path, prefix: str, reporter: Reporter, max_bytes: int, *, offline: bool
) -> None:
    whole = prefix if len(prefix) == 64 else None
    # A first digest must not be held against the next try: the published one, checked here, decides.
    with TemporaryDirectory() as scratch, reporter.track(f"Downloading {path.name}", 100) as advance:
        fetch(
            url,
            path,
            sha256=whole,
            lock=LockFile(Path(scratch) / "lock.json"),
            max_bytes=max_bytes,
            magic=PICKLE_STARTS,
            progress=in_percent(advance),
            offline=offline,
        )
    try:
        _check(path, prefix)
    except DataError as error:
        path.unlink()
        raise DataError(f"Cannot use what {url} gave", error.why) from error
