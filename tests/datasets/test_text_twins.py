import math
import re
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


def words_of(record):
    text = record.text if record.second is None else record.second
    return set(re.findall(r"[a-z'-]+", text.lower()))


def naive_bayes(records, classes):
    """Log-probabilities of words in a class, of texts or, where there are two, of the second one alone."""
    counts = {label: Counter() for label in range(classes)}
    for record in records:
        counts[record.label].update(words_of(record))
    totals = Counter(record.label for record in records)
    known = {word for found in counts.values() for word in found}
    return [
        {word: math.log((counts[label][word] + 1) / (totals[label] + 2)) for word in known}
        for label in range(classes)
    ]


def accuracies(model, split):
    """Of originals, and of edits."""

    def right(record):
        scores = [sum(table[word] for word in sorted(words_of(record)) if word in table) for table in model]
        return scores.index(max(scores)) == record.label

    return [
        sum(map(right, chosen)) / len(chosen)
        for chosen in ([r for r in split.records if r.role == role] for role in ("original", "edited"))
    ]


def test_who_learns_words_from_originals_alone_is_misled_on_edited_reviews(tmp_path):
    dataset = opened(ReviewsMini, tmp_path)
    train, test = dataset.split("train"), dataset.split("test")
    original, edited = accuracies(naive_bayes([r for r in train.records if r.role == "original"], 2), test)
    assert original > 0.75
    assert edited < 0.5
    original, edited = accuracies(naive_bayes(train.records, 2), test)
    assert min(original, edited) > 0.85


def test_hypotheses_alone_give_labels_away_in_originals_and_mislead_in_edits(tmp_path):
    dataset = opened(NliMini, tmp_path)
    train, test = dataset.split("train"), dataset.split("test")
    original, edited = accuracies(naive_bayes([r for r in train.records if r.role == "original"], 3), test)
    assert original > 0.6
    assert edited < 0.25
