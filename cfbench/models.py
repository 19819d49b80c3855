"""What a model is: anything with ``predict(batch) -> predictions``. Deriving from :class:`Model` is optional.

The runner sets the batch size. Where a model has them, it also calls ``setup`` once and ``fit`` once,
before the first batch.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from cfbench.errors import UsageError
from cfbench.reporter import Reporter, silent
from cfbench.sources import module_digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cfbench.datasets.base import Split
    from cfbench.options import Option
    from cfbench.results.schema import ModelInfo
    from cfbench.tasks.explain import ExplainInputs


@dataclass(frozen=True)
class ModelContext:
    """What a model or detector may know of the run."""

    task: str
    dataset: str  # name@version
    seed: int
    device: str
    threads: int
    options: Mapping[str, str] = field(default_factory=dict)  # of the model: those that were given, checked
    precision: str = "fp32"  # of detectors; a model is always told fp32
    offline: bool = False
    dataset_options: Mapping[str, str] = field(default_factory=dict)
    data_root: Path | None = None  # where data sets are installed; None: where cfbench puts them
    reporter: Reporter = silent
    view_of: str | None = None  # name@version of the data set whose samples these are, asked for another task


@runtime_checkable
class SaysLikelihoods(Protocol):
    """A model of the task ``explain`` that can say how likely it held the true instruction; optional."""

    def likelihoods(
        self, batch: Sequence[ExplainInputs], texts: Sequence[tuple[str, ...]]
    ) -> Sequence[Sequence[float]]:
        """For each text, minus the natural logarithm of the probability of each of its tokens, and of its end.

        ``texts[i]`` holds the tokens of the true instruction of ``batch[i]``. The runner asks when ``predict`` has
        answered for these samples and its answers are final, so that nothing leaks into them. For the same reason
        a model must not learn from what it is asked: one that does is given the targets (``needs_target``). A batch
        here may be a part of one that ``predict`` got, down to a single sample, and that may change no number.
        """


@runtime_checkable
class SaysAlignment(Protocol):
    """A model of texts or images with labels that can say where its gradient points; optional."""

    def alignments(
        self, edited: Sequence[Any], originals: Sequence[Any], classes: Sequence[int]
    ) -> Sequence[float | None]:
        """For each edited sample the cosine between a gradient and the way back to its original.

        The gradient is that of the score of ``classes[i]``, the class that ``originals[i]`` has and ``edited[i]``
        lost, with respect to the model's own representation of ``edited[i]``; the way back is the difference of
        the two representations. None where either is zero. The runner asks when ``predict`` has answered for these
        samples and its answers are final; a batch here may be a part of one that ``predict`` got.
        """


class Model:
    """A model with every default. ``tasks`` empty means any.

    A model of the task ``explain`` may also be a :class:`SaysLikelihoods`, one of texts or images with labels a
    :class:`SaysAlignment`.
    """

    tasks: ClassVar[tuple[str, ...]] = ()
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = ""
    options: ClassVar[Mapping[str, Option]] = {}
    needs_target: ClassVar[bool] = False
    fits_while_you_wait: ClassVar[bool] = False
    dtype: ClassVar[str] = "float32"
    weights_digest: str | None = None

    def setup(self, context: ModelContext) -> None:
        """Called once, first."""

    def fit(self, train: Split[Any, Any], validation: Split[Any, Any], preset: str, seed: int) -> None:
        """Learn from the training split. ``run`` calls it where ``fits_while_you_wait`` is set."""

    def predict(self, batch: Sequence[Any]) -> Sequence[Any]:
        """One prediction for each of the task's inputs, in order.

        A model that ``needs_target`` gets pairs (inputs, target).
        """
        raise NotImplementedError


def model_name(reference: str, cls: Any) -> str:
    """A registered name as it is; the class name of a model given by path."""
    return cls.__name__ if ":" in reference else reference


def describe_model(name: str, model: Any) -> ModelInfo:
    """What identifies a model in a result, whether or not it derives from :class:`Model`."""
    from pydantic import ValidationError

    from cfbench.results.schema import ModelInfo

    try:
        return ModelInfo(
            name=name,
            version=str(getattr(model, "version", "1")),
            code_digest=code_digest(type(model)),
            weights_digest=getattr(model, "weights_digest", None),
            needs_target=bool(getattr(model, "needs_target", False)),
        )
    except ValidationError as error:
        first = error.errors()[0]
        what = f"Model '{name[:80]}' declares a {first['loc'][0]} that no result can hold"
        raise UsageError(what, f"{first['msg']}: {str(first['input'])[:80]!r}") from None


def code_digest(cls: type) -> str | None:
    """SHA-256 over the code that a class comes from; None where it has no file (a notebook)."""
    return module_digest(sys.modules.get(cls.__module__))


def declared_tasks(cls: Any) -> tuple[str, ...]:
    """The kinds of work that a model says it does; none is any."""
    declared = getattr(cls, "tasks", None) or ()
    return (declared,) if isinstance(declared, str) else tuple(declared)


def check_model(reference: str, cls: Any, task: str) -> None:
    """Refuse, in one line, what is no model or a model of another kind of work."""
    if not callable(getattr(cls, "predict", None)):
        raise UsageError(f"'{reference}' is not a model", "it has no method predict(batch)")
    if not isinstance(cls, type):
        raise UsageError(
            f"'{reference}' is not a class", "", "Name the class, or hand its object to cfbench.run"
        )
    tasks = declared_tasks(cls)
    if tasks and task not in tasks:
        raise UsageError(
            f"Model '{reference}' does not do '{task}'",
            f"it does {', '.join(tasks)}",
            "See 'cfbench list models' and 'cfbench list datasets'",
        )
