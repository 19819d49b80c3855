"""Tables 1 to 5."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from cfbench.published import table
from cfbench.reproduction import Cell, Lacking, Outcome, Reproduction, put_together
from cfbench_models.sscr.lexicon import lexicon_of, token_types
from cfbench_models.sscr.reproduction.methods import (
    BASELINES,
    CONTINUED,
    CTC,
    EXPLAINER,
    F1_NOTE,
    GENEVA,
    LEGACY,
    MAIN,
    PERCENT,
    SEEN,
    SSCR,
    SSCR_D,
    WARM_NOTE,
    at_share,
    cells_of,
    equal_subset,
    zero_shot,
)

if TYPE_CHECKING:
    from cfbench.reproduction import Measured, Workshop

EVERY = ("iclevr-mini", "codraw-mini", "iclevr", "codraw")
BLOCKS = ("iclevr-mini", "iclevr")
HELD_OUT = "cfbench_models.sscr.reproduction.held_out:HeldOut"


class Table1(Reproduction):
    """The types of tokens, from the lexicons, with how many instructions hold one."""

    name: ClassVar[str] = "sscr/table1"
    summary: ClassVar[str] = "token types of instructions: examples, and the share of instructions with one"
    datasets: ClassVar[tuple[str, ...]] = EVERY

    def run(self, work: Workshop) -> Outcome:
        """Over the training instructions."""
        split = work.dataset.split(work.dataset.training_split, work.settings.limit)
        texts = [text for index in range(len(split)) for text in split.specification(index)[0]]
        types = token_types(lexicon_of(work.dataset.name), texts)
        cells = []
        for name, found in types.items():
            examples = table(self.name).words(name, "examples", work.official)
            cells += [
                Cell(name, "examples", examples, ", ".join(found["examples"]), n=len(texts)),
                Cell(name, "share of instructions with one", None, float(found["coverage"]), n=len(texts)),
                Cell(name, "tokens an instruction", None, float(found["per_text"]), n=len(texts)),
            ]
        note = (
            f"measured on the instructions of {len(split):,} training sequences; the commonest five are named"
        )
        outcome = put_together(work, self.name, cells, (), (note,))
        return replace(outcome, subset=work.settings.limit is not None)


class Table2(Reproduction):
    """GeNeVA, CTC and SSCR on the test split."""

    name: ClassVar[str] = "sscr/table2"
    summary: ClassVar[str] = "precision, recall, F1 and RelSim of GeNeVA, CTC and SSCR, beside the baselines"
    datasets: ClassVar[tuple[str, ...]] = EVERY

    def run(self, work: Workshop) -> Outcome:
        """Each method compared with GeNeVA by dialogue; then the same images under the published book-keeping."""
        first = work.measure(GENEVA, SEEN)
        cells: list[Cell] = []
        legacy: list[Cell] = []
        everything: list[Measured | Lacking] = []
        for arm in (GENEVA, CONTINUED, CTC, SSCR, *BASELINES):
            found = work.measure(arm, SEEN)
            everything.append(found)
            cells += cells_of(work, self.name, found, against=first if arm.trained else None)
            again = found if isinstance(found, Lacking) else work.scored(found, LEGACY)
            if arm.trained and not isinstance(again, Lacking):
                for address in ("objects/f1_samples", "relsim/relsim"):
                    number = f"{address.partition('/')[2]}, geneva-legacy"
                    legacy.append(again.cell(address, number=number))
        notes = (F1_NOTE, WARM_NOTE, "geneva-legacy: the same images under the published code's book-keeping")
        return put_together(work, self.name, [*cells, *legacy], everything, notes)


class Table3(Reproduction):
    """The explainer by the share of its training data."""

    name: ClassVar[str] = "sscr/table3"
    summary: ClassVar[str] = (
        "BLEU and cross-entropy of the explainer at 100, 80 and 50 % of the training data"
    )
    datasets: ClassVar[tuple[str, ...]] = EVERY

    def run(self, work: Workshop) -> Outcome:
        """The published PPL stands beside the cross-entropy, which it is."""
        cells: list[Cell] = []
        everything = []
        first = work.measure(at_share(EXPLAINER, 100), ("bleu", "perplexity"))
        for share in (100, 80, 50):
            arm = at_share(EXPLAINER, share)
            found = work.measure(arm, ("bleu", "perplexity"))
            everything.append(found)
            paper = table(self.name)
            bleu, entropy = (paper.value(arm.key, column, work.official) for column in ("bleu", "ppl"))
            said = {
                "bleu/bleu": None if bleu is None else bleu / PERCENT,
                "perplexity/cross_entropy": entropy,
                "perplexity/perplexity": None,
            }
            for address, published in said.items():
                number = address.partition("/")[2]
                if isinstance(found, Lacking):
                    cells.append(Cell(arm.label, number, published, reason=found.reason))
                    continue
                cell = found.cell(address, published=published)
                if not isinstance(first, Lacking) and first is not found:
                    cell = found.compared(first, cell, address)
                cells.append(cell)
        return put_together(work, self.name, cells, everything)


class Table4(Reproduction):
    """The discriminator or the explainer as the judge of counterfactual images."""

    name: ClassVar[str] = "sscr/table4"
    summary: ClassVar[str] = (
        "SSCR judged by the discriminator (D) or by the explainer, at 100 and 50 % of the data"
    )
    datasets: ClassVar[tuple[str, ...]] = EVERY

    def run(self, work: Workshop) -> Outcome:
        """Each compared with GeNeVA at the same share."""
        cells: list[Cell] = []
        everything = []
        for share in (100, 50):
            first = work.measure(at_share(GENEVA, share), SEEN)
            for arm in (at_share(each, share) for each in (GENEVA, SSCR_D, SSCR)):
                found = work.measure(arm, SEEN)
                everything.append(found)
                cells += cells_of(work, self.name, found, MAIN, first)
        return put_together(work, self.name, cells, everything, (F1_NOTE, WARM_NOTE))


class Table5(Reproduction):
    """Zero-shot generalization, with the two controls that the paper lacks."""

    name: ClassVar[str] = "sscr/table5"
    summary: ClassVar[str] = (
        "zero-shot: without four objects; with a random subset of equal size, and those objects alone"
    )
    datasets: ClassVar[tuple[str, ...]] = BLOCKS

    def run(self, work: Workshop) -> Outcome:
        """Three trainings without the objects, and three on as many sequences with them."""
        kept = len(work.dataset.split("train-zero-shot"))
        every = len(work.dataset.split(work.dataset.training_split))
        cells: list[Cell] = []
        everything = []
        groups = (
            [zero_shot(arm) for arm in (GENEVA, CTC, SSCR)],
            [equal_subset(arm, kept) for arm in (GENEVA, CTC, SSCR)],
        )
        for group in groups:
            metrics = (*SEEN, HELD_OUT)
            first = work.measure(group[0], metrics)
            for arm in group:
                found = work.measure(arm, metrics)
                everything.append(found)
                cells += cells_of(work, self.name, found, MAIN, first)
                for address in ("held-out/recall", "held-out/precision"):
                    number = address.replace("/", " objects alone: ")
                    if isinstance(found, Lacking):
                        cells.append(Cell(arm.label, number, reason=found.reason))
                    else:
                        cells.append(found.cell(address, number=number))
        notes = (
            f"{kept:,} of {every:,} training sequences ({kept / every:.1%}) hold none of the four objects; 'equal subset' is"
            f" the first {kept:,} of all, which hold every object: what lies between the two is what not having seen costs",
            F1_NOTE,
        )
        return put_together(work, self.name, cells, everything, notes)
