"""Where a run takes place, as far as numbers could depend on it."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from cfbench.results.schema import Environment

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = [
    "numpy",
    "pillow",
    "pyarrow",
    "networkx",
    "nltk",
    "scipy",
    "torch",
    "torchvision",
    "torchmetrics",
    "torch-fidelity",
    "open-clip-torch",
    "diffusers",
    "transformers",
    "safetensors",
]


def capture_environment(folder: Path) -> Environment:
    """Versions, platform, and the git state of the repository around ``folder``."""
    commit = _git(folder, "rev-parse", "HEAD")
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no") if commit else None
    return Environment(
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        packages=package_versions(),
        git_commit=commit,
        git_dirty=None if changed is None else bool(changed),
    )


def package_versions() -> dict[str, str]:
    """The versions of the libraries that numbers could depend on, of those that are installed."""
    return {name: found for name in PACKAGES if (found := _version(name))}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git(folder: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
