"""`ivr check --online`: whether the employees and groups that a bundle names are there in the PBX.

Two questions are asked of the account's PBX, `config/users/request` (§3.6.1) and `groups` (§3.6.2). What the bundle
names stands in its resources (`people`, `groups`), in destinations such as `extension 101`, and in `to_user` of a task,
which is an employee's id; what only the call decides cannot be looked up.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from router.bootstrap.process_setup import read_settings
from router.config.settings import AccountSettings
from router.flow.findings import Finding, Report, did_you_mean
from router.flow.suggestions.advice import Suggestion, write
from router.flow.yaml.node import Node, find, items, length_of, pairs, read_text, split_lines
from router.flow.yaml.parser import parse_yaml
from router.protocol.codes import meaning
from router.sender.command_sender import HttpSender, Peer

ASK_SECONDS: Final = 10.0
RESOURCES: Final = {"people": "extension", "groups": "group"}  # section -> what its entries' extensions are
USER: Final = "user"
RULE: Final = {"extension": "P701", "group": "P702", USER: "P703"}
WHAT: Final = {"extension": "employee", "group": "group", USER: "employee with the id"}

_destination: Final = re.compile(r"(extension|group) ([0-9]+)").fullmatch

Known = Mapping[str, frozenset[str]]
"""extension, group -> the short numbers that the PBX has; user -> its employees' ids."""


def online_findings(files: Mapping[str, bytes], account: AccountSettings) -> tuple[Finding, ...]:
    """What the bundle names and the account's PBX does not have; a ClickException when the PBX does not tell."""
    known = _known(account)
    report = Report()
    for file, content in files.items():
        if not file.endswith((".yaml", ".yml")) or file.endswith(".test.yaml"):
            continue
        text, _ = read_text(file, content)
        root, _ = parse_yaml(file, text)
        report.lines[file] = split_lines(text)
        if root is not None:
            for kind, number, node in _named(root):
                if number not in known[kind]:
                    _say(report, kind, number, node, known)
    return report.sorted()


def account_for(directory: Path | None, name: str | None) -> AccountSettings:
    """The account that was named, else the one whose bundle stands there, else the only one."""
    settings = read_settings(os.environ)
    place = (directory or Path(os.environ.get("IVR_FLOWS", "flows"))).resolve()
    found = [one for one in settings.accounts if (one.name == name if name else Path(one.flows).resolve() == place)]
    chosen = found or ([] if name else list(settings.accounts))
    if len(chosen) != 1:
        names = ", ".join(one.name for one in settings.accounts)
        raise click.UsageError(f"which account's PBX? Name it with --account: {names}")
    return chosen[0]


def _named(node: Node) -> Iterator[tuple[str, str, Node]]:
    """(extension or group, its number, where it stands) of everything that a file names."""
    for section, kind in RESOURCES.items():
        entries = find(node, section)
        for _, entry in pairs(entries) if entries is not None else ():
            number = find(entry, "extension")
            if number is not None and number.kind == "scalar":
                yield kind, number.text, number
    yield from _destinations(node)


def _destinations(node: Node) -> Iterator[tuple[str, str, Node]]:
    if node.kind == "scalar":
        found = _destination(node.text)
        if found is not None:
            yield found[1], found[2], node
        return
    user = find(node, "to_user") if node.kind == "mapping" else None
    if user is not None and user.kind == "scalar" and user.text.isdecimal():
        yield USER, user.text, user
    for inner in [value for _, value in pairs(node)] if node.kind == "mapping" else items(node):
        yield from _destinations(inner)


def _say(report: Report, kind: str, number: str, node: Node, known: Known) -> None:
    message = f"the PBX has no {WHAT[kind]} {number}"
    suggestion = _elsewhere(kind, number, known) or did_you_mean(number, known[kind])
    report.add(RULE[kind], node.mark, message, length=length_of(node), suggestion=suggestion)


def _elsewhere(kind: str, number: str, known: Known) -> Suggestion:
    """What the number is instead."""
    if kind == USER:
        return write(f"extension {number}", "it is an extension") if number in known["extension"] else ""
    other = next((name for name in ("extension", "group") if name != kind and number in known[name]), "")
    return f"{number} is {'an employee' if other == 'extension' else 'a group'} there" if other else ""


def _known(account: AccountSettings) -> Known:
    peer = Peer(url=account.api_url, cc_url=account.cc_url, api_key=account.api_key, salt=account.api_salt)
    sender = HttpSender({account.name: peer})
    users = _rows(sender, account.name, "config/users/request", "users", ext_fields=["general.user_id"])
    groups = _rows(sender, account.name, "groups", "groups")
    telephony = [user.get("telephony") or {} for user in users]
    return {
        "extension": frozenset(str(one.get("extension") or "") for one in telephony),
        "group": frozenset(str(group.get("extension") or "") for group in groups),
        USER: frozenset(str((user.get("general") or {}).get("user_id") or "") for user in users),
    }


def _rows(sender: HttpSender, account: str, method: str, name: str, **arguments: Any) -> list[dict[str, Any]]:
    answer = sender.query(account, method, arguments, ASK_SECONDS)
    if answer.kind != "accepted":
        why = f"{answer.code}, {meaning(answer.code)}" if answer.code else f"HTTP {answer.status}"
        raise click.ClickException(f"the PBX did not tell its {name}: {why if answer.status else answer.body}")
    try:
        rows = msgspec.json.decode(answer.body).get(name)
    except (ValueError, AttributeError) as error:
        raise click.ClickException(f"the PBX did not tell its {name}: its answer is not what §3.6 says") from error
    return [row for row in rows or () if isinstance(row, dict)]
