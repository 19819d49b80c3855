"""The rows of the paper's tables, as models: without edited examples, with them, and with gradient supervision."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

from cfbench.errors import UsageError
from cfbench.models import Model, ModelContext
from cfbench.options import checked_options
from cfbench.randomness import generator
from cfbench.threads import limited_threads
from cfbench_models.gs.kinds import Kind, Questions, kind_of
from cfbench_models.gs.recipes import CHOSEN, OPTIONS, READER, Arm
from cfbench_models.trained import needs_torch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cfbench.datasets import Split
    from cfbench.options import Option
    from cfbench.training import TrainingJob
    from cfbench_models.gs.encoders import Reader
    from cfbench_models.gs.networks import Ensemble


class Supervised(Model):
    """Small networks side by side that learn in seconds to minutes, kept by what they learned from."""

    tasks: ClassVar[tuple[str, ...]] = ("text-label", "image-labels", "vqa")
    fits_while_you_wait: ClassVar[bool] = True
    options: ClassVar[Mapping[str, Option]] = OPTIONS
    name: ClassVar[str]
    arm: ClassVar[Arm]

    def __init__(self) -> None:
        self._context: ModelContext | None = None
        self._kind: Kind | None = None
        self._networks: Ensemble | None = None
        self._reader: Reader | None = None
        self._outputs = 0

    def setup(self, context: ModelContext) -> None:
        """Remember the task, and where to tell of progress; find the transformer that reads, where one is named."""
        self._context = context
        needs_torch("This model")
        named = context.options.get(READER)
        if named is None:
            return
        if context.task != "text-label":
            raise UsageError(
                f"'{READER}' changes nothing here", f"it reads texts, and this is {context.task}"
            )
        from cfbench_models.gs.encoders import Reader

        self._reader = Reader.of(named, context)
        self.weights_digest = self._reader.identity.weights

    def fit(self, train: Split[Any, Any], validation: Split[Any, Any], preset: str, seed: int) -> None:  # noqa: ARG002
        """Learn, or take what the same training gave before, here or where the weights in the package are from."""
        from cfbench_models.gs.encoded import Encoded
        from cfbench_models.gs.keeping import Fit, Kept, installed

        context = self._told()
        fit = Fit.of(train, validation, seed)
        found = installed(self.name, context, fit)
        if found is None:
            kept = Kept.of(self.arm, fit, context, self._reader)
            found = kept.read()
            if found is None:
                found = self._learned(train, validation, seed, context)
                kept.write(*found)
        if isinstance(found[0], Encoded):
            found[0].read_with(self._reader)
        self._kind, self._networks, self._outputs = found

    @classmethod
    def train(cls, job: TrainingJob) -> Path:
        """The same as a run does by itself, with a file of weights that other runs take, once it is installed."""
        from cfbench_models.gs.keeping import Fit, write_file

        data = job.dataset
        context = ModelContext(
            task=data.task,
            dataset=f"{data.name}@{data.version}",
            seed=job.seed,
            device=job.device,
            threads=job.threads,
            options=checked_options(cls.options, _texts(job.options), "model", cls.name),
            reporter=job.reporter,
        )
        model = cls()
        model.setup(context)
        splits = data.split(data.training_split), data.split(data.validation_split)
        with limited_threads(job.threads):
            found = model._learned(*splits, job.seed, context)
        path = job.folder / f"{cls.name}-{data.name}.safetensors"
        card = {
            "name": cls.name,
            "dataset": context.dataset,
            "licence": data.licence,
            "what": cls.summary,
            "fit": asdict(Fit.of(*splits, job.seed)),
            "options": dict(context.options),
            "arm": asdict(cls.arm),
            "recipe": found[0].recipe.to_json(),
            "device": job.device,
            "threads": job.threads,
        }
        write_file(path, found, card)
        return path

    def _learned(
        self, train: Split[Any, Any], validation: Split[Any, Any], seed: int, context: ModelContext
    ) -> tuple[Kind, Ensemble, int]:
        from cfbench_models.gs.keeping import as_kept
        from cfbench_models.gs.learning import learn, predicted
        from cfbench_models.gs.material import material_of

        data = material_of(train)
        checked = material_of(validation, data.answers)
        chosen = {} if self._reader else CHOSEN.get(context.dataset.partition("@")[0], {})
        changes = {name: value for name, value in context.options.items() if name != READER}
        kind = kind_of(context.task, data, self.arm, {**chosen, **changes}, self._reader)
        networks = kind.networks(data.outputs, generator(seed, "gs", "weights"))
        checked = checked.read_by(kind.read)
        learn(
            networks,
            data.read_by(kind.read),
            checked,
            arm=self.arm,
            recipe=kind.recipe,
            seed=seed,
            judge=kind.judge,
            reporter=context.reporter,
        )
        as_kept(networks)
        if isinstance(kind, Questions):
            kind.settle(predicted(networks, checked.inputs), checked)
        return kind, networks, data.outputs

    def predict(self, batch: Sequence[Any]) -> list[Any]:
        """The probability of each class, or the best answer, of the networks' mean logit."""
        from cfbench_models.gs.learning import predicted

        kind, networks = self._ready()
        return kind.said(predicted(networks, kind.read(batch)), batch)

    def alignments(
        self, edited: Sequence[Any], originals: Sequence[Any], classes: Sequence[int]
    ) -> list[float | None]:
        """Of the networks, one by one, and the mean of their cosines."""
        from cfbench_models.gs.learning import aligned

        kind, networks = self._ready()
        one = self._outputs == 1
        logits = [0] * len(classes) if one else list(classes)
        rises = [place == 1 for place in classes] if one else [True] * len(classes)
        return aligned(networks, kind.read(edited), kind.read(originals), logits, rises)

    def _told(self) -> ModelContext:
        if self._context is None:
            raise UsageError("The model is not set up", "fit was called before setup")
        return self._context

    def _ready(self) -> tuple[Kind, Ensemble]:
        if self._kind is None or self._networks is None:
            raise UsageError("The model has learned nothing yet", "predict was called before fit")
        return self._kind, self._networks


