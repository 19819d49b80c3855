"""The CLD against recorded values (1e-9, vectors/README.md) and against sets a person can count."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfbench.errors import DataError
from cfbench.metrics.functional.cld import cld, published_edges

module = import_module("cfbench.metrics.functional.cld")  # the package offers the function by that name

TOLERANCE = {"rtol": 1e-9, "atol": 1e-12}
NULL_EDIT = np.log(0.8 + 0.2 * np.e)
NAMES = ("Smiling", "thickness", "digit")
SEEDS = st.integers(0, 2**32 - 1)


class Recorded:
    def __init__(self, vectors) -> None:
        self.arrays = vectors.inputs("image/cld")
        self.expected = vectors.expected("image/cld")
        self.latents = self.arrays["mu"], self.arrays["mu_cf"]
        self.scales = {"log_scales_o": self.arrays["logscale"], "log_scales_c": self.arrays["logscale_cf"]}
        self.bins = {"thickness": self.expected["bins_thickness(bin means, used as edges)"]}

    def attributes(self, *names):
        return [{name: self.arrays[f"{side}_{name}"] for name in names} for side in ("att", "cf")]


@pytest.fixture
def recorded(vectors) -> Recorded:
    return Recorded(vectors)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("exclude_self", [False, True])
def test_one_attribute(recorded, name, exclude_self):
    bins = {key: edges for key, edges in recorded.bins.items() if key == name}
    found = cld(*recorded.latents, *recorded.attributes(name), bins=bins, exclude_self=exclude_self)
    expected = recorded.expected["clean_single_attribute_l1"][name]
    np.testing.assert_allclose(found, expected["cld_excluding_self" if exclude_self else "cld"], **TOLERANCE)
    assert found.mean() == pytest.approx(expected["mean_excluding_self" if exclude_self else "mean"])


@pytest.mark.parametrize("weights", [(0.8, 0.2), (0.5, 0.5), (1, 0)])
def test_weights(recorded, weights):
    found = cld(*recorded.latents, *recorded.attributes("Smiling"), weights=weights)
    expected = recorded.expected["weights_variants_Smiling_l1"]["/".join(map(str, weights))]
    np.testing.assert_allclose(found, expected, **TOLERANCE)


@pytest.mark.parametrize(
    ("divergence", "keys"),
    [
        ("l1", ("official_as_coded", "l1 (embedding=vgg/clip)")),
        (None, ("official_as_coded", "vae")),
        ("kl", ("corrected_kl_with_logscale",)),
    ],
)
def test_the_official_protocol_is_the_published_code(recorded, divergence, keys):
    expected = recorded.expected
    for key in keys:
        expected = expected[key]
    found = cld(
        *recorded.latents,
        *recorded.attributes(*NAMES),
        recorded.expected["interventions"],
        protocol="official",
        bins=recorded.bins,
        divergence=divergence,
        **recorded.scales,
    )
    np.testing.assert_allclose(found, expected["scores"], **TOLERANCE)


def test_the_corrected_protocol_asks_each_row_for_its_own_attribute(recorded):
    # Each row must have the score that a run over its attribute by itself gives it.
    intervened = recorded.expected["interventions"]
    found = cld(*recorded.latents, *recorded.attributes(*NAMES), intervened, bins=recorded.bins)
    alone = recorded.expected["clean_single_attribute_l1"]
    expected = [alone[name]["cld"][row] for row, name in enumerate(intervened)]
    np.testing.assert_allclose(found, expected, **TOLERANCE)


def test_the_divergences_themselves(recorded):
    o, c = recorded.latents
    for divergence, key in (("l1", "div_l1"), ("kl", "div_kl_correct"), ("kl-of-locations", "div_kl_bug")):
        before, after = module._posteriors(
            o, c, *recorded.scales.values(), protocol="corrected", divergence=divergence
        )
        np.testing.assert_allclose(before.to(after), recorded.expected[key], **TOLERANCE)


def toy(div: float) -> float:
    """Row 0 at 0 with value 0: S_o = {0, 1, 2, 5}; others have value 1: S_c = {1, 2, 3, 4}."""
    latents = np.array([[0.0], [1], [-2], [5], [1], [2], [-3], [4]])
    after = latents.copy()
    after[0] = div
    values = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    return float(cld(latents, after, {"a": values}, {"a": 1 - values})[0])


@pytest.mark.parametrize(
    ("div", "above", "below"),
    [(2, 0.5, 0.5), (0.5, 0, 0.75), (6, 1, 0), (0, 0, 1), (4, 1, 0.25), (-4, 1, 0.25)],
)
def test_sets_counted_by_hand(div, above, below):
    assert toy(div) == pytest.approx(np.log(0.8 * np.exp(above) + 0.2 * np.exp(below)), rel=1e-12)


def test_sets_counted_by_hand_are_the_recorded_toy(vectors):
    recorded = vectors.expected("image/cld")["toy"]
    assert toy(2) == pytest.approx(recorded["cld_0.8_0.2"])
    for div in ("0.5", "6"):
        assert toy(float(div)) == pytest.approx(recorded[f"div={div}"]["cld"])
    assert toy(0) == pytest.approx(recorded["null_edit_div0"]["cld"])


def test_kl_counted_by_hand():
    # KL(N(1, 1) || N(0, 1)) = 1/2, KL(N(0, e) || N(0, 1)) = (e^2 - 1)/2 - 1 = 2.19: the mean is 1.35.
    before, after = module._posteriors(
        [[0, 0]], [[1, 0]], [[0, 0]], [[0, 1]], protocol="corrected", divergence="kl"
    )
    assert before.to(after)[0] == pytest.approx((0.5 + (np.e**2 - 1) / 2 - 1) / 2)


def edits(seed: int, n: int = 24, d: int = 3):
    rng = np.random.default_rng(seed)
    latents = rng.normal(size=(2, n, d))
    values = rng.integers(0, 2, n)
    values[:2] = 0, 1
    return latents[0], latents[1], {"a": values}, {"a": 1 - values}


@given(SEEDS)
def test_range_and_order_of_rows(seed):
    o, c, before, after = edits(seed)
    values = cld(o, c, before, after)
    assert ((values >= 0) & (values <= 1)).all()
    order = np.random.default_rng(seed).permutation(len(o))
    moved = cld(o[order], c[order], {"a": before["a"][order]}, {"a": after["a"][order]})
    np.testing.assert_allclose(moved, values[order], rtol=1e-12)


@given(SEEDS, st.booleans())
def test_an_edit_that_changes_nothing_has_the_stated_score(seed, normals):
    o, _, before, after = edits(seed)
    scales = dict.fromkeys(("log_scales_o", "log_scales_c"), o / 3) if normals else {}
    np.testing.assert_allclose(cld(o, o, before, after, **scales), NULL_EDIT)


@given(SEEDS)
def test_another_samples_latents_tie_with_that_sample(seed):
    # A copy of the nearest sample of the other value is at least as far as exactly one of S_c.
    o, _, before, after = edits(seed)
    distance = np.abs(o[:, None] - o).mean(axis=2)
    distance[before["a"][:, None] == before["a"]] = np.inf
    found = cld(o, o[distance.argmin(axis=1)], before, after, weights=(1, 0))
    np.testing.assert_allclose(
        found, 1 / np.array([(after["a"][i] == before["a"]).sum() for i in range(len(o))])
    )


def test_tiles_change_nothing(monkeypatch):
    arguments = edits(5)
    whole = cld(*arguments)
    monkeypatch.setattr(module, "_TILE", 40)
    np.testing.assert_array_equal(cld(*arguments), whole)


def test_words_numbers_and_one_hot_rows_group_alike():
    o, c, before, after = edits(1)
    expected = cld(o, c, before, after)
    for kind in (np.array(["no", "yes"]), np.eye(2), np.array([[0.0, 0, 1], [0, 1, 1]])):
        found = cld(o, c, {"a": kind[before["a"]]}, {"a": kind[after["a"]]})
        np.testing.assert_array_equal(found, expected)


def test_all_attributes_must_match_where_the_paper_asks_for_it():
    o, c = np.array([[0.0], [1], [2], [3]]), np.array([[2.5], [1], [2], [3]])
    before = {"a": [0, 1, 1, 0], "b": [0, 0, 1, 1]}
    after = {"a": [1, 0, 0, 1], "b": [0, 0, 1, 1]}
    loose = cld(o, c, before, after, "a", exclude_self=True)[0]
    strict = cld(o, c, before, after, "a", match="all")[0]
    assert loose == pytest.approx(1.0)  # farther than 1 and 2; of its own value only 3 is left, and farther
    assert strict == pytest.approx(np.log(0.8 * np.e + 0.2))  # farther than 1; of (0, 0) only itself is left


def test_an_empty_set_is_undefined():
    o = np.array([[0.0], [1]])
    np.testing.assert_array_equal(np.isnan(cld(o, o, {"a": [0, 1]}, {"a": [2, 0]})), [True, False])
    assert np.isnan(cld(o, o, {"a": [0, 1]}, {"a": [1, 0]}, exclude_self=True)).all()


def test_no_edits_give_no_values():
    nothing = np.empty((0, 3))
    assert cld(nothing, nothing, {"a": []}, {"a": []}).shape == (0,)
    assert cld(nothing, nothing, protocol="cosine").shape == (0,)


def test_pairs_by_themselves_need_no_attributes():
    assert cld([[3.0, 0]], [[0, 4.0]], protocol="l2").tolist() == [5]
    np.testing.assert_allclose(cld([[3.0, 0]], [[0, 4.0]], protocol="cosine"), [1])


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-12), (np.float16, 0.15)])
def test_short_floats_agree(dtype, tolerance):
    # float16 moves a distance past a neighbour or two: a step of the empirical distribution each.
    o, c, before, after = edits(2)
    found = cld(o.astype(dtype), c.astype(dtype), before, after)
    np.testing.assert_allclose(found, cld(o, c, before, after), atol=tolerance)


LATENTS = np.zeros((2, 3))
VALUES = {"a": [0, 1]}


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ((LATENTS, LATENTS, VALUES, VALUES), {"protocol": "best"}),
        ((LATENTS, LATENTS), {}),
        ((LATENTS, LATENTS + np.nan, VALUES, VALUES), {}),
        ((LATENTS, LATENTS[:, :2], VALUES, VALUES), {}),
        ((LATENTS, LATENTS[:1], VALUES, VALUES), {}),
        ((LATENTS, LATENTS, VALUES, {"a": [0, 1, 2]}), {}),
        ((LATENTS, LATENTS, VALUES, {"a": [0, np.nan]}), {}),
        ((LATENTS, LATENTS, VALUES, {"a": ["0", "1"]}), {}),
        ((LATENTS, LATENTS, VALUES, {"b": [0, 1]}), {}),
        ((LATENTS, LATENTS, {}, {}), {}),
        ((LATENTS, LATENTS, VALUES, VALUES, "b"), {}),
        ((LATENTS, LATENTS, VALUES, VALUES, ["a"]), {}),
        ((LATENTS, LATENTS, {**VALUES, "b": [0, 1]}, {**VALUES, "b": [0, 1]}), {}),
        ((LATENTS, LATENTS, VALUES, VALUES), {"bins": {"a": [1, 0]}}),
        ((LATENTS, LATENTS, VALUES, VALUES), {"bins": {"c": [0, 1]}}),
        ((LATENTS, LATENTS, {"a": ["x", "y"]}, {"a": ["x", "y"]}), {"bins": {"a": [0, 1]}}),
        ((LATENTS, LATENTS, {"a": ["x", "y"]}, {"a": ["x", "y"]}), {"protocol": "official"}),
        ((LATENTS, LATENTS, VALUES, VALUES), {"weights": (0.8, 0.8)}),
        ((LATENTS, LATENTS, VALUES, VALUES), {"weights": (np.nan, 0.2)}),
        ((LATENTS, LATENTS, VALUES, VALUES), {"match": "some"}),
        ((LATENTS, LATENTS, VALUES, VALUES), {"match": "all", "protocol": "official"}),
        ((LATENTS, LATENTS, VALUES, VALUES), {"divergence": "kl"}),
        ((LATENTS, LATENTS, VALUES, VALUES), {"divergence": "js"}),
        ((LATENTS, LATENTS, VALUES, VALUES), {"log_scales_o": LATENTS}),
        ((LATENTS, LATENTS, VALUES, VALUES), {"log_scales_o": LATENTS, "log_scales_c": LATENTS[:, :2]}),
        ((LATENTS + 900, LATENTS, VALUES, VALUES), {"divergence": "kl-of-locations"}),
    ],
)
def test_bad_input_is_refused_in_one_line(arguments, options):
    with pytest.raises(DataError) as caught:
        cld(*arguments, **options)
    assert "\n" not in str(caught.value)


def test_published_edges_are_means_of_cells():
    found = published_edges([-1, -0.5, 0, 0.25, 1], [-1, 0, 1])
    np.testing.assert_allclose(found, [-0.75, 1.25 / 3])


def test_published_edges_are_the_recorded_ones(recorded):
    found = published_edges(recorded.arrays["att_thickness"], np.linspace(-1, 1, 10))
    np.testing.assert_allclose(found, recorded.bins["thickness"], rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "grid"), [([0.1], [0, 1, 2]), ([0.1], [1]), ([0.1], [1, 0]), ([], [0, 1])]
)
def test_edges_of_an_empty_cell_are_refused(values, grid):
    with pytest.raises(DataError):
        published_edges(values, grid)
