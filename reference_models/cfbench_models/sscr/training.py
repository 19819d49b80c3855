"""Training of SSCR and its ablations: GeNeVA's networks go on learning, with the explainer and by counterfactuals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cfbench.errors import DataError
from cfbench_models.explainer.weights import read_explainer
from cfbench_models.geneva import training as geneva
from cfbench_models.geneva.starting import Beyond
from cfbench_models.geneva.stepping import Networks, Stepper
from cfbench_models.geneva.weights import read_beside, read_editor
from cfbench_models.sscr.interventions import Intervention
from cfbench_models.sscr.lexicon import lexicon_of
from cfbench_models.sscr.plan import METHODS, NAMES, plan_of, recipe_after
from cfbench_models.sscr.stepping import (
    ConsistentStepper,
    CounterfactualStepper,
    Moments,
    generator_parameters,
)

if TYPE_CHECKING:
    from pathlib import Path

    from cfbench.datasets.edit import EditSplit
    from cfbench.training import TrainingJob
    from cfbench_models.explainer.network import Explainer
    from cfbench_models.explainer.weights import ExplainerCard
    from cfbench_models.geneva.recipe import Recipe
    from cfbench_models.geneva.vocabulary import Vocabulary


def train(job: TrainingJob, *, method: str, start: Path, explainer: Path | None) -> Path:
    """Go on with GeNeVA's training by a method; the file of weights with the best validation.

    On one machine, with one number of threads, the same arguments give the same weights on a CPU, however often
    the training was ended and called again. The explainer is frozen: nothing of it changes.

    Args:
        job: Its data set is the one that the start and the explainer learned from. Its preset, ``smoke`` (seconds),
            ``cpu``, ``gpu`` or ``paper``, says how long and how fast: all else is as the start was trained. Its
            options are the plan's and the recipe's of the start.
        method: One of ``plan.METHODS``.
        start: The weights of GeNeVA's editor, with the networks beside them.
        explainer: The weights of the explainer; None for the method ``none``, which has no use for it.

    Raises:
        UsageError: The data set has no labelled scenes, the folder holds another training, or there is no such
            option.
        DataError: The start or the explainer is damaged or of another data set, or a checkpoint is.
    """
    plan, rest = plan_of(method, job.options)
    card, _ = read_editor(start, job.dataset.name)
    recipe = recipe_after(read_beside(start, card)[0], job.preset, rest)
    about: dict[str, Any] = {"method": plan.method, "plan": plan.to_json()}
    known: dict[str, Any] = {
        "what": f"An editor that began as GeNeVA's; then {METHODS[plan.method]}",
        "started_from": {"name": card.name, "sha256": card.sha256},
        **about,
    }
    told: tuple[ExplainerCard, Explainer] | None = None
    if plan.explained:
        if explainer is None:
            raise DataError(f"The method {method} needs an explainer", "none was given")
        told = read_explainer(explainer, job.dataset.name)
        about["explainer"] = told[0].sha256
        known["explainer"] = {"name": told[0].name, "sha256": told[0].sha256}

    def stepper(networks: Networks, recipe: Recipe, _split: EditSplit, vocabulary: Vocabulary) -> Stepper:
        if told is None:
            return Stepper(networks, recipe)
        _check(told[0], recipe, vocabulary)
        explaining = networks, recipe, plan, told[1].to(job.device), job.seed
        if not plan.counterfactual:
            return ConsistentStepper(*explaining)
        intervention = Intervention(
            lexicon_of(job.dataset.name),
            share=plan.replaced,
            plausible=plan.plausible,
            distinct=plan.distinct,
        )
        moments = Moments(generator_parameters(networks))
        networks.add_module("counterfactual", moments)
        return CounterfactualStepper(
            *explaining, moments=moments, intervention=intervention, vocabulary=vocabulary
        )

    return geneva.train(job, name=NAMES[plan.method], beyond=Beyond(start, recipe, stepper, about, known))


def _check(card: ExplainerCard, recipe: Recipe, vocabulary: Vocabulary) -> None:
    """Whether the explainer sees and reads what the editor makes and is told."""
    mend = "Train the explainer on the same split at the same size"
    size = recipe.size
    if (card.size.side, card.size.squeeze) != (size.side, size.squeeze):
        raise DataError(
            "The explainer does not look at such images",
            f"it takes {card.size.side} pixels in cells of {card.size.squeeze}, the editor makes {size.side} in"
            f" cells of {size.squeeze}",
            mend,
        )
    if card.words != vocabulary.words:
        raise DataError(
            "The explainer knows other words than the editor",
            f"it knows {len(card.words)}, the editor {len(vocabulary.words)}",
            mend,
        )
