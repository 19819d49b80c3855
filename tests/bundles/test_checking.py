"""Every rule finds what it is for, and a sound bundle breaks none."""

import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bundled import changed, errors, said, sealed, zipped
from kinds import DATASETS, KINDS

from cfbench.api import start_run
from cfbench.bundles import check, write_bundle
from cfbench.bundles.findings import Findings
from cfbench.bundles.rules import RULES
from cfbench.errors import UsageError

PAGE = Path(__file__).parents[2] / "docs" / "submitting.md"


def test_a_sound_bundle_run_and_result_break_no_rule(packed, folder, run):
    for path, kind in ((packed, "bundle"), (folder, "bundle"), (run, "run"), (run / "result.json", "result")):
        report = check(path)
        assert report.ok, [str(finding) for finding in report.findings]
        assert report.kind == kind
        assert report.result is not None
    assert check(packed).digest == check(folder).digest is not None
    assert said(run / "result.json") >= {"CF310"}


def test_the_numbers_computed_again_agree(packed, run):
    for path in (packed, run):
        found = said(path, deep=True)
        assert "CF604" in found
        assert not found & {"CF601", "CF602", "CF603", "CF605"}


def test_a_number_that_was_made_better_is_found_by_computing_again(folder):
    def better(result):
        score = next(one for one in result["scores"] if 0 < one["value"] < 0.9)
        score["value"] += 0.05
        score["ci_low"] = score["ci_high"] = None

    changed(folder / "result.json", better)
    assert errors(sealed(folder)) == set()
    assert errors(folder, deep=True) == {"CF603"}


def test_what_is_not_here_is_said_and_is_no_error(folder):
    changed(folder / "result.json", lambda result: result["detectors"].clear())
    changed(folder / "environment.json", lambda record: record["identity"]["metrics"][0].update(name="gone"))
    report = check(sealed(folder), deep=True)
    assert not report.ok  # the configuration is another, so nothing is computed from it
    assert not {"CF601", "CF604"} & {finding.id for finding in report.findings}


AGREEING = f"{KINDS}:Agreeing"
JUDGED = {
    "explain": "bleu",
    "vqa": "vqa-accuracy",
    "text-label": "accuracy",
    "image-labels": "average-precision",
    "visual-cf": AGREEING,
    "pair-cf": AGREEING,
}


@pytest.mark.parametrize("task", JUDGED)
def test_every_kind_of_work_is_bundled_and_computed_again(task, tmp_path):
    options = {"dataset": DATASETS[task].name, "metric": (JUDGED[task],), "resamples": 0, "threads": 1}
    folder = start_run("mock", {**options, "out": tmp_path}).folder
    path, _ = write_bundle(folder)
    report = check(path, deep=True)
    assert report.ok, [str(finding) for finding in report.findings]
    stranger = JUDGED[task] == AGREEING  # given by path: it is not run again
    wanted = {"CF504", "CF601"} if stranger else {"CF604"}
    assert {finding.id for finding in report.findings} - {"CF405"} == wanted


def test_nothing_at_the_path_is_wrong_use(tmp_path):
    with pytest.raises(UsageError):
        check(tmp_path / "none")


CONTAINER = {
    "CF103": lambda folder: (folder / "manifest.json").write_text("{"),
    "CF104": lambda folder: changed(folder / "manifest.json", lambda value: value.update(schema_version=2)),
    "CF105": lambda folder: (folder / "card.md").unlink(),
    "CF106": lambda folder: (folder / "predictions" / "more.parquet").write_bytes(b""),
    "CF107": lambda folder: (folder / "card.md").write_text("else"),
    "CF108": lambda folder: (folder / "predictions" / "model.pkl").write_bytes(b"\x80\x04."),
    "CF109": lambda folder: (folder / "predictions" / "link.parquet").symlink_to("/etc/passwd"),
    "CF111": lambda folder: changed(folder / "manifest.json", lambda value: value.update(run_id="0" * 12)),
}


@pytest.mark.parametrize("rule", CONTAINER)
def test_a_container_that_is_not_what_it_says(rule, folder):
    CONTAINER[rule](folder)
    assert rule in errors(folder)


def _score(**values):
    return lambda result: result["scores"][0].update(values)


RESULTS = {
    "not json": ("CF201", lambda result: "{"),
    "schema version": ("CF202", lambda result: result.update(schema_version=2)),
    "unknown key": ("CF203", lambda result: result.update(extra=1)),
    "wrong type": ("CF203", lambda result: result["scores"][1].update(n="8")),
    "texts": ("CF203", lambda result: result.update(remarks=[1] * 50)),
    "twice": ("CF204", lambda result: result["scores"].append(result["scores"][0])),
    "ends of an interval": ("CF204", _score(ci_low=0.9, ci_high=0.1)),
    "run id": ("CF205", lambda result: result.update(run_id="0" * 12)),
    "another configuration": ("CF206", lambda result: result["protocol"].update(seed=7)),
    "not ranked": ("CF207", lambda result: result["model"].update(needs_target=True)),
    "evidence": ("CF208", lambda result: result["evidence_digests"].pop("pixel")),
    "fewer samples": ("CF304", lambda result: result["dataset"].update(samples=9)),
    "predictions": ("CF305", lambda result: result.update(predictions_digest="0" * 64)),
    "environment": ("CF402", lambda result: result["environment"].update(python="2.7")),
    "range": ("CF501", _score(value=1.5, ci_low=None, ci_high=None)),
    "signature": ("CF503", _score(n=7)),
    "two of n": ("CF503", _score(signature="mock|proto:default|n:7|n:8|v:1")),
    "direction": ("CF506", lambda result: result["scores"][0].update(higher_is_better=False)),
    "task": ("CF506", lambda result: result.update(task="vqa")),
    "split": ("CF508", lambda result: result["dataset"].update(split="dev")),
    "options": ("CF508", lambda result: result["dataset"].update(options={"size": "1"})),
    "blind": ("CF509", lambda result: result["detectors"][0].update(self_check=0.0, floor=0.5)),
    "detector": ("CF510", lambda result: result["detectors"].clear()),
}  # fmt: skip


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_that_was_changed(name, folder):
    rule, change = RESULTS[name]
    if name == "not json":
        (folder / "result.json").write_text("{")
    else:
        changed(folder / "result.json", change)
    assert rule in errors(sealed(folder))


