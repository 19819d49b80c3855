"""What people want to know of trained weights, for their card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench_models.geneva.recipe import Recipe

MEASURED = ("f1", "precision", "recall", "edges", "difference")


def beside_the_paper(recipe: Recipe) -> dict[str, str]:
    """The options of a recipe that the paper has not, and what each does."""
    size = recipe.size
    options = (
        ("squeeze", size.squeeze > 1, f"cells of {size.squeeze} x {size.squeeze} pixels are channels"),
        ("composited", size.composited, "a mask decides what is new and what is kept of the previous image"),
        ("place", size.place, "noise chooses a place by a map, which is learned from where true objects are"),
        ("settled", size.settled, "that place is the middle of what is likely around it"),
        (
            "named",
            size.named,
            "the condition names what is added, and each named class gets a place of its own",
        ),
        ("sketch", size.sketch, "each named object is drawn as a small picture and laid where it is"),
        ("circles", size.circles, "noise is a row of directions"),
        ("noisy_norms", size.noisy_norms, "noise tells the last blocks' norms what to do, too"),
        ("naming", recipe.naming, "the condition alone is asked what the turn adds"),
        ("surprise", recipe.surprise, "guided turns get the noise that their true image speaks for"),
        ("reconstruction", recipe.reconstruction, "mean absolute difference of guided turns from the truth"),
        ("changed", recipe.changed, f"of which changed pixels count {1 + recipe.changed:g} times"),
        ("judged", recipe.judged < 1, f"the discriminator sees {recipe.judged:.0%} of the turns of a step"),
        ("averaging", recipe.averaging, "the weights are an average over the last steps"),
        ("vectors", recipe.vectors, "words begin with vectors that were learned elsewhere"),
    )
    return {option: words for option, chosen, words in options if chosen}


def details(recipe: Recipe, best: Mapping[str, Any], *, turns: float) -> dict[str, Any]:
    """Of the weights of the best checkpoint of a training.

    Args:
        recipe: Of the training.
        best: What was measured at the checkpoint.
        turns: Images that are learned from in a step.
    """
    return {
        "what": "GeNeVA's editor: text path, image encoder and generator",
        "beside the paper": beside_the_paper(recipe),
        "turn images": round(best["steps"] * turns),
        "validation": {
            "sequences": recipe.checked,
            "free-running": True,
            **{name: best[name] for name in MEASURED if name in best},
        },
    }
