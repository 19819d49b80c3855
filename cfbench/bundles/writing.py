"""From the folder of a run to a bundle. The same run and card give the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfbench.bundles.card import card_text
from cfbench.bundles.manifest import (
    CARD,
    ENVIRONMENT,
    EVIDENCE,
    MANIFEST,
    MAX_PACKED_BYTES,
    PREDICTIONS,
    RESULT,
    SUFFIX,
    Entry,
    Manifest,
    RunRecord,
    evidence_record,
)
from cfbench.bundles.opening import open_bundle
from cfbench.bundles.zipping import Member, members_of, zip_pieces
from cfbench.errors import DataError, UsageError
from cfbench.execution.plan import Plan
from cfbench.execution.store import RunStore, shard_key
from cfbench.files import canonical_json, human_size, read_bytes, writing
from cfbench.files.jcs import jcs_json
from cfbench.results.reading import MAX_RESULT_BYTES, read_result

if TYPE_CHECKING:
    from pathlib import Path


def write_bundle(folder: Path, out: Path | None = None, *, card: Path | None = None) -> tuple[Path, Manifest]:
    """Write the bundle of a finished run; where it lies, and its manifest.

    Without ``out`` it lies beside the run's folder. ``card`` is a text in Markdown that is added to the model card.

    Raises:
        DataError: The folder is no finished run, or its files are not those of its plan.
    """
    files, run_id = bundle_files(folder, card)
    members = members_of(files)
    entries = {member.name: Entry(sha256=member.sha256, bytes=member.size) for member in members}
    manifest = Manifest(run_id=run_id, files=entries)
    place = out or folder.resolve().with_name(folder.resolve().name + SUFFIX)
    _write(place, [*members, *members_of({MANIFEST: manifest.canonical()})])
    return place, manifest


def pack_bundle(folder: Path, out: Path) -> Manifest:
    """Write the folder of a bundle as its one file; its manifest."""
    with open_bundle(folder) as bundle:
        names = [*bundle.manifest.files, MANIFEST]
        _write(out, members_of({name: folder / name for name in names}))
        return bundle.manifest


def _write(place: Path, members: list[Member]) -> None:
    size = sum(member.size for member in members)
    if size > MAX_PACKED_BYTES:
        why = f"it would be {human_size(size)}, and at most {human_size(MAX_PACKED_BYTES)} are taken"
        raise DataError(f"Cannot write {place}", why, f"Submit its {RESULT} alone")
    with writing(place) as handle:
        for piece in zip_pieces(sorted(members, key=lambda member: member.name)):
            handle.write(piece)


def bundle_files(folder: Path, card: Path | None = None) -> tuple[dict[str, bytes | Path], str]:
    """What goes into the bundle of a run, beside the manifest; and the run's id."""
    if not (folder / RESULT).is_file():
        fix = f"Type 'cfbench run' again to finish it; a run's folder holds plan.json and {RESULT}"
        raise UsageError(f"{folder} is not the folder of a finished run", f"it has no {RESULT}", fix)
    result = read_result(folder)
    store = RunStore(folder)
    plan = Plan.read(store)
    if plan is None or plan.run_id != result.run_id:
        why = "plan.json is missing, damaged or of another run"
        raise DataError(f"{folder} cannot be bundled", why, "Run the command that made it again")
    predictions: dict[str, bytes | Path] = {}
    for shard in plan.shards:
        path = store.prediction_path(shard.name)
        table = store.read_table(path, None)
        samples = table["sample"].to_pylist() if table is not None else []
        if table is None or store.read_table(path, shard_key(plan.origin_key, samples)) is None:
            raise DataError(f"{path} is not what the run wrote", "", "Run the command that made it again")
        predictions[f"{PREDICTIONS}/{path.name}"] = path
    files: dict[str, bytes | Path] = {
        RESULT: read_bytes(folder / RESULT, max_bytes=MAX_RESULT_BYTES, what="result"),
        EVIDENCE: jcs_json(evidence_record(result)),
        ENVIRONMENT: canonical_json(RunRecord.of(plan).model_dump()),  # the run id tells 1 from 1.0
        CARD: card_text(result, card).encode(),
    }
    return files | predictions, result.run_id
