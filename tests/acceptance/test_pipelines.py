"""The pipelines of `examples/`: each of their commands is run, as GitHub and GitLab would, against a real router with
calls of the emulator's in its history."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree

import pytest
import yaml
from jsonschema import Draft4Validator

from tests.acceptance.processes import PROJECT, Site, site, wait_for

pytestmark = pytest.mark.acceptance

LINE = "74950000001"
TOKEN = "an-admins-token-of-the-tests"
PBX = f"lines: {{{LINE}: {{scheme: main}}}}\naudio: {{17: 1s}}\nschemes: {{main: {{silence: 30s}}}}\n"
FLOW = """\
flow: main
for: any
on_error: bye
start: ask
steps:
  ask: {menu: {prompt: audio.menu, first_digit: 1s, keys: {1: bye}, no_input: {max: 0, goto: bye}}}
  bye: hangup
"""
MORE_KEYS = FLOW.replace("keys: {1: bye}", "keys: {1: bye, 2: bye}")
MOST_KEYS = FLOW.replace("keys: {1: bye}", "keys: {1: bye, 2: bye, 3: bye}")
ELSEWHERE = FLOW.replace("bye: hangup", "bye: release")
BROKEN = FLOW.replace("start: ask", "start: aks")
TEST = """\
flow: main
tests:
  - name: nobody presses anything
    script: [{expect: {play: audio.menu}}, {wait: 4s}, {expect: {hangup: {}}}]
"""
FAKE_PIP = '#!/bin/sh\n[ "$*" = "install ivr-router" ]\n'
FAKE_GH = '#!/bin/sh\necho "$*" > gh.args; shift 4; [ -n "$GH_TOKEN" ] && cp "$1" comment.md\n'
SARIF = PROJECT / "tests" / "cli" / "schemas" / "sarif-schema-2.1.0.json"


@pytest.fixture(scope="module")
def router(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With one version, and two calls on it."""
    directory = tmp_path_factory.mktemp("router")
    (directory / "pbx.yaml").write_text(PBX, encoding="utf-8")
    write(directory / "flows", FLOW)
    with site(
        directory,
        pbx=directory / "pbx.yaml",
        flows=directory / "flows",
        workers=1,
        IVR_WATCH="0",
        IVR_ADMIN_TOKEN=TOKEN,
    ) as running:
        running.http.headers["Authorization"] = f"Bearer {TOKEN}"
        calls = [running.dial(LINE, f"7900000000{number}") for number in range(2)]
        wait_for("the end of the calls", lambda: all(running.call(entry_id).get("ended") for entry_id in calls))
        yield running


def write(flows: Path, flow: str) -> None:
    flows.mkdir(exist_ok=True)
    (flows / "main.yaml").write_text(flow, encoding="utf-8")
    (flows / "main.test.yaml").write_text(TEST, encoding="utf-8")
    (flows / "resources.yaml").write_text("audio: {menu: {id: 17, length: 1s}}\n", encoding="utf-8")


@dataclass
class Runner:
    """A machine of the pipeline: a checkout, what it has installed, and what is known to its jobs."""

    place: Path
    environ: dict[str, str]
    seen: list[str] = field(default_factory=list)  # commands that were run

    def run(self, command: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        self.seen.append(command)
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command],
            cwd=self.place, env={**self.environ, **environ}, capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture
def runner(router: Site, tmp_path: Path) -> Runner:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in {"pip": FAKE_PIP, "gh": FAKE_GH}.items():
        (tools / name).write_text(text, encoding="utf-8")
        (tools / name).chmod(0o755)
    (tools / "ivr").symlink_to(Path(sys.executable).with_name("ivr"))
    place = tmp_path / "checkout"
    place.mkdir()
    (place / ".git").mkdir()
    made = router.ivr("token", "create", "--role", "author", "--name", tmp_path.name, "--json")
    token = json.loads(made.stdout)[0]["token"]
    path = f"{tools}:{os.environ['PATH']}"
    return Runner(place, {"PATH": path, "HOME": str(tmp_path), "IVR_URL": router.router, "IVR_TOKEN": token})


