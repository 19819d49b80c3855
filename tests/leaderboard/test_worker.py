"""Checking, scoring again, and jobs that survive their workers."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from cfbench.errors import EnvironmentLackError
from cfbench_leaderboard.database import now
from cfbench_leaderboard.database.models import Job, ScoreRow, Submission
from cfbench_leaderboard.jobs import ATTEMPTS, LeaseLostError, claim, enqueue, finish, renew
from cfbench_leaderboard.pages.signing_in import COOKIE, PATH
from cfbench_leaderboard.rescoring import enqueue_rescoring
from cfbench_leaderboard.scratch import PREFIX, own_folder
from cfbench_leaderboard.worker import Worker


@pytest.fixture
def drafts(service, tokens):
    """Makes submissions that wait, without content."""

    def make(count):
        with service.database.writing() as session:
            for index in range(count):
                session.add(
                    Submission(
                        id=f"{index:016x}",
                        owner="ann",
                        idempotency_key=str(index),
                        body_digest="",
                        kind="bundle",
                        content="0" * 64,
                        note="",
                        created_at=now(),
                        answer="{}",
                        state="draft",
                        rung="self-reported",
                    )
                )
            session.flush()
            enqueue(session, "check", [f"{index:016x}" for index in range(count)], "")

    return make


def jobs(service):
    with service.database.reading() as session:
        return list(session.scalars(select(Job).order_by(Job.id)))


def test_from_a_bundle_to_the_top_rung(service, ask, send, hand_in, bundle):
    name = hand_in("ann", upload=send("ann", bundle.read_bytes())).json()["id"]
    worker = Worker(service)

    def seen(who="ann"):
        return ask(who, "GET", f"/submissions/{name}").json()

    assert worker.step()
    assert (seen()["state"], seen()["rung"], seen()["model"]) == ("pending", "checked", "mock")
    assert {score["origin"] for score in seen()["scores"]} == {"reported"}
    assert worker.step()
    assert not worker.step()
    assert seen()["rung"] == "re-scored", seen()["findings"]
    assert {score["origin"] for score in seen()["scores"]} == {"re-scored"}
    for path, body in [
        ("state", {"to": "accepted", "why": "sound"}),
        ("reproduced", {"why": "ran it again"}),
    ]:
        assert ask("judge", "POST", f"/submissions/{name}/{path}", json=body).status_code == 200
    entry = ask(None, "GET", "/boards/edit/mock?rung=reproduced").json()["entries"][0]
    assert (entry["submission"]["id"], entry["submission"]["rung"]) == (name, "reproduced")
    assert [job.state for job in jobs(service)] == ["done", "done"]
    assert enqueued(service) == 0


def enqueued(service):
    with service.database.writing() as session:
        return enqueue_rescoring(session)


def test_a_new_version_of_a_metric_scores_every_bundle_again(
    service, ask, send, hand_in, bundle, monkeypatch, child
):
    name = hand_in("ann", upload=send("ann", bundle.read_bytes())).json()["id"]
    worker = Worker(service)
    while worker.step():
        pass
    from cfbench.mock import MockMetric

    monkeypatch.setattr(MockMetric, "version", MockMetric.version + 1)
    assert enqueued(service) == 1
    assert enqueued(service) == 0
    newer = child("from cfbench.mock import MockMetric\nMockMetric.version += 1")
    assert Worker(service, child=newer).step()
    seen = ask("ann", "GET", f"/submissions/{name}").json()
    versions = {
        score["signature"].rpartition("v:")[2] for score in seen["scores"] if score["metric"] == "mock"
    }
    assert versions == {"1", "2"}
    assert "RS304" in {finding["id"] for finding in seen["findings"]}
    assert (seen["state"], seen["rung"]) == ("pending", "re-scored")


def test_a_reported_number_is_not_shown_as_verified(service, ask, send, hand_in, bundle):
    name = hand_in("ann", upload=send("ann", bundle.read_bytes())).json()["id"]
    worker = Worker(service)
    while worker.step():
        pass
    ask("judge", "POST", f"/submissions/{name}/state", json={"to": "accepted", "why": "sound"})
    with (
        service.database.writing() as session
    ):  # as if our metric's version were another than the reported one
        session.execute(delete(ScoreRow).where(ScoreRow.origin == "re-scored"))
    ranks = {
        rung: ask(None, "GET", f"/boards/edit/mock?rung={rung}").json()["entries"][0]["rank"]
        for rung in ("self-reported", "checked", "re-scored")
    }
    assert ranks == {"self-reported": 1, "checked": 1, "re-scored": None}


def test_a_broken_bundle_is_rejected_with_its_findings(service, ask, send, hand_in, bundle, tmp_path):
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(bad, "w") as out:
        out.writestr("../../etc/passwd", "root")
    names = [
        hand_in("ann", upload=send("ann", data)).json()["id"]
        for data in (bad.read_bytes(), bundle.read_bytes()[:-100], b"{}", b"\x80\x04K\x01.")
    ]
    before = {path for path in tmp_path.rglob("*") if "store" not in path.parts}
    worker = Worker(service)
    while worker.step():
        pass
    for name in names:
        seen = ask("ann", "GET", f"/submissions/{name}").json()
        assert seen["state"] == "rejected"
        assert any(finding["severity"] == "error" for finding in seen["findings"])
        assert ask(None, "GET", f"/submissions/{name}").status_code == 404
    assert {path for path in tmp_path.rglob("*") if "store" not in path.parts} == before
    assert not list((service.store.folder / "partial").iterdir())


OTHER_NUMBERS = """
from cfbench.bundles import rescoring
honest = rescoring.start_score

