"""Results to show."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from cfbench.results import DatasetInfo, Environment, Failure, ModelInfo, Protocol, Result, Score

MakeResult = Callable[..., Result]


def make_score(name: str = "l1", value: float | None = 0.25, **changes: object) -> Score:
    """A score with an interval of 0.01 on either side."""
    fields: dict[str, object] = {
        "metric": "pixel",
        "name": name,
        "slice": "all",
        "value": value,
        "reason": None if value is not None else "undefined on these samples",
        "ci_low": None if value is None else value - 0.01,
        "ci_high": None if value is None else value + 0.01,
        "n": 1002,
        "higher_is_better": name in {"psnr", "ssim"},
        "signature": "pixel|proto:default|n:1002|v:1",
    }
    return Score.model_validate(fields | changes)


DEFAULT_SCORES = (make_score("l1", 0.25), make_score("psnr", 21.5))


def _unless(lost: Sequence[object], score: Score) -> Score:
    """The score, or one without a value where samples are lost."""
    nothing = {"value": None, "ci_low": None, "ci_high": None, "reason": "a sample has no prediction"}
    return Score.model_validate(score.model_dump() | nothing) if lost else score


@pytest.fixture
def make_result() -> MakeResult:
    """Make a whole result of the official data; keywords change it."""

    def make(
        model: str = "nearest-train",
        *,
        scores: Sequence[Score] | None = None,
        dataset: str = "codraw",
        twin_of: str | None = None,
        subset: int | None = None,
        needs_target: bool = False,
        teacher_forced: bool = False,
        failed: Sequence[Failure] = (),
        missing: Sequence[str] = (),
        unranked: Sequence[str] = (),
        run_id: str = "0123456789ab",
        version: str = "1",
        code_digest: str | None = "a" * 64,
    ) -> Result:
        return Result(
            cfbench_version="0.1.0",
            run_id=run_id,
            task="edit",
            model=ModelInfo(
                name=model,
                version="1.0",
                code_digest=code_digest,
                weights_digest=None,
                needs_target=needs_target,
            ),
            dataset=DatasetInfo(
                name=dataset,
                version=version,
                split="test",
                options={"turns": "geneva"},
                twin_of=twin_of,
                fingerprint="b" * 64,
                subset=subset,
                samples=1002,
            ),
            protocol=Protocol(
                seed=7,
                batch_size=32,
                teacher_forced=teacher_forced,
                device="cpu",
                threads=2,
                dtype="float32",
            ),
            resamples=1000,
            detectors=[],
            environment=Environment(
                python="3.11.9",
                platform="Linux",
                packages={"numpy": "2.0"},
                git_commit=None,
                git_dirty=None,
            ),
            complete=not failed and not missing,
            failed=list(failed),
            missing=list(missing),
            unranked_because=list(unranked),
            predictions_digest="c" * 64,
            evidence_digests={"pixel": "d" * 64},
            scores=[_unless(failed or missing, score) for score in scores or DEFAULT_SCORES],
        )

    return make
