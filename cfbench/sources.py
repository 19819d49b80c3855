"""The code that a model or metric comes from: its files, and one digest over them.

For a class of an installed package, every Python file of its top-level package. For ``file.py:Class``, that
file and what it imports from its folder, found by reading the import statements, so that the digest depends
on the files alone and not on what else a process has loaded.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfbench.files import sha256_hex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DIGEST = "__cfbench_digest__"  # where a module that was loaded from a file keeps the digest of its sources


def sources_of(file: Path) -> list[Path]:
    """The file and every Python file that it imports from its folder, directly or not."""
    found: list[Path] = []
    waiting = [file]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.append(path)
            waiting += [
                source for name in sorted(_imported_names(path)) for source in _beside(file.parent, name)
            ]
    return sorted(found)


def digest_of(files: Iterable[Path], folder: Path) -> str:
    """SHA-256 over the names, from ``folder`` on, and the contents of files."""
    lines = sorted(f"{path.relative_to(folder).as_posix()} {sha256_hex(path)}" for path in files)
    return sha256_hex("\n".join(lines).encode())


def module_digest(module: Any) -> str | None:
    """The digest of the sources of a module; None where it has no file (a notebook)."""
    loaded: str | None = getattr(module, DIGEST, None)
    file = getattr(module, "__file__", None)
    if loaded is not None or file is None:
        return loaded
    package = (module.__package__ or "").partition(".")[0]
    folder = Path(file).parent
    while package and folder.name != package and folder != folder.parent:
        folder = folder.parent
    return _package_digest(folder) if package and folder.name == package else sha256_hex(Path(file))


@cache
def _package_digest(folder: Path) -> str:
    return digest_of(folder.rglob("*.py"), folder)


def _imported_names(path: Path) -> set[str]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError, OSError):
        return set()  # importing it says what is wrong
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


def _beside(folder: Path, name: str) -> Iterator[Path]:
    if (folder / f"{name}.py").is_file():
        yield folder / f"{name}.py"
    if (folder / name / "__init__.py").is_file():
        yield from (folder / name).rglob("*.py")
