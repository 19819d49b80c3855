from collections import Counter

import pytest

from cfbench.worlds.prose.inference import CONTRADICTION, ENTAILMENT, NEUTRAL, sample_group
from cfbench.worlds.prose.inference.facts import FAMILIES


@pytest.fixture(scope="module")
def groups():
    return [sample_group(7, "train", index) for index in range(600)]


def test_a_group_is_a_pure_function(groups):
    assert sample_group(7, "train", 5) == groups[5]
    assert sample_group(8, "train", 5) != groups[5]


def test_each_part_is_edited_into_both_other_labels(groups):
    for first, *edits in groups:
        assert [edit.part for edit in edits] == ["premise", "premise", "hypothesis", "hypothesis"]
        others = {ENTAILMENT, NEUTRAL, CONTRADICTION} - {first.label}
        assert {edit.label for edit in edits[:2]} == {edit.label for edit in edits[2:]} == others
        assert all(edit.hypothesis == first.hypothesis != "" for edit in edits[:2])
        assert all(edit.premise == first.premise for edit in edits[2:])
        assert len({(one.premise, one.hypothesis) for one in (first, *edits)}) == 5


def holds(text, phrase):
    return f" {phrase} " in f" {text.lower().rstrip('.').replace(',', '')} "


def judge(premise, hypothesis):
    """What follows, found out from the words alone; None where a phrase fits more than one value."""
    claims = [
        (family, value, denied)
        for family, values in FAMILIES.items()
        for value, found in enumerate(values)
        for phrase in found.claimed
        for denied in (False, True)
        if holds(
            hypothesis,
            phrase
            if not denied
            else phrase.replace("is ", "is not ", 1)
            if phrase.startswith("is ")
            else phrase.replace("has ", "does not have ", 1),
        )
        and hypothesis.rstrip(".").endswith(phrase.split(" ", 1)[1])
    ]
    if len(set(claims)) != 1:
        return None
    family, claimed, denied = claims[0]
    told = {
        value
        for value, found in enumerate(FAMILIES[family])
        if any(holds(premise, phrase) for phrase in found.told)
    }
    if len(told) > 1:
        return None
    if not told:
        return NEUTRAL
    return ENTAILMENT if (told == {claimed}) != denied else CONTRADICTION


def test_labels_follow_from_the_words(groups):
    judged = [(judge(one.premise, one.hypothesis), one.label) for group in groups for one in group]
    known = [(found, label) for found, label in judged if found is not None]
    assert len(known) > 0.95 * len(judged)
    assert all(found == label for found, label in known)


CUES = {
    ENTAILMENT: ("a person", "somebody", "someone", "a human being"),
    NEUTRAL: ("outdoors", "out in the open", "in the picture", "in the photograph"),
    CONTRADICTION: ("is not", "does not"),
}


@pytest.mark.parametrize("label", CUES)
def test_cues_go_with_a_label_in_originals_and_with_the_others_in_edits(groups, label):
    """A cue says nothing of the facts; so where it stands, edits have the other labels."""

    def share(chosen):
        told = Counter(one.label for one in chosen if any(holds(one.hypothesis, cue) for cue in CUES[label]))
        return told[label] / sum(told.values())

    assert share([group[0] for group in groups]) > 0.65
    assert share([one for group in groups for one in group[1:]]) < 0.25


def test_told_phrases_belong_to_one_value():
    told = [phrase for values in FAMILIES.values() for value in values for phrase in value.told]
    assert len(told) == len(set(told))
