"""Scene graphs over the final images of shown samples: the true one, and what the runs' own detector sees.

Only a detector whose weights are those that the results were scored with is asked. Where it cannot be opened, as
without torch, the true graph stands alone, and a line says why.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cfbench.errors import CfbenchError, DataError, EnvironmentLackError
from cfbench.report.example import Example, GraphPicture
from cfbench.report.page.view import Shown
from cfbench.report.scene_picture import MAX_PICTURED, scene_overlay
from cfbench.scenes import SceneGraph

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cfbench.datasets import Dataset, Split
    from cfbench.report.page.gathering import Group
    from cfbench.reporter import Reporter
    from cfbench.results.schema import DetectorInfo
    from cfbench.tasks.base import Image

    Look = Callable[[Sequence[Image]], Sequence[Any]]

OBJECTS = "objects"  # the kind of detector
TRUE = "true graph"


def with_graphs(
    group: Group, dataset: Dataset, split: Split[Any, Any], shown: Shown, reporter: Reporter
) -> Shown:
    """The samples with their graphs, or as they are where the data set has no scenes."""
    from cfbench.datasets.edit import EditDataset

    if not isinstance(dataset, EditDataset):
        return shown
    classes = dataset.painter().classes
    notes = list(shown.notes)
    look: Look | None = None
    try:
        look = _detector(group, dataset, reporter)
    except CfbenchError as error:
        notes.append(f"Only true scene graphs are drawn: {error}")
    places = {sample: index for index, sample in enumerate(split.ids)}
    examples = []
    for example in shown.examples:
        target = split.target(places[example.sample])
        truth = SceneGraph.of(target.objects[-1], classes, axes=dataset.related_by)
        if len(truth.objects) > MAX_PICTURED:
            examples.append(example)
            continue
        try:
            pictures = _pictures(example, truth, classes, look)
        except CfbenchError as error:
            pictures = [_truth(example, truth)]
            notes.append(f"Seen scene graphs of {example.sample} are not drawn: {error}")
        examples.append(replace(example, graphs=tuple(pictures)))
    return Shown(tuple(examples), tuple(dict.fromkeys(notes)))


def _detector(group: Group, dataset: Dataset, reporter: Reporter) -> Look:
    """What sees the objects of images; an error where there is none, or another than the results were scored with."""
    from cfbench.models import ModelContext
    from cfbench.plugins import load_plugin, refuse_strangers

    infos = {info for entry in group.entries for info in map(_identity, entry.result.detectors) if info}
    if not infos:
        raise DataError("the results were scored without a detector of objects")
    if len(infos) > 1:
        raise DataError("the results were scored through different detectors")
    name, digest = next(iter(infos))
    refuse_strangers("detectors", [name])
    context = ModelContext(
        task=group.first.task,
        dataset=f"{dataset.name}@{dataset.version}",
        seed=group.first.protocol.seed,
        device="cpu",
        threads=group.first.protocol.threads,
        offline=True,
        dataset_options=dataset.chosen,
        reporter=reporter,
    )
    try:
        detector = load_plugin("detectors", name)()
        detector.setup(context)
    except ModuleNotFoundError as error:
        raise EnvironmentLackError(f"the detector '{name}' needs {error.name}", "", "Install it") from error
    if detector.weights_digest != digest:
        raise DataError(f"the detector '{name}' has other weights here than the results were scored with")
    look: Look = detector.detect
    return look


def _identity(info: DetectorInfo) -> tuple[str, str | None] | None:
    return (info.name, info.digest) if info.kind == OBJECTS else None


def _truth(example: Example, truth: SceneGraph) -> GraphPicture:
    if example.film is None:
        raise DataError(f"{example.sample} has no images")
    return GraphPicture(TRUE, scene_overlay(example.film.rows[0][1][-1], truth), _objects(truth))


def _pictures(
    example: Example, truth: SceneGraph, classes: Sequence[str], look: Look | None
) -> list[GraphPicture]:
    pictures = [_truth(example, truth)]
    drawn = [
        (label, images[-1]) for label, images in (example.film.rows[1:] if example.film else ()) if images
    ]
    if look is None or not drawn:
        return pictures
    for (label, image), seen in zip(drawn, look([image for _, image in drawn]), strict=True):
        graph = SceneGraph.seen(seen.labels(), seen.places, classes)
        picture = scene_overlay(image, graph)
        pictures.append(GraphPicture(label, picture, f"{_against(truth, graph)} {_objects(graph)}"))
    return pictures


def _against(truth: SceneGraph, seen: SceneGraph) -> str:
    """How the seen graph stands to the true one; numbers of this image, by true places."""
    if truth.axes != seen.axes:
        return ""
    compared = truth.compare(seen)
    return (
        f"{len(compared.common)} of {len(truth.objects)} objects; of their relations "
        f"{len(compared.both)} right, {len(compared.missing)} wrong."
    )


def _objects(graph: SceneGraph) -> str:
    names = [one.name for level in graph.levels(graph.axes[0]) for one in level]
    return "; ".join(f"{number} {name}" for number, name in enumerate(names, 1)) or "no object"
