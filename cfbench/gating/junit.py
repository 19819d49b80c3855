"""A verdict as JUnit XML: a suite a metric, a case a number and slice."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as Xml  # written only, never read

from cfbench.report._escape import plain
from cfbench.report.gate import figures

if TYPE_CHECKING:
    from cfbench.gating.verdict import Check, Verdict

ELEMENTS = {"failed": "failure", "error": "error", "skipped": "skipped"}
UNHEARD = {"not comparable": "error", "incomplete": "error", "no baseline": "error"}


def junit_xml(verdict: Verdict) -> bytes:
    """The file. Where the gate could not judge at all, a case of its own says why."""
    suites: dict[str, list[Xml.Element]] = {}
    for check in verdict.checks:
        suites.setdefault(check.metric, []).append(_case(check))
    if verdict.reasons:
        kind = "skipped" if verdict.opens else UNHEARD.get(verdict.outcome, "failure")
        suites.setdefault("gate", []).append(
            _element("baseline", "gate", kind, f"{verdict.outcome}: {'; '.join(verdict.reasons)}")
        )
    root = Xml.Element(
        "testsuites", {"name": "cfbench gate", **_counts([c for s in suites.values() for c in s])}
    )
    for name, cases in suites.items():
        suite = Xml.SubElement(root, "testsuite", {"name": clean(name), **_counts(cases)})
        properties = Xml.SubElement(suite, "properties")
        for key, value in (
            ("new", verdict.new_run),
            ("baseline", verdict.baseline_run or verdict.baseline),
            ("dataset", verdict.dataset),
        ):
            Xml.SubElement(properties, "property", {"name": key, "value": clean(value)})
        suite.extend(cases)
    Xml.indent(root)
    body: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _case(check: Check) -> Xml.Element:
    if check.kind == "policy":
        return _element(check.address, "policy", ELEMENTS.get(check.status), check.words)
    metric, name, slice_name = check.address.split("/", 2)
    before, after, difference = figures(check)
    said = f"{check.words}: baseline {before}, new {after}" + (
        f", difference {difference}" if difference else ""
    )
    if check.allowed is not None:
        said += f", may lose {check.allowed:.4g} ({check.mode})"
    if check.worst:
        moved = (f"{one.sample} ({one.first:.4g} to {one.second:.4g})" for one in check.worst)
        said += f"; worse most in {', '.join(moved)}"
    return _element(f"{name} [{slice_name}]", metric, ELEMENTS.get(check.status), said)


def _element(name: str, suite: str, kind: str | None, words: str) -> Xml.Element:
    case = Xml.Element("testcase", {"classname": clean(f"cfbench.{suite}"), "name": clean(name), "time": "0"})
    text = clean(words)
    if kind is None:
        Xml.SubElement(case, "system-out").text = text
        return case
    told = Xml.SubElement(case, kind, {"message": text})
    if kind != "skipped":
        told.set("type", kind)
        told.text = text
    return case


def _counts(cases: list[Xml.Element]) -> dict[str, str]:
    found = {
        name: sum(case.find(tag) is not None for case in cases)
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    }
    return {"tests": str(len(cases)), **{name: str(count) for name, count in found.items()}, "time": "0"}


def clean(text: str) -> str:
    """Text that XML can hold, in one line."""
    return "".join("\N{REPLACEMENT CHARACTER}" if ord(c) & 0xFFFE == 0xFFFE else c for c in plain(text))
