"""The flags of ``run`` and ``score``: one a field of :class:`cfbench.config.RunConfig`, its help the field's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cfbench.config import RunConfig, environment_variable, parse_pairs

if TYPE_CHECKING:
    from collections.abc import Callable

Function = TypeVar("Function", bound="Callable[..., Any]")
PAIRS = frozenset({"dataset_option", "model_option", "detector"})
MANY = frozenset({"metric"})
SWITCHES = frozenset({"teacher_forced", "official", "offline", "retry_failed"})
FILES = frozenset({"predictions", "data_root", "out"})
NUMBERS = frozenset({"limit", "seed", "batch_size", "threads", "resamples", "shards", "workers"})


def config_options(*without: str) -> Callable[[Function], Function]:
    """Every field as a flag, but those; and ``--config``."""

    def decorate(function: Function) -> Function:
        decorated = click.option(
            "--config", "config_file", type=click.Path(path_type=Path), help="TOML or JSON file of these."
        )(function)
        for field in reversed([name for name in RunConfig.model_fields if name not in without]):
            decorated = _flag(field)(decorated)
        return decorated

    return decorate


def given(values: dict[str, Any]) -> dict[str, Any]:
    """What was typed, as fields."""
    typed = {key: value for key, value in values.items() if value is not None and value != ()}
    for field in PAIRS & typed.keys():
        typed[field] = parse_pairs(typed[field])
    return typed


def _flag(field: str) -> Callable[[Function], Function]:
    info = RunConfig.model_fields[field]
    text = f"{(info.description or '').strip()} [{environment_variable(field)}]"
    name = "--" + field.replace("_", "-")
    if field in SWITCHES:
        return click.option(name, field, is_flag=True, default=None, help=text)
    if field in PAIRS | MANY:
        return click.option(
            name, field, multiple=True, metavar="NAME=VALUE" if field in PAIRS else "NAME", help=text
        )
    if field in NUMBERS:
        return click.option(name, field, type=int, help=text)
    if field in FILES:
        return click.option(name, field, type=click.Path(path_type=Path), help=text)
    return click.option(name, field, metavar="NAME", help=text)