def _texts(options: Mapping[str, Any]) -> dict[str, str]:
    """Options of a training as those of a run are written."""
    return {
        name: ",".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in options.items()
    }


class Chance(Supervised):
    """The baseline on training data whose labels were shuffled among the examples, as published."""

    name: ClassVar[str] = "chance"
    summary: ClassVar[str] = "the same networks, taught shuffled labels: what the commonness of labels gives"
    arm: ClassVar[Arm] = Arm(shuffled=True)


class Baseline(Supervised):
    """Learns from originals alone."""

    name: ClassVar[str] = "baseline"
    summary: ClassVar[str] = "small networks, taught originals alone"
    arm: ClassVar[Arm] = Arm(edited=False)


class Augmented(Supervised):
    """Learns from originals and edited examples, as from so many examples."""

    name: ClassVar[str] = "augmented"
    summary: ClassVar[str] = "small networks, taught originals and edited examples"
    arm: ClassVar[Arm] = Arm()


class Gs(Supervised):
    """Learns from both, and that its gradient should point from the one to the other."""

    name: ClassVar[str] = "gs"
    summary: ClassVar[str] = "small networks, taught both, with gradient supervision by counterfactual pairs"
    arm: ClassVar[Arm] = Arm(relations="true")


class GsRandom(Supervised):
    """The control: any other training example, and a direction that is drawn, too."""

    name: ClassVar[str] = "gs-random"
    summary: ClassVar[str] = "gradient supervision by random pairs and directions, a control"
    arm: ClassVar[Arm] = Arm(relations="random")


class GsConsistent(Supervised):
    """The other control: any training example that has the label that the counterfactual has."""

    name: ClassVar[str] = "gs-consistent"
    summary: ClassVar[str] = "gradient supervision by random pairs with the right labels, a control"
    arm: ClassVar[Arm] = Arm(relations="consistent")


class QuestionOnly(Supervised):
    """What the words of a question alone tell of its answer."""

    name: ClassVar[str] = "question-only"
    summary: ClassVar[str] = "small networks that read the question and do not see the image"
    tasks: ClassVar[tuple[str, ...]] = ("vqa",)
    arm: ClassVar[Arm] = Arm(edited=False, blind=True)
