"""What one call to the API consists of, without doing any of it: `Mango` carries the steps out in a thread,
`AsyncMango` in an event loop, and both do the same.

A step is a value that is yielded; what carrying it out gave is sent back. What always holds: a request is checked
against its schema before it is sent, it takes its slots of the limits first, and it is repeated only where twice does
no harm.
"""

import secrets
from codecs import BOM_UTF8
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import msgspec

from router.catalogue.csv_tables import columns_of, read_rows
from router.catalogue.methods import METHODS, Method
from router.client.failures import failure
from router.client.signed_http import Reply
from router.errors import CommandInvalid, MangoError, NotAnswered, OverLimit
from router.protocol.codes import CENTRE_UNAVAILABLE, is_success
from router.protocol.commands import fits, validate_request
from router.protocol.fitting import fitted
from router.protocol.schemas import load_schema
from router.runtime.outbound_ports import Answer
from router.runtime.outbox.acquire import Query

NOT_READY: Final = 204
NEXT_PAGE: Final = "next-page-1"
TOKEN_BYTES: Final = 12
LARGEST_PAGE: Final = 500  # §3.7.1.2: ten rows unless one asks for more
CENTRE_ATTEMPTS: Final = 2
STILL_BUILDING: Final = frozenset({"request", "work"})  # what a report in JSON says of itself
NEVER_BUILT: Final = frozenset({"cancel", "error", "not-found"})
STANDING_FAULTS: Final = frozenset({"html", "tls"})  # a mistake of the address or of TLS: no repetition mends it


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """Gives the instant by the clock of the limits, Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """Waits for the limits, and gives whether they allow the request before an instant."""

    claim: Query
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Gives the `Reply` to one request."""

    method: Method
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """Tells the limits what came of a request; gives nothing."""

    claim: Query
    answer: Answer
    asked_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sleep:
    """Gives nothing, after a while."""

    seconds: float


