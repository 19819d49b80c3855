"""Bundles that would eat the worker: they end their own child, and their job, and nothing else."""

from __future__ import annotations

import hashlib
import io
import json
import resource
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from textwrap import dedent

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from sqlalchemy import select, update

from cfbench.bundles import Manifest
from cfbench_leaderboard.apart import BrokenError, SpentError, run_apart
from cfbench_leaderboard.database import now
from cfbench_leaderboard.database.models import Job
from cfbench_leaderboard.jobs import ATTEMPTS
from cfbench_leaderboard.limits import MIB, Allowance
from cfbench_leaderboard.worker import Worker

SMALL = Allowance(memory_bytes=2048 * MIB, cpu_seconds=60, seconds=120, file_bytes=64 * MIB, open_files=128)
HOGS = {
    "memory": "held = [bytearray(64 * 2**20) for _ in range(1000)]",
    "memory, or it broke the program": "os.abort()",
    "time of the processor": "while True: pass",
    "time": "time.sleep(60)",
    "room for a file": "open(task['folder'] + '/big', 'wb').write(bytes(65 * 2**20))",
}


def written(tmp_path, code):
    """The command of a child whose work is this code."""
    script = tmp_path / "child.py"
    body = dedent(code).replace("\n", "\n    ")
    script.write_text(
        "import json, os, resource, signal, subprocess, sys, time\nfrom cfbench_leaderboard import scoring\n\n"
        f"def work(task):\n    {body}\n    return {{}}\n\n"
        "scoring.main({'check': work, 'rescore': work, 'any': work})\n"
    )
    return sys.executable, str(script)


@pytest.fixture
def apart(tmp_path):
    """Runs some code as a child does a task."""

    def run(code, allowance=SMALL):
        folder = tmp_path / "child"
        folder.mkdir()
        return run_apart({"kind": "any"}, folder, allowance, written(tmp_path, code))

    return run


@pytest.mark.parametrize("what", HOGS)
def test_a_hog_ends_and_says_at_what(apart, what):
    limits = {"time of the processor": {"cpu_seconds": 1}, "time": {"seconds": 3.0}}.get(what, {})
    with pytest.raises(SpentError, match=f"^{what}$"):
        apart(HOGS[what], Allowance(**{**vars(SMALL), **limits}))


def test_what_a_child_began_ends_with_it(apart, tmp_path):
    note = tmp_path / "note"
    apart(f"""
        other = subprocess.Popen(["sleep", "600"])
        open({str(note)!r}, "w").write(str(other.pid))
    """)
    assert until(lambda: not alive(int(note.read_text())))


def until(holds):
    """Whether something comes true within half a minute."""
    for _ in range(600):
        if holds():
            return True
        time.sleep(0.05)
    return False


def alive(process):
    try:
        with Path(f"/proc/{process}/stat").open() as stat:
            return stat.read().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_a_child_knows_no_secret_and_no_proxy(apart, monkeypatch, tmp_path):
    note = tmp_path / "note"
    for name in (
        "CFBENCH_TOKEN",
        "CFBENCH_LEADERBOARD_DB",
        "HF_TOKEN",
        "https_proxy",
        "AWS_SECRET_ACCESS_KEY",
    ):
        monkeypatch.setenv(name, "secret")
    apart(f"open({str(note)!r}, 'w').write(json.dumps([dict(os.environ), sys.path]))")
    variables, path = json.loads(note.read_text())
    assert "secret" not in variables.values()
    assert variables["TMPDIR"].startswith(str(tmp_path))
    assert "" not in path


def test_a_child_that_is_killed_is_no_fault_of_the_bundle(apart):
    with pytest.raises(BrokenError, match="killed by SIGKILL"):
        apart("os.kill(os.getpid(), signal.SIGKILL)")


def test_a_child_dies_with_its_worker(tmp_path):
    note = tmp_path / "note"
    child = written(tmp_path, f"open({str(note)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)")
    (tmp_path / "child").mkdir()
    code = f"""
        from pathlib import Path
        from cfbench_leaderboard.apart import run_apart
        from cfbench_leaderboard.limits import Allowance
        run_apart({{"kind": "any"}}, Path({str(tmp_path / "child")!r}), Allowance(), {child!r})
    """
    worker = subprocess.Popen([sys.executable, "-c", dedent(code)])
    try:
        assert until(lambda: note.is_file() and note.read_text())
        assert alive(int(note.read_text()))
    finally:
        worker.kill()
        worker.wait()
    assert until(lambda: not alive(int(note.read_text())))


