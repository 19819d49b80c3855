"""How well an explainer in training explains: true edits of validation dialogues."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cfbench.metrics.functional.bleu import bleu
from cfbench.text import tokens_of
from cfbench_detectors.pictures import COORDINATES, fitted, open_pictures
from cfbench_models.explainer.running import Edit, explained, likelihoods, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cfbench.datasets.edit import EditSplit
    from cfbench.reporter import Reporter
    from cfbench_models.explainer.network import Explainer
    from cfbench_models.geneva.vocabulary import Vocabulary

SHOWN = 12


class Check:
    """Validation: the same edits each time."""

    def __init__(
        self,
        split: EditSplit,
        vocabulary: Vocabulary,
        side: int,
        longest: int,
        *,
        folder: Path,
        reporter: Reporter,
    ) -> None:
        pictures = open_pictures(split, side, COORDINATES, folder, reporter)
        self._vocabulary, self._longest = vocabulary, longest
        self._edits: list[Edit] = []
        self.texts = [text for record in split.records for text in record.instructions]
        canvas, at = fitted(split.painter.empty(), side), 0
        for record in split.records:
            texts, before = [vocabulary.encode(text) for text in record.instructions], canvas
            for turn in range(len(texts)):
                after = pictures.images[at]
                self._edits.append(Edit(before, after, texts[:turn]))
                before, at = after, at + 1

    def __call__(self, explainer: Explainer, device: str) -> tuple[dict[str, float], list[list[str]]]:
        """What was measured, and what was said.

        ``cross_entropy`` is of all tokens and ends together, in nats; ``bleu`` is nltk's BLEU-4 of what is said
        greedily.
        """
        explainer.eval()
        tokens = [self._vocabulary.encode(text) for text in self.texts]
        found = likelihoods(explainer, self._edits, tokens, device=device)
        entropy = float(np.mean(np.concatenate(found)))
        numbers = explained(explainer, self._edits, self._longest, device=device)
        said = [words_of(each, self._vocabulary) for each in numbers]
        return {
            "cross_entropy": entropy,
            "bleu": bleu(said, [[tokens_of(text)] for text in self.texts], "nltk"),
        }, said

    def shown(self, said: Sequence[Sequence[str]]) -> str:
        """The first explanations, each below what was to be said."""
        lines = [
            f"  true: {' '.join(tokens_of(text))}\n  said: {' '.join(words)}"
            for text, words in zip(self.texts[:SHOWN], said, strict=False)
        ]
        return "\n".join(lines) + "\n"
