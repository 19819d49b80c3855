"""Priors by type of question, and questions divided so that they change."""

from collections import Counter

import pytest

from cfbench.datasets.vqa_cp import Question, changing_priors, prior_shift, read_questions
from cfbench.datasets.vqa_cp.priors import answer_of
from cfbench.errors import DataError
from cfbench.randomness import generator


def question(number, kind, answer, words="thing"):
    return Question(str(number), "", "", None, f"{kind} {words}?", (answer,) * 10, kind, "other", str(number))


def drawn(count, share, seed, kind="is there a"):
    random = generator(seed, "test")
    return [
        question(number, kind, "yes" if random.random() < share else "no", f"w{number % 50}")
        for number in range(count)
    ]


def test_equal_priors_lie_apart_by_chance_alone():
    shift = prior_shift(drawn(3000, 0.7, 1), drawn(3000, 0.7, 2))
    assert shift.distance == pytest.approx(0, abs=0.04)
    assert shift.prior_in_training == pytest.approx(shift.prior_in_test, abs=0.04)
    assert not shift.changed


def test_other_priors_are_as_far_apart_as_their_shares():
    shift = prior_shift(drawn(3000, 0.8, 1), drawn(3000, 0.2, 2))
    assert shift.distance == pytest.approx(0.6, abs=0.04)
    assert shift.by_chance < 0.05
    assert (shift.prior_in_training, shift.prior_in_test) == pytest.approx((0.8, 0.2), abs=0.04)
    assert shift.changed


def test_distances_are_weighted_by_the_tests_questions_of_a_type():
    train = [question(n, kind, "a") for n, kind in enumerate(["x", "x", "y"])]
    test = [
        question(n, kind, answer) for n, (kind, answer) in enumerate([("x", "a"), ("x", "a"), ("y", "b")])
    ]
    assert prior_shift(train, test).distance == pytest.approx(1 / 3)


def test_a_type_that_training_lacks_is_wholly_apart_and_no_prior_is_right_there():
    shift = prior_shift([question(0, "x", "a")], [question(1, "z", "a")])
    assert (shift.distance, shift.prior_in_test) == (1, 0)


def test_no_questions_have_no_priors():
    with pytest.raises(DataError, match="a split has no questions"):
        prior_shift([], drawn(3, 0.5, 1))


def many():
    random = generator(3, "test")
    kinds, answers = ("what", "who", "is it"), tuple("abcdefgh")
    return [
        question(
            number,
            kinds[int(random.integers(3))],
            answers[int(random.integers(8) * random.random())],
            f"w{int(random.integers(40))}",
        )
        for number in range(600)
    ]


def test_questions_of_one_type_with_one_answer_stay_together():
    questions = many()
    train, test = changing_priors(questions)
    assert sorted(train + test) == list(range(600))
    sides = [
        {(questions[at].question_type, answer_of(questions[at])) for at in part} for part in (train, test)
    ]
    assert not sides[0] & sides[1]
    assert prior_shift([questions[at] for at in train], [questions[at] for at in test]).changed
    largest = Counter((one.question_type, answer_of(one)) for one in questions).most_common(1)[0][1]
    assert 200 <= len(test) < 200 + largest


def test_words_of_the_test_are_learned_in_training():
    questions = [question(n, f"type {n % 10}", f"answer {n % 20}", f"rare{n // 2 % 100}") for n in range(400)]
    train, test = changing_priors(questions)
    words = [{questions[at].question for at in part} for part in (train, test)]
    rare = [{text.split()[-1] for text in part} for part in words]
    assert len(rare[1] & rare[0]) / len(rare[1]) > 0.9


def test_a_division_depends_on_its_seed_alone():
    questions = many()
    assert changing_priors(questions, seed=1) == changing_priors(questions, seed=1)
    assert changing_priors(questions, seed=1) != changing_priors(questions, seed=2)
    assert changing_priors([]) == ([], [])
    with pytest.raises(DataError, match="between 0 and 1"):
        changing_priors(questions, test_share=1.0)


def test_vqa_v2_does_not_change_its_priors_until_it_is_divided_anew(real_data):
    folder = real_data / "vqa2"
    parts = {
        name: read_questions(folder / f"vqa_questions_{name}.gzip", folder / f"vqa_annotations_{name}.gzip")
        for name in ("valid", "test")
    }
    assert [len(part) for part in parts.values()] == [8977, 2962]
    assert not prior_shift(parts["valid"], parts["test"]).changed
    questions = parts["valid"] + parts["test"]
    train, test = changing_priors(questions)
    shift = prior_shift([questions[at] for at in train], [questions[at] for at in test])
    assert shift.changed
    assert shift.prior_in_test == 0
    assert len(test) / len(questions) == pytest.approx(1 / 3, abs=0.05)
