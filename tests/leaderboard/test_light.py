"""What 'pip install "cfbench[leaderboard]"' brings, and what runs with nothing more."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires
from textwrap import dedent

from packaging.requirements import Requirement

HEAVY = {"torch", "torchvision", "torchmetrics", "torch-fidelity", "open-clip-torch", "safetensors", "scipy"}


def brought_by(name, extra=""):
    """Every package that an installation brings, as far as it is installed here."""
    found, pending = set(), [(name, frozenset([extra]))]
    while pending:
        package, extras = pending.pop()
        try:
            lines = requires(package) or []
        except PackageNotFoundError:
            continue
        for needed in map(Requirement, lines):
            wanted = any(
                needed.marker is None or needed.marker.evaluate({"extra": one}) for one in extras or {""}
            )
            key = re.sub(r"[-_.]+", "-", needed.name).lower()
            if wanted and (key, frozenset(needed.extras)) not in found:
                found.add((key, frozenset(needed.extras)))
                pending.append((key, frozenset(needed.extras) | {""}))
    return {key for key, _ in found}


def test_the_extra_brings_no_torch():
    brought = brought_by("cfbench", "leaderboard")
    assert {"fastapi", "sqlalchemy", "starlette"} <= brought
    assert not brought & HEAVY
    assert "torch" in brought_by("cfbench", "torch")


def test_serving_checking_and_building_need_no_torch(bundle, run_folder, tmp_path):
    code = f"""
        import hashlib, json, sys
        from pathlib import Path

        class Nowhere:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] in {sorted(name.replace("-", "_") for name in HEAVY)!r}:
                    raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

        sys.meta_path.insert(0, Nowhere())
        from fastapi.testclient import TestClient
        from cfbench_leaderboard.api import create_app
        from cfbench_leaderboard.database import Database, migrate
        from cfbench_leaderboard.scoring import check
        from cfbench_leaderboard.service import Service
        from cfbench_leaderboard.site import build
        from cfbench_leaderboard.store import Store
        from cfbench_leaderboard.tokens import create_token
        from cfbench_leaderboard.worker import Worker
        from dataclasses import asdict

        here = Path({str(tmp_path)!r})
        database = Database(str(here / "board.db"))
        migrate(database)
        service = Service(database, Store(here / "store"))
        with database.writing() as session:
            token = create_token(session, "ann", ("admin",), 1.0)[0]
        result = json.loads(Path({str(run_folder / "result.json")!r}).read_text())
        headers = {{"Authorization": "Bearer " + token, "Idempotency-Key": "ab" * 32}}
        with TestClient(create_app(service)) as client:
            made = client.post("/api/v1/submissions", json={{"result": result}}, headers=headers)
            assert made.status_code == 201, made.text
            to = {{"to": "accepted", "why": "sound"}}
            path = "/api/v1/submissions/" + made.json()["id"]
            assert client.post(path + "/state", json=to, headers=headers).status_code == 200
            pages = [client.get(page).status_code for page in ("/", "/boards/edit/mock", made.json()["url"])]
        checked = check({{"path": {str(bundle)!r}, "limits": asdict(service.limits)}})
        built = build(service, here / "site")
        loaded = [name for name in sys.modules if name.partition(".")[0] == "torch"]
        print(json.dumps([pages, checked["result"] is not None, built.submissions, loaded]))
    """
    done = subprocess.run([sys.executable, "-c", dedent(code)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == [[200, 200, 200], True, 1, []]
