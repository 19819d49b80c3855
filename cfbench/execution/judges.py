"""The metrics of a run, each with the detectors that it looks through."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cfbench.detectors import Detector
from cfbench.errors import CfbenchError, EnvironmentLackError, UsageError, in_one_line
from cfbench.execution.remembering import Remembering
from cfbench.metrics import Metric, NamedDetector
from cfbench.models import ModelContext, code_digest
from cfbench.plugins import load_plugin, plugins

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench.datasets import Dataset
    from cfbench.reporter import Reporter

DECLARED = ("name", "version", "tasks", "summary", "numbers", "reference")


class Judges:
    """The chosen metrics of a task, or cfbench's own; a detector is opened once and shared."""

    def __init__(
        self,
        choices: tuple[str, ...],
        detectors: Mapping[str, str],
        dataset: Dataset,
        context: ModelContext,
        reporter: Reporter,
        *,
        batch_size: int,
    ) -> None:
        """Every name is resolved here. ``batch_size`` samples are looked at together."""
        self._choices = {**dataset.detectors, **detectors}
        self._dataset, self._context, self._batch_size = dataset, context, batch_size
        self.detectors: dict[str, NamedDetector] = {}  # by kind
        self.references: list[str] = []  # how each metric would be chosen again
        self.metrics: list[Metric] = []
        if choices:
            for choice in choices:
                self._add(*parse_metric_choice(choice))
        else:
            self._add_own(reporter)

    def identity(self, metric: Metric) -> dict[str, Any]:
        """Everything that evidence depends on beside predictions, as JSON.

        How networks compute is said here, too: predictions made elsewhere were made in another way than they are
        looked at.
        """
        detectors = {kind: _description(named) for kind, named in sorted(metric.detectors.items())}
        identity = {
            "name": metric.name,
            "protocol": metric.protocol,
            "version": metric.version,
            "code": code_digest(type(metric)),
            "detectors": detectors,
        }
        if detectors:
            identity["looked"] = self._arithmetic() | {"batch_size": self._batch_size}
        return identity

    def _add(self, reference: str, protocol: str | None) -> None:
        cls = metric_class(reference)
        if self._dataset.task not in cls.tasks:
            judged = ", ".join(f"'{task}'" for task in cls.tasks)
            raise UsageError(
                f"Metric '{reference}' does not judge '{self._dataset.task}'", f"it judges {judged}"
            )
        if cls.name in {metric.name for metric in self.metrics}:
            raise UsageError(f"Metric '{cls.name}' is given twice", "one protocol a run")
        metric = cls(protocol, {kind: self._detector(kind, reference) for kind in cls.needs})
        self.metrics.append(metric)
        self.references.append(f"{reference}:{metric.protocol}")

    def _add_own(self, reporter: Reporter) -> None:
        """Those of cfbench itself: what other packages add must be named."""
        left_out: dict[str, list[str]] = {}  # by the reason
        for name, plugin in plugins("metrics").items():
            cls = metric_class(name) if plugin.distribution == "cfbench" else None
            if cls is None or self._dataset.task not in cls.judges_unasked():
                continue
            blind = [kind for kind in cls.needs if kind not in self._choices]
            if blind:
                left_out.setdefault(f"{self._dataset.name} has no detector of {blind[0]}", []).append(name)
                continue
            try:
                self._add(name, None)
            except EnvironmentLackError as error:
                left_out.setdefault(str(error).rstrip("."), []).append(name)
        for reason, names in left_out.items():
            reporter.line(f"Left out: {', '.join(names)}. {reason}.")

    def _detector(self, kind: str, metric: str) -> NamedDetector:
        if kind not in self.detectors:
            self.detectors[kind] = self._open(kind, metric)
        return self.detectors[kind]

    def _open(self, kind: str, metric: str) -> NamedDetector:
        if kind not in self._choices:
            raise UsageError(
                f"Metric '{metric}' looks through a detector of {kind}",
                f"{self._dataset.name} names none",
                f"Add --detector {kind}=NAME; see 'cfbench list detectors'",
            )
        name = self._choices[kind]
        cls = load_plugin("detectors", name)
        if not (isinstance(cls, type) and issubclass(cls, Detector)):
            raise UsageError(
                f"'{name}' is not a detector", "it does not derive from cfbench.detectors.Detector"
            )
        if cls.kind != kind:
            raise UsageError(f"Detector '{name}' does not find {kind}", f"it finds {cls.kind}")
        try:
            detector: Any = cls()
            detector.setup(self._context)
        except CfbenchError:
            raise
        except Exception as error:
            raise UsageError(f"Detector '{name}' cannot be made ready", in_one_line(error)) from error
        return self._remembering(NamedDetector(name, detector, detector.weights_digest, code_digest(cls)))

    def _remembering(self, named: NamedDetector) -> NamedDetector:
        """The detector in a form that answers once for a batch; on disk where its weights say what it is."""
        identity = {"detector": _description(named), **self._arithmetic()}
        cache = self._dataset.context.cache if named.weights_digest else None
        return replace(named, detector=Remembering(named.detector, identity, cache))

    def _arithmetic(self) -> dict[str, Any]:
        """What decides how a network's numbers are rounded, beside the libraries and the batch."""
        context = self._context
        return {
            "device": context.device.partition(":")[0],
            "precision": context.precision,
            "threads": context.threads,
        }


def _description(named: NamedDetector) -> list[Any]:
    return [named.name, named.detector.version, named.weights_digest, named.code_digest]


def parse_metric_choice(text: str) -> tuple[str, str | None]:
    """``relsim``, ``relsim:paper``, ``file.py:Class`` or ``file.py:Class:paper`` as (reference, protocol)."""
    first, colon, rest = text.partition(":")
    if not first or (colon and not rest):
        raise UsageError(f"'{text}' is not a metric", "write name, name:protocol or path.py:Class")
    if not colon or first in plugins("metrics"):
        return first, rest or None
    name, _, protocol = rest.partition(":")
    return f"{first}:{name}", protocol or None


def metric_class(reference: str) -> type[Metric]:
    """The class of a metric by name, ``file.py:Class`` or ``module:Class``, held to be declared whole."""
    cls = load_plugin("metrics", reference)
    if not (isinstance(cls, type) and issubclass(cls, Metric)):
        raise UsageError(f"'{reference}' is not a metric", "it does not derive from cfbench.metrics.Metric")
    for attribute in DECLARED:
        if not hasattr(cls, attribute):
            raise UsageError(f"Metric '{reference}' is not declared whole", f"it has no '{attribute}'")
    return cls
