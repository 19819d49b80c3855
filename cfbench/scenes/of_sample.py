"""The scene of a sample: which image, and the graph of what is truly in it."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from cfbench.datasets import open_dataset
from cfbench.datasets.edit import EditDataset
from cfbench.errors import UsageError
from cfbench.reporter import Reporter, silent
from cfbench.scenes.graph import Axes, SceneGraph

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cfbench.datasets import Dataset, Split
    from cfbench.metrics.functional.relsim import RelsimProtocol
    from cfbench.tasks.edit import EditInputs, EditTarget, Image


@dataclass(frozen=True)
class Scene:
    """The true image after a turn of a sample, and its graph. Turns count from 1."""

    dataset: str
    split: str
    id: str
    turn: int
    instruction: str
    image: Image
    graph: SceneGraph

    @property
    def title(self) -> str:
        """Which image it is."""
        return f"{self.dataset} {self.split} {self.id}, turn {self.turn}"


def open_scene(
    name: str,
    *,
    split: str | None = None,
    index: int | None = None,
    id: str | None = None,  # noqa: A002
    turn: int | None = None,
    axes: Axes | None = None,
    protocol: RelsimProtocol = "geneva",
    data_root: Path | None = None,
    dataset_option: Mapping[str, str] | None = None,
    reporter: Reporter = silent,
) -> Scene:
    """The scene of the sample at ``index`` (the first by default) or of that ``id``, after ``turn`` (the last).

    ``axes`` are x and depth by default; for i-CLEVR x and y, as RelSim was published.
    """
    if index is not None and id is not None:
        raise UsageError("Both an index and an id are given", "either names the sample", "Leave one out")
    dataset = open_dataset(name, root=data_root, options=dataset_option or {}, reporter=reporter)
    if not isinstance(dataset, EditDataset):
        raise UsageError(
            f"'{dataset.name}' has no scenes to describe",
            f"its task is '{dataset.task}', and scenes are those of editing data sets",
            "See 'cfbench list datasets'",
        )
    of = split or dataset.default_split
    opened, at = _found(dataset, of, id) if id is not None else _at(dataset, of, index or 0)
    inputs, target = opened.inputs(at), opened.target(at)
    turns = len(inputs.instructions)
    turn = turns if turn is None else turn
    if not 1 <= turn <= turns:
        raise UsageError(f"There is no turn {turn}", f"sample {inputs.id} has {turns}, counted from 1")
    graph = SceneGraph.of(
        target.objects[turn - 1],
        dataset.painter().classes,
        axes=axes or dataset.related_by,
        protocol=protocol,
    )
    return Scene(
        dataset=f"{dataset.name}@{dataset.version}",
        split=of,
        id=inputs.id,
        turn=turn,
        instruction=inputs.instructions[turn - 1],
        image=target.images[turn - 1],
        graph=graph,
    )


def _at(dataset: Dataset, split: str, index: int) -> tuple[Split[EditInputs, EditTarget], int]:
    if index < 0:
        raise UsageError(f"There is no sample {index}", "samples are counted from 0")
    opened = dataset.split(split, index + 1)
    if index >= len(opened):
        why = f"the split '{split}' has {len(opened)} samples, counted from 0"
        raise UsageError(f"There is no sample {index}", why)
    return opened, index


def _found(dataset: Dataset, split: str, sample: str) -> tuple[Split[EditInputs, EditTarget], int]:
    opened = dataset.split(split)
    ids = list(opened.ids)
    if sample not in ids:
        near = get_close_matches(sample, ids)
        why = f"did you mean {' or '.join(near)}?" if near else f"its ids are such as {', '.join(ids[:3])}"
        raise UsageError(f"The split '{split}' of {dataset.name} has no sample '{sample}'", why)
    return opened, ids.index(sample)
