"""CF1xx: the container of a bundle and its manifest. Nothing of a bundle is used that its manifest does not name."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from cfbench.bundles import manifest as layout
from cfbench.bundles.manifest import MANIFEST, Entry, Manifest
from cfbench.bundles.zipping import is_in_the_one_form
from cfbench.errors import DataError
from cfbench.files import human_size, read_json, sha256_hex, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfbench.bundles.findings import Findings

_UNPACKED = "bundle"
_TOLD = 40  # faults of a manifest
Part = TypeVar("Part", bound=BaseModel)


@contextmanager
def unpacked(path: Path, findings: Findings) -> Iterator[Path | None]:
    """The folder of a bundle: itself, or where its file is unpacked for as long as the block lasts; None if it cannot."""
    if path.is_dir():
        yield path
        return
    size = path.stat().st_size
    if size > layout.MAX_PACKED_BYTES:
        limit = human_size(layout.MAX_PACKED_BYTES)
        findings.add("CF102", path.name, f"it has {human_size(size)}, and at most {limit} are taken")
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="cfbench-") as place:
        folder = Path(place) / _UNPACKED
        try:
            unpack(path, folder, max_total_bytes=layout.MAX_UNPACKED_BYTES, max_files=layout.MAX_FILES)
        except DataError as error:
            findings.add("CF101", path.name, error.why or error.what)
            yield None
            return
        yield folder


def read_container(folder: Path, findings: Findings, packed: Path | None = None) -> Manifest | None:
    """The manifest, if every file is there and what it says; ``packed`` is the file that was unpacked."""
    before = findings.errors()
    files = _files_in(folder, findings)
    manifest = _read_manifest(folder, findings) if MANIFEST in files else None
    if MANIFEST not in files:
        findings.add("CF103", MANIFEST, "there is none")
    _check_names(files, manifest, findings)
    if manifest is not None:
        for name, entry in manifest.files.items():
            if name not in files:
                findings.add("CF105", name, "the manifest names it")
            elif files[name].stat().st_size != entry.bytes:
                findings.add("CF107", name, f"it has {files[name].stat().st_size} bytes, not {entry.bytes}")
            elif sha256_hex(files[name]) != entry.sha256:
                findings.add("CF107", name, "its SHA-256 is another")
    if packed is not None and findings.errors() == before and not is_in_the_one_form(packed, files):
        findings.add("CF110", packed.name, "its bytes are not those that cfbench writes for these files")
    return manifest


def _files_in(folder: Path, findings: Findings) -> dict[str, Path]:
    """Every plain file below, by name; links are told and not followed."""
    found: dict[str, Path] = {}
    for here, folders, names in os.walk(folder):
        for name in [*folders, *names]:
            path = Path(here) / name
            mode = path.lstat().st_mode
            shown = path.relative_to(folder).as_posix()
            if stat.S_ISREG(mode):
                found[shown] = path
            elif not stat.S_ISDIR(mode):
                findings.add("CF109", shown, "it is a link, a pipe or a device")
        if len(found) > layout.MAX_FILES:
            findings.add("CF102", folder.name, f"it has more than {layout.MAX_FILES:,} files")
            break
    total = sum(path.stat().st_size for path in found.values())
    if total > layout.MAX_UNPACKED_BYTES:
        limit = human_size(layout.MAX_UNPACKED_BYTES)
        findings.add("CF102", folder.name, f"it has {human_size(total)}, and at most {limit} are taken")
    return found


def _check_names(files: dict[str, Path], manifest: Manifest | None, findings: Findings) -> None:
    named = set(manifest.files) if manifest else set(files)
    for name in layout.REQUIRED:
        if name not in named | files.keys():
            findings.add("CF105", name, "every bundle has one")
    for name in sorted((named | files.keys()) - {MANIFEST}):
        if not layout.has_a_place(name):
            findings.add("CF108", name)
        elif name not in named:
            findings.add("CF106", name)
    alike: dict[str, str] = {}
    for name in sorted(named | files.keys()):
        other = alike.setdefault(name.casefold(), name)
        if other != name:
            findings.add("CF108", name, f"where case is ignored it is '{other}'")


def _read_manifest(folder: Path, findings: Findings) -> Manifest | None:
    try:
        value = read_json(folder / MANIFEST, max_bytes=layout.MAX_MANIFEST_BYTES)
    except DataError as error:
        findings.add("CF103", MANIFEST, error.why)
        return None
    version = value.get("schema_version") if isinstance(value, dict) else None
    if version != 1 or isinstance(version, bool):
        findings.add("CF104", MANIFEST, f"schema_version is {str(version)[:40]}; this cfbench reads 1")
        return None
    files = value.get("files")
    if isinstance(files, dict) and len(files) > layout.MAX_FILES:
        findings.add("CF102", MANIFEST, f"it names {len(files):,} files")
        return None
    faults = 0
    for name, entry in files.items() if isinstance(files, dict) else ():
        faults += _validated(Entry, entry, f"{MANIFEST} {name}", findings) is None
        if faults >= _TOLD:
            break
    return None if faults else _validated(Manifest, value, MANIFEST, findings)


def _validated(kind: type[Part], value: Any, where: str, findings: Findings) -> Part | None:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False)[:_TOLD]:
            inside = ".".join(str(part) for part in fault["loc"])
            findings.add("CF103", f"{where} {inside}".strip(), fault["msg"])
        return None
