"""Everything a shard needs, opened once a process: the split, the task, the model and the metrics."""

from __future__ import annotations

import inspect
import secrets
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfbench._version import __version__
from cfbench.datasets import Dataset, Split, dataset_class, open_dataset, view_for
from cfbench.detectors import CHECKED_SAMPLES, checked
from cfbench.errors import CfbenchError, EnvironmentLackError, UsageError, in_one_line
from cfbench.execution.folder_model import FolderModel, predictions_digest, read_plan
from cfbench.execution.judges import Judges
from cfbench.models import ModelContext, check_model, declared_tasks, describe_model, model_name
from cfbench.options import Option, checked_options
from cfbench.plugins import load_plugin
from cfbench.results import DatasetInfo, DetectorInfo, ModelInfo, Protocol
from cfbench.tasks import Task, get_task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cfbench.config import RunConfig
    from cfbench.reporter import Reporter

PRESET = "cpu"


@dataclass(frozen=True)
class LiveObjects:
    """Objects that Python code hands in instead of names. They cannot travel to other processes."""

    model: Any = None


class Workbench:
    """A resolved run. Opening one reads the data set; the model is fitted at its first use."""

    def __init__(self, config: RunConfig, reporter: Reporter, live: LiveObjects | None = None) -> None:
        """Every name is resolved here, so that a wrong one is told before any work."""
        self.config = config
        self.reporter = reporter
        self._live = live or LiveObjects()
        self._made_by = read_plan(config.predictions) if config.predictions else None
        model_class = self._find_model_class()
        self.dataset_asked = self._dataset_for(model_class)
        self.dataset: Dataset = open_dataset(
            self.dataset_asked,
            root=config.data_root,
            options=config.dataset_option,
            reporter=reporter,
            official=config.official,
            offline=config.offline,
        )
        self.task: Task[Any, Any, Any] = get_task(self.dataset.task)
        if config.teacher_forced and self.task.name != "edit":
            raise UsageError("--teacher-forced is for the task 'edit'", f"this is '{self.task.name}'")
        if not config.predictions:
            check_model(config.model or model_class.__name__, model_class, self.task.name)
        context = ModelContext(
            task=self.task.name,
            dataset=f"{self.dataset.name}@{self.dataset.version}",
            seed=config.seed,
            device=config.device,
            threads=config.threads,
            options=self._options_of(model_class),
            precision=config.precision,
            offline=config.offline,
            dataset_options=self.dataset.chosen,
            data_root=config.data_root,
            reporter=reporter,
            view_of=self.dataset.view_of,
        )
        self.judges = Judges(
            config.metric, config.detector, self.dataset, context, reporter, batch_size=config.batch_size
        )
        self.metrics = self.judges.metrics
        self.split_name = config.split or self.dataset.default_split
        self.split: Split[Any, Any] = self.dataset.split(self.split_name, config.limit)
        if not len(self.split):
            raise UsageError(f"The split '{self.split_name}' of {self.dataset.name} has no samples")
        self.model_name = self._name(model_class) + _bracketed(context.options)
        self._instance = self._make_instance(model_class, context)

    @cached_property
    def model(self) -> Any:
        """The model, ready to predict: set up, and fitted where it fits while you wait."""
        if self._fits:
            self.reporter.line(f"Fitting {self.model_name} on {self._learned_from.name}.")
            train, validation = self._training
            self._ready(lambda: self._instance.fit(train, validation, PRESET, self.config.seed))
        return self._instance

    @cached_property
    def model_info(self) -> ModelInfo:
        """What the result says of the model."""
        if self.config.predictions is None:
            return describe_model(self.model_name, self._instance)  # refuses what no result can hold
        if self._made_by is not None:
            made_by = ModelInfo.model_validate(self._made_by.identity["origin"]["model"])
            return made_by.model_copy(update={"name": self.model_name})
        return ModelInfo(
            name=self.model_name, version="1", code_digest=None, weights_digest=None, needs_target=False
        )

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
            subset=self._subset,
            samples=len(self.split),
        )

    @cached_property
    def protocol(self) -> Protocol:
        """How predictions were made: by this run, or by the run that a folder of predictions is from."""
        if self._made_by is not None:
            return Protocol.model_validate(self._made_by.identity["origin"]["protocol"])
        return Protocol(
            seed=self.config.seed,
            batch_size=self.config.batch_size,
            teacher_forced=self.config.teacher_forced,
            device=self.config.device.partition(":")[0],
            threads=self.config.threads,
            dtype=str(getattr(self._instance, "dtype", None) or "float32"),
        )

    @cached_property
    def identity(self) -> dict[str, Any]:
        """The canonical resolved configuration. Predictions depend on its ``origin`` and nothing else."""
        origin = {
            "cfbench": __version__,
            "task": self.task.name,
            "model": self.model_info.model_dump(),
            "live": self._live_identity(),
            "predictions": predictions_digest(self.config.predictions) if self.config.predictions else None,
            "dataset": self.dataset_info.model_dump(),
            "rendering": self.split.rendering,
            **({"grouped_by": self.split.grouped_by} if self.split.grouped_by else {}),
            "protocol": self.protocol.model_dump(),
            "fitted": self._fitted_on(),
        }
        metrics = [self.judges.identity(metric) for metric in self.metrics]
        return {"origin": origin, "metrics": metrics, "resamples": self.config.resamples}

    def let_go(self) -> None:
        """Give back the memory of the model and of what it learned from, when nothing more is predicted."""
        for name in ("model", "_training", "_learned_from"):
            self.__dict__.pop(name, None)
        self._instance = None

    def check_detectors(self) -> list[DetectorInfo]:
        """Let each detector look at true images; an error where one is not fit for use."""
        found = self.judges.detectors
        if not found:
            return []
        small = self.dataset.split(self.dataset.validation_split, CHECKED_SAMPLES)
        scores = checked({named.name: named.detector for named in found.values()}, small)
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

    @property
    def _subset(self) -> int | None:
        """The limit, unless the whole split is smaller."""
        limit = self.config.limit
        return limit if limit is not None and limit <= len(self.split) else None

    @property
    def _fits(self) -> bool:
        return bool(getattr(self._instance, "fits_while_you_wait", False))

    @cached_property
    def _learned_from(self) -> Dataset:
        """Of what the model learns: the data set itself, unless that names another one of the same root."""
        if self.dataset.learned_from is None:
            return self.dataset
        return open_dataset(
            self.dataset.learned_from,
            root=self.config.data_root,
            options={},
            reporter=self.reporter,
            official=self.dataset.twin_of is None,
            offline=self.config.offline,
        )

    @cached_property
    def _training(self) -> tuple[Split[Any, Any], Split[Any, Any]]:
        dataset = self._learned_from
        return dataset.split(dataset.training_split), dataset.split(dataset.validation_split)

    def _fitted_on(self) -> dict[str, Any] | None:
        if not self._fits:
            return None
        train, validation = self._training
        return {
            "train": train.fingerprint(),
            "validation": validation.fingerprint(),
            "rendering": train.rendering,
            "preset": PRESET,
        }

    def _live_identity(self) -> str | None:
        """What tells two objects of one class apart. One without ``identity`` and weights is never taken for another."""
        if self._live.model is None:
            return None
        identity = getattr(self._live.model, "identity", None)
        if not identity and self.model_info.weights_digest:
            return None
        return str(identity or secrets.token_hex(16))

    def _name(self, model_class: Any) -> str:
        if self.config.name:
            return self.config.name
        if self.config.predictions is None:
            return model_name(self.config.model or ":", model_class)
        if self._made_by is not None:
            return str(self._made_by.identity["origin"]["model"]["name"])
        return self.config.predictions.resolve().name

    def _options_of(self, model_class: Any) -> dict[str, str]:
        given = self.config.model_option
        if self.config.predictions and given:
            raise UsageError("--model-option is for models that run", "these are predictions that were made")
        known: Mapping[str, Option] = getattr(model_class, "options", None) or {}
        asked = self.config.model or model_class.__name__
        if given and not known:
            raise UsageError(f"Model '{asked}' has no options", f"{', '.join(given)} was given")
        return checked_options(known, given, "model", asked)

    def _find_model_class(self) -> Any:
        if self._live.model is not None:
            return type(self._live.model)
        if self.config.predictions is not None:
            return FolderModel
        if self.config.model is None:
            raise UsageError("No model is given", "", "Add --model NAME; see 'cfbench list models'")
        return load_plugin("models", self.config.model)

    def _dataset_for(self, model_class: Any) -> str:
        """The data set that was asked for, or its view that fits the model, which is said aloud."""
        tasks = declared_tasks(model_class)
        if self._made_by is not None:
            tasks = (str(self._made_by.identity["origin"].get("task", "")),)
        asked = self.config.dataset
        view = view_for(asked, tasks)
        if view != asked:
            task = dataset_class(view).task
            self.reporter.line(f"{asked} is run as {view}: the same samples, for the task '{task}'.")
        return view

    def _make_instance(self, cls: Any, context: ModelContext) -> Any:
        if self.config.predictions is not None:
            return FolderModel(self.config.predictions, self.task, list(self.split.ids))
        model = self._live.model if self._live.model is not None else self._construct(cls)
        if hasattr(model, "setup"):
            told = replace(context, precision="fp32")  # --precision is for what metrics look through
            self._ready(lambda: model.setup(told))
        return model

    def _construct(self, cls: Any) -> Any:
        anything = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
        required = [
            name
            for name, parameter in inspect.signature(cls).parameters.items()
            if parameter.default is parameter.empty and parameter.kind not in anything
        ]
        if required:
            raise UsageError(
                f"'{self.config.model}' cannot be made", f"its constructor asks for {', '.join(required)}"
            )
        return self._ready(cls)

    def _ready(self, step: Callable[[], Any]) -> Any:
        """A step before the first batch; whatever a stranger's model raises in it is one line."""
        try:
            return step()
        except CfbenchError:
            raise
        except (Exception, SystemExit) as error:
            what = f"Model '{self.model_name}' cannot be made ready"
            if isinstance(error, ModuleNotFoundError):
                raise EnvironmentLackError(
                    what, f"it needs the package {error.name}", "Install it"
                ) from error
            raise UsageError(what, in_one_line(error)) from error


def _bracketed(options: Mapping[str, str]) -> str:
    """What a model with options is called behind its name, so that no table takes it for the model without."""
    said = ",".join(f"{name}={_told(value)}" for name, value in sorted(options.items()))
    return f"[{said}]" if said else ""


def _told(value: str) -> str:
    """Of a folder its name alone: where it lies is nobody else's business."""
    folder = Path(value).expanduser()
    return folder.resolve().name if value and folder.is_dir() else value
