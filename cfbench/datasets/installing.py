"""Getting, listing and verifying data sets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from cfbench.datasets.opening import dataset_class
from cfbench.errors import CfbenchError, EnvironmentLackError, UsageError
from cfbench.files import LockFile, fetch, human_size, sha256_hex, unpack
from cfbench.plugins import working_plugins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.datasets.base import DataContext, Dataset, Source
    from cfbench.reporter import Reporter

MAX_ARCHIVE_FILES = 200_000
UNPACKED_PER_PACKED = 20
CHUNK = 1_000_000
PACKED = ".gz"  # data sets that read a file also read it packed
State = Literal["ok", "wrong", "unknown"]


@dataclass(frozen=True)
class Check:
    """One thing that was verified."""

    what: str
    state: State
    detail: str


def lock_file(root: Path) -> LockFile:
    """Where the digests of first downloads are kept."""
    return LockFile(root / "cfbench-lock.json")


def installed(root: Path) -> list[dict[str, Any]]:
    """A row for each data set: what it is and whether it is there."""
    rows = []
    for name, cls in working_plugins("datasets").items():
        missing = cls.missing(root)
        official = "installed" if not missing else f"not installed: missing {', '.join(missing[:3])}"
        rows.append(
            {
                "name": f"{name}@{cls.version}",
                "task": cls.task,
                "state": "embedded" if cls.twin_of else official,
                "twin": cls.twin,
                "licence": cls.licence,
            }
        )
    return rows


def get(
    name: str, root: Path, reporter: Reporter, *, offline: bool = False, files: Sequence[Path] = ()
) -> Path | None:
    """Install the official files of a data set below ``root``; where they lie, or None for what needs none.

    ``files`` are sources that were downloaded by hand, recognised by their file names; where two files of the data set
    have one name, by that of their folder too.
    """
    cls = dataset_class(name)
    if not cls.missing(root):
        reporter.line(f"{name} is there: {root}" if cls.sources or cls.manual else f"{name} is embedded.")
        return root if cls.sources or cls.manual else None
    by_name = _by_name(cls.sources)
    by_hand: dict[str, Path] = {}
    for file in files:
        place = file.resolve()
        name_here = next((known for known in by_name if _is_called(place, known)), None)
        if name_here is None:
            raise UsageError(
                f"{file} is not a file of {name}", f"its files are: {', '.join(by_name) or 'none'}"
            )
        by_hand[name_here] = place
    for known, source in by_name.items():
        if _is_there(root, source):
            continue
        try:
            _install(known, source, root, reporter, offline=offline, file=by_hand.get(known))
        except CfbenchError as error:
            reporter.warn(str(error))
    missing = cls.missing(root)
    if missing:
        why = f"still missing below {root}: {', '.join(missing[:3])}"
        raise EnvironmentLackError(f"{name} is not installed", why, cls.manual)
    reporter.line(f"{name} is installed below {root}.")
    return root


def verify(name: str, context: DataContext) -> list[Check]:
    """Hold what is installed against the known digests, and the samples against the known fingerprints."""
    cls = dataset_class(name)
    missing = cls.missing(context.root)
    if missing:
        return [Check(name, "wrong", f"missing below {context.root}: {', '.join(missing)}")]
    checks = [_verify_source(known, source, context.root) for known, source in _by_name(cls.sources).items()]
    dataset = cls(context)
    checks += [_verify_split(dataset, split) for split in dataset.splits]
    checks += [_verify_pictures(dataset)] if cls.rendering else []
    return checks + dataset.checks()


def _by_name(sources: Sequence[Source]) -> dict[str, Source]:
    """Sources by the name of their file, with as many of its folders as tell it from all others."""
    paths = [Path(urlsplit(source.url).path).parts for source in sources]

    def name(parts: tuple[str, ...]) -> str:
        lengths = range(1, len(parts))
        length = next(
            (n for n in lengths if sum(other[-n:] == parts[-n:] for other in paths) == 1), len(parts)
        )
        return "/".join(parts[-length:])

    return {name(parts): source for parts, source in zip(paths, sources, strict=True)}


def _is_called(file: Path, name: str) -> bool:
    return f"/{file.as_posix()}".endswith((f"/{name}", f"/{name}{PACKED}"))


def _is_there(root: Path, source: Source) -> bool:
    path = root / source.path
    return any(path.iterdir()) if path.is_dir() else path.is_file()


def _install(
    name: str, source: Source, root: Path, reporter: Reporter, *, offline: bool, file: Path | None
) -> None:
    place = root / "downloads" / name if source.unpack else root / source.path
    packed = file is not None and file.name.endswith(PACKED) and not name.endswith(PACKED)
    if packed:
        place = place.with_name(place.name + PACKED)
    with reporter.track(name, source.max_bytes // CHUNK) as advance:
        seen = 0

        def progress(done: int, total: int | None) -> None:  # noqa: ARG001
            nonlocal seen
            advance(done // CHUNK - seen)
            seen = done // CHUNK

        done = fetch(
            file.as_uri() if file else source.url,
            place,
            sha256=None if packed else source.sha256 or lock_file(root).digest(source.url),
            lock=lock_file(root),
            max_bytes=source.max_bytes,
            magic=() if packed else source.magic,
            progress=progress,
            offline=offline and file is None,
        )
    lock_file(root).record(source.url + PACKED if packed else source.url, done.sha256, done.size)
    reporter.line(f"{name}: {human_size(done.size)}, sha256 {done.sha256}")
    if source.unpack:
        limit = source.max_bytes * UNPACKED_PER_PACKED
        unpack(place, root / source.path, max_total_bytes=limit, max_files=MAX_ARCHIVE_FILES)


def _verify_source(name: str, source: Source, root: Path) -> Check:
    path = root / "downloads" / name if source.unpack else root / source.path
    expected = source.sha256 or lock_file(root).digest(source.url)
    if not path.is_file():
        return Check(name, "unknown", "was not downloaded by cfbench; there is nothing to hold it against")
    found = sha256_hex(path)
    if expected is None:
        return Check(name, "unknown", f"sha256 {found}; no digest is known")
    if found == expected:
        return Check(name, "ok", f"sha256 {found}")
    return Check(name, "wrong", f"sha256 {found}, expected {expected}; delete it and get it again")


def _verify_pictures(dataset: Dataset) -> Check:
    found = dataset.split(dataset.default_split, 1).rendering
    if found == dataset.rendering:
        return Check(f"{dataset.name} pictures", "ok", found)
    detail = f"{found}: not the files that cfbench was tested with; numbers are not comparable"
    return Check(f"{dataset.name} pictures", "wrong", detail)


def _verify_split(dataset: Dataset, split: str) -> Check:
    what = f"{dataset.name}@{dataset.version} {split}"
    opened = dataset.split(split)
    found, expected = opened.fingerprint(), dataset.fingerprints.get(split)
    detail = f"{len(opened)} samples, fingerprint {found}"
    if expected is None:
        return Check(what, "unknown", f"{detail}; none is pinned")
    return Check(what, "ok" if found == expected else "wrong", detail)
