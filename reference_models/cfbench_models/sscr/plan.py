"""What an SSCR training does beside GeNeVA's: every choice by name."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from cfbench.errors import UsageError, unknown_name
from cfbench_models.options import changed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench_models.geneva.recipe import Recipe

Method = Literal["none", "ctc", "sscr", "sscr-d"]
METHODS: Mapping[str, str] = {
    "none": "GeNeVA's training goes on with the same steps and rates: the control",
    "ctc": "the explainer's loss of edited images is added to the generator's (Algorithm 1)",
    "sscr": "as ctc; and counterfactual instructions are edited by, and the explainer judges the images (Algorithm 2)",
    "sscr-d": "as sscr, but the discriminator judges the counterfactual images, as false examples only",
}
NAMES: Mapping[str, str] = {"none": "geneva-continued", "ctc": "sscr-ctc", "sscr": "sscr", "sscr-d": "sscr-d"}
"""What the weights of each method are called."""
_RATES = ("generator_rate", "discriminator_rate", "history_rate", "sentence_rate", "condition_rate")
_PRESETS: Mapping[str, tuple[float, Mapping[str, Any]]] = {
    "smoke": (1.0, {"epochs": 2, "batch": 2, "samples": 4, "checked": 2, "piece": 1}),
    "cpu": (0.5, {"epochs": 1, "samples": 6000, "piece": 100, "checked": 192}),
    "gpu": (0.5, {"epochs": 10}),
    "paper": (1.0, {"epochs": 200}),
}
"""By preset, the rates as multiples of the start's, and what else is not as the start was trained."""


@dataclass(frozen=True)
class Plan:
    """The options of an SSCR training that GeNeVA's has not."""

    method: Method = "sscr"
    consistency: float = 1.0
    """Of the explainer's loss, summed over tokens, as a multiple of the adversarial loss's weight: published 1."""
    consistency_teaches: Literal["generator", "editor"] = "generator"
    """The paper updates the generator by it; in the published code the text path learns from it, too."""
    counterfactual_rate: float = 0.5
    """Of the generator in a counterfactual step, as a multiple of its rate: published 5e-5 beside 1e-4."""
    counterfactual_every: int = 1
    """Steps between counterfactual steps."""
    replaced: float = 1.0
    """The probability that a typed token is replaced."""
    plausible: bool = True
    """Whether counterfactual instructions could be followed; published: any token gives way to any of its type."""
    distinct: bool = True
    """Whether a replaced token always means something else."""

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        if self.method not in METHODS:
            raise unknown_name("method", self.method, METHODS, list_command="cfbench describe sscr")
        if self.consistency_teaches not in ("generator", "editor"):
            raise UsageError(
                f"Consistency cannot teach '{self.consistency_teaches}'", "it teaches generator or editor"
            )
        if self.consistency < 0 or self.counterfactual_rate <= 0 or self.counterfactual_every < 1:
            raise UsageError("This plan teaches nothing", "a weight, a rate or an interval is not positive")
        if not all(isinstance(each, bool) for each in (self.plausible, self.distinct)):
            raise UsageError("'plausible' and 'distinct' are true or false", "another value was given")

    @property
    def explained(self) -> bool:
        """Whether the explainer judges true instructions."""
        return self.method != "none"

    @property
    def counterfactual(self) -> bool:
        """Whether there are counterfactual steps."""
        return self.method in ("sscr", "sscr-d")

    def to_json(self) -> dict[str, Any]:
        """The options that matter to the method."""
        told = asdict(self)
        del told["method"]
        if not self.counterfactual:
            for name in ("counterfactual_rate", "counterfactual_every", "replaced", "plausible", "distinct"):
                del told[name]
        if not self.explained:
            del told["consistency"], told["consistency_teaches"]
        return told


_PLAN = {field.name for field in fields(Plan)}


def plan_of(method: str, options: Mapping[str, Any]) -> tuple[Plan, dict[str, Any]]:
    """A method's plan with options changed by name, and the options that are not the plan's."""
    given = {name: value for name, value in options.items() if name in _PLAN}
    try:
        plan = Plan(**{**given, "method": method})
    except TypeError as error:
        raise UsageError("An option of the plan has a value of the wrong kind", str(error)) from error
    return plan, {name: value for name, value in options.items() if name not in _PLAN}


def recipe_after(earlier: Recipe, preset: str, options: Mapping[str, Any]) -> Recipe:
    """The recipe by which a training goes on that ended with the recipe ``earlier``, with options changed by name."""
    if preset not in _PRESETS:
        raise unknown_name("preset", preset, _PRESETS, list_command="cfbench train --help")
    slower, changes = _PRESETS[preset]
    rates = {name: getattr(earlier, name) * slower for name in _RATES}
    return changed(earlier, {"samples": None, "patience": None, "vectors": "", **rates, **changes, **options})
