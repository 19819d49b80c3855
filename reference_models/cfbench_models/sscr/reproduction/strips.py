"""Figures 6 and 8: what GeNeVA and SSCR make of a dialogue, and of counterfactual instructions."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, ClassVar

from cfbench.plugins import load_plugin
from cfbench.report.filmstrip import FilmStrip, filmstrip_png
from cfbench.reproduction import Cell, Figure, Lacking, Outcome, Reproduction, put_together
from cfbench.reproduction.shapes import png_in_svg
from cfbench_models.sscr.interventions import Intervention
from cfbench_models.sscr.lexicon import lexicon_of
from cfbench_models.sscr.reproduction.methods import GENEVA, SEEN, SSCR, cells_of
from cfbench_models.sscr.reproduction.tables import EVERY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.datasets import Dataset
    from cfbench.reproduction import Measured, Workshop
    from cfbench.tasks.edit import EditInputs

SHOWN = 3
COUNTERFACTUALS = 4


class Figure6(Reproduction):
    """The same dialogues edited by GeNeVA and by SSCR."""

    name: ClassVar[str] = "sscr/fig6"
    summary: ClassVar[str] = "filmstrips: the same dialogues edited by GeNeVA and by SSCR"
    datasets: ClassVar[tuple[str, ...]] = ("codraw-mini", "codraw", "iclevr-mini", "iclevr")

    def run(self, work: Workshop) -> Outcome:
        """Dialogues evenly spread over the test split: not chosen by how they look."""
        found = [work.measure(arm, SEEN) for arm in (GENEVA, SSCR)]
        cells = [
            cell
            for each in found
            for cell in cells_of(work, "sscr/table2", each, ("objects/f1_samples", "relsim/relsim"))
        ]
        measured = [each for each in found if not isinstance(each, Lacking)]
        figures: tuple[Figure, ...] = ()
        if measured:
            count = len(measured[0].runs[0].bench.split)
            chosen = sorted({number * count // SHOWN for number in range(SHOWN)})
            figures = tuple(_figure(f"dialogue-{index}", _strips(measured, index)) for index in chosen)
        notes = (f"the dialogues are {SHOWN} evenly spread over the split, not chosen by how they look",)
        return put_together(work, self.name, cells, found, notes, figures=figures)


class Figure8(Reproduction):
    """Counterfactual instructions, and what SSCR makes of them."""

    name: ClassVar[str] = "sscr/fig8"
    summary: ClassVar[str] = "filmstrips: counterfactual instructions and the images that SSCR makes of them"
    datasets: ClassVar[tuple[str, ...]] = EVERY

    def run(self, work: Workshop) -> Outcome:
        """The last turn of some dialogues, from the true image before it, as in training."""
        training = work.trainings(SSCR)[0]
        weights = work.weights(training)
        if isinstance(weights, Lacking):
            return put_together(work, self.name, [Cell(SSCR.label, "images", reason=weights.reason)], ())
        model = load_plugin("models", SSCR.model)()
        model.use(weights, dataset=work.dataset.name, device=work.settings.device)
        figures, cells = [], []
        for index in range(SHOWN):
            inputs, told = counterfactuals(work.dataset, index)
            made = model.predict(inputs)
            words = tuple(each.instructions[-1] for each in inputs)
            strip = FilmStrip(
                inputs[0].id,
                inputs[0].previous[-1] if inputs[0].previous else inputs[0].start,
                words,
                outputs=tuple(each.images[-1] for each in made),
                titles=("true", *(f"counterfactual {number}" for number in range(1, len(words)))),
                caption="first the true instruction, then counterfactual ones, each from the true image before",
            )
            figures.append(_figure(f"dialogue-{index}", [strip]))
            cells += [
                Cell(
                    f"{inputs[0].id}, turn {len(inputs[0].instructions)}",
                    f"counterfactual {number}",
                    value=text,
                )
                for number, text in enumerate(told, 1)
            ]
        return put_together(work, self.name, cells, (), figures=figures)


def counterfactuals(dataset: Dataset, index: int) -> tuple[list[EditInputs], list[str]]:
    """A test sample's last turn with its instruction and with counterfactual ones, and what each replaces."""
    split = dataset.split(dataset.default_split, index + 1)
    inputs = split.inputs(index, teacher_forced=True)
    intervene = Intervention(lexicon_of(dataset.name))
    *before, last = inputs.instructions
    made = list(
        {each.text: each for each in (intervene(last, seed) for seed in range(3 * COUNTERFACTUALS))}.values()
    )
    chosen = [each for each in made if each.replaced][:COUNTERFACTUALS]
    told = [", ".join(f"{r.type}: {r.before} → {r.after}" for r in each.replaced) for each in chosen]
    return [inputs, *(replace(inputs, instructions=(*before, each.text)) for each in chosen)], told


def _strips(measured: Sequence[Measured], index: int) -> list[FilmStrip]:
    """The dialogue as each method edited it."""
    strips = []
    for each in measured:
        run = each.runs[0]
        split = run.bench.split
        inputs, target = split.inputs(index), split.target(index)
        outputs = run.prediction(index).images
        strips.append(
            FilmStrip(inputs.id, inputs.start, inputs.instructions, outputs, target.images, each.arm.label)
        )
    return strips


def _figure(stem: str, strips: Sequence[FilmStrip]) -> Figure:
    """The strips below each other."""
    from PIL import Image

    parts = [Image.open(BytesIO(filmstrip_png(strip))) for strip in strips]
    whole = Image.new(
        "RGB", (max(part.width for part in parts), sum(part.height for part in parts)), "#ffffff"
    )
    top = 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height
    out = BytesIO()
    whole.save(out, format="PNG", optimize=True)
    data = out.getvalue()
    return Figure(stem, png_in_svg(data, whole.width, whole.height, strips[0].sample), data)
