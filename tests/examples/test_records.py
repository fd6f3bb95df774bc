"""examples/crm_receiver.py and examples/nightly_calls.py beside a running router and PBX."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from router.cli import commands as ivr
from tests.acceptance.processes import PROJECT, Site, free_port, running_process, site, wait_for
from tests.examples.one_menu import LINE, PBX

EXAMPLES = PROJECT / "examples"
MASTER = "open-sesame-open-sesame-open"
ADDRESS = "127.0.0.1:8765"  # as it stands in the flow

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def receiver() -> str:
    """The address of the receiver, which each test runs itself."""
    return f"127.0.0.1:{free_port()}"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, receiver: str) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("records")
    flows = directory / "flows"
    shutil.copytree(EXAMPLES / "crm_flows", flows)
    for file in flows.iterdir():
        file.write_text(file.read_text(encoding="utf-8").replace(ADDRESS, receiver), encoding="utf-8")
    (directory / "pbx.yaml").write_text(PBX, encoding="utf-8")
    environ = {"IVR_ADMIN_TOKEN": MASTER, "IVR_WATCH": "0"}
    with site(directory, pbx=directory / "pbx.yaml", flows=flows, workers=1, **environ) as started:
        yield started


def rows(database: Path, query: str) -> list[Any]:
    if not database.exists():
        return []
    with closing(sqlite3.connect(database, timeout=30)) as connection:
        try:
            return connection.execute(query).fetchall()
        except sqlite3.OperationalError:  # its tables are not there yet
            return []


def deliveries(running: Site) -> list[Any]:
    headers = {"Authorization": f"Bearer {MASTER}"}
    answer = running.http.request("GET", f"{running.router}/api/deliveries", headers=headers).json()
    return sorted((one["type"], one["state"], one["attempts"] > 1) for one in answer["deliveries"])


def test_the_crm_has_a_card_of_each_call_though_it_was_down_at_first(
    running: Site, receiver: str, tmp_path: Path
) -> None:
    entry_id = running.dial(LINE, "79000000041")
    wait_for("an attempt that failed", lambda: any(again for _, _, again in deliveries(running)))
    secret = running.ivr("deliveries", "secret", f"http://{receiver}/hooks").stdout.strip()
    environ = {**os.environ, "WEBHOOK_SECRET": secret, "PORT": receiver.rpartition(":")[2]}
    cards = tmp_path / "cards.db"
    command = [sys.executable, str(EXAMPLES / "crm_receiver.py"), str(cards)]
    with running_process(command, environ, tmp_path / "crm.log"):
        came = "SELECT entry_id, sequence, type, caller, line FROM cards"
        wait_for("the card", lambda: rows(cards, came) == [(entry_id, 1, "call.came", "79000000041", LINE)])
        wait_for("the conversation", lambda: running.phone(entry_id)["answered"])
        running.hang_up(entry_id)
        ended = "SELECT sequence, type, outcome, answered_by, data FROM cards"
        wait_for("the end", lambda: rows(cards, ended) == [(2, "call.over", "answered", "101", '{"answered": "true"}')])
        confirmed = [("call.came", "confirmed", True), ("call.over", "confirmed", False)]
        wait_for("the deliveries", lambda: deliveries(running) == confirmed)
        newest = json.loads(running.ivr("deliveries", "--limit", "1", "--json").stdout)[0]
        assert running.ivr("deliveries", "redeliver", newest["delivery_id"]).returncode == 0
        stranger = running.http.request("POST", f"http://{receiver}/hooks/calls", body=b"{}")
        assert stranger.status == 401
        wait_for("the second delivery", lambda: deliveries(running) == confirmed)
        assert len(rows(cards, "SELECT id FROM seen")) == 2


def test_the_flow_passes_its_own_tests() -> None:
    result = CliRunner().invoke(ivr, ["test", str(EXAMPLES / "crm_flows")])
    assert (result.exit_code, "2 passed" in result.output) == (0, True), result.output


def test_the_nightly_copy_has_each_call_once(running: Site, tmp_path: Path) -> None:
    token = running.ivr("token", "create", "--role", "viewer", "--name", "nightly").stdout.strip()
    environ = {**os.environ, "IVR_URL": running.router, "IVR_TOKEN": token}
    kept = tmp_path / "calls.db"

    def nightly() -> str:
        command = [sys.executable, str(EXAMPLES / "nightly_calls.py"), str(kept)]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=True, timeout=60).stdout

    entry_id = running.dial(LINE, "79000000042")
    running.hang_up(entry_id)
    over = f"SELECT outcome, caller, leg_count > 0, ended > started FROM calls WHERE entry_id = '{entry_id}'"

    def is_over() -> bool:
        assert nightly().endswith("calls are new or have changed\n")
        return rows(kept, over) == [("missed", "79000000042", 1, 1)]

    wait_for("the end of the call in the copy", is_over)

    def copied() -> list[tuple[Any, ...]]:
        nightly()
        return rows(kept, "SELECT * FROM calls ORDER BY entry_id")

    wait_for("a night without news, once the summary has come", lambda: copied() == copied())
    assert is_over()
    assert {row[0] for row in rows(kept, "SELECT line FROM calls")} == {LINE}
