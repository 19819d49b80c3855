"""The metrics of a run, each with the detectors that it looks through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cfbench.detectors import Detector
from cfbench.errors import UsageError
from cfbench.metrics import Metric, NamedDetector, parse_metric_choice
from cfbench.models import ModelContext, code_digest
from cfbench.plugins import load_plugin, plugins

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench.datasets import Dataset
    from cfbench.reporter import Reporter


class Judges:
    """The chosen metrics of a task, or cfbench's own; a detector is opened once and shared."""

    def __init__(
        self,
        choices: tuple[str, ...],
        detectors: Mapping[str, str],
        dataset: Dataset,
        context: ModelContext,
        reporter: Reporter,
    ) -> None:
        """Every name is resolved here."""
        self._choices = {**dataset.detectors, **detectors}
        self._dataset, self._context = dataset, context
        self.detectors: dict[str, NamedDetector] = {}  # by kind
        self.metrics = self._named(choices) if choices else self._own(reporter)

    def _named(self, choices: tuple[str, ...]) -> list[Metric]:
        metrics: dict[str, Metric] = {}
        for choice in choices:
            name, protocol = parse_metric_choice(choice)
            cls = _metric_class(name)
            if cls.task != self._dataset.task:
                raise UsageError(
                    f"Metric '{name}' does not judge '{self._dataset.task}'", f"it judges '{cls.task}'"
                )
            if name in metrics:
                raise UsageError(f"Metric '{name}' is given twice", "one protocol a run")
            metrics[name] = cls(protocol, {kind: self._detector(kind, name) for kind in cls.needs})
        return list(metrics.values())

    def _own(self, reporter: Reporter) -> list[Metric]:
        """Those of cfbench itself: what other packages add must be named."""
        metrics = []
        for name, plugin in plugins("metrics").items():
            cls = _metric_class(name) if plugin.distribution == "cfbench" else None
            if cls is None or cls.task != self._dataset.task or cls.only_when_named:
                continue
            blind = [kind for kind in cls.needs if kind not in self._choices]
            if blind:
                reporter.line(f"Left out: {name}, for {self._dataset.name} has no detector of {blind[0]}.")
                continue
            metrics.append(cls(None, {kind: self._detector(kind, name) for kind in cls.needs}))
        return metrics

    def _detector(self, kind: str, metric: str) -> NamedDetector:
        if kind in self.detectors:
            return self.detectors[kind]
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
        detector: Any = cls()
        detector.setup(self._context)
        named = NamedDetector(name, detector, detector.weights_digest or code_digest(cls))
        self.detectors[kind] = named
        return named


def _metric_class(name: str) -> type[Metric]:
    cls = load_plugin("metrics", name)
    if not (isinstance(cls, type) and issubclass(cls, Metric)):
        raise UsageError(f"'{name}' is not a metric", "it does not derive from cfbench.metrics.Metric")
    return cls
