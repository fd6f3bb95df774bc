"""A command leaves nothing open: neither when it has shown something, nor when it fails."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from router.cli import commands as ivr
from router.store import open_store

COMMANDS = (
    ["calls"], ["trace", "nobody"], ["commands"], ["limits"], ["versions"], ["audit"], ["token", "list"], ["user", "list"],
    ["figures"], ["deliveries"], ["purge", "--dry-run", "--older-than", "30d"], ["rollback"], ["promote"], ["publish"],
    ["replay", "--since", "1d"], ["export"], ["pause"],
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_database_is_closed(command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("IVR_", "MANGO_"))]:
        monkeypatch.delenv(name)
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/main.yaml").write_text("flow: main\nfor: any\nstart: bye\non_error: bye\nsteps: {bye: hangup}\n")
    open_store("sqlite:///ivr.db").close()
    CliRunner().invoke(ivr, command)
    left = [name for name in _open_files() if name.startswith(str(tmp_path))]
    assert set(left) <= {
        str(tmp_path / "ivr.db")
    }  # by which a file is known again; closing it would drop SQLite's locks
    assert not (tmp_path / "ivr.db-wal").exists()  # whoever leaves last takes it away


def _open_files() -> list[str]:
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found.append(os.readlink(entry))
        except OSError:  # the one that lists them
            continue
    return found
