"""The samples that a result is of, where this machine has the very same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cfbench.errors import DataError
from cfbench.plugins import refuse_strangers

if TYPE_CHECKING:
    from pathlib import Path

    from cfbench.datasets import Dataset, Split
    from cfbench.reporter import Reporter
    from cfbench.results.schema import DatasetInfo


def samples_here(
    data: DatasetInfo, reporter: Reporter, *, root: Path | None = None
) -> tuple[Dataset, Split[Any, Any]]:
    """The data set and the split, without the network; CfbenchError where they are not here.

    Only a registered data set is opened: one that a result names by a file would run a stranger's code.
    """
    from cfbench.datasets import open_dataset

    refuse_strangers("datasets", [data.name])
    dataset = open_dataset(data.name, root=root, options=data.options, reporter=reporter, offline=True)
    if (dataset.name, dataset.version) != (data.name, data.version):
        raise DataError(f"{data.name}@{data.version} is not installed here")
    split = dataset.split(data.split, data.subset)
    if split.fingerprint() != data.fingerprint:
        raise DataError(f"The samples of {data.name}@{data.version} here are not those of the results")
    return dataset, split
