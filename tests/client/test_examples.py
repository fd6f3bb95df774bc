"""The examples of the client, run against the emulator."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import urllib3

from router.emulator.load import load_config
from router.emulator.serve import serving
from tests.acceptance.processes import KEY, PROJECT, SALT, wait_for

pytestmark = pytest.mark.acceptance

PBX = """
lines: {74950000001: {to: extension 101}}
employees: {101: {name: Sales, number: "sip:sales@pbx.example", behaves: answers after 1s, talks: 3s, recorded: true}}
schemes: {main: {silence: 30s}}
"""
MOSCOW = timezone(timedelta(hours=3))


@pytest.fixture
def pbx() -> Iterator[str]:
    """An emulator with two calls that were recorded and are over."""
    made = load_config(PBX)
    with (
        serving(
            made, api_key=KEY, salt=SALT, host="127.0.0.1", port=0, webhook="http://127.0.0.1:9", speed=20
        ) as server,
        urllib3.PoolManager() as http,
    ):
        url = f"http://127.0.0.1:{server.port}"
        for caller in ("79000000001", "79000000002"):
            http.request("POST", f"{url}/emulator/calls", json={"from": caller, "line": "74950000001"})
        calls = f"{url}/emulator/calls"
        wait_for(
            "the end of both calls",
            lambda: all(call["ended"] for call in http.request("GET", calls).json()["calls"]),
        )
        yield url


def test_the_recordings_of_a_day_are_fetched(pbx: str, tmp_path: Path) -> None:
    environ = {
        **os.environ,
        "MANGO_API_KEY": KEY,
        "MANGO_API_SALT": SALT,
        "MANGO_API_URL": f"{pbx}/vpbx/",
        "IVR_DATABASE": f"sqlite:///{tmp_path}/none.db",
    }

    def fetch() -> list[str]:
        today = datetime.now(UTC).astimezone(MOSCOW).date().isoformat()
        command = [sys.executable, str(PROJECT / "examples" / "fetch_recordings.py"), today, "recordings"]
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return sorted(done.stdout.splitlines())

    lines = wait_for("both recordings", lambda: found if len(found := fetch()) == 2 else None)
    files = sorted((tmp_path / "recordings").iterdir())
    assert lines == [f"recordings/{file.name}: {file.stat().st_size} bytes" for file in files]
    assert all(file.read_bytes()[0] == 0xFF for file in files)  # an MPEG frame
