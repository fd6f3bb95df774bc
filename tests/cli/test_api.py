"""`ivr api`: what is typed, what is sent and what is shown."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from router.cli import commands as ivr
from router.client import mango
from tests.client.peer import KEY, SALT, Laid, PretendPbx, pretend_pbx, told


@pytest.fixture
def pbx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PretendPbx]:
    monkeypatch.setattr(mango, "POLL_SECONDS", 0.01)
    with pretend_pbx() as running:
        environ = {
            "MANGO_API_KEY": KEY,
            "MANGO_API_SALT": SALT,
            "MANGO_API_URL": f"{running.url}/vpbx/",
            "IVR_DATABASE": f"sqlite:///{tmp_path}/ivr.db",
        }
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        yield running


def run(*arguments: str) -> Result:
    return CliRunner().invoke(ivr, ["api", *arguments])


def test_methods_are_listed_and_described() -> None:
    assert "queries/recording/post" in run().output
    assert {row["method"] for row in json.loads(run("--json").output)} >= {"route", "groups"}
    described = run("route", "--describe").output
    assert "§3.2.7" in described
    assert "to_number" in described
    assert json.loads(run("route", "--describe", "--json").output)["title"] == "Route a call"


def test_what_is_typed_becomes_what_the_schema_wants(pbx: PretendPbx) -> None:
    pbx.lay("/vpbx/commands/callback", told({"result": 1000}))
    result = run("commands/callback", "from.extension=101", "to_number=79000000000", "--json")
    assert result.exit_code == 0, result.output
    assert pbx.asked[0][1]["from"] == {"extension": "101"}
    assert json.loads(result.output)["command_id"] == pbx.asked[0][1]["command_id"]
    pbx.lay("/vpbx/ab/contacts/create", told({"result": 1000}))
    run("ab/contacts/create", 'data:=[{"name": "A"}]')
    assert pbx.asked[1][1] == {"data": [{"name": "A"}]}


def test_rows_as_a_table_and_as_csv(pbx: PretendPbx) -> None:
    users = [{"general": {"name": "A"}, "telephony": {"extension": "101"}}, {"general": {"name": "Б; В"}}]
    pbx.lay("/vpbx/config/users/request", told({"users": users}))
    assert "general.name" in run("config/users/request").output
    pbx.lay("/vpbx/account/balance", told({"result": 1000, "balance": 12.5}))
    assert json.loads(run("account/balance").output)["balance"] == 12.5
    pbx.lay("/vpbx/groups", told({"result": 1000, "groups": [{"id": 1, "name": "Б; В"}, {"id": 2, "more": [1]}]}))
    rows = list(csv.DictReader(io.StringIO(run("groups", "--csv").output)))
    assert rows == [{"id": "1", "name": "Б; В", "more": ""}, {"id": "2", "name": "", "more": "[1]"}]


def test_statistics_are_waited_for(pbx: PretendPbx) -> None:
    pbx.lay("/vpbx/stats/request", told({"key": "k"}))
    pbx.lay("/vpbx/stats/result", Laid(status=204, body=b""), Laid(body=b"1;2\n"))
    result = run(
        "stats/request", "date_from=2026-11-23T12:00:00+03:00", "date_to=1795437000", "fields=start,finish", "--csv"
    )
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == ["start,finish", "1,2"]
    assert pbx.asked[0][1]["date_from"] == 1795424400
    assert json.loads(run("stats/request", "date_from=1", "date_to=2", "--no-wait").output) == {"key": "k"}


def test_recording_goes_into_a_file(pbx: PretendPbx, tmp_path: Path) -> None:
    pbx.lay("/vpbx/queries/recording/post", Laid(status=302, headers={"Location": f"{pbx.url}/x"}))
    pbx.lay("/x", Laid(body=b"mp3"))
    target = tmp_path / "talk.mp3"
    result = run("queries/recording/post", "recording_id=r1", "--output", str(target))
    assert json.loads(result.stdout) == {"file": str(target), "bytes": 3}
    assert target.read_bytes() == b"mp3"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("grops",), 2, "do you mean groups"),
        (("route", "to_number"), 2, "no key=value"),
        (("route", "to_number=101"), 2, "call_id"),
        (("ab/contacts/create", "data:=[{"), 2, "is no JSON"),
        (("groups", "--output", "x"), 2, "--output is for recordings"),
        (("groups", "--account", "nobody"), 2, "no account nobody"),
        (("groups",), 1, "3104"),
    ],
)
def test_mistakes(pbx: PretendPbx, arguments: tuple[str, ...], code: int, said: str) -> None:
    pbx.lay("/vpbx/groups", told({"code": 3104}, 420))
    result = run(*arguments)
    assert result.exit_code == code, result.output
    assert said in result.stderr
