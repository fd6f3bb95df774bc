"""A command that a person, or a program of the company's own, gives for a call.

It goes through the engine like anything else that happens to the call (`engine.takeover`), before the flow's own
commands, and stands in the call's trace with who gave it and why. Said twice, with one `Idempotency-Key` or one
`command_id`, it is carried out once: the second answer is the first one's, byte for byte.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, NamedTuple

import msgspec

from router.catalogue.method import Method
from router.catalogue.methods import COMMANDS
from router.engine.journey import employee_of, is_alive
from router.engine.state import CLOSING, ENDED, UNTAKEN, Call, CommandGiven
from router.engine.takeover import MAY_BE, steps_after
from router.engine.transitions import RELEASE, RESUME
from router.errors import BetweenLegs, CommandInvalid, RequestDiffers
from router.history.call_view import command_object
from router.history.journal import BY_HAND, CommandRow, Record
from router.protocol.commands import LIMITED, validate
from router.runtime.calls.apply import Calls
from router.runtime.ports import Transaction

SHORT_NAMES: Final[Mapping[str, str]] = LIMITED | {"recording": "recording/start"}
"""What people and flows call a command -> its name, which is its path."""

KEPT_SECONDS: Final = 86_400.0
"""How long the answer to a request is given again."""

OURS: Final = "ivr-"
"""What the ids begin with that the router makes."""

TRY_AGAIN_SECONDS: Final = 1
"""Between two legs the PBX has the caller on the next one within moments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualCommand:
    """What was asked for."""

    command: str  # its name, or its short one
    params: Mapping[str, Any] = field(default_factory=dict)  # the request's json but for `command_id`
    then: str = ""  # what the flow does if nobody answers: resume (or ""), release, or a step
    actor: str = ""
    reason: str = ""
    command_id: str = ""  # "" has one made
    key: str = ""  # the request's Idempotency-Key


class Given(NamedTuple):
    """What came of it: the command's object as JSON, and its row unless the answer is an earlier one's."""

    answer: bytes
    row: CommandRow | None = None


def take(tx: Transaction, calls: Calls, account: str, entry_id: str, asked: ManualCommand) -> Given:
    """Queue a command for a call. Raises CommandInvalid when it does not fit, BetweenLegs
    when the call has no leg at present, and RequestDiffers when the key or the id was given with other content.
    """
    names = [f"key {asked.key}"] * bool(asked.key) + [f"command {asked.command_id}"] * bool(asked.command_id)
    for name in sorted(names):
        tx.lock_request(account, name)
    digest = _digest(entry_id, asked)
    for name in names:
        answer = _answered(tx, account, name, digest)
        if answer is not None:
            return Given(answer)
    row = _give(tx, calls, account, entry_id, asked)
    answer = msgspec.json.encode(command_object(row))
    for name in names:
        tx.keep_request(account, name, digest, answer, tx.now + KEPT_SECONDS)
    return Given(answer, row)


def _digest(entry_id: str, asked: ManualCommand) -> bytes:
    """Of all that the request says, whatever the order of its fields."""
    said = [entry_id, asked.command, asked.params, asked.then, asked.reason, asked.command_id]
    return sha256(msgspec.json.encode(said, order="deterministic")).digest()


def _answered(tx: Transaction, account: str, name: str, digest: bytes) -> bytes | None:
    found = tx.request(account, name)
    if found is None:
        return None
    if found[0] != digest:
        what = "Idempotency-Key" if name.startswith("key ") else "command_id"
        raise RequestDiffers(f"this {what} was sent within a day with another call or body: use a new one")
    return found[1]


def _give(tx: Transaction, calls: Calls, account: str, entry_id: str, asked: ManualCommand) -> CommandRow:
    loaded = tx.load(account, entry_id=entry_id)
    call = loaded.call
    if call is None:
        raise CommandInvalid("there is no such call any more")
    command = SHORT_NAMES.get(asked.command, asked.command)
    method = COMMANDS.get(command)
    if method is None:
        raise CommandInvalid(f"there is no command {command!r}; there are {', '.join(COMMANDS)}", command=command)
    params = _parameters(call, command, method, asked.params)
    command_id = _command_id(tx, call, asked.command_id)
    validate(command, params | ({"command_id": command_id} if method.has_result else {}))
    event = CommandGiven(
        entry_id=entry_id,
        command_id=command_id,
        command=command,
        call_id=str(params.pop("call_id", "")),
        params=params,
        then=_then(calls, call, command, asked.then),
        actor=asked.actor,
        reason=asked.reason,
    )
    done = calls.apply(tx, call, event, loaded.serving)
    body = msgspec.json.encode(event).decode()
    tx.record(Record(account=account, entry_id=entry_id, at=tx.now, kind=BY_HAND, body=body, trace=done.trace))
    row = tx.command(account, command_id)
    assert row is not None, "it was queued just now"
    return row


def _parameters(call: Call, command: str, method: Method, given: Mapping[str, Any]) -> dict[str, Any]:
    """The request's json but for its id, with what the call tells by itself."""
    params = dict(given)
    if not method.needs_call:
        return params
    if call.status in (CLOSING, ENDED):
        raise CommandInvalid(f"{command} needs a call that is up, and this one has ended", command=command)
    if "call_id" not in params:
        params["call_id"] = present_leg(call)
        if not params["call_id"]:
            raise BetweenLegs(
                f"the caller is between two legs at present: try again in {TRY_AGAIN_SECONDS} s, or send wait: 5s"
            )
    leg = call.legs.get(params["call_id"]) if isinstance(params["call_id"], str) else None
    if command == "transfer":
        params.setdefault("method", "blind")
        if leg is not None and (employee := employee_of(leg)):
            params.setdefault("initiator", employee)
    return params


def present_leg(call: Call) -> str:
    """The leg that the caller is on, "" between two; of a call that no flow follows, the newest that is up."""
    if call.status != UNTAKEN:
        return call.leg if is_alive(call.legs.get(call.leg)) else ""
    living = [leg for leg in call.legs.values() if is_alive(leg)]
    return max(living, key=lambda leg: leg.first_seen).last.call_id if living else ""


def _command_id(tx: Transaction, call: Call, chosen: str) -> str:
    if not chosen:
        return f"{call.token}-h{call.commands_made + 1}"  # a flow's own have no h
    if chosen.startswith((OURS, f"{call.token}-")):
        raise CommandInvalid(f"a command_id of one's own does not begin with {OURS}", path="$.command_id")
    if tx.command(call.account, chosen) is not None:
        raise CommandInvalid(f"there is a command {chosen!r} already: choose another command_id", path="$.command_id")
    return chosen


def _then(calls: Calls, call: Call, command: str, then: str) -> str:
    """What follows when nobody answers: refused here rather than found wrong when the caller is back."""
    if then in ("", RESUME):
        return RESUME
    if command not in MAY_BE:
        raise CommandInvalid(f"`then` goes with {', '.join(MAY_BE)}: {command} takes nothing over", path="$.then")
    if then == RELEASE:
        return RELEASE
    steps = steps_after(call, calls.bundle_of(call))
    if then not in steps:
        there_are = f"the steps of its flow are {', '.join(sorted(steps))}" if steps else "no flow has this call"
        raise CommandInvalid(f"`then` is resume, release, or a step: {then!r} is none; {there_are}", path="$.then")
    return then
