from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from cfbench.cache import ContentCache
from cfbench.datasets import DataContext
from cfbench.datasets.paired import Member, PairedDataset, PairedSplit, drawn
from cfbench.errors import UsageError


@dataclass(frozen=True)
class Number(Member):
    value: int


class Numbers(PairedSplit):
    def inputs(self, index, *, teacher_forced=False):
        return self.records[index].value

    def target(self, index):
        return SimpleNamespace(counterpart=self.counterpart(index))

    def specification(self, index):
        return self.records[index].value


class NumberPairs(PairedDataset):
    name, version, task = "number-pairs", "1", "none"

    def open_split(self, name, limit):
        pairs = self.share(name, range(100))
        records = [
            Number(f"{name}_{n}_{role}", f"{name}_{n}", role, place or None, 10 * n + place)
            for n in pairs
            for place, role in enumerate(("original", "edited", "placebo"))
        ]
        return Numbers(name, records[:limit])


@pytest.fixture
def opened(tmp_path):
    return lambda **options: NumberPairs(DataContext(tmp_path, ContentCache(tmp_path), options))


def test_members_of_a_pair_know_their_role_their_group_and_their_original(opened):
    split = opened().split("test")
    assert split.grouped_by == "pair"
    assert [split.slices(index) for index in range(3)] == [("original",), ("edited",), ("placebo",)]
    assert {split.group(index) for index in (3, 4, 5)} == {"test_1"}
    assert [split.target(index).counterpart for index in range(3, 6)] == [None, 10, None]


def test_the_last_pair_may_be_cut(opened):
    split = opened().split("train", 5)
    assert split.ids[-1] == "train_1_edited"
    assert split.target(4).counterpart == 10


def test_samples_that_come_alone_have_neither_slices_nor_groups():
    split = Numbers("test", [Number("a", "", "", None, 1), Number("b", "", "", None, 2)])
    assert split.grouped_by == ""
    assert split.slices(0) == ()
    assert [split.group(index) for index in range(2)] == ["a", "b"]


def test_a_share_is_of_the_pairs_of_train_alone(opened):
    few = opened(train_share="1/5")
    assert len(few.split("train")) == 3 * 20
    assert len(few.split("test")) == len(few.split("val")) == 300
    pairs = [few.split("train").group(index) for index in range(60)]
    assert pairs == sorted(pairs, key=lambda pair: int(pair.removeprefix("train_")))


def test_draws_differ_and_their_smaller_shares_lie_within_the_larger():
    by_share = {share: drawn(range(1707), "x", share, 3) for share in ("1", "1/2", "1/5", "1/9")}
    assert {share: len(found) for share, found in by_share.items()} == {
        "1": 1707,
        "1/2": 854,
        "1/5": 341,
        "1/9": 190,
    }
    assert set(by_share["1/9"]) < set(by_share["1/5"]) < set(by_share["1/2"])
    assert drawn(range(1707), "x", "1/9", 3) == by_share["1/9"]
    assert drawn(range(1707), "x", "1/9", 4) != by_share["1/9"]
    assert drawn(range(1707), "y", "1/9", 3) != by_share["1/9"]
    assert drawn([7, 8], "x", "1/9", 0) in ([7], [8])


@pytest.mark.parametrize("options", [{"train_share": "1/3"}, {"train_draw": "1000"}, {"train_draw": "-1"}])
def test_other_shares_and_draws_are_refused(opened, options):
    with pytest.raises(UsageError):
        opened(**options)
