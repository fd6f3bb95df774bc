"""`ivr demo`: what it starts and what it prints agree, wherever it listens and whatever account plays."""

import socket
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from router.cli.demo_plan import (
    Account,
    Address,
    Commands,
    address,
    environment,
    free_address,
    lines_of,
    one_account,
)
from router.cli.demo_text import playable_lines, told
from router.config.settings import load_settings

PROJECT = Path(__file__).parents[2]
ACCOUNT = Account(name="", api_key="k", api_salt="s", flows="flows")
FILE = """
listen: 127.0.0.1:9999
reorder_ms: 200
accounts:
  - {name: clinic, api_key: ck, api_salt: cs, flows: flows, api_url: "https://app.mango-office.ru/vpbx/", limits: {route: 1/4s}}
  - {name: shop, api_key: sk, api_salt: ss, flows: flows/shop, allowed_ips: [81.88.80.132]}
"""


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_port_that_is_taken_is_passed_over_unless_it_was_asked_for(taken: int) -> None:
    found = free_address(None, f"127.0.0.1:{taken}")
    assert found.port > taken
    with pytest.raises(click.UsageError, match="is another one running"):
        free_address(f"127.0.0.1:{taken}", "127.0.0.1:8080")
    with pytest.raises(click.UsageError, match="used by the other one"):
        free_address(found.listen, "127.0.0.1:8080", avoid=[found])
    assert free_address(None, found.listen, avoid=[found]) != found


@pytest.mark.parametrize(
    ("written", "reached"),
    [
        ("127.0.0.1:8080", "127.0.0.1:8080"),
        ("0.0.0.0:8080", "127.0.0.1:8080"),
        (":8080", "127.0.0.1:8080"),
        ("[::]:8080", "127.0.0.1:8080"),
        ("[::1]:8080", "[::1]:8080"),
        ("localhost:8080", "localhost:8080"),
    ],
)
def test_addresses(written: str, reached: str) -> None:
    assert address(written).reached_at == reached


@pytest.mark.parametrize("written", ["unix:/run/ivr.sock", "8080", "host:", "host:0", "host:70000"])
def test_what_is_no_address(written: str) -> None:
    with pytest.raises(click.UsageError, match="host:port"):
        address(written)


def test_both_children_are_told_of_each_other_and_nobody_else_is_reached() -> None:
    router, pbx = Address(host="127.0.0.1", port=9001), Address(host="127.0.0.1", port=9002)
    given = {"MANGO_API_URL": "https://app.mango-office.ru/vpbx/", "MANGO_ALLOWED_IPS": "81.88.80.132", "HOME": "/x"}
    told = environment(given, ACCOUNT, router, pbx)
    assert told["IVR_LISTEN"] == "127.0.0.1:9001"
    assert told["MANGO_API_URL"] == "http://127.0.0.1:9002/vpbx/"
    settings = load_settings(told, None, lambda path: path)
    assert settings.accounts[0].cc_url == "http://127.0.0.1:9002/cc/"
    assert settings.listen == "127.0.0.1:9001"


@pytest.mark.parametrize(("name", "key", "flows"), [(None, "ck", "flows"), ("shop", "sk", "flows/shop")])
def test_an_account_of_a_file_plays_with_the_pretended_pbx(name: str | None, key: str, flows: str) -> None:
    account = Account(name=name or "clinic", api_key=key, api_salt="-", flows=flows)
    router, pbx = Address(host="127.0.0.1", port=9001), Address(host="127.0.0.1", port=9002)
    text = one_account(FILE, name, account)
    settings = load_settings(environment({}, account, router, pbx), text, lambda path: path)
    (one,) = settings.accounts
    assert (one.name, one.api_key, one.flows) == (account.name, key, flows)
    assert one.api_url == "http://127.0.0.1:9002/vpbx/"
    assert (settings.listen, settings.reorder_seconds) == ("127.0.0.1:9001", 0.2)
    assert yaml.safe_load(text)["accounts"][0].get("limits") is None


def test_commands_are_right_where_they_are_copied_to() -> None:
    usual = Commands(environ={}, pbx=address("127.0.0.1:8090"))
    assert usual.call("--keys", "1").endswith("ivr call --keys 1")
    moved = Commands(environ={"IVR_CONFIG": "/etc/my ivr.yaml"}, pbx=address("0.0.0.0:8091"), account="shop")
    assert moved.call("--trace").startswith("IVR_CONFIG='/etc/my ivr.yaml' ")
    assert moved.call("--trace").endswith("ivr call --emulator http://127.0.0.1:8091 --trace")
    assert moved.on_account("check").endswith("ivr check --account shop")


def test_no_password_is_printed() -> None:
    commands = Commands(environ={"IVR_DATABASE": "postgresql://ivr:secret@db/ivr"}, pbx=address("127.0.0.1:8090"))
    assert "secret" not in commands.ivr("calls")
    assert commands.ivr("calls").startswith('IVR_DATABASE="$IVR_DATABASE" ')


def _told(monkeypatch: pytest.MonkeyPatch, account: Account, pbx: str = "127.0.0.1:8090") -> str:
    monkeypatch.chdir(PROJECT)
    commands = Commands(environ={}, pbx=address(pbx))
    return told(account, commands, playable_lines("pbx.yaml", account.flows), address("127.0.0.1:8081"))


def test_the_first_call_that_is_named_reaches_a_menu_at_any_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    text = _told(monkeypatch, ACCOUNT)
    first = next(row for row in text.splitlines() if " call " in row)
    assert "--line 74952150439 --keys 1 --trace" in first
    there, taken = lines_of("pbx.yaml", "flows", lambda path: Path(path).read_text(encoding="utf-8"))
    assert there == taken == ["74952150438", "74952150439"]
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert readme.index("ivr call --line 74952150439 --keys 1") == readme.index("ivr call")


def test_what_is_printed_moves_with_the_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    text = _told(monkeypatch, ACCOUNT, "127.0.0.1:8095")
    assert "8090" not in text
    assert "8080" not in text
    assert text.count("--emulator http://127.0.0.1:8095") == 3
    assert "http://127.0.0.1:8081/console/" in text


def test_flows_whose_lines_the_pretended_pbx_lacks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text(
        'flow: main\nfor: {lines: ["74950000009"]}\non_error: bye\nstart: bye\nsteps: {bye: hangup}\n'
    )
    text = _told(monkeypatch, Account(name="x", api_key="k", api_salt="s", flows=str(tmp_path), left_out=("y",)))
    assert "No line of pbx.yaml leads to a flow" in text
    assert "(74950000009)" in text
    assert "without y" in text
