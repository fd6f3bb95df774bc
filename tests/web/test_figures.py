"""`GET /api/figures/...`: one account, days in its zone, and no parameter that is passed over."""

import csv
import io
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from router.engine.state import ENDED
from router.runtime.figures.rollup import Rollup
from router.web import create_app
from tests.runtime.living import FIRST, living_router, write_bundle
from tests.store.build import call, put

ZONE = "Asia/Yekaterinburg"
NIGHT = 1_795_375_800.0  # 2026-11-22 22:30 in Moscow, half past midnight of the next day in Yekaterinburg


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr("router.runtime.figures.rollup.SETTLING_SECONDS", -1.0)  # what was written just now counts
    write_bundle(tmp_path / "flows", FIRST)
    router = living_router(IVR_FLOWS=str(tmp_path / "flows"), IVR_TIMEZONE=ZONE)
    for number, outcome in enumerate(("answered", "missed", "answered")):
        fields = {"account": "default", "status": ENDED, "outcome": outcome, "started": NIGHT + number}
        put(router.store, call(f"e{number}", **fields))
    rollup = Rollup(router.store, {"default": ZONE}, clock=lambda: 0.0, rest=lambda seconds: None)
    assert rollup.run_once() == 3
    return create_app(router).test_client()


def rows(client: FlaskClient, query: str) -> list[dict[str, object]]:
    answer = client.get(f"/api/figures/{query}")
    assert answer.status_code == 200, answer.text
    return list(answer.json["rows"])  # type: ignore[index]


def test_a_day_is_one_of_the_accounts_zone(client: FlaskClient) -> None:
    (row,) = rows(client, "calls?since=2026-11-23&until=2026-11-24&by=hour")
    assert (row["day"], row["hour"], row["calls"], row["answered_share"]) == ("2026-11-23", 0, 3, 0.6667)
    assert rows(client, "calls?since=2026-11-22&until=2026-11-23") == []
    assert len(rows(client, f"calls?since={NIGHT:.0f}&until=2026-11-24")) == 1


def test_an_answer_says_what_was_asked(client: FlaskClient) -> None:
    told = client.get("/api/figures/calls?since=2026-11-01&until=2026-12-01&flow=main&line=").json
    assert told is not None
    assert {name: told[name] for name in ("account", "timezone", "since", "until", "by", "where")} == {
        "account": "default", "timezone": ZONE, "since": "2026-11-01", "until": "2026-12-01", "by": None,
        "where": {"flow": "main"},
    }  # fmt: skip
    assert told["counted_until"] is not None


def test_csv_has_the_same_rows(client: FlaskClient) -> None:
    query = "calls?since=2026-11-01&until=2026-12-01&by=day"
    answer = client.get(f"/api/figures/{query}", headers={"Accept": "text/csv"})
    (line,) = csv.DictReader(io.StringIO(answer.text))
    (row,) = rows(client, query)
    assert line == {name: str(value) for name, value in row.items()}
    assert 'filename="calls-2026-11-01-2026-12-01.csv"' in answer.headers["Content-Disposition"]


def test_calls_that_no_flow_took_have_a_sign(client: FlaskClient) -> None:
    assert rows(client, "calls?since=2026-11-01&until=2026-12-01&flow=-") == []


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ("calls?sinze=7d", 400, "since"),
        ("calls?by=minute", 400, "by is one of day"),
        ("calls?since=yesterday", 400, "since is"),
        ("calls?since=2026-11-02&until=2026-11-01", 400, "later day"),
        ("calls?since=2026-01-01&until=2026-11-01&by=hour", 400, "31 days"),
        ("calls?account=nobody", 404, "no such account"),
        ("callz", 404, "calls, steps, abandoned, waits, lookups"),
    ],
)
def test_what_cannot_be_answered_is_refused(query: str, status: int, told: str, client: FlaskClient) -> None:
    answer = client.get(f"/api/figures/{query}")
    assert answer.status_code == status
    assert told in answer.text
