"""Reading results that come from outside: bounded, checked by schema, refused in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from cfbench.errors import DataError
from cfbench.files import read_json
from cfbench.results.schema import SCHEMA_VERSION, Result

if TYPE_CHECKING:
    from pathlib import Path

MAX_RESULT_BYTES = 64_000_000


def read_result(path: Path) -> Result:
    """A result from its file, or from the run folder that holds it."""
    file = path / "result.json" if path.is_dir() else path
    if not file.is_file():
        raise DataError(f"There is no result at {path}", "", "Give a result.json, or the folder of a run")
    value = read_json(file, max_bytes=MAX_RESULT_BYTES)
    version = value.get("schema_version") if isinstance(value, dict) else None
    if version != SCHEMA_VERSION:
        why = f"schema_version is {version!r}; this cfbench reads {SCHEMA_VERSION}"
        raise DataError(f"{file} is not a result that can be read", why)
    try:
        return Result.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the result"
        raise DataError(f"{file} is not a valid result", f"{where}: {first['msg']}") from None
