"""Weights from the Hugging Face hub: what is on this machine is not asked for again, and is what was published."""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cfbench.errors import DataError, EnvironmentLackError, in_one_line
from cfbench.files import sha256_hex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cfbench.reporter import Reporter

_DIGEST = re.compile(r"[0-9a-f]{64}")


def from_hub(
    repository: str,
    file: str,
    *,
    revision: str | None = None,
    beside: Sequence[str] = (),
    offline: bool,
    reporter: Reporter,
) -> Path:
    """A file of a repository; its folder is named by the commit, and holds what ``beside`` names of that commit, too.

    Args:
        repository: ``owner/name``.
        file: Comes last, so that where it is, the others are.
        revision: A branch, tag or commit. A branch is the commit that it was when it was first asked for here.
        beside: Patterns of names, of files that lie in no folder.
        offline: Whether the network is forbidden.
        reporter: Who is told of a download.

    Raises:
        EnvironmentLackError: It is not here and cannot be had; with the command that brings it.
    """
    from huggingface_hub import hf_hub_download, snapshot_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    try:
        return Path(hf_hub_download(repository, file, revision=revision, local_files_only=True))
    except (EntryNotFoundError, OSError):
        pass  # not here yet
    lack = f"The weights {repository}/{file} are not on this machine"
    command = f"hf download {repository}" + ("" if beside else f" {file}")
    command += f" --revision {revision}" if revision else ""
    if offline:
        raise EnvironmentLackError(lack, "--offline forbids the network", f"Run: {command}")
    reporter.line(f"Downloading {file} of {repository}")
    try:
        if beside:
            small = snapshot_download(
                repository, revision=revision, allow_patterns=list(beside), ignore_patterns=["*/*"]
            )
            revision = Path(small).name
        return Path(hf_hub_download(repository, file, revision=revision))
    except LocalEntryNotFoundError as error:  # a kind of the next, and says that the hub is out of reach
        raise EnvironmentLackError(lack, in_one_line(error)[:300], f"Run: {command}") from error
    except EntryNotFoundError as error:
        why = "their publisher offers them only in a form that runs code when it is read"
        raise EnvironmentLackError(lack, why, "Choose another model") from error
    except Exception as error:  # whatever HTTP, the disk and the hub's library raise
        raise EnvironmentLackError(lack, in_one_line(error)[:300], f"Run: {command}") from error


def checked_digest(weights: Path) -> str:
    """The SHA-256 of a file from the hub, which the hub names its large files by."""
    digest, published = sha256_hex(weights), weights.resolve().name
    if _DIGEST.fullmatch(published) and digest != published:
        raise DataError(
            f"{weights} is damaged",
            f"its SHA-256 is {digest}, and {published} is published",
            f"Remove it and run the same command again: rm '{weights.resolve()}'",
        )
    return digest


@contextmanager
def contained(*, offline: bool) -> Iterator[None]:
    """No network where it is forbidden; torch's generator and the application's logging as they were.

    Libraries that load networks draw weights that they then replace, and messages to the root logger would set that up.
    """
    import torch
    from huggingface_hub import constants

    before, quiet = constants.HF_HUB_OFFLINE, logging.NullHandler()
    constants.HF_HUB_OFFLINE = offline or before
    logging.getLogger().addHandler(quiet)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        logging.getLogger().removeHandler(quiet)
        constants.HF_HUB_OFFLINE = before
