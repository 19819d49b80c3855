"""Ranks and ties, without a database."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cfbench_leaderboard.ranking import Candidate, in_order, ties


@given(
    values=st.dictionaries(st.text(max_size=3), st.floats(-1, 1) | st.sampled_from([0.0, 0.5]), max_size=12),
    up=st.booleans(),
)
def test_a_rank_is_one_more_than_how_many_are_better(values, up):
    ranking = in_order(values, higher_is_better=up)
    names = ranking.names
    assert sorted(names) == sorted(values)
    for place, name in enumerate(names):
        better = sum(other > values[name] if up else other < values[name] for other in values.values())
        assert ranking.rank(place) == 1 + better


def test_what_has_no_interval_is_told_apart_from_nothing():
    best = (Candidate("a", 1.0, None, None), Candidate("b", 1.0, 0.9, 1.1), Candidate("c", 0.5, 0.4, 0.6))
    told = ties(best, higher_is_better=True)
    assert told.groups == (("a", "b"), ("c",))
    assert {each.name: (each.best_rank, each.worst_rank) for each in told.ranked} == {
        "a": (1, 3),
        "b": (1, 2),
        "c": (2, 3),
    }


def test_an_interval_without_width_is_no_certainty():
    best = (Candidate("a", 1.0, 1.0, 1.0), Candidate("b", 0.5, 0.5, 0.5))
    assert ties(best, higher_is_better=True).groups == (("a", "b"),)
    assert ties((), higher_is_better=True).groups == ()
