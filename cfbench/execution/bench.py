"""Everything a shard needs, opened once a process: the split, the task, the model and the metrics."""

from __future__ import annotations

import inspect
import os
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cfbench._version import __version__
from cfbench.datasets import Dataset, Split, open_dataset
from cfbench.detectors import checked
from cfbench.errors import UsageError
from cfbench.execution.folder_model import FolderModel, read_origin
from cfbench.execution.judges import Judges
from cfbench.models import ModelContext, check_model, code_digest, describe_model, model_name
from cfbench.plugins import load_plugin
from cfbench.results import DatasetInfo, DetectorInfo, ModelInfo, Protocol
from cfbench.tasks import Task, get_task

if TYPE_CHECKING:
    from cfbench.config import RunConfig
    from cfbench.metrics import Metric
    from cfbench.reporter import Reporter


@dataclass(frozen=True)
class LiveObjects:
    """Objects that Python code hands in instead of names. They cannot travel to other processes."""

    model: Any = None


class Workbench:
    """A resolved run. Opening one reads the data set; the model is made at its first use."""

    def __init__(self, config: RunConfig, reporter: Reporter, live: LiveObjects | None = None) -> None:
        """Every name is resolved here, so that a wrong one is told before any work."""
        self.config = config
        self.reporter = reporter
        self._live = live or LiveObjects()
        limit_threads(config.threads)
        self.dataset: Dataset = open_dataset(
            config.dataset,
            root=config.data_root,
            options=config.dataset_option,
            reporter=reporter,
            official=config.official,
            offline=config.offline,
        )
        self.task: Task[Any, Any, Any] = get_task(self.dataset.task)
        self._model_class = self._find_model_class()
        dataset = f"{self.dataset.name}@{self.dataset.version}"
        self._context = ModelContext(self.task.name, dataset, config.seed, config.device, config.threads)
        self._judges = Judges(config.metric, config.detector, self.dataset, self._context, reporter)
        self.metrics = self._judges.metrics
        if config.teacher_forced and self.task.name != "edit":
            raise UsageError("--teacher-forced is for the task 'edit'", f"this is '{self.task.name}'")
        self.split_name = config.split or self.dataset.default_split
        self.split: Split[Any, Any] = self.dataset.split(self.split_name, config.limit)
        if not len(self.split):
            raise UsageError(f"The split '{self.split_name}' of {self.dataset.name} has no samples")
        self._instance = self._make_instance()

    @cached_property
    def model(self) -> Any:
        """The model, ready to predict: set up, and fitted where it fits while you wait."""
        model = self._instance
        if getattr(model, "fits_while_you_wait", False):
            self.reporter.line(f"Fitting {self.model_name} on {self.dataset.name}.")
            train = self.dataset.split(self.dataset.training_split)
            validation = self.dataset.split(self.dataset.validation_split)
            model.fit(train, validation, "cpu", self.config.seed)
        return model

    def _make_instance(self) -> Any:
        if self.config.predictions is not None:
            return FolderModel(self.config.predictions, self.task, list(self.split.ids))
        model = self._live.model if self._live.model is not None else self._make_model()
        if hasattr(model, "setup"):
            model.setup(self._context)
        return model

    @property
    def model_name(self) -> str:
        """The name that the result bears."""
        if self.config.name:
            return self.config.name
        if self.config.predictions is not None:
            origin = read_origin(self.config.predictions)
            return origin.name if origin else self.config.predictions.resolve().name
        return model_name(self.config.model or ":", self._model_class)

    @cached_property
    def model_info(self) -> ModelInfo:
        """What the result says of the model."""
        if self.config.predictions is None:
            return describe_model(self.model_name, self._instance)
        origin = read_origin(self.config.predictions)
        if origin is None:
            return ModelInfo(
                name=self.model_name, version="1", code_digest=None, weights_digest=None, needs_target=False
            )
        return origin.model_copy(update={"name": self.model_name})

    @cached_property
    def dataset_info(self) -> DatasetInfo:
        """What the result says of the samples."""
        return DatasetInfo(
            name=self.dataset.name,
            version=self.dataset.version,
            split=self.split_name,
            options=self.dataset.chosen,
            twin_of=self.dataset.twin_of,
            fingerprint=self.split.fingerprint(),
            subset=self.config.limit,
            samples=len(self.split),
        )

    @property
    def protocol(self) -> Protocol:
        """What the result says of how predictions were made."""
        return Protocol(
            seed=self.config.seed,
            batch_size=self.config.batch_size,
            teacher_forced=self.config.teacher_forced,
            device=self.config.device,
            threads=self.config.threads,
            dtype=str(getattr(self._model_class, "dtype", "float32")),
            resamples=self.config.resamples,
        )

    def origin(self) -> dict[str, Any]:
        """Everything that predictions depend on, as JSON."""
        folder = self.config.predictions
        return {
            "cfbench": __version__,
            "task": self.task.name,
            "model": self.model_info.model_dump(),
            "predictions": FolderModel.digest(folder) if folder else None,
            "dataset": self.dataset_info.model_dump(),
            "protocol": self.protocol.model_dump(),
        }

    def metric_identity(self, metric: Metric) -> dict[str, Any]:
        """Everything that evidence depends on beside predictions."""
        return {
            "name": metric.name,
            "protocol": metric.protocol,
            "version": metric.version,
            "code": code_digest(type(metric)),
            "detectors": {kind: named.label for kind, named in metric.detectors.items()},
        }

    @cached_property
    def detector_infos(self) -> list[DetectorInfo]:
        """The detectors, after each has looked at true images; an error where one is not fit for use."""
        found = self._judges.detectors
        scores = checked({named.name: named.detector for named in found.values()}, self.split)
        return [
            DetectorInfo(
                kind=kind,
                name=named.name,
                version=str(named.detector.version),
                digest=named.digest,
                floor=named.detector.floor,
                self_check=scores[named.name],
            )
            for kind, named in sorted(found.items())
        ]

    def _find_model_class(self) -> Any:
        if self._live.model is not None:
            cls = type(self._live.model)
        elif self.config.predictions is not None:
            return FolderModel
        elif self.config.model is None:
            raise UsageError("No model is given", "", "Add --model NAME; see 'cfbench list models'")
        else:
            cls = load_plugin("models", self.config.model)
        check_model(self.config.model or cls.__name__, cls, self.task.name)
        return cls

    def _make_model(self) -> Any:
        cls = self._model_class
        required = [
            name
            for name, parameter in inspect.signature(cls).parameters.items()
            if parameter.default is parameter.empty and parameter.kind not in {2, 4}
        ]
        if required:
            raise UsageError(
                f"'{self.config.model}' cannot be made", f"its constructor asks for {', '.join(required)}"
            )
        try:
            return cls()
        except Exception as error:  # a stranger's constructor may raise anything
            why = f"{type(error).__name__}: {error}"
            raise UsageError(f"'{self.config.model}' cannot be made", why) from error


def limit_threads(threads: int) -> None:
    """Hold the numerical libraries of this process and its children to a number of threads."""
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(threads)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(threads)
