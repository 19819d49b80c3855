"""Questions divided anew into training and test, so that answer priors change between them.

The way of VQA-CP (Agrawal et al. 2018, Don't just assume; look and answer, section 3), as the paper tells it; what it
leaves open (the order of groups, ties) is drawn from a seed. It makes no official split.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from cfbench.datasets.vqa_cp.priors import answer_of
from cfbench.errors import DataError
from cfbench.randomness import generator

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from cfbench.datasets.vqa_cp.questions import Question

TEST_SHARE = 1 / 3
STOP_WORDS = frozenset(
    """a an the this that these those there here it its he she his her him they them their we our you your i my me and
    or but if of at by for with about to from in out on off over under is are was were be been being am do does did
    have has had can could will would should may might must not no nor so than too very just any some such what which
    who whom whose where when why how""".split()  # noqa: SIM905 (a word a line would fill two pages)
)
"""Words that are no concepts."""
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")


def changing_priors(
    questions: Sequence[Question], *, test_share: float = TEST_SHARE, seed: int = 0
) -> tuple[list[int], list[int]]:
    """The positions of the questions for training and for the test, each in order.

    Questions of one type with one answer form a group and stay together. Groups go to the test in a random order; after
    each the group that has most of the words of the test's questions and answers that training lacks goes to training,
    until the test holds its share. The rest is for training. Words exclude stop words.
    """
    if not 0 < test_share < 1:
        raise DataError(f"A test share of {test_share} is none", "it lies between 0 and 1")
    members: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, one in enumerate(questions):
        members[one.question_type, answer_of(one)].append(place)
    groups = list(members.values())
    in_test = _dealt(groups, _concepts(questions, groups), test_share * len(questions), seed)
    chosen = {place for group, tested in zip(groups, in_test, strict=True) if tested for place in group}
    return [place for place in range(len(questions)) if place not in chosen], sorted(chosen)


def _concepts(questions: Sequence[Question], groups: Sequence[list[int]]) -> list[npt.NDArray[np.intp]]:
    """The words of each group, as numbers."""
    number: dict[str, int] = {}
    found = []
    for group in groups:
        words: set[str] = set()
        for place in group:
            words.update(_WORD.findall(questions[place].question.lower()))
        words.update(_WORD.findall(answer_of(questions[group[0]]).lower()))
        kept = sorted(words - STOP_WORDS)
        found.append(np.array([number.setdefault(word, len(number)) for word in kept], np.intp))
    return found


def _dealt(
    groups: Sequence[list[int]], concepts: Sequence[npt.NDArray[np.intp]], wanted: float, seed: int
) -> npt.NDArray[np.bool_]:
    """Which groups are for the test."""
    count = 1 + max((int(words.max()) for words in concepts if len(words)), default=0)
    holding: list[list[int]] = [[] for _ in range(count)]  # the groups of each word
    for group, words in enumerate(concepts):
        for word in words.tolist():
            holding[word].append(group)
    tested, trained = np.zeros(len(groups), np.bool_), np.zeros(len(groups), np.bool_)
    lacked, known = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    would_cover = np.zeros(len(groups))  # lacked words of each group; minus infinity where it is assigned
    held = 0
    for group in generator(seed, "changing-priors").permutation(len(groups)).tolist():
        if held >= wanted:
            break
        if trained[group]:
            continue
        tested[group], would_cover[group] = True, -np.inf
        held += len(groups[group])
        for word in concepts[group].tolist():
            if not known[word] and not lacked[word]:
                lacked[word] = True
                would_cover[holding[word]] += 1
        best = int(would_cover.argmax())
        if would_cover[best] > 0:
            trained[best], would_cover[best] = True, -np.inf
            for word in concepts[best].tolist():
                known[word] = True
                if lacked[word]:
                    lacked[word] = False
                    would_cover[holding[word]] -= 1
    return tested
