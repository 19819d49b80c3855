"""VQA-CP as its authors released it, with features of regions and people's attention by file.

``val`` is held out from the training questions, so that nothing is chosen by looking at the test.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, ClassVar

from cfbench.datasets.base import Source
from cfbench.datasets.paired import SHARE_OPTIONS
from cfbench.datasets.vqa_cp import layout
from cfbench.datasets.vqa_cp.priors import prior_shift
from cfbench.datasets.vqa_cp.questions import (
    ANNOTATORS,
    EDITED,
    FOCUSED,
    NIL,
    Question,
    QuestionData,
    QuestionSplit,
    in_pairs,
)
from cfbench.datasets.vqa_cp.reading import MAX_BYTES, MEND, read_questions
from cfbench.datasets.vqa_cp.regions import FileRegions
from cfbench.errors import DataError, EnvironmentLackError
from cfbench.options import Option
from cfbench.randomness import generator

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from cfbench.datasets.base import DataContext
    from cfbench.datasets.installing import Check
    from cfbench.datasets.vqa_cp.priors import Shift

HELD_OUT = 8000
"""Questions of ``val`` (Teney et al. 2020, section 4.1)."""
CITATION = (
    "Agrawal, Batra, Parikh, Kembhavi: Don't Just Assume; Look and Answer: Overcoming Priors for Visual Question"
    " Answering. CVPR 2018. Attention: Das, Agrawal, Zitnick, Parikh, Batra: Human Attention in Visual Question"
    " Answering. EMNLP 2016."
)
_ADDRESS = "https://computing.ece.vt.edu/~aish/vqacp/"


def _source(name: str) -> Source:
    return Source(f"{_ADDRESS}{name}", f"{layout.HOME}/{name}", None, MAX_BYTES, (b"[", b"{"))


class VqaCp(QuestionData):
    """Questions about photographs whose answer priors change between training and test."""

    name: ClassVar[str] = "vqa-cp"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "VQA-CP v1 and v2: questions about images under changing answer priors"
    licence: ClassVar[str] = "CC BY 4.0 (questions and answers, as VQA); images by their owners at Flickr"
    citation: ClassVar[str] = CITATION
    homepage: ClassVar[str] = "https://computing.ece.vt.edu/~aish/vqacp/"
    options: ClassVar[Mapping[str, Option]] = {
        "edition": Option("v2", "of VQA, whose questions these are", choices=layout.EDITIONS),
        **SHARE_OPTIONS,
    }
    twin: ClassVar[str | None] = "vqa-cp-mini"
    sources: ClassVar[tuple[Source, ...]] = tuple(
        _source(f"vqacp_v2_{split}_{part}.json")
        for split in layout.SPLITS
        for part in ("questions", "annotations")
    )
    manual: ClassVar[str] = (
        f"Put vqacp_v2_{{train,test}}_{{questions,annotations}}.json (or those of v1) into <data root>/{layout.HOME}/,"
        " beside them features/<image id>.npz (features, boxes and size, for example of Anderson et al.'s"
        f" trainval_36 by cfbench.datasets.vqa_cp.unpack_bottom_up) with {layout.INDEX}, and the folders vqahat_train/"
        f" and vqahat_val/ of VQA-HAT or {layout.ATTENTION} (weights of regions by question id; {{}} where there are"
        " none, and then there are no pairs)"
    )

    def __init__(self, context: DataContext) -> None:
        """As any data set; reads nothing yet."""
        super().__init__(context)
        self._kept: tuple[str, list[Question]] = ("", [])

    @classmethod
    def missing(cls, root: Path) -> list[str]:
        """Every absent file of the edition that lacks least."""
        return layout.missing(root)

    def open_split(self, name: str, limit: int | None) -> QuestionSplit:
        """The first samples of a split. No features are read before they are asked for."""
        looker = FileRegions(self.context.root, self.chosen["edition"])
        nil = (NIL,) * ANNOTATORS if name == EDITED else ()
        questions: Iterable[Question] = self.questions(name)
        if name in {FOCUSED, EDITED}:
            questions = (one for one in questions if looker.attended(one))
        if name in {self.training_split, EDITED}:
            pairs = self.share(name, list(in_pairs(questions, looker, nil)))
            questions = chain.from_iterable(pairs)
        return QuestionSplit(name, list(islice(questions, limit)), looker)

    def questions(self, split: str) -> list[Question]:
        """The questions that a split is made from, once each, by id."""
        if split not in {self.training_split, self.validation_split}:
            return self._released("test")
        released = self._released("train")
        if len(released) <= HELD_OUT:
            path = layout.json_file(self.context.root, self.chosen["edition"], "train", "questions")
            why = f"it holds {len(released):,} questions, and {HELD_OUT:,} are held out as val"
            raise DataError(f"Cannot use {path}", why, MEND)
        order = generator(0, self.name, self.chosen["edition"], "val").permutation(len(released))
        held_out = set(order[:HELD_OUT].tolist())
        return [
            one
            for place, one in enumerate(released)
            if (place in held_out) == (split == self.validation_split)
        ]

    def checks(self) -> list[Check]:
        """Whether these are splits under changing priors at all, and not, say, those of VQA itself."""
        from cfbench.datasets.installing import Check

        shift, what = self.shift(), f"{self.name}@{self.version} {self.chosen['edition']} changing priors"
        if shift.changed:
            return [Check(what, "ok", str(shift))]
        return [Check(what, "wrong", f"{shift}: these are not the splits of VQA-CP; get them again")]

    def shift(self) -> Shift:
        """How far the answer priors of the released training and test lie apart."""
        test = self._released("test")
        return prior_shift(self._released("train"), test)

    def _released(self, split: str) -> list[Question]:
        """The questions of two released files; those that were read last are kept."""
        if self._kept[0] != split:
            self._kept = split, self._read(split)
        return self._kept[1]

    def _read(self, split: str) -> list[Question]:
        edition, root = self.chosen["edition"], self.context.root
        absent = layout.missing_of(root, edition)
        if absent:
            raise EnvironmentLackError(
                f"VQA-CP {edition} is not installed",
                f"missing below {root}: {', '.join(absent)}",
                self.manual,
            )
        return read_questions(
            layout.json_file(root, edition, split, "questions"),
            layout.json_file(root, edition, split, "annotations"),
        )
