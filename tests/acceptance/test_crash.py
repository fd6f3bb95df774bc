"""A little of `make soak`: kills under load, with outages of the database among them, and nothing lost or doubled."""

from pathlib import Path

import pytest

from tests.crash.harness import crash
from tests.crash.outages import FileTroubles, cluster
from tests.postgres_server import binaries

pytestmark = pytest.mark.acceptance


def test_kills_under_load_lose_and_double_nothing(tmp_path: Path) -> None:
    troubles = FileTroubles(tmp_path / "ivr.db").all
    url = f"sqlite:///{tmp_path}/ivr.db"
    verdict = crash(tmp_path, url, kills=6, seed=20261125, told=print, outages=troubles, every=2)
    assert verdict.broken == (), verdict.text()
    assert verdict.counts["outages of the database"] == {"held": 1, "full": 1, "read_only": 1}


def test_kills_and_a_failover_lose_and_double_nothing(tmp_path: Path) -> None:
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: apt-get install postgresql)")
    with cluster(programs) as servers:
        outages = (servers.failover, servers.cancels)
        verdict = crash(tmp_path, servers.url, kills=4, seed=20261130, told=print, outages=outages, every=2)
    assert verdict.broken == (), verdict.text()
    assert verdict.counts["outages of the database"] == {"failover": 1, "cancels": 1}
