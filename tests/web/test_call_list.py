"""`GET /api/calls` with its filters, as JSON and as CSV, and the way to recordings."""

import csv
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from router.bootstrap.router import Router
from router.history.call_record import COLUMNS
from router.web import create_app
from tests.runtime.living import FIRST, living_router, publish, ring, write_bundle


@pytest.fixture
def router(tmp_path: Path) -> Router:
    write_bundle(tmp_path / "flows", FIRST)
    made = living_router(IVR_FLOWS=str(tmp_path / "flows"), MANGO_API_URL="https://pbx.example/vpbx/")
    publish(made, FIRST)
    for number in range(3):
        ring(made, f"e{number}", caller=f"7900000000{number}")
    return made


@pytest.fixture
def client(router: Router) -> FlaskClient:
    return create_app(router).test_client()


def ids(client: FlaskClient, query: str) -> list[str]:
    return sorted(row["entry_id"] for row in client.get(f"/api/calls?{query}").get_json()["calls"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("caller=%2B7 900 000-00-01", ["e1"]),
        ("q=00002", ["e2"]),
        ("step=bye", ["e0", "e1", "e2"]),
        ("step=bye&exit=next", []),
        ("reached=bye&caller=79000000002", ["e2"]),
        ("reached=nowhere", []),
        ("version=none", []),
        ("trace=CALL/HANGUP&caller=79000000001", ["e1"]),
        ("trace=of no trace", []),
        ("took=answered", []),
        ("until=1d", []),
        ("since=1d&changed_since=1h", ["e0", "e1", "e2"]),
        ("changed_since=1h&caller=79000000002", ["e2"]),
        ("ended_since=1h", []),
    ],
)
def test_filters(client: FlaskClient, query: str, found: list[str]) -> None:
    assert ids(client, query) == found


TURNS = """
flow: main
for: any
on_error: bye
start: choose
steps:
  choose: {switch: [{when: caller.number == "79000000001", goto: inner}, {else: bye}]}
  inner: {run: {flow: inner, on: {over: bye}}}
  bye: release
"""
INNER = "flow: inner\non_error: out\nstart: out\nsteps: {out: {return: {as: over}}}\n"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("reached=inner", ["t1"]),
        ("reached=inner.out", ["t1"]),
        ("reached=choose", ["t1", "t2"]),
        ("took=else", ["t2"]),
        ("took=choose:else", ["t2"]),
        ("took=inner:over", ["t1"]),
        ("took=bye:else", []),
        ("took=else&trace=inner", []),
        ("took=over&trace=INNER&reached=choose", ["t1"]),
        ("took=else&changed_since=1h", ["t2"]),
    ],
)
def test_what_a_call_went_through_is_found(query: str, found: list[str]) -> None:
    router = living_router()
    router.versions.publish_files("default", {"main.yaml": TURNS.encode(), "inner.yaml": INNER.encode()})
    ring(router, "t1", caller="79000000001")
    ring(router, "t2", caller="79000000002")
    assert ids(create_app(router).test_client(), query) == found


def test_calls_of_a_version(router: Router, client: FlaskClient) -> None:
    version = router.store.versions("default")[0]["version"]
    assert ids(client, f"version={version}") == ["e0", "e1", "e2"]


def test_pages_of_what_the_journal_tells_go_on_behind_the_last_row(client: FlaskClient) -> None:
    first = client.get("/api/calls?trace=hangup&limit=2").get_json()
    rest = client.get(f"/api/calls?trace=hangup&limit=2&cursor={first['next']}").get_json()
    assert [row["entry_id"] for row in [*first["calls"], *rest["calls"]]] == ["e2", "e1", "e0"]
    assert rest["next"] is None


def test_a_misspelt_filter_is_told_what_was_meant(client: FlaskClient) -> None:
    answer = client.get("/api/calls?chaned_since=1h")
    assert answer.status_code == 400
    assert answer.get_json()["detail"].endswith("did you mean 'changed_since'?")
    assert "until is an RFC 3339 time" in client.get("/api/calls?until=soon").get_json()["detail"]


def test_csv_has_all_rows_or_as_many_as_are_wanted(client: FlaskClient) -> None:
    answer = client.get("/api/calls", headers={"Accept": "text/csv"})
    head, *rows = csv.reader(answer.get_data(as_text=True).splitlines())
    assert head == [column.name for column in COLUMNS]
    assert sorted(row[1] for row in rows) == ["e0", "e1", "e2"]
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    two = client.get("/api/calls?limit=2", headers={"Accept": "text/csv"}).get_data(as_text=True)
    assert len(two.splitlines()) == 3
    both = client.get("/api/calls", headers={"Accept": "text/csv;q=0.5, application/json"})
    assert both.content_type == "application/json"


def test_a_wrong_query_for_csv_is_a_problem(client: FlaskClient) -> None:
    for query in ("cursor=x", "limit=0", "changed_since=1h&cursor=x"):
        assert client.get(f"/api/calls?{query}", headers={"Accept": "text/csv"}).status_code == 400


def test_a_recording_is_at_the_pbx_for_a_minute(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.client.signed_http.time", lambda: 1_795_000_000.9)
    answer = client.get("/api/recordings/r%2F1?action=download")
    assert answer.status_code == 302
    sign = sha256(b"k1795000060r/1s").hexdigest()  # §3.4.2: key, timestamp, recording, salt
    path = urlsplit(answer.headers["Location"])
    assert f"{path.scheme}://{path.netloc}" == "https://pbx.example"
    assert path.path == f"/vpbx/queries/recording/link/r%2F1/download/k/1795000060/{sign}"
    assert client.get("/api/recordings/r1?action=sing").status_code == 400
