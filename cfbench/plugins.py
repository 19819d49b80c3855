"""Plugins: models, data sets, metrics, detectors, reproductions and inpainters, found through entry points.

A package offers one with, for example::

    [project.entry-points."cfbench.models"]
    my-editor = "my_package.editor:MyEditor"

What cfbench ships comes through the same door. A plugin is imported when it is used; one that cannot
be imported is a single warning that names its entry point.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cfbench.errors import EnvironmentLackError, UsageError, in_one_line, unknown_name
from cfbench.files import sha256_hex
from cfbench.reporter import log
from cfbench.sources import DIGEST, digest_of, sources_of

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["models", "datasets", "metrics", "detectors", "reproductions", "inpainters"]
KINDS: tuple[Kind, ...] = ("models", "datasets", "metrics", "detectors", "reproductions", "inpainters")


class PluginError(UsageError):
    """A plugin that cannot be imported."""


@dataclass(frozen=True)
class Plugin:
    """A registered name, not yet imported."""

    kind: Kind
    name: str
    value: str  # "module:Class"
    distribution: str

    def load(self) -> Any:
        """The class; PluginError naming the entry point where it cannot be had."""
        return _load(self)

    def __str__(self) -> str:
        return f"{self.name} = {self.value} (cfbench.{self.kind}, from {self.distribution})"


@cache
def plugins(kind: Kind) -> dict[str, Plugin]:
    """Every registered plugin of a kind, by name. cfbench's own names cannot be taken over."""
    found: dict[str, Plugin] = {}
    for entry in entry_points(group=f"cfbench.{kind}"):
        distribution = entry.dist.name if entry.dist else "an unknown distribution"
        plugin = Plugin(kind, entry.name, entry.value, distribution)
        other = found.setdefault(entry.name, plugin)
        if other == plugin:
            continue
        kept, dropped = (plugin, other) if distribution == "cfbench" else (other, plugin)
        found[entry.name] = kept
        log.warning("Two plugins have one name; ignored: %s; used: %s", dropped, kept)
    return dict(sorted(found.items()))


def load_plugin(kind: Kind, name: str) -> Any:
    """The class registered under a name, or named as ``path.py:Class`` or ``package.module:Class``."""
    registered = plugins(kind)
    if name in registered:
        return registered[name].load()
    if ":" in name:
        return _load_reference(name)
    raise unknown_name(kind.removesuffix("s"), name, registered, list_command=f"cfbench list {kind}")


def refuse_strangers(kind: Kind, names: Iterable[str]) -> None:
    """EnvironmentLackError unless all are registered here: for names that a file from outside gives.

    One of the form ``file.py:Class`` would run a stranger's code.
    """
    for name in names:
        if name not in plugins(kind):
            what = f"There is no {kind.removesuffix('s')} '{name[:80]}' here"
            raise EnvironmentLackError(what, "it was given by path, or its package is not installed")


def working_plugins(kind: Kind) -> dict[str, Any]:
    """Every class of a kind that can be imported; each of the others is one warning."""
    classes = {}
    for name, plugin in plugins(kind).items():
        try:
            classes[name] = plugin.load()
        except PluginError as error:
            _warn_once(str(error))
    return classes


@cache
def _warn_once(text: str) -> None:
    log.warning("%s", text)


@cache
def _load(plugin: Plugin) -> Any:
    try:
        return _attribute(plugin.value)
    except Exception as error:  # whatever a stranger's module raises on import
        what = f"The plugin {plugin} cannot be loaded"
        raise PluginError(
            what, _explained(error), f"Mend or remove it: pip uninstall {plugin.distribution}"
        ) from error


def _attribute(reference: str) -> Any:
    module, _, path = reference.partition(":")
    value: Any = importlib.import_module(module)
    for name in path.split("."):
        value = getattr(value, name)
    return value


def _load_reference(reference: str) -> Any:
    location, _, name = reference.rpartition(":")
    what = f"'{reference}' cannot be loaded"
    if location.endswith(".py"):
        path = Path(location)
        if not path.is_file():
            raise UsageError(what, f"there is no file {path}", "Write path/to/file.py:Class")
        module = load_file(path.resolve(), what)
    else:
        if str(Path.cwd()) not in sys.path:
            sys.path.append(str(Path.cwd()))  # as 'python -m' does
        try:
            module = importlib.import_module(location)
        except (Exception, SystemExit) as error:
            fix = "Write path/to/file.py:Class, or package.module:Class of an installed package"
            raise UsageError(what, _explained(error), fix) from error
    if not hasattr(module, name):
        public = [
            key
            for key, value in vars(module).items()
            if isinstance(value, type) and value.__module__ == module.__name__ and not key.startswith("_")
        ]
        why = f"{location} has no '{name}'; its classes are: {', '.join(public) or 'none'}"
        raise UsageError(what, why)
    return getattr(module, name)


def load_file(path: Path, what: str) -> Any:
    """The module in a file, imported anew whenever it, or what it imports from its folder, changed."""
    sources = sources_of(path)
    return _load_sources(path, tuple(sources), digest_of(sources, path.parent), what)


@cache
def _load_sources(path: Path, sources: tuple[Path, ...], digest: str, what: str) -> Any:
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and Path(file) in sources and name != "__main__":
            del sys.modules[name]  # perhaps of an earlier state of the file
    name = f"cfbench_user_{path.stem}_{sha256_hex(str(path).encode())[:8]}_{digest[:8]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(what, f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    setattr(module, DIGEST, digest)
    sys.modules[name] = module  # dataclasses and pickling look modules up by name
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise UsageError(what, _explained(error), f"Mend {path}") from error
    return module


def _explained(error: BaseException) -> str:
    missing = getattr(error, "name", None)
    if isinstance(error, ModuleNotFoundError) and missing in {"torch", "torchvision", "torchmetrics"}:
        return f"it needs the package {missing}; pip install 'cfbench[torch]'"
    return in_one_line(error)
