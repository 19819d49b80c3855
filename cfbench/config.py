"""One typed configuration: flag = API argument = ``CFBENCH_*`` variable = key of a ``--config`` file.

Where several give a value, the flag (or argument) wins over the environment, and that over the file.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, get_args

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from cfbench.errors import UsageError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_CONFIG_BYTES = 1_000_000


def available_threads() -> int:
    """Processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


class RunConfig(BaseModel):
    """Everything that ``run`` and ``score`` can be told."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    model: str | None = None
    """Registered name, path/to/file.py:Class or package.module:Class."""
    predictions: Path | None = None
    """Folder of predictions made elsewhere, instead of a model ('score')."""
    dataset: str
    """Name of the data set."""
    split: str | None = None
    """Split; the data set's own default otherwise."""
    dataset_option: dict[str, str] = Field(default_factory=dict)
    """Options of the data set, as name=value."""
    model_option: dict[str, str] = Field(default_factory=dict)
    """Options of the model, as name=value."""
    metric: tuple[str, ...] = ()
    """Metrics, each as name or name:protocol; every metric of the task otherwise."""
    detector: dict[str, str] = Field(default_factory=dict)
    """Detectors that metrics look through, as kind=name; those of the data set otherwise."""
    name: str | None = Field(default=None, max_length=100)
    """Name of the model in the result, instead of its own."""
    limit: int | None = Field(default=None, ge=1)
    """Only the first N samples of the split; such a result is never ranked."""
    seed: int = Field(default=0, ge=0)
    """The one seed, from which every random choice is derived."""
    batch_size: int = Field(default=32, ge=1, le=100_000)
    """Samples that a model gets at a time."""
    threads: int = Field(default_factory=available_threads, ge=1, le=4096)
    """Threads of the numerical libraries."""
    device: str = Field(default="cpu", pattern=r"^(cpu|cuda|mps|xpu)(:[0-9]{1,3})?$")
    """Device that a model is told to use: cpu, cuda, cuda:1, mps or xpu."""
    precision: Literal["fp32", "bf16"] = "fp32"
    """Arithmetic of the networks that metrics look through: fp32, or bf16 (faster; their names say so)."""
    resamples: int = Field(default=1000, ge=0, le=100_000)
    """Bootstrap resamples behind each interval; 0 for no intervals."""
    teacher_forced: bool = False
    """Give each turn the true previous image: a diagnostic, never ranked."""
    official: bool = False
    """Refuse to run the embedded twin where the official data is not installed."""
    offline: bool = False
    """Never touch the network."""
    data_root: Path | None = None
    """Folder of the installed data sets (CFBENCH_DATA)."""
    out: Path = Path("results")
    """Folder that run folders are made in."""
    engine: str = "local"
    """What runs the shards: 'local', the processes of this machine. Changes no number."""
    shards: int | None = Field(default=None, ge=1, le=1_000_000)
    """Shards that the run is cut into; about 64 samples each otherwise. Changes no number."""
    workers: int = Field(default=1, ge=1, le=1024)
    """Processes. Changes no number."""
    retry_failed: bool = False
    """Run the samples again that failed before."""

    @field_validator("metric", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("dataset_option", "model_option", "detector", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {key: str(item) if isinstance(item, (int, float)) else item for key, item in value.items()}

    @field_validator(
        "limit", "seed", "batch_size", "threads", "resamples", "shards", "workers", mode="before"
    )
    @classmethod
    def _no_yes_for_a_number(cls, value: Any) -> Any:
        if isinstance(value, bool):
            message = "a whole number is asked for"
            raise ValueError(message)
        return value


EXECUTION_ONLY = frozenset(
    {"offline", "data_root", "out", "engine", "shards", "workers", "retry_failed"}
)  # fields that change no number


class RunOptions(TypedDict, total=False):
    """The fields of :class:`RunConfig` as keyword arguments, but those that a function has of its own."""

    split: str | None
    dataset_option: Mapping[str, str]
    model_option: Mapping[str, str]
    metric: Sequence[str]
    detector: Mapping[str, str]
    name: str | None
    limit: int | None
    seed: int
    batch_size: int
    threads: int
    device: str
    precision: Literal["fp32", "bf16"]
    resamples: int
    teacher_forced: bool
    official: bool
    offline: bool
    data_root: str | Path | None
    out: str | Path
    engine: str
    shards: int | None
    workers: int
    retry_failed: bool


def environment_variable(field: str) -> str:
    """The variable of a field."""
    return "CFBENCH_DATA" if field == "data_root" else f"CFBENCH_{field.upper()}"


def resolve_config(given: Mapping[str, Any], file: Path | None = None) -> RunConfig:
    """The configuration from arguments, environment and file, or one line on what is wrong with it."""
    values: dict[str, Any] = _from_file(file) if file else {}
    values |= _from_environment()
    values |= {key: value for key, value in given.items() if value is not None}
    return build_config(values)


def build_config(values: Mapping[str, Any]) -> RunConfig:
    """A configuration of these values alone."""
    if "dataset" not in values:
        raise UsageError("No data set is given", "", "Add --dataset NAME; see 'cfbench list datasets'")
    try:
        return RunConfig.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "configuration"
        if first["type"] == "extra_forbidden":
            raise unknown_name(
                "option", field, RunConfig.model_fields, list_command="cfbench run --help"
            ) from None
        raise UsageError(
            f"--{field.replace('_', '-')} cannot be {first.get('input')!r}", first["msg"]
        ) from None


def parse_pairs(pairs: tuple[str, ...]) -> dict[str, str]:
    """``("size=128",)`` as a mapping."""
    parsed = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not (key and equals):
            raise UsageError(f"'{pair}' is not an option", "write name=value")
        parsed[key.strip()] = value.strip()
    return parsed


def parse_value(text: str) -> Any:
    """A number, a list or a yes or no where the text is one, as in JSON; else the text."""
    from cfbench.errors import DataError
    from cfbench.files import parse_json

    try:
        return parse_json(text.encode(), source="option")
    except DataError:
        return text


def _from_environment() -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field, info in RunConfig.model_fields.items():
        text = os.environ.get(environment_variable(field))
        if text is None or text == "":
            continue
        values[field] = _split_text(text, info.annotation)
    return values


def _split_text(text: str, annotation: Any) -> Any:
    if annotation == dict[str, str]:
        return parse_pairs(tuple(text.split(",")))
    if tuple[str, ...] in (annotation, *get_args(annotation)):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text


def _from_file(path: Path) -> dict[str, Any]:
    from cfbench.files import read_bytes, read_json

    if path.suffix == ".json":
        values = read_json(path, max_bytes=MAX_CONFIG_BYTES)
    else:
        values = _parse_toml(read_bytes(path, max_bytes=MAX_CONFIG_BYTES, what="configuration"), path)
    if not isinstance(values, dict):
        raise UsageError(f"{path} is not a configuration", "it holds no table of keys")
    unknown = sorted(set(values) - set(RunConfig.model_fields))
    if unknown:
        known = ", ".join(RunConfig.model_fields)
        raise UsageError(f"{path} has the unknown key '{unknown[0]}'", f"known: {known}")
    return values


def _parse_toml(data: bytes, path: Path) -> Any:
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not TOML", str(error)) from None
