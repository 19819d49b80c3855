"""cfbench in Python: ``run``, ``score`` and ``load`` give the same :class:`Result` that the command line writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfbench.config import resolve_config
from cfbench.errors import UsageError
from cfbench.execution.bench import LiveObjects
from cfbench.execution.runner import FinishedRun, execute
from cfbench.reporter import Reporter, silent
from cfbench.results.reading import read_result

if TYPE_CHECKING:
    from cfbench.results import Result


def run(model: Any, dataset: str, *, reporter: Reporter = silent, **options: Any) -> Result:
    """Score a model: a registered name, ``path.py:Class``, ``module:Class`` or an object with ``predict``.

    ``options`` are the fields of :class:`cfbench.config.RunConfig`, as the flags of ``cfbench run``.
    """
    return start(model=model, dataset=dataset, reporter=reporter, **options).result


def score(predictions: str | Path, dataset: str, *, reporter: Reporter = silent, **options: Any) -> Result:
    """Score a folder of predictions made elsewhere."""
    return start(predictions=Path(predictions), dataset=dataset, reporter=reporter, **options).result


def load(path: str | Path) -> Result:
    """A result from its ``result.json``, or from the run folder that holds it."""
    return read_result(Path(path))


def start(
    *, reporter: Reporter = silent, config_file: Path | None = None, model: Any = None, **options: Any
) -> FinishedRun:
    """Run or score, and say where the files are."""
    live = None
    if model is not None and not isinstance(model, str):
        live = LiveObjects(model=model)
        options["name"] = options.get("name") or type(model).__name__
    else:
        options["model"] = model
    config = resolve_config(options, config_file)
    if live and config.workers > 1:
        raise UsageError("A model object cannot travel to other processes", "", "Use workers=1, or its path")
    if config.predictions is not None and (config.model or live):
        raise UsageError("Give a model or a folder of predictions, not both")
    return execute(config, reporter, live)
