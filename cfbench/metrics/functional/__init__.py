"""The metrics as pure functions: numpy, torch or lists in, float64 inside. Made to be imported by themselves.

from cfbench.metrics.functional import frechet_distance, relsim
"""

from __future__ import annotations

from cfbench.metrics.functional.accuracy import accuracy, macro_f1
from cfbench.metrics.functional.average_precision import average_precision, mean_average_precision
from cfbench.metrics.functional.bleu import bleu, bleu_from_statistics, bleu_statistics
from cfbench.metrics.functional.causal import causal_consistency
from cfbench.metrics.functional.cld import cld
from cfbench.metrics.functional.clip import clip_directional, clip_image, clip_score, directional_summary
from cfbench.metrics.functional.counterfactual import (
    composition,
    effectiveness,
    minimality,
    perceptual_distance,
    reversibility,
)
from cfbench.metrics.functional.flips import flips
from cfbench.metrics.functional.frechet import (
    FrechetTerms,
    StreamingMoments,
    frechet_by_group,
    frechet_distance,
    frechet_from_moments,
    unbiased_mean_shift,
)
from cfbench.metrics.functional.inception import inception_score
from cfbench.metrics.functional.kernel import kernel_distance, kernel_distance_subsets
from cfbench.metrics.functional.objects import (
    object_scores,
    object_scores_by_sample,
    probability_cosine,
)
from cfbench.metrics.functional.perplexity import perplexity
from cfbench.metrics.functional.relsim import edge_accuracy, relsim
from cfbench.metrics.functional.set_null import PermutationNull, frechet_permutation
from cfbench.metrics.functional.vqa import normalise_answer, vqa_accuracy

__all__ = [
    "FrechetTerms",
    "PermutationNull",
    "StreamingMoments",
    "accuracy",
    "average_precision",
    "bleu",
    "bleu_from_statistics",
    "bleu_statistics",
    "causal_consistency",
    "cld",
    "clip_directional",
    "clip_image",
    "clip_score",
    "composition",
    "directional_summary",
    "edge_accuracy",
    "effectiveness",
    "flips",
    "frechet_by_group",
    "frechet_distance",
    "frechet_from_moments",
    "frechet_permutation",
    "inception_score",
    "kernel_distance",
    "kernel_distance_subsets",
    "macro_f1",
    "mean_average_precision",
    "minimality",
    "normalise_answer",
    "object_scores",
    "object_scores_by_sample",
    "perceptual_distance",
    "perplexity",
    "probability_cosine",
    "relsim",
    "reversibility",
    "unbiased_mean_shift",
    "vqa_accuracy",
]
