"""The papers' own numbers: what can be computed from them agrees with what they say, so that a typo shows."""

import json
import math
from importlib.resources import files

import pytest

from cfbench.errors import UsageError
from cfbench.execution.judges import metric_class
from cfbench.published import papers, table, tables

TWO = table("sscr/table2")
METHODS = ("geneva", "sscr-ctc", "sscr")


def near(value, printed, decimals):
    return abs(value - printed) <= 0.5 * 10**-decimals * 1.05 + 1e-9


@pytest.mark.parametrize("dataset", ["iclevr", "codraw"])
@pytest.mark.parametrize("method", METHODS)
def test_f1_of_table_2_is_the_harmonic_mean_of_its_neighbours(method, dataset):
    p, r, f1 = (TWO.value(method, column, dataset) for column in ("precision", "recall", "f1"))
    # The neighbours are rounded themselves, so the third decimal cannot be asked for.
    assert abs(2 * p * r / (p + r) - f1) < 0.011


def test_the_notes_of_table_2_say_what_its_numbers_say():
    accuracies = {
        dataset: [100 * TWO.value(m, "relsim", dataset) / TWO.value(m, "recall", dataset) for m in METHODS]
        for dataset in ("iclevr", "codraw")
    }
    assert [round(value, 1) for value in accuracies["iclevr"]] == [72.0, 74.0, 74.5]
    assert [round(value, 1) for value in accuracies["codraw"]] == [71.5, 69.6, 69.1]
    assert all(f"{value:.1f}" in TWO.notes[1] for values in accuracies.values() for value in values)


@pytest.mark.parametrize("column", ["f1", "relsim"])
@pytest.mark.parametrize("method", ["geneva", "sscr"])
def test_figure_4_and_table_4_repeat_table_2_and_lose_what_the_text_says(method, column):
    whole, half = (table("sscr/fig4").value(f"{method}@{share}", column, "iclevr") for share in (100, 50))
    assert whole == TWO.value(method, column, "iclevr")
    assert near(whole - half, table("sscr/fig4-drops").value(method, column), 2)
    assert half == table("sscr/table4").value(f"{method}@50", column)
    # Table 4 prints F1 of SSCR as 56.95, Table 2 as 56.96.
    assert abs(whole - table("sscr/table4").value(f"{method}@100", column)) < 0.0101


def test_figure_4_has_all_of_table_2():
    for dataset in ("iclevr", "codraw"):
        for method in METHODS:
            for column in ("f1", "relsim"):
                printed = table("sscr/fig4").value(f"{method}@100", column, dataset)
                assert printed == TWO.value(method, column, dataset)


def test_what_is_called_perplexity_is_a_cross_entropy():
    three = table("sscr/table3")
    printed = [three.value(row, "ppl") for row in three.rows()]
    assert max(printed) < 1
    assert all(f"{math.exp(value):.3f}" in three.notes[0] for value in printed)


def test_zero_shot_scores_lie_below_those_of_all_data():
    for method in METHODS:
        for column in ("f1", "relsim"):
            assert table("sscr/table5").value(method, column) < TWO.value(method, column, "iclevr")
    kept = math.comb(20, 5) / math.comb(24, 5)
    assert f"{100 * kept:.1f} %" in table("sscr/table5").notes[0]
    assert f"{1 / kept:.1f} times" in table("sscr/table5").notes[0]


def test_the_orders_that_the_texts_of_the_other_papers_name():
    coco, texts = table("gs/table2"), table("gs/table3")
    for column in ("edited", "hard"):
        values = [coco.value(row, column) for row in ("chance", "baseline", "augmented", "gs")]
        assert values == sorted(values)
    assert [texts.value(row, "edited", "imdb") for row in ("baseline", "augmented", "gs")] == [
        55.3,
        88.7,
        91.2,
    ]
    assert len(texts.columns("imdb")) == 6
    vqa = table("vqa-images/accuracy")
    drops = [vqa.value(row, "before") - vqa.value(row, "after") for row in ("all", "what color")]
    assert [round(drop, 2) for drop in drops] == [6.69, 38.62]
    pairs = table("pairs/scores")
    directions = [n.value for n in pairs.numbers if n.column.startswith("clip_directional")]
    assert len(directions) == 50
    assert math.isclose(sum(directions) / 50, 0.11474537874013185, rel_tol=1e-9)
    assert (round(min(directions), 2), round(max(directions), 2)) == (-0.07, 0.55)


