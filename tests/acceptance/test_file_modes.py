"""No file that the router or its commands make can be read by other users, whatever the umask and whatever was there."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.processes import PROJECT, router, wait_for
from tests.acceptance.test_any_order import events, post

pytestmark = pytest.mark.acceptance


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def loose(*roots: Path) -> dict[str, str]:
    """What others may do something with."""
    found = {}
    for path in (path for root in roots for path in (root, *root.rglob("*"))):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if mode != (0o700 if path.is_dir() else 0o600):
            found[str(path)] = f"{mode:o}"
    return found


def test_everything_is_private(tmp_path: Path) -> None:
    data, metrics = tmp_path / "data", tmp_path / "metrics"
    for directory in (data, metrics):
        directory.mkdir(0o700)
    given = {
        "IVR_DATABASE": f"sqlite:///{data}/ivr.db",
        "IVR_SPOOL": str(data / "spool" / "deep"),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "IVR_WATCH": "0",
    }
    with umask(0), router(tmp_path, "127.0.0.1:9", flows=PROJECT / "flows", **given) as site:
        path, payload = events(0)[0]
        assert post(site, path, payload) == 200
        (data / "ivr.db").chmod(0o644)
        backed_up = site.ivr("backup", str(data / "backup.db"))
        assert backed_up.returncode == 0, backed_up.stderr
        assert site.ivr("calls").returncode == 0
        wait_for("the spool", (data / "spool" / "deep").exists)
        assert (data / "ivr.db-wal").exists()
        (data / "ivr.db").chmod(0o600)
        assert loose(data, metrics) == {}
    for name in ("ivr.db", "ivr.db-lock", "backup.db"):
        (data / name).chmod(0o666)
    with umask(0), router(tmp_path, "127.0.0.1:9", flows=PROJECT / "flows", **given) as site:
        path, payload = events(1)[0]
        assert post(site, path, payload) == 200
        assert loose(data, metrics) == {str(data / "backup.db"): "666"}, "a backup is the operator's file"
