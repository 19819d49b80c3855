"""Bundles to change and to hold against the rules."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

from cfbench.bundles import check
from cfbench.bundles.manifest import MANIFEST, Entry, Manifest
from cfbench.bundles.zipping import members_of, zip_pieces

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def unzipped(bundle: Path, folder: Path) -> Path:
    """The folder of a bundle."""
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(folder)
    return folder


def sealed(folder: Path) -> Path:
    """The folder with a manifest that fits what is in it now."""
    files = {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }
    run_id = json.loads((folder / MANIFEST).read_bytes())["run_id"]
    entries = {one.name: Entry(sha256=one.sha256, bytes=one.size) for one in members_of(files)}
    (folder / MANIFEST).write_bytes(Manifest(run_id=run_id, files=entries).canonical())
    return folder


def zipped(folder: Path, out: Path) -> Path:
    """The one form of a folder, whatever is in it."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    out.write_bytes(b"".join(zip_pieces(members_of(files))))
    return out


def changed(path: Path, change: Callable[[Any], Any]) -> None:
    """A JSON file with something else in it."""
    value = json.loads(path.read_bytes())
    change(value)
    path.write_text(json.dumps(value))


def errors(path: Path, **options: Any) -> set[str]:
    """The rules that are broken."""
    return {finding.id for finding in check(path, **options).findings if finding.severity == "error"}


def said(path: Path, **options: Any) -> set[str]:
    """Every rule that says something."""
    return {finding.id for finding in check(path, **options).findings}
