"""CF20x: a result from outside, held against its schema. Every fault is told, and no list of faults fills the memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from cfbench.errors import DataError
from cfbench.files import read_json
from cfbench.results.reading import MAX_RESULT_BYTES
from cfbench.results.schema import SCHEMA_VERSION, DetectorInfo, Failure, Result, Score

if TYPE_CHECKING:
    from pathlib import Path

    from cfbench.bundles.findings import Findings

_TOLD = 40  # faults of one list
_OBJECTS: dict[str, type[BaseModel]] = {"scores": Score, "failed": Failure, "detectors": DetectorInfo}
_TEXTS = ("missing", "unranked_because", "remarks")
_MOST = {"scores": 100_000, "detectors": 1000}
_MOST_OPTIONS = 10_000
_MOST_KEYS = 100  # of an object whose keys the schema names


def read_result_file(path: Path, findings: Findings) -> Result | None:
    """The result in a file; None where it has a fault, each of which is told."""
    where = path.name
    try:
        value = read_json(path, max_bytes=MAX_RESULT_BYTES)
    except DataError as error:
        findings.add("CF201", where, error.why or error.what)
        return None
    if not isinstance(value, dict):
        findings.add("CF203", where, f"it is a {type(value).__name__}, not an object")
        return None
    if len(value) > _MOST_KEYS:
        findings.add("CF203", where, f"it has {len(value):,} keys")
        return None
    version = value.get("schema_version")
    if version != SCHEMA_VERSION or isinstance(version, bool):
        why = f"it is {str(version)[:40]}; this cfbench reads {SCHEMA_VERSION}"
        findings.add("CF202", where, why)
        return None
    before = findings.errors()
    sound = {key: _screened(key, item, where, findings) for key, item in value.items()}
    whole = findings.errors() == before
    try:
        result = Result.model_validate(sound)
    except ValidationError as error:
        _tell(error, where, findings, contradictions=whole)
        return None
    return result if whole else None


def _screened(key: str, value: Any, where: str, findings: Findings) -> Any:
    """The value of a key; of a list or table of many entries only if every one is sound, else an empty one."""
    if isinstance(value, list) and key in _OBJECTS:
        if len(value) > _MOST.get(key, len(value)):
            findings.add("CF203", f"{where} {key}", f"it has {len(value):,} entries")
            return []
        faults = 0
        for index, item in enumerate(value):
            try:
                if isinstance(item, dict) and len(item) > _MOST_KEYS:
                    item = None  # noqa: PLW2901 (what has so many keys is none, told as such)
                _OBJECTS[key].model_validate(item)
            except ValidationError as error:
                faults += 1
                _tell(error, f"{where} {key}.{index}", findings)
            if faults >= _TOLD:
                break
        return [] if faults else value
    if isinstance(value, list) and key in _TEXTS:
        wrong = next((index for index, item in enumerate(value) if not isinstance(item, str)), None)
        if wrong is not None:
            findings.add("CF203", f"{where} {key}.{wrong}", "it is no text")
        return value if wrong is None else []
    if isinstance(value, dict) and any(
        isinstance(part, dict) and len(part) > _MOST_OPTIONS for part in (value, *value.values())
    ):
        findings.add("CF203", f"{where} {key}", f"it has more than {_MOST_OPTIONS:,} entries")
        return {}
    return value


def _tell(error: ValidationError, where: str, findings: Findings, *, contradictions: bool = True) -> None:
    for fault in error.errors(include_input=False, include_url=False)[:_TOLD]:
        inside = ".".join(str(part) for part in fault["loc"])
        if fault["type"] != "value_error":
            findings.add("CF203", f"{where} {inside}".strip(), fault["msg"])
        elif contradictions:
            findings.add("CF204", f"{where} {inside}".strip(), fault["msg"].removeprefix("Value error, "))
