"""What is shipped: the version in one place, entry points that hold, a light base, a wheel of four packages."""

from __future__ import annotations

import json
import re
import sys
from importlib import import_module
from importlib.metadata import entry_points, metadata, requires, version
from pathlib import Path

import pytest

import cfbench
from cfbench.plugins import KINDS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
BASE = {
    "click", "rich", "pydantic", "numpy", "pandas", "pyarrow", "pillow", "networkx", "nltk", "jinja2",
    "platformdirs", "threadpoolctl", "httpx", "tomli",
}  # fmt: skip
OWN_ENTRIES = [
    entry
    for group in PROJECT["entry-points"]
    for entry in entry_points(group=group)
    if entry.dist is not None and entry.dist.name == "cfbench"
]


def test_the_version_is_one():
    assert cfbench.__version__ == version("cfbench")
    citation = (ROOT / "CITATION.cff").read_text()
    assert f"\nversion: {cfbench.__version__}\n" in citation
    assert f"\nlicense: {PROJECT['license']}\n" in citation


def test_the_licence_is_shipped():
    assert metadata("cfbench")["License-Expression"] == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text()


def test_the_base_is_light():
    needed = [line for line in requires("cfbench") or () if "extra ==" not in line]
    assert {re.split(r"[^A-Za-z0-9_-]", line)[0] for line in needed} == BASE


def test_all_holds_every_extra_for_users():
    named = re.search(r"\[(.*)\]", PROJECT["optional-dependencies"]["all"][0])
    assert named is not None
    assert set(named[1].split(",")) == set(PROJECT["optional-dependencies"]) - {"all", "bench"}


def test_the_installed_entry_points_are_those_of_pyproject():
    installed = {(entry.group, entry.name, entry.value) for entry in OWN_ENTRIES}
    declared = {
        (group, name, value)
        for group, table in PROJECT["entry-points"].items()
        for name, value in table.items()
    }
    assert installed == declared


@pytest.mark.parametrize("entry", OWN_ENTRIES, ids=lambda entry: f"{entry.group}-{entry.name}")
def test_every_entry_point_loads_and_says_what_it_is(entry):
    found = entry.load()
    if entry.group.removeprefix("cfbench.") in KINDS:
        assert found.summary
        assert str(found.version)
        assert getattr(found, "name", entry.name) == entry.name


def test_data_files_are_installed_beside_the_code():
    package = Path(cfbench.__file__).parent
    in_tree = {
        path.relative_to(ROOT / "cfbench")
        for path in (ROOT / "cfbench").rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }
    assert in_tree == {
        path.relative_to(package)
        for path in package.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }
    for path in in_tree:
        if path.suffix == ".json":
            json.loads((package / path).read_text())


def test_the_command_is_installed():
    script = next(entry for entry in entry_points(group="console_scripts") if entry.name == "cfbench")
    module, _, name = script.value.partition(":")
    assert callable(getattr(import_module(module), name))
