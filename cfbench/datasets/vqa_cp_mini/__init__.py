"""The embedded twin of VQA-CP: questions about scenes of blocks, whose answer priors change, with known attention."""

from __future__ import annotations

from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, ClassVar

from cfbench.datasets.paired import SHARE_OPTIONS
from cfbench.datasets.vqa_cp.official import CITATION
from cfbench.datasets.vqa_cp.questions import ANNOTATORS, EDITED, NIL, QuestionData, QuestionSplit, in_pairs
from cfbench.datasets.vqa_cp_mini.scenes import BlockQuestion, make_question
from cfbench.datasets.vqa_cp_mini.seeing import SeenBlocks
from cfbench.datasets.whole import whole_split

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfbench.options import Option

__all__ = ["SEED", "VqaCpMini"]

SEED = 2018


class VqaCpMini(QuestionData):
    """Every training question is followed by its edited form, in which the blocks that its answer hangs on are masked.

    Questions are pure functions of (seed, split, number), and kept once those of a whole split are made.
    """

    name: ClassVar[str] = "vqa-cp-mini"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = (
        "generated twin of VQA-CP: 8,000/1,000/2,000 questions about regions of scenes of blocks"
    )
    licence: ClassVar[str] = "Apache-2.0"
    citation: ClassVar[str] = f"cfbench. After {CITATION}"
    options: ClassVar[Mapping[str, Option]] = SHARE_OPTIONS
    twin_of: ClassVar[str | None] = "vqa-cp"
    fingerprints: ClassVar[Mapping[str, str]] = {
        "train": "51df95a85d2303f7e25b671eb2b7b2156ad702b766d14bad4c5788d23a592e39",
        "val": "8c66f24c632e444d2f80d9010313fcdcd941882158ef66ff79851d079243196b",
        "test": "6530a7f06ca810735595dbb133c225958b6927b532b250c5dc080e73fff1de6e",
        "test-focused": "c0eaa09333d30aff6b39680f7a841643ac011fb2b1427444000ef09c6db587d2",
        "test-edited": "c98f48648d34bfb7ebf74ca1459f974c50925d19ddbddd5f2d6ff843819477f5",
    }
    generator_version: ClassVar[str] = "1"  # changes whenever any question could
    generated: ClassVar[Mapping[str, int]] = {"train": 8000, "val": 1000, "test": 2000}

    def open_split(self, name: str, limit: int | None) -> QuestionSplit:
        """The first samples of a split; with a limit no more questions are made than those need."""
        looker = SeenBlocks(SEED)
        base = name.partition("-")[0]
        numbers = self.share(name, range(self.generated[base]))
        if name not in {self.training_split, EDITED}:
            return QuestionSplit(name, self._questions(base, numbers, limit), looker)
        nil = (NIL,) * ANNOTATORS if name == EDITED else ()
        needed = None if limit is None else (limit + 1) // 2
        pairs = in_pairs(self._questions(base, numbers, needed), looker, nil)
        return QuestionSplit(name, list(islice(chain.from_iterable(pairs), limit)), looker)

    def _questions(self, base: str, numbers: Sequence[int], limit: int | None) -> list[BlockQuestion]:
        if limit is not None:
            return [make_question(SEED, base, number) for number in numbers[:limit]]
        questions = whole_split(
            self,
            base,
            self.generated[base],
            generator_version=self.generator_version,
            make=partial(make_question, SEED, base),
            to_json=BlockQuestion.to_json,
            from_json=partial(BlockQuestion.from_json, base),
        )
        return [questions[number] for number in numbers]
