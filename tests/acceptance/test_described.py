"""schemathesis against a live router: thousands of requests made of `schemas/openapi.yaml`, right ones and wrong ones.

No answer may be a 5xx or one that the description does not tell, wrong data have to be refused and right data taken,
on both databases. `make soak` asks for many more (`--api-examples`).
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest

from router.protocol.sign import sign
from tests.acceptance.processes import KEY, PROJECT, SALT, Site, router
from tests.postgres_server import OWNER, SERVING, Server

pytestmark = pytest.mark.acceptance

TOKEN = "0123456789abcdef0123456789abcdef"
CALLS = ("MTA6/+==", "e 2", "ж")
BRIEFLY = 1
STREAM = "/api/events"  # an answer of 25 s: tests/web/test_openapi.py has it


def database(kind: str, directory: Path, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        return f"sqlite:///{directory}/ivr.db"
    from router.store.postgres.migrate import migrate

    server: Server = request.getfixturevalue("postgres")
    server.execute(f"CREATE DATABASE described OWNER {OWNER}")
    migrate(server.url("described", OWNER), serving_role=SERVING)
    return server.url("described", SERVING)


def ring(site: Site) -> None:
    """Some calls, so that lists have something in them."""
    for number, entry_id in enumerate(CALLS):
        leg = {
            "entry_id": entry_id, "call_id": f"c{number}", "seq": 1, "timestamp": int(time.time()), "location": "ivr",
            "call_state": "Appeared", "from": {"number": "79000000000"}, "to": {"line_number": "74952150439"},
        }  # fmt: skip
        text = json.dumps(leg)
        form = urlencode({"vpbx_api_key": KEY, "sign": sign(KEY, text, SALT), "json": text})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        assert site.http.request("POST", f"{site.router}/events/call", body=form, headers=headers).status == 200


def schemathesis(site: Site, examples: int, directory: Path) -> subprocess.CompletedProcess[str]:
    configuration = PROJECT / "tests" / "acceptance" / "schemathesis.toml"
    command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(configuration)]
    command += ["run", str(PROJECT / "schemas" / "openapi.yaml"), "--url", site.router, "--exclude-path", STREAM]
    command += ["--header", f"Authorization: Bearer {TOKEN}", "--max-examples", str(examples), "--seed", "1"]
    command += ["--request-timeout", "40"]  # an answer may be waited for
    command += [] if examples > BRIEFLY else ["--phases", "coverage,fuzzing"]
    given = {"MANGO_API_KEY": KEY, "MANGO_API_SALT": SALT, "IVR_TEST_CALLS": json.dumps(CALLS)}
    environ = {**os.environ, **given, "PYTHONPATH": str(PROJECT)}
    return subprocess.run(command, env=environ, cwd=directory, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_answer_is_described(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    examples = int(request.config.getoption("--api-examples"))
    settings = {"IVR_ADMIN_TOKEN": TOKEN, "IVR_DATABASE": database(kind, tmp_path, request)}
    with router(tmp_path, "127.0.0.1:9", flows=PROJECT / "flows", **settings) as running:
        ring(running)
        found = schemathesis(running, examples, tmp_path)
        assert found.returncode == 0, found.stdout[-20_000:] + found.stderr[-2_000:]
        assert running.http.request("GET", f"{running.router}/healthz").status == 200
    assert "Traceback" not in (tmp_path / "router.log").read_text()