def test_every_table_is_whole():
    assert {paper.key for paper in papers()} == {"sscr", "gs", "vqa-images", "pairs"}
    for name, each in tables().items():
        assert each.name == name
        assert each.title
        assert each.source
        cells = [(n.row, n.dataset, n.column) for n in each.numbers]
        assert len(set(cells)) == len(cells), name
        percents = [
            n.value for n in each.numbers if isinstance(n.value, float) and each.unit.startswith("percent")
        ]
        assert all(0 < value < 100 for value in percents), name


def test_whatever_is_measured_was_printed():
    measured = [(name, one) for name, each in tables().items() for one in each.measured]
    assert {name.partition("/")[0] for name, _ in measured} == {"sscr", "gs", "vqa-images"}
    for name, one in measured:
        assert table(name).value(one.row, one.column, one.dataset) is not None, (name, one)
        assert one.divisor in {1.0, 100.0}
        assert table(name).unit.startswith("percent") == (one.divisor == 100) or name == "sscr/table3"
    for name, each in tables().items():
        keys = [(one.model, one.data, one.split, one.metric, one.name, one.slice) for one in each.measured]
        assert len(set(keys)) == len(keys), name


def test_what_the_file_names_as_measured_is_in_its_rows():
    """The reader leaves out what was not printed, so a name that is misspelt must be found in the file itself."""
    for key in ("sscr", "gs", "vqa-images"):
        value = json.loads(files("cfbench.published").joinpath(f"{key}.json").read_bytes())
        for short, each in value["tables"].items():
            told = each.get("measured")
            if told is None:
                continue
            rows = {row for row, _, _ in each["rows"]}
            assert set(told["models"]) <= rows, (key, short)
            printed = {(dataset, column) for _, dataset, cells in each["rows"] for column in cells}
            named = {(one["of"], column) for one in told["numbers"] for column in one["columns"]}
            assert named <= printed, (key, short, named - printed)


def test_measured_numbers_are_numbers_of_metrics_with_their_unit():
    for each in tables().values():
        for one in each.measured:
            number = metric_class(one.metric).numbers[one.name]
            printed = each.value(one.row, one.column, one.dataset) / one.divisor
            low, high = number.range
            assert low is None or printed >= low
            assert high is None or printed <= high


def test_numbers_that_two_tables_share_are_measured_alike():
    """A model's number on a data set is the same measurement, in whichever table it was printed."""
    found = {}
    for name, each in tables().items():
        for one in each.measured:
            model = one.model.removesuffix("@100")
            key = (name.partition("/")[0], model, one.data, one.split, one.metric, one.name, one.slice)
            found.setdefault(key, set()).add(each.value(one.row, one.column, one.dataset))
    for key, values in found.items():
        assert max(values) - min(values) < 0.0101, key  # 56.95 and 56.96 of SSCR


def test_the_orders_of_table_1_on_changing_priors():
    one = table("gs/table1")
    assert [one.value(row, "val other") for row in ("weak-baseline", "weak-augmented", "weak-gs")] == [
        54.7,
        55.9,
        56.1,
    ]
    for row in one.rows():
        parts = [one.value(row, f"test {kind}") for kind in ("yes/no", "number", "other")]
        whole = one.value(row, "test all")
        assert whole is None or min(parts) < whole < max(parts), row  # a mean of the three


def test_what_was_not_printed_is_none_and_a_wrong_name_is_an_error():
    assert TWO.value("sscr-d", "f1") is None
    assert table("sscr/fig4").value("sscr@80", "f1") is None
    assert table("sscr/fig8").words("color", "after") == "cyan"
    assert table("sscr/fig8").value("color", "after") is None
    with pytest.raises(UsageError, match="did you mean sscr/table2"):
        table("sscr/tabel2")
