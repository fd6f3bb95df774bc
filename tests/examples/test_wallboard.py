"""examples/wallboard.mjs under Node, beside a running router and PBX."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.processes import PROJECT, Site, running_process, site, wait_for
from tests.acceptance.test_leaving import workers_of
from tests.examples.one_menu import FLOW, LINE, PBX, RESOURCES

NODE = shutil.which("node")
WALLBOARD = PROJECT / "examples" / "wallboard.mjs"
MASTER = "open-sesame-open-sesame-open"


def _can_listen() -> bool:
    """Whether this Node has an EventSource: with a flag from 20.18 on, by itself from 22.3 on."""
    if NODE is None:
        return False
    asked = [NODE, "--experimental-eventsource", "-e", "process.exit(typeof EventSource === 'function' ? 0 : 1)"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not _can_listen(), reason="there is no Node with an EventSource (20.18 or newer)"),
]


def test_it_has_sixty_lines_at_most() -> None:
    assert len(WALLBOARD.read_text(encoding="utf-8").splitlines()) <= 60


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Site]:
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "main.yaml").write_text(FLOW, encoding="utf-8")
    (flows / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    (tmp_path / "pbx.yaml").write_text(PBX, encoding="utf-8")
    with site(tmp_path, pbx=tmp_path / "pbx.yaml", flows=flows, IVR_ADMIN_TOKEN=MASTER, IVR_WATCH="0") as started:
        yield started


def test_it_shows_who_is_on_the_line_over_a_reload_until_its_token_is_revoked(running: Site, tmp_path: Path) -> None:
    token = running.ivr("token", "create", "--role", "viewer", "--name", "wallboard").stdout.strip()
    shown = tmp_path / "wallboard.log"

    def shows(pattern: str) -> bool:
        """In what was drawn last."""
        drawn = shown.read_text(encoding="utf-8").rpartition("--- ")[2]
        return re.search(pattern, drawn) is not None

    assert NODE is not None
    environ = {**os.environ, "IVR_URL": running.router, "IVR_TOKEN": token}
    command = [NODE, "--experimental-eventsource", str(WALLBOARD)]
    first = running.dial(LINE, "79000000041")
    with running_process(command, environ, shown) as wallboard:
        wait_for("the call that was up before", lambda: shows("79000000041\tmain"))
        second = running.dial(LINE, "79000000042")
        wait_for("the caller at his step", lambda: shows("79000000042\tmain\task\t\trunning"))
        before = workers_of(running)
        running.process.send_signal(signal.SIGHUP)
        wait_for("new workers", lambda: len(workers_of(running)) == 2 and not workers_of(running) & before)
        running.hang_up(first)
        wait_for("the end of the first call", lambda: shows("^1 on the line") and not shows("79000000041"))
        assert shows("79000000042")
        assert wallboard.poll() is None
        assert running.ivr("token", "revoke", "wallboard").returncode == 0
        assert wallboard.wait(60) == 1
        assert "this needs a bearer token" in shown.read_text(encoding="utf-8")
        running.hang_up(second)