Step = Now | Take | Send | Settle | Sleep
Given = TypeVar("Given")
Steps = Generator[Step, Any, Given]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """The calls of one account."""

    account: str
    profile: str
    patience_seconds: float  # for a turn within the limits, repeats included
    first_pause_seconds: float  # before a repetition; each further one is twice as long
    centre_pause_seconds: float  # the least before a repetition to the contact centre
    poll_seconds: float  # between two questions for a report

    def call(self, name: str, params: Mapping[str, Any]) -> Steps[Any]:
        """A JSON answer as it is; CSV as a list of rows; a redirect as {"location": URL}."""
        method = self.method(name)
        given = yield from self.given(method, params)
        reply = yield from self._ask(method, given)
        if method.answer == "csv":
            if reply.answer.status == NOT_READY:
                raise NotAnswered(f"{name}: not ready yet", method=name, status=NOT_READY)
            return _table(method, reply, params.get("fields"))
        if method.answer == "redirect":
            return {"location": reply.location}
        return _told(method, given, reply)

    def report(
        self,
        name: str,
        params: Mapping[str, Any],
        waiting: Callable[[float], object] | None,
        patience_seconds: float,
    ) -> Steps[list[Any]]:
        """Have a report built, ask for it now and then, give its rows."""
        method = self.method(name)
        follow = self.method(method.follow)
        key = (yield from self.call(name, params))["key"]
        begun = yield Now()
        while True:
            rows = _report_rows(follow, (yield from self._ask(follow, {"key": key})), params.get("fields"))
            if rows is not None:
                return rows
            passed = (yield Now()) - begun
            if passed + self.poll_seconds > patience_seconds:
                raise NotAnswered(f"{name}: not ready after {passed:.0f} s", method=name, status=NOT_READY)
            if waiting is not None:
                waiting(passed)
            yield Sleep(seconds=self.poll_seconds)

    def first_page(self, name: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """The parameters of the first of all pages."""
        if params.get("limit_rows") is None and "limit_rows" in load_schema(self.method(name).schema)["properties"]:
            return {**params, "limit_rows": LARGEST_PAGE}
        return params

    def next_page(self, name: str, params: Mapping[str, Any], page: Any) -> tuple[str, dict[str, Any]] | None:
        """(method, parameters) of the page after this one, `params` being those of the first; None behind the last."""
        method = self.method(name)
        where = page.get("state", {})
        info = where.get("info", {})
        if not page[method.rows] or not where.get("cursor") or info.get("page", 0) >= info.get("pages", 0):
            return None
        further = {name: params[name] for name in ("contact_ext_fields",) if params.get(name) is not None}
        return method.follow, {"mode": NEXT_PAGE, "cursor": where["cursor"], **further}

    def method(self, name: str) -> Method:
        found = METHODS.get(name)
        if found is None:
            raise CommandInvalid(f"there is no method {name!r}; docs/api.md lists them", command=name)
        if self.profile not in found.profiles:
            raise CommandInvalid(f"{name} is not in profile {self.profile}", command=name)
        return found

    def given(self, method: Method, params: Mapping[str, Any]) -> Steps[dict[str, Any]]:
        """The request's json, whole and valid; raises CommandInvalid. Only a value that the schema refuses is written
        in another way: numbers and their text mean the same."""
        given = {name: value for name, value in params.items() if value is not None and name not in method.local}
        if method.has_result:
            given.setdefault("command_id", f"api-{secrets.token_urlsafe(TOKEN_BYTES)}")
        if not fits(method.schema, given):
            given = fitted(load_schema(method.schema), given)
        validate_request(method.name, method.schema, given, (yield Now()))
        return given

    def _ask(self, method: Method, params: Mapping[str, Any]) -> Steps[Reply]:
        """Within the limits, as often as it is safe, until the patience ends; raises the error of a refusal."""
        until = (yield Now()) + self.patience_seconds
        claim = Query(
            account=self.account, command=method.name, command_id=secrets.token_urlsafe(TOKEN_BYTES), attempts=0
        )
        pause = self.first_pause_seconds
        refused: MangoError = OverLimit(f"{method.name}: the limits leave no room in time", method=method.name)
        while True:
            claim = replace(claim, attempts=claim.attempts + 1)
            if not (yield Take(claim=claim, until=until)):
                raise refused
            asked_at = yield Now()
            reply: Reply = yield Send(method=method, params=params)
            yield Settle(claim=claim, answer=reply.answer, asked_at=asked_at)
            if reply.answer.kind == "accepted":
                return reply
            refused = failure(method.name, reply.answer)
            if not _may_repeat(method, reply.answer, claim.attempts) or (yield Now()) + pause >= until:
                raise refused
            yield Sleep(
                seconds=max(pause, self.centre_pause_seconds) if refused.result == CENTRE_UNAVAILABLE else pause
            )
            pause *= 2


def _may_repeat(method: Method, answer: Answer, attempts: int) -> bool:
    """Whether asking again does no harm and can help. 5008 may mean that there is no contact centre at all: within our
    limits it is repeated once."""
    if answer.code == CENTRE_UNAVAILABLE:
        return attempts < CENTRE_ATTEMPTS
    if answer.reason in STANDING_FAULTS:
        return False
    return answer.kind in ("not_sent", "limited") or (answer.kind == "unclear" and method.repeatable)


def _report_rows(method: Method, reply: Reply, fields: object) -> list[Any] | None:
    """The rows of a report, CSV's or those of the parts of a JSON one; None when it is not ready.

    Raises NotAnswered for one that never will be.
    """
    if reply.answer.status == NOT_READY:
        return None
    if method.answer == "csv":
        return _table(method, reply, fields)
    told = _told(method, {}, reply)
    status = str(told.get("status", ""))
    if status in STILL_BUILDING:
        return None
    if status in NEVER_BUILT:
        raise NotAnswered(f"{method.name}: the report came to nothing: {status}", method=method.name)
    return [row for part in told.get(method.rows) or () for row in part.get("list") or ()]


def _table(method: Method, reply: Reply, fields: object) -> list[dict[str, str]]:
    return read_rows(method, reply.body.decode(errors="replace"), columns_of(method, fields))


def _told(method: Method, given: Mapping[str, Any], reply: Reply) -> Any:
    """The JSON of an answer; a command's with its `command_id`. Raises the error of a code that is none of success."""
    try:
        told = msgspec.json.decode(reply.body.removeprefix(BOM_UTF8) or b"{}")
    except (msgspec.DecodeError, RecursionError) as error:
        raise NotAnswered(f"{method.name}: the answer is no JSON", method=method.name) from error
    code = told.get("result", told.get("Result", 0)) if isinstance(told, dict) else 0
    if isinstance(code, int | str) and str(code).isdigit() and int(code) and not is_success(int(code)):
        raise failure(method.name, msgspec.structs.replace(reply.answer, kind="refused", code=int(code)))
    if not method.has_result:
        return told
    if told == []:  # how PHP writes a map without entries
        told = {}
    if not isinstance(told, dict):
        raise NotAnswered(f"{method.name}: the answer is no JSON object", method=method.name)
    return {**told, "command_id": given["command_id"]}