def other(*arguments, **named):
    run = honest(*arguments, **named)
    scores = [
        score.model_copy(update={"value": score.value + 0.1}) if score.value is not None else score
        for score in run.result.scores
    ]
    object.__setattr__(run, "result", run.result.model_copy(update={"scores": scores}))
    return run

rescoring.start_score = other
"""


def test_numbers_that_do_not_come_again_are_flagged(service, ask, send, hand_in, bundle, child):
    name = hand_in("ann", upload=send("ann", bundle.read_bytes())).json()["id"]
    worker = Worker(service, child=child(OTHER_NUMBERS))
    assert worker.step()
    ask("judge", "POST", f"/submissions/{name}/state", json={"to": "accepted", "why": "sound"})
    assert worker.step()
    seen = ask(None, "GET", f"/submissions/{name}").json()
    assert (seen["state"], seen["rung"]) == ("flagged", "checked")
    assert {finding["id"] for finding in seen["findings"]} >= {"RS303"}
    entry = ask(None, "GET", "/boards/edit/mock").json()["entries"][0]
    assert entry["rank"] is None
    assert "a moderator or re-scoring flagged it" in entry["submission"]["unranked_because"]


def test_what_a_worker_lacks_is_left_to_another(service, send, hand_in, bundle, monkeypatch):
    hand_in("ann", upload=send("ann", bundle.read_bytes()))
    poor = Worker(service)
    assert poor.step()
    with monkeypatch.context() as patch:

        def lacks(*arguments):
            raise EnvironmentLackError("It lacks torch", "", "pip install 'cfbench[torch]'")

        patch.setattr(Worker, "_score_again", lacks)
        assert poor.step()
        assert not poor.step()
    job = jobs(service)[1]
    assert (job.state, job.attempts) == ("waiting", 0)
    assert "pip install 'cfbench[torch]'" in job.said
    with service.database.writing() as session:
        session.execute(update(Job).values(not_before=now()))
    assert not poor.step()
    assert Worker(service).step()
    assert jobs(service)[1].state == "done"


def test_two_workers_never_hold_one_job(service, drafts):
    drafts(20)
    held = [claim(service.database) for _ in range(20)]
    assert len({one.job for one in held}) == 20
    assert claim(service.database) is None


def test_a_job_of_a_dead_worker_goes_to_another_and_the_dead_one_cannot_finish_it(service, drafts):
    drafts(1)
    dead = claim(service.database)
    with service.database.writing() as session:
        session.execute(update(Job).values(leased_until=now() - timedelta(seconds=1)))
    heir = claim(service.database)
    assert heir.job == dead.job
    assert not renew(service.database, dead)
    assert renew(service.database, heir)
    with pytest.raises(LeaseLostError), service.database.writing() as session:
        session.execute(update(Submission).values(note="from the dead"))
        finish(session, dead, "late")
    with service.database.reading() as session:
        assert session.scalar(select(func.count()).where(Submission.note == "from the dead")) == 0
    with service.database.writing() as session:
        finish(session, heir, "in time")
    assert jobs(service)[0].state == "done"


def test_a_job_that_kills_its_workers_is_given_up(service, drafts):
    drafts(1)
    for _ in range(ATTEMPTS):
        assert claim(service.database) is not None
        with service.database.writing() as session:
            session.execute(update(Job).values(leased_until=now() - timedelta(seconds=1)))
    assert claim(service.database) is None
    assert jobs(service)[0].state == "failed"
    assert "given up" in jobs(service)[0].said


def test_something_unforeseen_does_not_end_the_worker(service, drafts, child):
    drafts(1)
    breaks = child("""
        def breaks(task):
            raise RuntimeError("out of luck")

        scoring._WORKS["check"] = breaks
    """)
    assert Worker(service, child=breaks).step()
    job = jobs(service)[0]
    assert (job.state, job.attempts) == ("waiting", 1)
    assert job.said == "RuntimeError: out of luck"
    assert job.not_before > now()


def test_nobody_reproduces_their_own_submission(service, ask, send, hand_in, bundle, client, tokens):
    name = hand_in("keeper", upload=send("keeper", bundle.read_bytes())).json()["id"]
    worker = Worker(service)
    while worker.step():
        pass
    path = f"/submissions/{name}/reproduced"
    refused = ask("keeper", "POST", path, json={"why": "it is mine"})
    assert (refused.status_code, refused.json()["error"]["id"]) == (403, "own-submission")
    assert "by its own owner" in refused.json()["error"]["what"]
    seen = ask("keeper", "GET", f"/submissions/{name}").json()
    assert (seen["rung"], len(seen["events"])) == ("re-scored", 3)

    def choices(who):
        client.cookies.set(COOKIE, tokens[who], path=PATH)
        text = client.get(f"/moderate/submissions/{name}").text
        return re.findall(r'name="to" value="(\w+)"', text), re.findall(r'name="word" value="(\w+)"', text)[0]

    (own, word), here = choices("keeper"), {"Origin": "http://testserver"}
    assert "reproduced" not in own
    form = {"word": word, "to": "reproduced", "why": "by hand"}
    posted = client.post(f"/moderate/submissions/{name}/decision", data=form, headers=here)
    assert posted.status_code == 403
    assert "Let another moderator" in posted.text
    assert "reproduced" in choices("judge")[0]
    assert ask("judge", "POST", path, json={"why": "ran it again"}).json()["rung"] == "reproduced"


def test_the_next_worker_removes_what_a_killed_one_left_and_nothing_else(service, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = (
        "import time; from cfbench_leaderboard.scratch import own_folder\n"
        "with own_folder() as folder:\n"
        "    (folder / 'tmp').mkdir(); print(folder, flush=True); time.sleep(600)"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment, text=True
    ) as killed:
        left = Path(killed.stdout.readline().strip())
        elsewhere = tmp_path / "elsewhere"
        (elsewhere / "mine").mkdir(parents=True)
        (tmp_path / f"{PREFIX}link").symlink_to(elsewhere)
        with own_folder() as held:
            Worker(service).tidy()
            assert left.is_dir()
            killed.send_signal(signal.SIGKILL)
            killed.wait()
            Worker(service).tidy()
            assert held.is_dir()
        assert not left.exists()
        assert not held.exists()
    assert (elsewhere / "mine").is_dir()
