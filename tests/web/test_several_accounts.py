"""One who runs several accounts: each has its bundle, drafts and versions, and what one directory serves is said."""

from pathlib import Path
from typing import Any

import pytest

from tests.runtime.living import FIRST, SECOND, living_router, write_bundle
from tests.web.test_drafts import Console


@pytest.fixture
def console(tmp_path: Path) -> Console:
    for name in ("shared", "own"):
        write_bundle(tmp_path / name, FIRST)
    lines = [
        f"  - {{name: {name}, api_key: {name}, api_salt: s, flows: {tmp_path / directory}}}"
        for name, directory in (("clinic", "shared"), ("shop", "shared"), ("school", "own"))
    ]
    return Console(living_router("accounts:\n" + "\n".join(lines)))


def publish(console: Console, account: str, draft: Any, status: int = 201, **query: str) -> Any:
    asked = "&".join(
        f"{name}={value}" for name, value in {"account": account, "draft": draft["draft_id"], **query}.items()
    )
    return console.ask("POST", f"versions?{asked}", status=status)


def test_accounts_of_one_directory_are_told(console: Console) -> None:
    rows = {row["account"]: row["directory"] for row in console.ask("GET", "accounts")["accounts"]}
    assert rows["clinic"] == rows["shop"] != rows["school"]


def test_a_draft_is_published_for_others_too_and_over_nothing_that_was_not_seen(console: Console) -> None:
    accounts = ("clinic", "shop", "school")
    first = {name: console.ask("POST", f"versions?account={name}", status=201)["version"] for name in accounts}
    draft = console.ask("POST", "drafts?account=clinic", {"name": "say goodbye"}, 201)
    console.write(draft, 1, main_yaml=SECOND)
    (own,) = console.ask("GET", "drafts?account=clinic")["drafts"]
    assert own["account"] == "clinic"
    assert console.ask("GET", "drafts?account=shop")["drafts"] == []
    second = publish(console, "shop", draft)["version"]
    active = {row["account"]: row["active"] for row in console.ask("GET", "accounts")["accounts"]}
    assert active == {**first, "shop": second}
    assert publish(console, "clinic", draft)["version"] == second  # its own account last, which moves its base
    refused = publish(console, "school", draft, 409)
    assert (refused["code"], refused["active"]) == ("active-moved", first["school"])
    assert publish(console, "school", draft, over=first["school"])["version"] == second
    origins = {
        row["account"]: row["source"] for row in console.ask("GET", "versions")["versions"] if row["state"] == "active"
    }
    assert origins == dict.fromkeys(accounts, "draft say goodbye")


def test_whom_nothing_is_known_of(console: Console) -> None:
    for path in ("drafts?account=nobody", "versions?account=nobody", "canary?account=nobody"):
        console.ask("GET", path, status=404)
    assert "several accounts" in console.ask("GET", "canary", status=400)["detail"]