def submitted(service, hand_in, send, data):
    name = hand_in("ann", upload=send("ann", data, piece=1_000_000)).json()["id"]
    return name, Worker(service)


def seen(service, ask, name):
    with service.database.reading() as session:
        found = list(session.scalars(select(Job).where(Job.submission_id == name).order_by(Job.id)))
    return ask("ann", "GET", f"/submissions/{name}").json(), found


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_predictions_that_eat_memory_end_as_a_failed_job(service, ask, send, hand_in, bundle, tmp_path):
    name, worker = submitted(service, hand_in, send, bundle.read_bytes())
    assert worker.step()
    eater = Worker(service, allowance=SMALL, child=written(tmp_path, HOGS["memory"]))
    assert eater.step()
    assert not eater.step()
    answer, (check, rescore) = seen(service, ask, name)
    assert (check.state, rescore.state, rescore.attempts) == ("done", "failed", 1)
    assert rescore.said == "given up: it used up its memory"
    assert (answer["state"], answer["rung"]) == ("pending", "checked")
    finding = next(each for each in answer["findings"] if each["id"] == "RS305")
    assert "memory" in finding["what"]


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_bundle_that_cannot_be_checked_within_limits_is_rejected(
    service, ask, send, hand_in, bundle, tmp_path
):
    name, _ = submitted(service, hand_in, send, bundle.read_bytes())
    limits = Allowance(**{**vars(SMALL), "cpu_seconds": 1})
    assert Worker(service, allowance=limits, child=written(tmp_path, HOGS["time of the processor"])).step()
    answer, (check,) = seen(service, ask, name)
    assert (check.state, answer["state"]) == ("failed", "rejected")
    assert [each["id"] for each in answer["findings"]] == ["LB107"]
    assert "time of the processor" in answer["events"][-1]["why"]


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_job_outlives_children_that_are_killed_and_ends_with_a_finding(
    service, ask, send, hand_in, bundle, tmp_path
):
    name, _ = submitted(service, hand_in, send, bundle.read_bytes())
    killed = Worker(service, child=written(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)"))
    for attempt in range(1, ATTEMPTS):
        assert killed.step()
        _, (check,) = seen(service, ask, name)
        assert (check.state, check.attempts, check.lease) == ("waiting", attempt, None)
        assert "SIGKILL" in check.said
        with service.database.writing() as session:
            session.execute(update(Job).values(not_before=now()))
    assert killed.step()
    answer, (check,) = seen(service, ask, name)
    assert (check.state, answer["state"]) == ("failed", "rejected")
    assert "SIGKILL" in answer["findings"][0]["what"]


def with_huge_images(bundle):
    """The bundle with predictions of four million pixels each, white and so almost empty as files; the manifest fits them."""
    white = io.BytesIO()
    Image.new("RGB", (4096, 1024), "white").save(white, "PNG", compress_level=9)
    with zipfile.ZipFile(bundle) as source:
        parts = {entry.filename: source.read(entry) for entry in source.infolist()}
    manifest = json.loads(parts["manifest.json"])
    for name in [name for name in parts if name.startswith("predictions/")]:
        table = pq.read_table(io.BytesIO(parts[name]))
        field = table.schema.field("images")
        images = [[white.getvalue()] * len(each) for each in table["images"].to_pylist()]
        table = table.set_column(table.column_names.index("images"), field, pa.array(images, field.type))
        out = io.BytesIO()
        pq.write_table(table, out)
        parts[name] = out.getvalue()
        entry = {"bytes": len(parts[name]), "sha256": hashlib.sha256(parts[name]).hexdigest()}
        assert manifest["files"][name].keys() == entry.keys()
        manifest["files"][name] = entry
    parts["manifest.json"] = Manifest.model_validate(manifest).canonical()
    grown = io.BytesIO()
    with zipfile.ZipFile(grown, "w") as out:
        for name, data in parts.items():
            out.writestr(name, data)
    return grown.getvalue()


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_huge_images_many_times_over_end_at_most_their_own_child(service, ask, send, hand_in, bundle):
    name, worker = submitted(service, hand_in, send, with_huge_images(bundle))
    before = peak_of_this_process()
    while worker.step():
        pass
    answer, found = seen(service, ask, name)
    assert answer["state"] == "rejected"
    assert [job.state for job in found] == ["done"]
    assert "CF307" in {finding["id"] for finding in answer["findings"]}  # every image was unpacked
    assert peak_of_this_process() - before < 100 * MIB


def peak_of_this_process():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