def versions(router: Site) -> dict[str, dict[str, Any]]:
    """state -> the version that is in it."""
    return {row["state"]: row for row in router.get("/api/versions")["versions"]}


def is_sarif(path: Path) -> bool:
    validator = Draft4Validator(json.loads(SARIF.read_text(encoding="utf-8")))
    return not list(validator.iter_errors(json.loads(path.read_text(encoding="utf-8"))))


# GitHub


@dataclass
class Workflow:
    """A workflow, as much of GitHub's language as it uses; what it uses beside that fails."""

    runner: Runner
    event: str
    outputs: dict[str, str] = field(default_factory=dict)  # of the canary's steps

    def known(self) -> dict[str, str]:
        return {
            "vars.IVR_URL": self.runner.environ["IVR_URL"],
            "secrets.IVR_TOKEN": self.runner.environ["IVR_TOKEN"],
            "github.token": "a-token-of-github",
            "github.event.number": "7",
            **{f"needs.canary.outputs.{name}": value for name, value in self.outputs.items()},
        }

    def filled(self, text: str) -> str:
        return re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: self.known()[found[1]], text)

    def applies(self, condition: str) -> bool:
        facts = {
            "always()": True,
            "env.IVR_TOKEN != ''": True,
            "github.event_name == 'pull_request'": self.event == "pull_request",
            "github.event_name == 'push'": self.event == "push",
        }
        return all(facts[part] for part in condition.split(" && "))

    def job(self, name: str) -> list[tuple[str, subprocess.CompletedProcess[str]]]:
        """(step, what came of it) of each step that runs something, up to one that fails."""
        written = yaml.safe_load((PROJECT / "examples" / "github-workflow.yml").read_text(encoding="utf-8"))
        job, done = written["jobs"][name], list[tuple[str, subprocess.CompletedProcess[str]]]()
        assert self.applies(job.get("if", "always()"))
        output = self.runner.place / "output"
        told = {"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "anna", "GITHUB_SHA": "c0ffee", "GITHUB_RUN_ID": "9",
                "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "company/flows"}  # fmt: skip
        for step in job["steps"]:
            if "run" not in step or not self.applies(step.get("if", "always()")):
                continue
            own = {**written["env"], **step.get("env", {})}
            environ = {**told, "GITHUB_OUTPUT": str(output), **{key: self.filled(text) for key, text in own.items()}}
            done.append((step["name"], self.runner.run(step["run"], environ)))
            if done[-1][1].returncode:
                break
        if output.exists():
            self.outputs |= dict(line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines())
        return done


def failed(done: list[tuple[str, subprocess.CompletedProcess[str]]]) -> str:
    """The step that failed; "" when none did."""
    return done[-1][0] if done[-1][1].returncode else ""


def test_github_checks_tests_compares_replays_and_publishes(router: Site, runner: Runner) -> None:
    write(runner.place / "flows", MORE_KEYS)
    before = versions(router)["active"]["version"]
    done = Workflow(runner, "pull_request").job("check")
    assert not failed(done), done[-1][1].stderr
    assert [name for name, _ in done][-2:] == ["Say what would change", "Replay the calls of a week"]
    assert "2 calls under version" in done[-1][1].stderr
    assert is_sarif(runner.place / "check.sarif")
    assert ElementTree.parse(runner.place / "tests.xml").getroot().find("testsuite/testcase") is not None
    assert "+ keys.2" in (runner.place / "comment.md").read_text(encoding="utf-8")
    assert (runner.place / "gh.args").read_text(encoding="utf-8").startswith("pr comment 7 --body-file diff.md")
    assert versions(router).keys() == {"active"}
    pushed = Workflow(runner, "push")
    assert not failed(done := pushed.job("canary")), done[-1][1].stderr
    canary = versions(router)["canary"]
    assert versions(router)["active"]["version"] == before
    assert (canary["author"], canary["commit"]) == ("anna", "c0ffee")
    assert canary["source"] == "https://github.com/company/flows/actions/runs/9"
    assert not failed(done := pushed.job("promote")), done[-1][1].stderr
    assert versions(router)["active"]["version"] == canary["version"]
    assert failed(again := pushed.job("promote")), "it is the canary no longer"
    assert "there is no canary" in again[-1][1].stderr
    assert {"publish", "canary", "promote"} & {row["action"] for row in router.get("/api/audit")["audit"]}


@pytest.mark.parametrize(
    ("flow", "step"), [(BROKEN, "Check"), (ELSEWHERE, "Test")], ids=["broken", "another end than the test's"]
)
def test_github_stops_what_is_wrong(router: Site, runner: Runner, flow: str, step: str) -> None:
    write(runner.place / "flows", flow)
    assert failed(Workflow(runner, "push").job("check")) == step
    assert is_sarif(runner.place / "check.sarif")


def test_the_gate_stops_what_recorded_calls_would_not_bear(router: Site, runner: Runner) -> None:
    write(runner.place / "flows", ELSEWHERE)
    (runner.place / "flows" / "main.test.yaml").unlink()
    before = versions(router)
    done = Workflow(runner, "push").job("canary")
    assert failed(done) == "Give it to a tenth of the callers"
    assert "100.0 % end elsewhere, 2 % are allowed" in done[-1][1].stderr + done[-1][1].stdout
    assert {row["version"] for row in versions(router).values()} == {row["version"] for row in before.values()}


# GitLab


@pytest.fixture
def comments() -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """(address, what was posted there: path, token, body)."""
    posted: list[tuple[str, str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            posted.append((self.path, self.headers["PRIVATE-TOKEN"], form["body"][0]))
            self.send_response(201)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/api/v4", posted
    server.shutdown()
    server.server_close()


def test_gitlab_checks_tests_compares_replays_and_publishes(
    router: Site, runner: Runner, comments: tuple[str, list[tuple[str, str, str]]]
) -> None:
    write(runner.place / "flows", MOST_KEYS)
    written = yaml.safe_load((PROJECT / "examples" / "gitlab-ci.yml").read_text(encoding="utf-8"))
    environ = {
        "GITLAB_CI": "true", "GITLAB_USER_LOGIN": "boris", "CI_COMMIT_SHA": "decaf", "CI_COMMIT_TITLE": "More keys",
        "CI_JOB_URL": "https://gitlab.example/job/1", "CI_API_V4_URL": comments[0], "CI_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_IID": "8", "COMMENT_TOKEN": "a-token-of-gitlab",
    }  # fmt: skip
    jobs = [name for name in written if name not in ("stages", "default") and not name.startswith(".")]
    assert [written[name]["stage"] for name in jobs] == written["stages"] == jobs
    for name in jobs:
        for command in [*written["default"]["before_script"], *written[name]["script"]]:
            done = runner.run(command, environ)
            assert done.returncode == 0, (command, done.stderr)
        dotenv = runner.place / "canary.env"
        if name == "canary":
            environ |= dict(line.split("=", 1) for line in dotenv.read_text(encoding="utf-8").splitlines())
            assert versions(router)["canary"]["message"] == "More keys"
    assert is_sarif(runner.place / "check.sarif")
    assert isinstance(json.loads((runner.place / "codequality.json").read_text(encoding="utf-8")), list)
    ((path, token, body),) = comments[1]
    assert (path, token) == ("/api/v4/projects/5/merge_requests/8/notes", "a-token-of-gitlab")
    assert "+ keys.3" in body
    active = versions(router)["active"]
    assert (active["author"], active["commit"], active["source"]) == ("boris", "decaf", "https://gitlab.example/job/1")


def test_gitlab_stops_what_is_broken(router: Site, runner: Runner) -> None:
    write(runner.place / "flows", BROKEN)
    written = yaml.safe_load((PROJECT / "examples" / "gitlab-ci.yml").read_text(encoding="utf-8"))
    codes = [runner.run(command, {}).returncode for command in written["check"]["script"]]
    assert codes[:2] == [0, 0]
    assert codes[-1] == 1
    assert json.loads((runner.place / "codequality.json").read_text(encoding="utf-8"))[0]["check_name"] == "F301"
