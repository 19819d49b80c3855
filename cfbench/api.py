"""cfbench in Python: ``run``, ``score`` and ``load`` give the same :class:`Result` that the command line writes.

``compare`` says how two results differ, ``gate`` whether the newer one is worse, and ``describe_scene`` gives the
graph that ``cfbench describe-scene`` draws.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cfbench.config import RunConfig, resolve_config
from cfbench.errors import UsageError
from cfbench.execution.bench import LiveObjects
from cfbench.execution.runner import FinishedRun, execute
from cfbench.reporter import Reporter, silent
from cfbench.results.reading import read_result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Unpack

    from cfbench.comparing import Comparison, Side
    from cfbench.config import RunOptions
    from cfbench.gating import Policy, Verdict
    from cfbench.metrics.functional.relsim import RelsimProtocol
    from cfbench.results import Result
    from cfbench.scenes import Axes, SceneGraph


def run(model: Any, dataset: str, *, reporter: Reporter = silent, **options: Unpack[RunOptions]) -> Result:
    """Score a model: a registered name, ``path.py:Class``, ``module:Class`` or an object with ``predict``.

    ``options`` are the flags of ``cfbench run``. Two objects of one class are told apart by an attribute
    ``identity``; a run of an object that has none is never continued.
    """
    return start_run(model, {"dataset": dataset, **options}, reporter=reporter).result


def score(
    predictions: str | Path, dataset: str, *, reporter: Reporter = silent, **options: Unpack[RunOptions]
) -> Result:
    """Score a folder of predictions made elsewhere."""
    given = {"predictions": Path(predictions), "dataset": dataset, **options}
    return start_score(given, reporter=reporter).result


def load(path: str | Path) -> Result:
    """A result from its ``result.json``, or from the run folder that holds it."""
    return read_result(Path(path))


def compare(
    first: Side | Result | str | Path,
    second: Side | Result | str | Path,
    *,
    metrics: Sequence[str] | None = None,
    slices: str | Sequence[str] = "all",
    resamples: int = 1000,
    permutations: int = 10_000,
) -> Comparison:
    """How the second result differs from the first, number by number, and how sure that is.

    Each is a path (a run folder, or a result file) or a :class:`Result`. Tests are paired by sample where both paths
    lead to evidence; otherwise intervals are unpaired, and each number says so. ``slices`` may be ``"every"``.
    """
    from cfbench.comparing import CompareOptions
    from cfbench.comparing import compare as compare_results

    options = CompareOptions(resamples=resamples, permutations=permutations)
    return compare_results(first, second, metrics=metrics, slices=slices, options=options)


def gate(
    new: Side | Result | str | Path,
    baseline: Side | Result | str | Path,
    *,
    policy: Policy | Mapping[str, Any] | str | Path | None = None,
    on_missing: Literal["fail", "pass"] = "fail",
    offline: bool = False,
) -> Verdict:
    """Whether a new result is worse than a baseline, a path or an https address, under a policy (docs/gate.md).

    ``on_missing`` says what it means that there is no baseline. Read ``opens`` and ``checks`` of what comes back.
    """
    from cfbench.comparing import open_side
    from cfbench.gating import find_baseline, judge, read_policy

    chosen, side = read_policy(policy), open_side(new)
    if isinstance(baseline, (str, Path)):
        found, place = find_baseline(baseline, offline=offline), str(baseline)
    else:
        found = open_side(baseline)
        place = f"the result of {found.result.model.name}"
    return judge(side, found, chosen, place=place, on_missing=on_missing)


def describe_scene(
    dataset: str = "codraw",
    *,
    split: str | None = None,
    index: int | None = None,
    id: str | None = None,  # noqa: A002
    turn: int | None = None,
    axes: Axes | None = None,
    protocol: RelsimProtocol = "geneva",
    out: str | Path | None = None,
    data_root: str | Path | None = None,
    dataset_option: Mapping[str, str] | None = None,
    reporter: Reporter = silent,
) -> SceneGraph:
    """The scene graph of a sample of an editing data set, after its last turn unless ``turn`` says another.

    The sample is the first, or the one at ``index`` or of that ``id``. ``out`` names a PNG file to write: the image,
    its graph, and the relations in words.
    """
    from cfbench.files import write_bytes
    from cfbench.report.scene_picture import scene_picture
    from cfbench.scenes import open_scene

    given = {"dataset": dataset, "split": split, "data_root": data_root, "dataset_option": dataset_option}
    config = resolve_config(given)
    scene = open_scene(
        config.dataset,
        split=config.split,
        index=index,
        id=id,
        turn=turn,
        axes=axes,
        protocol=protocol,
        data_root=config.data_root,
        dataset_option=config.dataset_option,
        reporter=reporter,
    )
    if out is not None:
        write_bytes(Path(out), scene_picture(scene))
    return scene.graph


def start_run(
    model: Any, options: dict[str, Any], *, file: Path | None = None, reporter: Reporter = silent
) -> FinishedRun:
    """Run a model, and say where the files are. A folder of predictions in environment or file is left alone."""
    if isinstance(model, type):
        raise UsageError(f"{model.__name__} is a class", "a model is an object", f"Give {model.__name__}()")
    live = model if model is not None and not isinstance(model, str) else None
    if live is not None:
        options = {"name": type(live).__name__, **options}
    config = _without(resolve_config({**options, "model": None if live else model}, file), "predictions")
    if live is None:
        return execute(config, reporter)
    if config.workers > 1:
        raise UsageError("A model object cannot travel to other processes", "", "Use workers=1, or its path")
    return execute(_without(config, "model"), reporter, LiveObjects(live))


def start_score(
    options: dict[str, Any], *, file: Path | None = None, reporter: Reporter = silent
) -> FinishedRun:
    """Score predictions, and say where the files are. A model in environment or file is left alone."""
    config = _without(resolve_config(options, file), "model")
    if config.predictions is None:
        raise UsageError("No predictions are given", "", "Add --predictions FOLDER")
    return execute(config, reporter)


def _without(config: RunConfig, field: str) -> RunConfig:
    return config.model_copy(update={field: None})
