"""What importing costs, and which way the arrows run."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {
    "cfbench": ROOT / "cfbench",
    "cfbench_detectors": ROOT / "detectors" / "cfbench_detectors",
    "cfbench_models": ROOT / "reference_models" / "cfbench_models",
    "cfbench_leaderboard": ROOT / "leaderboard" / "cfbench_leaderboard",
}
MAY_IMPORT = {
    "cfbench": set(),
    "cfbench_detectors": {"cfbench"},
    "cfbench_models": {"cfbench", "cfbench_detectors"},  # a model may train against a detector
    "cfbench_leaderboard": {"cfbench"},
}
DOORS = {ROOT / "cfbench" / "torchmetrics.py"}  # imported by who has the extra, and by nothing of cfbench
EXTRAS = {
    "torch", "torchvision", "torchmetrics", "torch_fidelity", "open_clip", "safetensors", "scipy",
    "diffusers", "transformers", "accelerate",
    "fastapi", "uvicorn", "sqlalchemy", "alembic", "psycopg", "multipart",
    "ray", "fsspec",
}  # fmt: skip
HEAVY = EXTRAS | {
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
    "PIL",
    "networkx",
    "nltk",
    "jinja2",
    "httpx",
    "rich",
}
SOURCES = [(name, path) for name, folder in PACKAGES.items() for path in sorted(folder.rglob("*.py"))]


def imported_by(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after running some code."""
    report = (
        "\nimport json, sys\nprint()\nprint(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import cfbench; cfbench.__version__; dir(cfbench)",
        "from cfbench.cli import cli; cli(['--help'], standalone_mode=False)",
        "from cfbench.cli import cli; cli(['--version'], standalone_mode=False)",
    ],
)
def test_a_first_look_brings_in_nothing_heavy(code):
    assert imported_by(code) & HEAVY == set()


def test_the_public_names_bring_in_no_extra():
    modules = imported_by("import cfbench\nfor name in cfbench.__all__: getattr(cfbench, name)")
    assert "pydantic" in modules, "the names were not loaded"
    assert modules & EXTRAS == set()


@pytest.mark.parametrize("name", PACKAGES)
def test_package_is_installed_and_typed(name):
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin).parent
    assert (installed / "py.typed").is_file()
    assert {path.relative_to(PACKAGES[name]) for package, path in SOURCES if package == name} == {
        path.relative_to(installed) for path in installed.rglob("*.py")
    }


def test_arrows_run_one_way():
    wrong = [
        f"{path.relative_to(ROOT)} imports {target}"
        for package, path in SOURCES
        for target in sorted(imports_of(path) & PACKAGES.keys())
        if target != package and target not in MAY_IMPORT[package]
    ]
    assert wrong == []


def test_an_extra_is_never_imported_on_the_way_in():
    """Outside functions, only a wing whose every use needs the extra may import it; of the core, only a door to it."""
    wrong = [
        f"{path.relative_to(ROOT)} imports {target} at its top"
        for package, path in SOURCES
        if package == "cfbench" and path not in DOORS
        for target in sorted(imports_of(path, top_level=True) & EXTRAS)
    ]
    assert wrong == []


def test_nothing_goes_through_a_door_by_itself():
    names = {door.stem for door in DOORS}
    for _, path in SOURCES:
        text = path.read_text()
        assert not any(f"cfbench.{name} import" in text for name in names if path.stem != name), path


@pytest.mark.parametrize(
    ("source", "whole", "top"),
    [
        ("import cfbench_models.x", {"cfbench_models"}, {"cfbench_models"}),
        ("def f():\n    from torch import nn", {"torch"}, set()),
        ("from importlib import import_module\nimport_module('cfbench_models.a')", {"importlib", "cfbench_models"}, {"importlib"}),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch", {"typing", "torch"}, {"typing"}),
        ("from . import torch", set(), set()),
    ],
)  # fmt: skip
def test_the_scan_sees_every_form_of_import(tmp_path, source, whole, top):
    path = tmp_path / "module.py"
    path.write_text(source)
    assert imports_of(path) == whole
    assert imports_of(path, top_level=True) == top


def imports_of(path: Path, *, top_level: bool = False) -> set[str]:
    """The packages that a file imports: anywhere, or only when it is itself imported."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        found |= _imported_here(node, calls=not top_level)
        if not (top_level and _runs_later(node)):
            pending.extend(ast.iter_child_nodes(node))
    return found


def _runs_later(node: ast.AST) -> bool:
    checking = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    return checking or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))


def _imported_here(node: ast.AST, *, calls: bool) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom) and not node.level and node.module:
        return {node.module.partition(".")[0]}
    if calls and isinstance(node, ast.Call) and "import" in ast.unparse(node.func):
        first = node.args[0] if node.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            return {first.value.partition(".")[0].partition(":")[0]}
    return set()
