"""The model card of a bundle: what the result and the card of the weights say, and what the submitter adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cfbench.bundles.manifest import MAX_CARD_BYTES
from cfbench.errors import DataError
from cfbench.files import read_bytes
from cfbench.report._escape import markdown

if TYPE_CHECKING:
    from pathlib import Path

    from cfbench.results import Result
    from cfbench.weights import Card

WEIGHTS = "## Weights"
SUBMITTER = "## From the submitter"
_TOLD = (
    "what",
    "dataset",
    "licence",
    "method",
    "seed",
    "steps",
    "hours",
    "device",
    "commit",
    "note",
    "sha256",
)
_LONGEST = 500


def card_text(result: Result, addition: Path | None = None) -> str:
    """The card as Markdown; ``addition`` is a file of the submitter's."""
    from cfbench.weights import every_file

    model, dataset, digest = result.model, result.dataset, result.model.weights_digest
    lines = [
        f"# {markdown(model.name)}",
        "",
        f"Run `{result.run_id}` of version {markdown(model.version)} on {markdown(dataset.name)}@"
        f"{markdown(dataset.version)}, split {markdown(dataset.split)}, task {markdown(result.task)}.",
        "",
        f"- code: {model.code_digest or 'not known: the predictions were made elsewhere'}",
        f"- weights: {digest or 'none'}",
    ]
    lines += ["- It was given the targets."] if model.needs_target else []
    cards = (file.card for file in (every_file() if digest else ()) if file.card is not None)
    found = next((card for card in cards if card.sha256 == digest), None)
    if found is not None:
        lines += ["", WEIGHTS, "", *_told(found)]
    if addition is not None:
        lines += ["", SUBMITTER, "", _addition(addition)]
    return "\n".join(lines) + "\n"


def says_how_it_was_made(card: str) -> bool:
    """Whether a card holds more than the result does."""
    return any(line in {WEIGHTS, SUBMITTER} for line in card.splitlines())


def _told(card: Card) -> list[str]:
    told: dict[str, Any] = card.model_dump()
    return [
        f"- {key}: {markdown(str(told[key])[:_LONGEST])}" for key in _TOLD if told.get(key) not in (None, "")
    ]


def _addition(path: Path) -> str:
    data = read_bytes(path, max_bytes=MAX_CARD_BYTES // 2, what="card")
    try:
        return data.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not a card", f"it is not UTF-8 text (byte {error.start})", "Save it as UTF-8"
        ) from None
