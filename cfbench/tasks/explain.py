"""Explaining an edit: name the instruction that leads from one image to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from cfbench.models import SaysLikelihoods
from cfbench.tasks._checks import checked_nll, checked_text, part
from cfbench.tasks.base import PredictionFault, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from cfbench.tasks.base import Image


@dataclass(frozen=True)
class ExplainInputs:
    """What a model sees."""

    id: str
    before: Image
    after: Image
    instructions: tuple[str, ...]  # those of the turns before


@dataclass(frozen=True)
class ExplainTarget:
    """The instruction, in tokens."""

    tokens: tuple[str, ...]


@dataclass(frozen=True)
class ExplainPrediction:
    """The tokens that a model says and, where it can, how likely it held the true ones.

    ``nll`` is minus the natural logarithm of the probability of each token of the target, end token included. A model
    does not know the target when it predicts: it leaves ``nll`` out, and has a method ``likelihoods`` instead
    (:class:`cfbench.models.SaysLikelihoods`).
    """

    tokens: tuple[str, ...]
    nll: tuple[float, ...] | None = None


class ExplainTask(Task[ExplainInputs, ExplainTarget, ExplainPrediction]):
    """Naming the instruction behind an edit."""

    name: ClassVar[str] = "explain"
    summary: ClassVar[str] = "explaining an edit: the instruction that leads from one image to the next"

    def columns(self) -> pa.Schema:
        """A list of tokens and, where the model gives them, negative log-likelihoods."""
        import pyarrow as pa

        return pa.schema([pa.field("tokens", pa.list_(pa.string())), pa.field("nll", pa.list_(pa.float64()))])

    def check(self, inputs: ExplainInputs, prediction: object) -> ExplainPrediction:  # noqa: ARG002
        """Any number of tokens, none too: each a text without white space. ``nll`` at least 0, but for rounding."""
        tokens = part(prediction, "ExplainPrediction", "tokens")
        if isinstance(tokens, (str, bytes)) or not hasattr(tokens, "__iter__"):
            message = f"tokens: expected a list of texts, got {type(tokens).__name__}"
            raise PredictionFault(message)
        nll = getattr(prediction, "nll", None)
        return ExplainPrediction(
            tuple(_checked_token(token, f"token {place}") for place, token in enumerate(tokens)),
            None if nll is None else tuple(checked_nll(nll, "nll").tolist()),
        )

    def ask(
        self,
        model: Any,
        inputs: Sequence[ExplainInputs],
        predictions: Sequence[ExplainPrediction],
        target: Callable[[int], ExplainTarget],
    ) -> Sequence[ExplainPrediction]:
        """``nll`` from the model's ``likelihoods``, if it has that, where the prediction came without.

        From wherever an ``nll`` is, it must be of the target: a number for each token and one for the end.
        """
        texts = [target(index).tokens for index in range(len(inputs))]
        found = list(predictions)
        silent = [index for index, one in enumerate(found) if one.nll is None]
        if silent and isinstance(model, SaysLikelihoods):
            said = list(model.likelihoods([inputs[i] for i in silent], [texts[i] for i in silent]))
            if len(said) != len(silent):
                message = f"{len(said)} likelihoods for {len(silent)} texts"
                raise PredictionFault(message)
            for index, nll in zip(silent, said, strict=True):
                found[index] = replace(found[index], nll=tuple(checked_nll(nll, "likelihoods").tolist()))
        for text, one in zip(texts, found, strict=True):
            if one.nll is not None and len(one.nll) != len(text) + 1:
                message = f"nll: {len(one.nll)} numbers; the true instruction has {len(text)} tokens and an end token"
                raise PredictionFault(message)
        return found

    def encode(self, prediction: ExplainPrediction) -> dict[str, Any]:
        """The lists."""
        nll = prediction.nll
        return {"tokens": list(prediction.tokens), "nll": None if nll is None else list(nll)}

    def decode(self, row: Mapping[str, Any]) -> ExplainPrediction:
        """The tuples."""
        nll = row["nll"]
        return ExplainPrediction(tuple(row["tokens"]), None if nll is None else tuple(nll))

    def digest_form(self, prediction: ExplainPrediction) -> Any:
        """The prediction itself."""
        return self.encode(prediction)

    def read_folder(
        self, folder: Path, ids: Sequence[str]
    ) -> Mapping[str, ExplainPrediction | PredictionFault]:
        """``predictions.jsonl`` with ``{"id": …, "tokens": […], "nll": […]}``."""
        from cfbench.tasks._folder import from_lines, given

        return from_lines(
            folder, ids, lambda _, line: ExplainPrediction(given(line, "tokens"), given(line, "nll"))
        )


def _checked_token(token: object, what: str) -> str:
    text = checked_text(token, what)
    if text.split() != [text]:
        message = f"{what}, {text!r:.100}, holds white space"
        raise PredictionFault(message)
    return text
