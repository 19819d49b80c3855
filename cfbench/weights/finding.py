"""Which weights are here, and which of them a run would use."""

from __future__ import annotations

from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfbench.errors import CfbenchError, DataError, EnvironmentLackError, UsageError, unknown_name
from cfbench.files import sha256_hex
from cfbench.plugins import Kind, load_plugin, plugins
from cfbench.weights.card import SUFFIX, Card, card_of, read_card
from cfbench.weights.folders import folders
from cfbench.weights.header import metadata_of, read_header

if TYPE_CHECKING:
    from collections.abc import Callable

_KINDS: tuple[Kind, ...] = ("models", "detectors")
_SOURCE = "source_sha256"  # in the head of a file that was converted from a published one


@dataclass(frozen=True)
class File:
    """A file of weights. Without a card it is either one that was converted from a published file, or at fault."""

    path: Path
    where: str
    size: int
    card: Card | None
    source: str = ""
    """SHA-256 of the published file that it was converted from."""
    fault: str = ""
    """Why it cannot be used."""

    def to_json(self) -> dict[str, Any]:
        """A row for a machine."""
        card = self.card
        return {
            "name": card.name if card else self.path.stem,
            "dataset": card.dataset if card else None,
            "file": self.path.name,
            "bytes": self.size,
            "sha256": card.sha256 if card else None,
            "source_sha256": self.source or None,
            "licence": card.licence if card else None,
            "where": self.where,
            "path": str(self.path),
            "fault": self.fault or None,
        }


def every_file() -> list[File]:
    """Every file of weights on this machine, in the order in which they are looked for. Digests are not computed."""
    return [
        _looked_at(path, folder.where)
        for folder in folders()
        if folder.path.is_dir()
        for path in sorted(folder.path.glob(f"*{SUFFIX}"))
        if path.is_file()
    ]


def find(name: str, dataset: str | None = None) -> Path:
    """The weights that a run of a model, or a use of a detector, would take.

    A registered class is asked by its ``find(dataset)`` or ``find()``, where it has one; else files are looked for by
    their names. ``dataset`` is without version; it may be left out where there is no choice.

    Raises:
        EnvironmentLackError: There are none.
        UsageError: There is a choice, or nothing has that name.
    """
    kind = next((kind for kind in _KINDS if name in plugins(kind)), None)
    finder = getattr(load_plugin(kind, name), "find", None) if kind else None
    here = [file for file in every_file() if file.card is not None and file.card.name == name]
    if kind is None and not here:
        known = {name for kind in _KINDS for name in plugins(kind)}
        raise unknown_name("model or detector", name, known, list_command="cfbench models list")
    if callable(finder):
        return _asked(name, finder, dataset, here)
    return find_file(name, dataset or _only(name, here))


def find_file(name: str, dataset: str, part: str = "") -> Path:
    """The weights of a model for a data set by the name of the file, without asking the model's class.

    ``part`` tells apart further files of both, such as ``train-50``.
    """
    stems = [f"{name}-{dataset}-{part}"] if part else [f"{name}-{dataset}", name]
    for stem in stems:
        for folder in folders():
            path = folder.path / f"{stem}{SUFFIX}"
            if path.is_file():
                return path
    raise EnvironmentLackError(
        f"There are no weights of {name} for {dataset}",
        f"{stems[0]}{SUFFIX} is neither installed nor in a package",
        f"Type 'cfbench models install PATH', or 'cfbench train {name} --dataset {dataset} --preset cpu'",
    )


def checked_card(path: Path, dataset: str | None = None) -> Card:
    """The card of weights that are whole: held against their digest and, if asked, against the data set.

    Raises:
        DataError: They are missing, cut, changed, foreign or for another data set.
    """
    if not path.is_file():
        fix = "Install cfbench again, or the weights: cfbench models install PATH"
        raise DataError(f"{path} is missing", "there is no such file", fix)
    card = read_card(path)
    if dataset is not None and card.trained_on != dataset:
        fix = f"Install weights for {dataset}; see 'cfbench models list'"
        why = f"they were trained on {card.dataset}"
        raise DataError(f"{path} holds weights for another data set than {dataset}", why, fix)
    read_header(path)
    digest = sha256_hex(path)
    if digest != card.sha256:
        fix = "Install it again: cfbench models install PATH --replace"
        raise DataError(
            f"{path} is damaged", f"its SHA-256 is {digest}, and its card names {card.sha256}", fix
        )
    return card


def _asked(name: str, finder: Callable[..., Path], dataset: str | None, here: list[File]) -> Path:
    if not signature(finder).parameters:
        return Path(finder())
    return Path(finder(dataset or _only(name, here)))


def _only(name: str, here: list[File]) -> str:
    """The one data set that there are weights for."""
    trained_on = sorted({file.card.trained_on for file in here if file.card is not None})
    if len(trained_on) == 1:
        return trained_on[0]
    if not trained_on:
        raise EnvironmentLackError(
            f"There are no weights of {name}",
            "none are installed or in a package, or it needs none",
            f"See 'cfbench models list', or type 'cfbench train {name} --dataset NAME'",
        )
    raise UsageError(
        f"There are weights of {name} for {', '.join(trained_on)}", "one must be named", "Add --dataset NAME"
    )


def _looked_at(path: Path, where: str) -> File:
    size = path.stat().st_size
    faults: list[str] = []
    source, card = "", None
    try:
        source = metadata_of(read_header(path)).get(_SOURCE, "")
    except CfbenchError as error:
        faults.append(str(error))
    try:
        card = None if source and not card_of(path).is_file() else read_card(path)
    except CfbenchError as error:
        faults.append(str(error))
    return File(path, where, size, card, source, " ".join(faults))
