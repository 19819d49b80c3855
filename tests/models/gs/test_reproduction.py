"""The learning curve and the search, with networks that learn for a moment: what is compared with what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cfbench.reproduction import Settings, Workshop

pytest.importorskip("torch")
from cfbench_models.gs import kinds
from cfbench_models.gs.reproduction import curves, search
from cfbench_models.gs.reproduction.rows import AUGMENTED, GS


@pytest.fixture(autouse=True)
def _moment(tmp_path, monkeypatch):
    monkeypatch.setenv("CFBENCH_CACHE", str(tmp_path / "cache"))
    brief = replace(kinds.SENTIMENT, members=1, epochs=1, shortest=1)
    monkeypatch.setattr(kinds, "SENTIMENT", brief)


def shop(tmp_path, **more):
    settings = Settings(runs=tmp_path / "runs", threads=1, resamples=20, limit=60, **more)
    return Workshop(settings, "reviews-mini")


def test_the_curve_ends_with_the_mean_over_all_shares_but_the_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(curves, "SHARES", ("1/9", "1/2", "1"))
    outcome = curves.Figure5().run(shop(tmp_path))
    assert not outcome.missing
    *points, pooled = outcome.cells
    assert len(points) == 3 * 3 * 3
    assert pooled.number == "mean of 1/9, 1/2 of the pairs: accuracy"
    assert (pooled.method, pooled.against, pooled.seeds) == (GS.label, AUGMENTED.label, (0,))

    def value(arm, share):
        return next(
            cell.value
            for cell in points
            if cell.method == arm.label and cell.number == f"{share} of the pairs: accuracy"
        )

    mean = {arm.key: (value(arm, "1/9") + value(arm, "1/2")) / 2 for arm in (AUGMENTED, GS)}
    assert pooled.value == pytest.approx(mean["gs"])
    assert pooled.difference == pytest.approx(mean["gs"] - mean["augmented"])
    assert pooled.p_value is not None
    assert {figure.stem for figure in outcome.figures} == {"original", "edited", "all"}


def test_the_search_looks_at_the_test_for_what_validation_chose_alone(tmp_path, monkeypatch):
    tried = tuple(
        tuple(
            search.changed(arm, change)
            for change in ((("rate", "1"),), (("rate", "0.001"),), (("width", "8"),))
        )
        for arm in (AUGMENTED, GS)
    )
    monkeypatch.setattr(search, "TRIED", tried)
    outcome = search.Search().run(shop(tmp_path))
    assert not outcome.missing
    *looked, first, second = outcome.cells
    assert [cell.number for cell in looked] == ["val: accuracy"] * 6
    assert looked[1].method == f"{AUGMENTED.label}, rate 0.001"
    assert [cell.against for cell in looked] == [
        against for arm in (AUGMENTED, GS) for against in ("", *[f"{arm.label}, rate 1"] * 2)
    ]
    for chosen, three in ((first, looked[:3]), (second, looked[3:])):
        assert chosen.number == "test, chosen: accuracy"
        assert chosen.method == max(three, key=lambda cell: cell.value).method
    assert (first.against, second.against) == ("", first.method)
    on_test = [
        path.name
        for path in (tmp_path / "runs").iterdir()
        if '"split":"test"' in (path / "result.json").read_text().replace(" ", "")
    ]
    assert len(on_test) == 2
    assert outcome.published is None


def test_every_configuration_is_counted_and_none_twice():
    arms = [arm for several in search.TRIED for arm in several]
    assert search.COUNT == len(arms) == len({(arm.model, arm.options) for arm in arms}) == 29
