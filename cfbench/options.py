"""Choices that data sets and models offer by name: ``--dataset-option`` and ``--model-option``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cfbench.errors import UsageError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Option:
    """A choice by name and text; part of the identity of what was chosen."""

    default: str
    """Empty, of a model: it depends on the data set."""
    help: str
    choices: tuple[str, ...] = ()
    whole_numbers: tuple[int, int] | None = None  # smallest and largest, inclusive
    numbers: tuple[float, float] | None = None  # the same of any numbers

    def check(self, name: str, value: str) -> str:
        """The value in its canonical form."""
        if self.choices and value not in self.choices:
            raise UsageError(f"{name}={value} is not a choice", f"choose one of {', '.join(self.choices)}")
        if self.whole_numbers is not None:
            low, high = self.whole_numbers
            if not value.isdecimal() or not low <= int(value) <= high:
                raise UsageError(f"{name}={value} is out of range", f"a whole number from {low} to {high}")
            return str(int(value))
        if self.numbers is not None:
            return f"{_number(name, value, *self.numbers):g}"
        return value


def _number(name: str, value: str, low: float, high: float) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not low <= number <= high:
        raise UsageError(f"{name}={value} is out of range", f"a number from {low:g} to {high:g}")
    return number


def checked_options(
    options: Mapping[str, Option], given: Mapping[str, str], kind: str, owner: str
) -> dict[str, str]:
    """Those that were given, each in its canonical form. They are of the ``kind`` of thing with the name ``owner``."""
    for name in given:
        if name not in options:
            listing = f"cfbench describe {owner}"
            raise unknown_name(f"option of {kind} {owner}", name, options, list_command=listing)
    return {name: option.check(name, given[name]) for name, option in options.items() if name in given}


def told_options(options: Mapping[str, Option]) -> dict[str, str]:
    """A line for each, for people."""
    return {
        name: option.help + (f" (default {option.default})" if option.default else "")
        for name, option in options.items()
    }
