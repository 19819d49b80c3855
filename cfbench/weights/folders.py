"""The folders in which weights lie."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from cfbench.cache import default_cache_folder
from cfbench.plugins import Kind, plugins

BUNDLED = "bundled"
_KINDS: tuple[Kind, ...] = ("models", "detectors")


class Folder(NamedTuple):
    """A folder of weights, and what it is called."""

    path: Path
    where: str


def weights_folder() -> Path:
    """Where installed weights are kept, and where a file that was got in another way is put."""
    return default_cache_folder() / "weights"


def checkout_folder() -> Path | None:
    """The weights of a checkout that are not in the package because of their licence; None elsewhere."""
    folder = Path(__file__).resolve().parents[2] / "reference_models" / "weights-nc"
    return folder if folder.is_dir() else None


def folders() -> list[Folder]:
    """Every folder of weights, in the order in which they are looked for."""
    found = [Folder(weights_folder(), "installed")]
    packages = {
        plugin.value.partition(".")[0].partition(":")[0]
        for kind in _KINDS
        for plugin in plugins(kind).values()
    }
    for package in sorted(packages):
        spec = find_spec(package)
        places = [Path(place) / BUNDLED for place in (spec and spec.submodule_search_locations) or ()]
        found += [Folder(place, f"in {package}") for place in places if place.is_dir()]
    checkout = checkout_folder()
    return [*found, *([Folder(checkout, "in the checkout")] if checkout else [])]
