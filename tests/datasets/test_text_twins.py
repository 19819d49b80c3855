from collections import Counter

import pytest

from cfbench.cache import ContentCache, default_cache_folder
from cfbench.datasets import DataContext
from cfbench.datasets.text import NliMini, ReviewsMini

TWINS = {"reviews-mini": (ReviewsMini, (1700, 250, 500), 2), "nli-mini": (NliMini, (1600, 200, 400), 5)}


@pytest.fixture(params=sorted(TWINS))
def twin(request):
    return TWINS[request.param]


def opened(dataset, root, **options):
    return dataset(DataContext(root, ContentCache(default_cache_folder()), options))


def test_sizes_and_pinned_fingerprints(twin, tmp_path):
    dataset, sizes, members = twin
    for name, size in zip(dataset.splits, sizes, strict=True):
        split = opened(dataset, tmp_path).split(name)
        assert len(split) == members * size
        assert split.fingerprint() == dataset.fingerprints[name]
        assert split.grouped_by == "pair"
        assert len({record.text + str(record.second) for record in split.records}) > 0.97 * len(split)


def test_the_first_samples_are_those_of_the_whole_split(twin, tmp_path):
    dataset, _, _ = twin
    whole, some = opened(dataset, tmp_path).split("val"), opened(dataset, tmp_path).split("val", 13)
    assert len(some) == 13
    assert some.records == whole.records[:13]


def test_a_share_holds_whole_pairs_of_train(twin, tmp_path):
    dataset, sizes, members = twin
    whole = {record.id: record for record in opened(dataset, tmp_path).split("train").records}
    draws = []
    for draw in ("0", "1"):
        split = opened(dataset, tmp_path, train_share="1/9", train_draw=draw).split("train")
        assert set(Counter(record.pair for record in split.records).values()) == {members}
        assert len(split) == members * round(sizes[0] / 9)
        assert all(whole[record.id] == record for record in split.records)
        first = opened(dataset, tmp_path, train_share="1/9", train_draw=draw).split("train", 7)
        assert first.records == split.records[:7]
        draws.append(split.ids)
    assert draws[0] != draws[1]


def test_splits_share_no_text(twin, tmp_path):
    dataset, _, _ = twin
    texts = [
        {(record.text, record.second) for record in opened(dataset, tmp_path).split(name).records}
        for name in dataset.splits
    ]
    assert len(texts[0] & texts[2]) < 0.02 * len(texts[2])


def test_roles_and_labels(twin, tmp_path):
    dataset, _, members = twin
    split = opened(dataset, tmp_path).split("test")
    for index in range(0, len(split), members):
        original, *edits = (split.target(index + place) for place in range(members))
        assert (original.role, original.changed, original.counterpart) == ("original", None, None)
        for edit in edits:
            assert (edit.role, edit.changed, edit.pair) == ("edited", original.label, original.pair)
            assert edit.label != original.label
            assert edit.counterpart == split.inputs(index)
    labels = Counter(split.target(index).label for index in range(0, len(split), members))
    assert min(labels.values()) > 0.8 * len(split) / members / len(dataset.classes)
