"""A bundle as an object, from its file or its folder."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cfbench.bundles.container import read_container, unpacked
from cfbench.bundles.findings import Findings
from cfbench.bundles.manifest import ENVIRONMENT, PREDICTIONS, RESULT, Manifest, RunRecord
from cfbench.bundles.reading_result import read_result_file
from cfbench.bundles.run_record import read_record
from cfbench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cfbench.results import Result


@dataclass(frozen=True)
class Bundle:
    """A bundle whose files are those of its manifest. Whether they are sound, ``check`` says."""

    folder: Path
    """Where its files lie; of a bundle that was a file, for as long as it is open."""
    manifest: Manifest
    result: Result
    record: RunRecord
    """Where, and from what configuration, the run came."""

    @property
    def digest(self) -> str:
        """The SHA-256 of the manifest in the form of RFC 8785."""
        return self.manifest.digest

    @property
    def predictions(self) -> Path:
        """The folder of the predictions, as ``cfbench score --predictions`` takes it."""
        return self.folder / PREDICTIONS


@contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """Open a bundle; a file is unpacked to a temporary folder, which goes when the block ends.

    Raises:
        DataError: It is none, or is not what its manifest says.
    """
    if not path.exists():
        raise DataError(f"There is no bundle at {path}", "", "Write one: cfbench bundle RUN_FOLDER")
    findings = Findings()
    with unpacked(path, findings) as folder:
        manifest = result = record = None
        if folder is not None:
            manifest = read_container(folder, findings, None if path.is_dir() else path)
        if folder is not None and not findings.errors():
            result = read_result_file(folder / RESULT, findings)
            record = read_record(folder / ENVIRONMENT, findings)
        faults = [finding for finding in findings.sorted() if finding.severity == "error"]
        if folder is None or manifest is None or result is None or record is None or faults:
            first = faults[0]
            raise DataError(
                f"{path} is not a bundle that can be used", f"{first.what} ({first.where}: {first.why})"
            )
        yield Bundle(folder, manifest, result, record)
