"""VQA-CP by its official files (:class:`VqaCp`), and what helps to have them.

``changing_priors`` divides questions anew as VQA-CP does, ``prior_shift`` tells how far the priors of two splits lie
apart, ``unpack_bottom_up`` makes feature files.
"""

from __future__ import annotations

from cfbench.datasets.vqa_cp.bottom_up import unpack_bottom_up
from cfbench.datasets.vqa_cp.dividing import changing_priors
from cfbench.datasets.vqa_cp.official import VqaCp
from cfbench.datasets.vqa_cp.priors import Shift, prior_shift
from cfbench.datasets.vqa_cp.questions import Question
from cfbench.datasets.vqa_cp.reading import read_questions

__all__ = [
    "Question",
    "Shift",
    "VqaCp",
    "changing_priors",
    "prior_shift",
    "read_questions",
    "unpack_bottom_up",
]
