"""What a gate asks for: a TOML file. Unknown keys are errors, so that a misspelt tolerance never passes for one."""

from __future__ import annotations

import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cfbench.errors import UsageError
from cfbench.files import read_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench.results.schema import Score

MAX_POLICY_BYTES = 1_000_000
Mode = Literal["worse-with-confidence", "worse-at-all"]
Tolerance = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Rule(_Strict):
    """How some numbers are judged, where that differs from the rest. The first rule that matches decides."""

    match: str = Field(min_length=1)
    """Pattern of addresses: metric, metric/name or metric/name/slice, each with * and ? as in file names."""
    absolute: Tolerance | None = None
    """How much worse a number may be, in its own unit."""
    relative: Tolerance | None = None
    """How much worse, as a share of the baseline's value. Of two tolerances the larger one holds."""
    mode: Mode | None = None
    """When worse is too much."""


class Allow(_Strict):
    """What the new result may stand on."""

    dataset: list[str] | None = None
    """Data sets, as name or name@version."""
    metric: dict[str, list[int]] = Field(default_factory=dict)
    """Versions, by metric; a metric that is not named here may have any."""


class Policy(_Strict):
    """What must hold for a gate to open."""

    schema_version: Literal[1] = 1
    """Version of this file's form."""
    mode: Mode = "worse-with-confidence"
    """Fail where the interval of the difference lies wholly beyond the tolerance, or where the value does at all."""
    absolute: Tolerance = 0.0
    """Tolerance of numbers that no rule says otherwise of."""
    relative: Tolerance = 0.0
    """The same as a share of the baseline's value."""
    confidence: float = Field(default=0.95, ge=0.5, lt=1)
    """Of the two-sided intervals."""
    resamples: int = Field(default=1000, ge=0, le=1_000_000)
    """Of the paired bootstrap."""
    slices: list[str] = ["all"]
    """Patterns of slices whose numbers are judged without a rule that names them."""
    details: bool = False
    """Whether parts and diagnostics of other numbers are judged without a rule that names them."""
    ignore: list[str] = Field(default_factory=list)
    """Patterns of addresses that are left out of everything."""
    require: list[str] = Field(default_factory=list)
    """Patterns of addresses; the new result must have a value at one address or more of each."""
    allow: Allow = Allow()
    """What the new result may stand on."""
    rule: list[Rule] = Field(default_factory=list)
    """Exceptions, first match first."""

    def ignores(self, address: str) -> bool:
        """Whether an address is left out of everything."""
        return any(matches(pattern, address) for pattern in self.ignore)

    def judges(self, score: Score) -> bool:
        """Whether a number is held against the baseline, and not only asked to be there."""
        if self.ignores(score.address):
            return False
        if any(matches(rule.match, score.address) for rule in self.rule):
            return True
        sliced = any(fnmatchcase(score.slice, pattern) for pattern in self.slices)
        return sliced and (self.details or not score.detail)

    def rule_for(self, address: str) -> Rule:
        """The rule that decides an address, with nothing left open."""
        rule = next((rule for rule in self.rule if matches(rule.match, address)), Rule(match="*"))
        given = rule.absolute is not None or rule.relative is not None
        return Rule(
            match=rule.match,
            absolute=(rule.absolute or 0.0) if given else self.absolute,
            relative=(rule.relative or 0.0) if given else self.relative,
            mode=rule.mode or self.mode,
        )


def matches(pattern: str, address: str) -> bool:
    """Whether a pattern of one to three parts holds for ``metric/name/slice``; parts left out stand for any."""
    wanted = [*pattern.split("/", 2), "*", "*"][:3]
    return all(fnmatchcase(part, want) for part, want in zip(address.split("/", 2), wanted, strict=True))


def read_policy(given: Policy | Mapping[str, Any] | str | Path | None) -> Policy:
    """A policy, from its file where a path is given; the default one where nothing is."""
    if isinstance(given, Policy):
        return given
    source, values = "the policy", given or {}
    if isinstance(given, (str, Path)):
        source, values = str(given), _from_file(Path(given))
    try:
        return Policy.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        known = ", ".join(Policy.model_fields)
        raise UsageError(
            f"{source} is no policy of a gate",
            f"{where}: {first['msg']}",
            f"Keys are {known}; see docs/gate.md",
        ) from None


def _from_file(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        raise UsageError(f"There is no policy at {path}", "", "Leave --policy out for the default one")
    try:
        return tomllib.loads(read_bytes(path, max_bytes=MAX_POLICY_BYTES).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML", str(error)) from None
