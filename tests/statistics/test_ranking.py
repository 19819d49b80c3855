"""McNemar's test, Holm's adjustment, ranks and tie groups."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfbench.errors import DataError, UsageError
from cfbench.statistics import holm, mcnemar, tie_groups
from cfbench.statistics.ties import Ranked


def answers(both: int, first: int, second: int, neither: int) -> tuple[list[bool], list[bool]]:
    a = [True] * (both + first) + [False] * (second + neither)
    b = [True] * both + [False] * first + [True] * second + [False] * neither
    return a, b


# --- McNemar


def test_few_that_differ_are_tested_exactly() -> None:
    stats = pytest.importorskip("scipy.stats")
    for first in range(25):
        for second in range(25 - first):
            found = mcnemar(*answers(7, first, second, 5))
            assert found.exact
            assert (found.only_first, found.only_second) == (first, second)
            assert found.statistic == min(first, second)
            wanted = stats.binomtest(first, first + second).pvalue if first + second else 1.0
            assert found.p_value == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(("first", "second"), [(25, 0), (10, 15), (20, 20), (13, 12), (300, 360)])
def test_many_that_differ_are_tested_by_chi_square(first: int, second: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    found = mcnemar(*answers(100, first, second, 3))
    statistic = max(0, abs(first - second) - 1) ** 2 / (first + second)
    assert not found.exact
    assert found.statistic == pytest.approx(statistic)
    assert found.p_value == pytest.approx(stats.chi2(1).sf(statistic), rel=1e-12)


def test_chi_square_is_near_the_exact_test() -> None:
    stats = pytest.importorskip("scipy.stats")
    found = mcnemar(*answers(0, 40, 22, 0))
    assert found.p_value == pytest.approx(stats.binomtest(40, 62).pvalue, rel=0.05)


def test_models_that_never_differ_cannot_be_told_apart() -> None:
    assert mcnemar([1, 0, 1], [1, 0, 1]).p_value == 1
    assert mcnemar([], np.array([], dtype=bool)).p_value == 1


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([True, None], [True, True], "neither true nor false"),
        ([1.0, float("nan")], [1, 1], "neither true nor false"),
        ([0.5], [1], "neither true nor false"),
        ([1, 0], [1], "lengths differ"),
        ([[1], [0]], [1, 0], "axes"),
    ],
)
def test_answers_that_are_neither_right_nor_wrong_are_refused(a: Any, b: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        mcnemar(a, b)


# --- Holm


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, None, 0.5, 0.9]) == [1.0, None, 1.0, 1.0]
    assert holm([0.02, 0.02]) == [0.04, 0.04]
    assert holm([]) == []
    assert holm([None]) == [None]
    assert holm([0.0, 1.0]) == [0.0, 1.0]


@given(st.lists(st.none() | st.floats(0, 1), max_size=12))
def test_holm_keeps_order_and_never_helps(p_values: list[float | None]) -> None:
    adjusted = holm(p_values)
    assert [value is None for value in adjusted] == [value is None for value in p_values]
    pairs = sorted((p, a) for p, a in zip(p_values, adjusted, strict=True) if p is not None and a is not None)
    assert all(p <= a <= 1 for p, a in pairs)
    assert all(one[1] <= other[1] for one, other in combinations(pairs, 2))
    if pairs:
        assert pairs[0][1] == min(1.0, len(pairs) * pairs[0][0])


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_holm_refuses_what_is_no_p_value(value: float) -> None:
    with pytest.raises(DataError, match="no p-value"):
        holm([0.5, value])


# --- ranks

CHAIN = {
    ("A", "B"): 0.5,
    ("B", "C"): 0.3,
    ("A", "C"): 0.01,
    ("C", "D"): 0.001,
    ("A", "D"): 0.001,
    ("B", "D"): 0.001,
}


def chain(one: str, other: str) -> float | None:
    return CHAIN.get((one, other), CHAIN.get((other, one)))


def test_ties_chain() -> None:
    found = tie_groups(["C", "A", "D", "B"], [0.7, 0.9, 0.1, 0.8], chain)
    assert found.groups == (("A", "B"), ("B", "C"), ("D",))
    assert found.ranked == (
        Ranked("A", 0.9, rank=1, best_rank=1, worst_rank=2),
        Ranked("B", 0.8, rank=2, best_rank=1, worst_rank=3),
        Ranked("C", 0.7, rank=3, best_rank=2, worst_rank=3),
        Ranked("D", 0.1, rank=4, best_rank=4, worst_rank=4),
    )


def test_lower_may_be_better() -> None:
    found = tie_groups(["C", "A", "D", "B"], [-0.7, -0.9, -0.1, -0.8], chain, higher_is_better=False)
    assert found.groups == (("A", "B"), ("B", "C"), ("D",))
    assert [(one.rank, one.best_rank, one.worst_rank) for one in found.ranked] == [(1, 1, 2), (2, 1, 3), (3, 2, 3), (4, 4, 4)]  # fmt: skip


def test_many_tests_are_adjusted_unless_told_not_to() -> None:
    def test(_: str, __: str) -> float:
        return 0.02

    assert tie_groups(list("abc"), [3, 2, 1], test).groups == (("a", "b", "c"),)
    assert tie_groups(list("abc"), [3, 2, 1], test, adjust=False).groups == (("a",), ("b",), ("c",))
    assert tie_groups(list("abc"), [3, 2, 1], test, alpha=0.06).groups == (("a",), ("b",), ("c",))


def test_a_table_says_what_a_function_says() -> None:
    names = ["C", "A", "D", "B"]
    table = [[chain(one, other) for other in names] for one in names]
    scores = [0.7, 0.9, 0.1, 0.8]
    assert tie_groups(names, scores, table) == tie_groups(names, scores, chain)
    assert tie_groups(names, scores, np.array(table, dtype=np.float64)) == tie_groups(names, scores, chain)


def test_a_pair_without_a_test_or_with_equal_scores_is_not_told_apart() -> None:
    untested = tie_groups(["a", "b"], [2, 1], lambda _, __: None)
    assert untested.groups == (("a", "b"),)
    equal = tie_groups(["b", "a"], [1, 1], lambda _, __: 0.0)
    assert equal.groups == (("a", "b"),)
    assert [(one.name, one.rank, one.best_rank, one.worst_rank) for one in equal.ranked] == [("a", 1, 1, 2), ("b", 1, 1, 2)]  # fmt: skip


def test_the_order_of_models_does_not_matter() -> None:
    random = np.random.default_rng(0)
    names = [f"m{index}" for index in range(7)]
    scores = random.random(7)
    table = random.random((7, 7)) ** 3
    table = np.triu(table, 1) + np.triu(table, 1).T
    order = random.permutation(7)
    whole = tie_groups(names, scores.tolist(), table, adjust=False)
    turned = tie_groups(
        [names[at] for at in order], scores[order].tolist(), table[np.ix_(order, order)], adjust=False
    )
    assert turned == whole
    assert len(whole.groups) > 1
    for one in whole.ranked:
        assert one.best_rank <= one.rank <= one.worst_rank


def test_one_model_and_none() -> None:
    assert tie_groups(["a"], [1.0], [[None]]).ranked == (Ranked("a", 1.0, 1, 1, 1),)
    assert tie_groups([], [], []).groups == ()


@pytest.mark.parametrize(
    ("names", "scores", "p_values", "message"),
    [
        (["a"], [1.0, 2.0], [[1.0]], "do not belong together"),
        (["a", "a"], [1.0, 2.0], np.ones((2, 2)), "'a' is named twice"),
        (["a", "b"], [1.0, None], np.ones((2, 2)), "'b' cannot be ranked"),
        (["a", "b"], [1.0, float("nan")], np.ones((2, 2)), "'b' cannot be ranked"),
        (["a", "b"], [1.0, 2.0], np.ones((2, 3)), "no square table"),
        (["a", "b"], [1.0, 2.0], [[1.0, 0.5], [0.6, 1.0]], "models 1 and 2"),
        (["a", "b"], [1.0, 2.0], [[1.0, 1.5], [1.5, 1.0]], "no p-value"),
    ],
)
def test_what_cannot_be_ranked_is_refused(names: Any, scores: Any, p_values: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        tie_groups(names, scores, p_values)


def test_an_impossible_alpha_is_refused() -> None:
    with pytest.raises(UsageError, match="no alpha"):
        tie_groups(["a"], [1.0], [[None]], alpha=1.0)
