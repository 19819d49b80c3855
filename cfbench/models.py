"""What a model is: anything with ``predict(batch) -> predictions``. Deriving from :class:`Model` is optional.

The runner sets the batch size. Where a model has them, it also calls ``setup`` once and ``fit`` once,
before the first batch.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from cfbench.errors import UsageError
from cfbench.files import sha256_hex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.datasets.base import Split
    from cfbench.results.schema import ModelInfo


@dataclass(frozen=True)
class ModelContext:
    """What a model may know of the run."""

    task: str
    dataset: str  # name@version
    seed: int
    device: str
    threads: int


class Model:
    """A model with every default. ``tasks`` empty means any."""

    tasks: ClassVar[tuple[str, ...]] = ()
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = ""
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
    from cfbench.results.schema import ModelInfo

    return ModelInfo(
        name=name,
        version=str(getattr(model, "version", "1")),
        code_digest=code_digest(type(model)),
        weights_digest=getattr(model, "weights_digest", None),
        needs_target=bool(getattr(model, "needs_target", False)),
    )


def code_digest(cls: type) -> str | None:
    """SHA-256 of the file that defines a class; None where there is no file (a notebook)."""
    try:
        source = inspect.getsourcefile(cls)
    except TypeError:
        return None
    return sha256_hex(Path(source)) if source and Path(source).is_file() else None


def check_model(reference: str, cls: Any, task: str) -> None:
    """Refuse, in one line, what is no model or a model of another kind of work."""
    if not callable(getattr(cls, "predict", None)):
        raise UsageError(f"'{reference}' is not a model", "it has no method predict(batch)")
    tasks = tuple(getattr(cls, "tasks", ()))
    if tasks and task not in tasks:
        raise UsageError(
            f"Model '{reference}' does not do '{task}'",
            f"it does {', '.join(tasks)}",
            "See 'cfbench list models' and 'cfbench list datasets'",
        )
