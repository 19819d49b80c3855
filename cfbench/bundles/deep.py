"""CF6xx: what computing a result again says: it agrees, it differs, or it cannot be computed on this machine.

Nothing is fetched: what is not here is named, with what to install. Where one metric cannot be computed, the others are.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cfbench.bundles.rescoring import Rescored, declared_metrics, rescore
from cfbench.errors import CfbenchError, EnvironmentLackError, UsageError, in_one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from cfbench.bundles.findings import Findings
    from cfbench.bundles.manifest import RunRecord
    from cfbench.reporter import Reporter
    from cfbench.results import Result

OFFLINE = "--offline"  # begins what is said of a network that is forbidden


@dataclass(frozen=True)
class _Lack:
    """Why nothing was computed, under the rule that says it."""

    rule: str
    why: str
    fix: str = ""


def check_deep(
    predictions: Path,
    result: Result,
    record: RunRecord,
    findings: Findings,
    *,
    reporter: Reporter,
    data_root: Path | None,
) -> None:
    """Tell what computing again says, metric by metric where not all of them can be computed."""

    def computed(metrics: list[str] | None) -> Rescored | _Lack:
        with tempfile.TemporaryDirectory(prefix="cfbench-") as out:
            return _tried(
                lambda: rescore(
                    predictions,
                    result,
                    record,
                    out=Path(out),
                    metrics=metrics,
                    offline=True,
                    data_root=data_root,
                    reporter=reporter,
                )
            )

    found = computed(None)
    names = [str(one.get("name")) for one in declared_metrics(record)]
    outcomes = {"scores": found}
    if isinstance(found, _Lack) and len(names) > 1:
        alone = {name: computed([name]) for name in names}
        if any(outcome != found for outcome in alone.values()):
            outcomes = alone
    for where, outcome in outcomes.items():
        if isinstance(outcome, _Lack):
            findings.add(outcome.rule, where, outcome.why, outcome.fix)
    _tell([outcome for outcome in outcomes.values() if isinstance(outcome, Rescored)], result, findings)


def _tried(compute: Callable[[], Rescored]) -> Rescored | _Lack:
    try:
        return compute()
    except (EnvironmentLackError, UsageError) as error:
        forbidden = error.why.startswith(OFFLINE)
        why = f"{error.what}: {'a check fetches nothing' if forbidden else error.why}"
        return _Lack("CF601", why.rstrip(": "), error.fix or "Install the package that brings it")
    except ImportError as error:
        return _Lack("CF601", in_one_line(error), "Run: pip install 'cfbench[torch]'")
    except CfbenchError as error:
        return _Lack("CF606", f"{error.what}: {error.why}".rstrip(": "), error.fix)
    except Exception as error:  # noqa: BLE001 - networks and a stranger's predictions fail in any way
        return _Lack("CF606", in_one_line(error))


def _tell(computed: list[Rescored], result: Result, findings: Findings) -> None:
    if not computed:
        return
    if any(one.other_samples for one in computed):
        findings.add(
            "CF602", "predictions", "the fingerprint of the samples, or what is missing of them, is another"
        )
        return
    for one in computed:
        for metric, why in one.elsewhere.items():
            findings.add(
                "CF601", metric, why, "Install the version that it names, or score the predictions again"
            )
        for difference in one.differences:
            address, _, why = difference.partition(": ")
            findings.add("CF603", address, why)
    agreeing = sum(one.agreeing for one in computed)
    if agreeing and not any(one.differences for one in computed):
        findings.add("CF604", "scores", f"{agreeing} of {len(result.scores)} numbers")
        if not all(one.same_evidence for one in computed):
            stepping = "; ".join(step for one in computed for step in one.stepping)
            findings.add(
                "CF605", "evidence", f"diagnostics that jump with rounding: {stepping}" if stepping else ""
            )
