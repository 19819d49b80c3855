"""What the explainer computes, and what leaves it as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from cfbench.errors import UsageError  # noqa: E402
from cfbench_models.explainer.learning import as_edited  # noqa: E402
from cfbench_models.explainer.network import END, Explainer  # noqa: E402
from cfbench_models.explainer.recipe import PRESETS, Size, recipe_of, size_of  # noqa: E402
from cfbench_models.geneva.blocks import begin  # noqa: E402
from cfbench_models.geneva.feeding import as_bytes, as_cells  # noqa: E402
from cfbench_models.geneva.text import dialogues_of  # noqa: E402
from cfbench_models.geneva.vocabulary import UNKNOWN  # noqa: E402

WORDS = 28
DIALOGUES = [[[2, 3, 4], [4, 5], [7]], [[3, 4], [9, 9, 9, 9], []]]


@pytest.fixture
def explainer():
    made = Explainer(recipe_of("smoke", {}).size, WORDS)
    begin(made, torch.Generator().manual_seed(1))
    return made


def images(count, seed=2):
    return torch.rand(count, 48, 16, 16, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def told(explainer):
    dialogues = dialogues_of(DIALOGUES)
    return dialogues, explainer.history(dialogues)


def test_likelihoods_are_of_each_token_and_the_end_and_sum_to_one(explainer):
    dialogues, history = told(explainer.eval())
    before, after = images(6), images(6, 3)
    nll = explainer.nll(before, after, history, dialogues.words, dialogues.lengths)
    assert nll.shape == (6, 5)
    behind = torch.arange(5) > dialogues.lengths[:, None]
    assert (nll[behind] == 0).all()
    assert (nll[~behind] > 0).all()
    every = [
        explainer.nll(before, after, history, torch.full((6, 1), word), torch.ones(6))
        for word in range(1, WORDS)
    ]
    ended = explainer.nll(before, after, history, torch.zeros(6, 0, dtype=torch.long), torch.zeros(6))
    first = torch.stack([*(each[:, 0] for each in every), ended[:, 0]])
    assert torch.allclose((-first).exp().sum(0), torch.ones(6), atol=1e-5)


def test_padding_changes_nothing(explainer):
    dialogues, history = told(explainer.eval())
    before, after = images(6), images(6, 3)
    nll = explainer.nll(before, after, history, dialogues.words, dialogues.lengths)
    rubbish = dialogues.words.masked_fill(torch.arange(4) >= dialogues.lengths[:, None], 13)
    assert torch.equal(explainer.nll(before, after, history, rubbish, dialogues.lengths), nll)


def test_gradients_reach_the_image_after(explainer):
    explainer.eval().requires_grad_(requires_grad=False)
    dialogues, history = told(explainer)
    after = images(6, 3).requires_grad_()
    explainer.nll(images(6), after, history, dialogues.words, dialogues.lengths).sum().backward()
    assert (after.grad.flatten(1).abs().sum(1) > 0).all()
    assert all(parameter.grad is None for parameter in explainer.parameters())


def test_eval_mode_changes_nothing_and_train_mode_does(explainer):
    explainer.eval()
    kept = {name: value.clone() for name, value in explainer.state_dict().items()}

    def used():
        dialogues, history = told(explainer)
        nll = explainer.nll(images(6), images(6, 3), history, dialogues.words, dialogues.lengths)
        said = explainer.say(images(6), images(6, 3), history, 5)
        return nll, said

    (nll, said), (again, said_again) = used(), used()
    assert torch.equal(nll, again)
    assert said == said_again
    assert all(torch.equal(value, kept[name]) for name, value in explainer.state_dict().items())
    explainer.train()
    used()
    changed = {name for name, value in explainer.state_dict().items() if not torch.equal(value, kept[name])}
    assert any(name.startswith("trunk") for name in changed)


def test_what_is_said_is_the_likeliest_word_after_the_likeliest(explainer):
    _, history = told(explainer.eval())
    before, after = images(6), images(6, 3)
    lines = explainer.say(before, after, history, 4)
    seen = explainer.look(explainer.features(before), explainer.features(after), history)
    for row, line in enumerate(lines):
        words = torch.tensor([[END, *line]])
        logits, _ = explainer.speak(seen.of(row), words)
        logits[..., UNKNOWN] = -torch.inf
        likeliest = logits[0].argmax(1).tolist()
        assert likeliest[: len(line)] == line
        assert len(line) == 4 or likeliest[-1] == END
    assert not any(word in (END, UNKNOWN) for line in lines for word in line)


def test_history_is_of_the_turns_before(explainer):
    _, history = told(explainer.eval())
    assert (history[[0, 3]] == 0).all()
    changed = dialogues_of([[*DIALOGUES[0][:2], [11, 12]], [*DIALOGUES[1][:1], [5], []]])
    other = explainer.history(changed)
    assert torch.equal(other[:5], history[:5])
    assert not torch.equal(other[5], history[5])


def test_images_that_do_not_differ_are_told_apart_only_by_context():
    plain = Explainer(replace(recipe_of("smoke", {}).size, context=False), WORDS)
    begin(plain, torch.Generator().manual_seed(1))
    plain.eval()
    dialogues, history = told(plain)

    def of(image):
        return plain.nll(image, image, history, dialogues.words, dialogues.lengths)

    assert torch.equal(of(images(6)), of(images(6, 3)))


def test_the_paper_is_1024_wide_on_16_cells():
    size = PRESETS["paper"].size
    assert (size.cells, size.trunk[-1], size.word, size.hidden, size.context) == (4, 1024, 300, 256, False)
    with torch.device("meta"):
        explainer = Explainer(size, WORDS)
        assert explainer.features(torch.empty(1, 3, 128, 128)).shape == (1, 1024, 4, 4)


def test_edited_images_are_true_ones_but_for_blur_and_noise():
    random = torch.Generator().manual_seed(0)
    before = as_cells(
        (images(3).permute(0, 2, 3, 1).reshape(3, 64, 64, 3).numpy() * 99 + 99).astype("uint8"), 4, "cpu"
    )
    after = before.clone()
    after[:, :, 4:8, 4:8] = 1
    made = as_edited(before, after, 4, random)
    assert made.shape == after.shape
    assert made.abs().max() <= 1
    assert 0 < (made - after).abs().mean() < 0.05
    pixels = torch.from_numpy(as_bytes(made, 4)).float() - torch.from_numpy(as_bytes(after, 4)).float()
    edge = pixels[:, 15:17, 16:32].abs().mean()
    assert edge > 1.5 * pixels[:, 40:, 40:].abs().mean()


def test_sizes_that_cannot_be_built_are_refused():
    for wrong in ({"squeeze": 3}, {"halvings": 9}, {"heads": 5}, {"side": 96, "halvings": 6}):
        with pytest.raises(UsageError, match="cannot be built"):
            Size(**wrong)
    assert size_of({**recipe_of("smoke", {}).size.__dict__, "trunk": [8, 8]}) == recipe_of("smoke", {}).size


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rat": 1}, "rat"),
        ({"epochs": 0}, "trains nothing"),
        ({"schedule": "steps"}, "no recipe"),
        ({"precision": "fp8"}, "no recipe"),
        ({"side": "large"}, "wrong kind"),
    ],
)
def test_recipes_that_make_no_sense_are_refused(options, said):
    with pytest.raises(UsageError, match=said):
        recipe_of("smoke", options)
    with pytest.raises(UsageError, match="preset"):
        recipe_of("huge", {})