DOUBTS = {
    "CF404": lambda result: result["model"].update(weights_digest="0" * 64),
    "CF405": lambda result: result["environment"].update(git_dirty=True),
    "CF406": lambda result: result.update(cfbench_version="0.0.1"),
    "CF502": _score(ci_low=0.0, ci_high=1e-6),
    "CF504": lambda result: result["scores"][0].update(metric="gone", signature="gone|proto:a|n:8|v:1"),
    "CF505": lambda result: result["scores"][0].update(signature=result["scores"][0]["signature"][:-1] + "99"),
    "CF507": lambda result: result["dataset"].update(version="99"),
}  # fmt: skip


@pytest.mark.parametrize("rule", DOUBTS)
def test_what_is_only_said(rule, folder):
    changed(folder / "result.json", DOUBTS[rule])
    report = check(sealed(folder))
    assert rule in {finding.id for finding in report.findings}
    assert RULES[rule].severity != "error"


def _rows(path, change):
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)


PREDICTIONS = {
    "CF303": lambda path: _rows(path, lambda rows: rows.__setitem__(1, rows[0])),
    "CF304": lambda path: _rows(path, lambda rows: rows.pop()),
    "CF305": lambda path: _rows(path, lambda rows: rows.reverse() or rows[0].update(digest="0" * 64)),
    "CF306": lambda path: _rows(path, lambda rows: rows[0]["images"].__setitem__(0, b"\x89PNG broken")),
    "CF307": lambda path: _rows(path, lambda rows: rows[0].update(images=rows[1]["images"][::-1])),
    "CF308": lambda path: _rows(path, lambda rows: rows[0].update(status="failed", digest=None, images=None)),
    "CF301": lambda path: path.write_bytes(path.read_bytes()[:-40]),
    "CF302": lambda path: pq.write_table(pq.read_table(path).drop(["images"]), path),
}


@pytest.mark.parametrize("rule", PREDICTIONS)
def test_predictions_that_were_changed(rule, folder):
    PREDICTIONS[rule](min((folder / "predictions").iterdir()))
    assert rule in errors(sealed(folder))


def test_evidence_and_card_are_held_against_the_result(folder):
    (folder / "evidence.json").write_text("{}")
    (folder / "card.md").write_bytes(b"ring \x07")
    (folder / "environment.json").write_text('{"schema_version": 1}')
    assert errors(sealed(folder)) >= {"CF208", "CF401", "CF403"}


def test_everything_is_told_at_once_and_without_end_nothing(folder):
    def worse(result):
        result["scores"][0]["value"] = 7.0
        result["dataset"]["split"] = "dev"
        result["missing"] = ["a", "a"]
        result["complete"] = True

    changed(folder / "result.json", worse)
    (folder / "card.md").unlink()
    for index in range(30):
        (folder / f"odd-{index}").write_text("")
    report = check(folder)
    assert {"CF105", "CF107", "CF108", "CF204"} <= {finding.id for finding in report.findings}
    assert report.left_out == {"CF108": 10}
    assert report.count("error") == len([f for f in report.findings if f.severity == "error"]) + 10
    assert json.loads(json.dumps(report.to_json()))["ok"] is False


def test_a_strangers_words_do_no_harm():
    findings = Findings()
    findings.add("CF108", "\x1b[31m" + "a" * 5000, "two\nlines")
    assert "\x1b" not in str(findings.sorted()[0])
    assert len(str(findings.sorted()[0])) < 1500


def test_another_form_of_the_zip_is_refused(folder, tmp_path):
    import shutil

    packed = Path(shutil.make_archive(str(tmp_path / "other"), "zip", folder))
    assert errors(packed) == {"CF110"}
    whole = zipped(folder, tmp_path / "one.cfbundle")
    whole.write_bytes(whole.read_bytes() + b"more")
    assert errors(whole) & {"CF110", "CF101"}


def test_the_page_lists_every_rule_as_it_is():
    rows = re.findall(r"^\| (CF\d{3}) \| (\w+) \| (.+) \|$", PAGE.read_text(), re.MULTILINE)
    assert rows == [(name, rule.severity, rule.what) for name, rule in RULES.items()]


def test_the_python_of_the_page_runs():
    (block,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    exec(compile(block, str(PAGE), "exec"), {})
