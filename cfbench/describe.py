"""What is registered, and what each thing declares of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cfbench.errors import unknown_name
from cfbench.options import told_options
from cfbench.plugins import KINDS, Kind, plugins, working_plugins

if TYPE_CHECKING:
    from cfbench.datasets import Dataset
    from cfbench.metrics import Metric


def overview(kind: Kind | str) -> list[dict[str, Any]]:
    """A row for each working plugin of a kind: name, summary, task, and where it is from."""
    known = next((name for name in KINDS if name == kind), None)
    if known is None:
        raise unknown_name("kind of plugin", kind, KINDS, list_command="cfbench list --help")
    rows = []
    for name, cls in working_plugins(known).items():
        task, views = getattr(cls, "task", None), getattr(cls, "views", {})
        rows.append(
            {
                "name": name,
                "summary": str(getattr(cls, "summary", "")),
                "tasks": [task, *views] if task else list(getattr(cls, "tasks", ())),
                "version": str(getattr(cls, "version", "")),
                "from": plugins(known)[name].distribution,
            }
        )
    return rows


def describe(name: str) -> list[dict[str, Any]]:
    """A card for each kind of plugin that bears the name."""
    cards = []
    for kind in KINDS:
        plugin = plugins(kind).get(name)
        if plugin is None:
            continue
        cls = plugin.load()
        card = {"name": name, "kind": kind.removesuffix("s"), "from": plugin.distribution}
        card["class"] = plugin.value
        card["summary"] = str(getattr(cls, "summary", ""))
        card["version"] = str(getattr(cls, "version", ""))
        details = {"datasets": _dataset, "metrics": _metric, "models": _model}.get(kind)
        cards.append(card | (details(cls) if details else {}))
    if not cards:
        known = {known for kind in KINDS for known in plugins(kind)}
        raise unknown_name(
            "model, data set, metric or detector", name, known, list_command="cfbench list models"
        )
    return cards


def _dataset(cls: type[Dataset]) -> dict[str, Any]:
    card: dict[str, Any] = {"task": cls.task, "splits": list(cls.splits), "licence": cls.licence}
    card |= {"citation": cls.citation, "homepage": cls.homepage, "options": told_options(cls.options)}
    if cls.twin:
        card["embedded twin"] = cls.twin
    if cls.twin_of:
        card["twin of"] = cls.twin_of
    if cls.view_of:
        card["asks this of"] = cls.view_of
    card["other tasks"] = dict(cls.views)
    if cls.fingerprints:
        card["fingerprints"] = dict(cls.fingerprints)
    return {key: value for key, value in card.items() if value}


def _metric(cls: type[Metric]) -> dict[str, Any]:
    numbers = {}
    for name, number in cls.numbers.items():
        low, high = ("unbounded" if bound is None else f"{bound:g}" for bound in number.range)
        better = ("higher" if number.higher_is_better else "lower") + " is better"
        kind = "a part or diagnostic" if name in cls.details else better
        numbers[name] = f"{number.summary}; {kind}; {low} to {high}"
    protocols = {name: text + _default(cls, name) for name, text in cls.protocols.items()}
    return {
        "tasks": list(cls.tasks),
        "unasked for": list(cls.judges_unasked()),
        "numbers": numbers,
        "protocols": protocols,
        "detectors": list(cls.needs),
        "resampled by": f"{cls.unit}, or what the data set says belongs together"
        if cls.with_intervals
        else "nothing: it has no intervals",
        "reference": cls.reference,
    }


def _default(cls: type[Metric], protocol: str) -> str:
    return " (default)" if protocol == cls.default_protocol else ""


def _model(cls: Any) -> dict[str, Any]:
    return {
        "tasks": list(getattr(cls, "tasks", ())),
        "options": told_options(getattr(cls, "options", {})),
        "fits while you wait": bool(getattr(cls, "fits_while_you_wait", False)),
        "is given the targets": bool(getattr(cls, "needs_target", False)),
        "says likelihoods": callable(getattr(cls, "likelihoods", None)),
        "says alignment": callable(getattr(cls, "alignments", None)),
    }
