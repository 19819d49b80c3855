"""What a comparison says, number by number."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Reading = Literal["better", "worse", "equal", "open", "untested", "not comparable"]
Test = Literal["mcnemar", "permutation", "bootstrap"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class SampleChange(_Part):
    """How one sample moved."""

    sample: str
    """The sample's id."""
    first: float
    """Its value in the first result, the mean over its rows."""
    second: float
    """Its value in the second."""

    @property
    def change(self) -> float:
        """Second minus first."""
        return self.second - self.first


class Difference(_Part):
    """One number in both results. Differences are second minus first."""

    metric: str
    """The metric."""
    name: str
    """The number's name within the metric."""
    slice: str
    """The slice of the samples."""
    higher_is_better: bool
    """The direction."""
    detail: bool
    """Whether it is a part or a diagnostic of the metric's other numbers."""
    first: float | None
    """The value in the first result."""
    second: float | None
    """The value in the second."""
    n_first: int | None
    """Samples behind the first value; null where the first result does not have the number."""
    n_second: int | None
    """Samples behind the second."""
    signature_first: str | None
    """Signature of the first value."""
    signature_second: str | None
    """Signature of the second."""
    not_comparable: str | None = None
    """Why there is no difference; null where there is one."""
    difference: float | None = None
    """Second minus first; null where the two must not be compared."""
    ci_low: float | None = None
    """Lower end of the interval of the difference."""
    ci_high: float | None = None
    """Upper end."""
    paired: bool = False
    """Whether the interval and the tests compare the two sample by sample."""
    unpaired_because: str | None = None
    """Why they do not; the interval is then put together from those of the two results, and there is no test."""
    units: int | None = None
    """Samples, or groups of them that belong together, that the paired tests draw."""
    p_bootstrap: float | None = None
    """Two-sided, by inversion of the paired bootstrap."""
    p_permutation: float | None = None
    """Two-sided, from swapping units between the two."""
    p_mcnemar: float | None = None
    """McNemar's, for a number that is the share of samples that are right."""
    test: Test | None = None
    """Which of them ``p_value`` is: McNemar's where there is one, else the permutation test, else the bootstrap."""
    p_value: float | None = None
    """The p-value that the comparison goes by."""
    p_adjusted: float | None = None
    """The same after Holm's adjustment over all tested numbers of the comparison."""
    reading: Reading = "untested"
    """Better or worse: told apart. Equal: no difference. Open: not told apart. Untested: nothing to judge it by."""
    samples_changed: int | None = None
    """How many samples moved; null without evidence of both."""
    changed: list[SampleChange] = Field(default_factory=list)
    """The samples that moved most, largest first."""

    @property
    def address(self) -> str:
        """``metric/name/slice``."""
        return f"{self.metric}/{self.name}/{self.slice}"

    @property
    def gain(self) -> float | None:
        """The difference, turned so that more is better."""
        if self.difference is None:
            return None
        return self.difference if self.higher_is_better else -self.difference

    @property
    def gain_interval(self) -> tuple[float, float] | None:
        """Its interval, turned in the same way."""
        if self.ci_low is None or self.ci_high is None:
            return None
        return (self.ci_low, self.ci_high) if self.higher_is_better else (-self.ci_high, -self.ci_low)


class SideInfo(_Part):
    """One of the two results."""

    model: str
    """Name of the model."""
    run_id: str
    """Its run."""
    complete: bool
    """Whether every sample has a prediction."""
    evidence: bool
    """Whether its evidence lies beside it."""


class Comparison(_Part):
    """Two results of the same samples, compared."""

    schema_version: Literal[1] = 1
    """Version of this schema."""
    cfbench_version: str
    """Version of cfbench that compared them."""
    first: SideInfo
    """What is compared with."""
    second: SideInfo
    """What is judged."""
    dataset: str
    """Data set and version of the second."""
    split: str
    """The split."""
    samples: int
    """How many samples were asked for."""
    obstacles: list[str]
    """Why nothing of the two may be compared; empty where something may."""
    remarks: list[str]
    """What a reader must mind beside the numbers."""
    level: float
    """Confidence of the intervals."""
    resamples: int
    """Bootstrap resamples behind each paired interval."""
    permutations: int
    """Swaps behind each permutation test; 0 where it was left out."""
    differences: list[Difference]
    """Every number that was asked for."""

    def difference(self, address: str) -> Difference:
        """The number at ``metric/name/slice``; KeyError where there is none."""
        for one in self.differences:
            if one.address == address:
                return one
        raise KeyError(address)

    @property
    def incomplete(self) -> bool:
        """Whether one of the two lacks samples."""
        return not (self.first.complete and self.second.complete)
