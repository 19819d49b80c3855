"""The steps of the GitHub action, run in bash as the runner runs them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from two_runs import result_alone

from cfbench.cli.gate_ import command
from cfbench.gating import Policy, read_policy

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

yaml = pytest.importorskip("yaml")
bash = shutil.which("bash") or pytest.skip("there is no bash", allow_module_level=True)
ACTION = Path(__file__).resolve().parents[2] / "action.yml"
Runs = tuple[Path, Path]


def action() -> dict[str, Any]:
    value: dict[str, Any] = yaml.safe_load(ACTION.read_text())
    return value


def step(number: int, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A step as the runner starts it (shell: bash)."""
    script = folder / "step.sh"
    script.write_text(action()["runs"]["steps"][number]["run"])
    return subprocess.run(
        [bash, "--noprofile", "--norc", "-eo", "pipefail", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "RUNNER_TEMP": str(folder / "temp"), **environment},
    )


def test_inputs_reach_scripts_through_the_environment_alone() -> None:
    value = action()
    used = set()
    for one in value["runs"]["steps"]:
        assert "${{" not in one["run"], "an input in a script could give the runner a command"
        used |= {text.removeprefix("${{ inputs.").removesuffix(" }}") for text in one["env"].values()}
    assert used >= set(value["inputs"])
    flags = {flag for parameter in command.params for flag in parameter.opts}
    said = value["runs"]["steps"][1]["run"]
    assert {word for word in re.split(r"[\s()]", said) if word.startswith("--") and word != "--"} <= flags


def test_the_page_shows_a_policy_and_a_workflow_that_hold() -> None:
    page = (ACTION.parent / "docs" / "gate.md").read_text()
    (policy,) = re.findall(r"^```toml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    chosen = read_policy(tomllib.loads(policy))
    assert set(tomllib.loads(policy)) == set(Policy.model_fields) - {"schema_version"}, "a key is not shown"
    assert len(chosen.rule) == 2
    (workflow,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    steps = yaml.safe_load(workflow)["jobs"]["gate"]["steps"]
    (gate,) = [one for one in steps if one.get("uses") == "./cfbench"]
    (brought,) = [one for one in steps if "git clone" in one.get("run", "")]
    assert steps.index(brought) < steps.index(gate)
    assert brought["run"].split("&&")[0].split()[-1] == "cfbench"
    assert "${{" not in brought["run"], "a variable in a script could give the runner a command"
    value = action()["inputs"]
    assert set(gate["with"]) <= set(value)
    assert {name for name, told in value.items() if told.get("required")} <= set(gate["with"])


@pytest.mark.parametrize(("version", "wanted"), [("", "/the/action"), ("0.1.0", "cfbench==0.1.0")])
def test_the_install_step_takes_no_extra(tmp_path: Path, version: str, wanted: str) -> None:
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "python3"  # makes an environment whose Python says what it is told
    fake.write_text(
        '#!/bin/bash\nmkdir -p "$3/bin"\nprintf \'#!/bin/bash\\necho "$@"\\n\' > "$3/bin/python"\nchmod +x "$3/bin/python"\n'
    )
    fake.chmod(0o755)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    done = step(0, tmp_path, {"PATH": path, "VERSION": version, "SOURCE": "/the/action"})
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[:3] == ["-m", "pip", "install"]
    assert done.stdout.split()[-1] == wanted


@pytest.mark.parametrize(("worse", "code"), [(False, "0"), (True, "1")])
def test_the_gate_step_leaves_as_the_gate_does(runs: Runs, tmp_path: Path, worse: bool, code: str) -> None:
    installed = tmp_path / "temp" / "cfbench-gate" / "bin"
    installed.mkdir(parents=True)
    (installed / "cfbench").write_text(f'#!/bin/bash\nexec {sys.executable} -m cfbench "$@"\n')
    (installed / "cfbench").chmod(0o755)
    old, new = runs[::-1] if worse else runs
    (tmp_path / "a folder; echo").mkdir()
    file = result_alone(new, tmp_path / "a folder; echo" / "new.json")
    (tmp_path / "gate.toml").write_text("relative = 0.01\n")
    done = step(
        1,
        tmp_path,
        {
            "NEW": str(file),
            "BASELINE": str(old),
            "POLICY": "gate.toml",
            "ON_MISSING": "fail",
            "JUNIT": "gate.xml",
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        },
    )
    assert done.returncode == int(code), done.stderr
    assert (tmp_path / "output").read_text() == f"exit-code={code}\n"
    assert "cfbench gate" in (tmp_path / "summary").read_text()
    assert Xml.parse(tmp_path / "gate.xml").getroot().tag == "testsuites"
    assert ("::error title=pixel/l1/all::" in done.stdout) == worse
