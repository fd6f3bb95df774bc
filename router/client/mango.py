"""`Mango`: every method of the vendor's API, within the limits, with errors that say whose mistake it is.

What always holds: a request is checked against its schema before it is sent, since a wrong one can block the key for
everybody who uses it (PROTOCOL.md, C); it takes its slots of the limits first, in the router's database when one is
given, so that a program and the router never push each other over a limit; and what may have been done is asked for
again only where twice does no harm.
"""

import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec
import urllib3

from router.bootstrap.process_setup import open_store_from_environment, read_settings
from router.bootstrap.router import StoreClock
from router.catalogue.csv_tables import columns_of, read_rows
from router.catalogue.methods import METHODS, Method
from router.client.failures import failure
from router.client.methods import Methods
from router.client.signed_http import Progress, Reply, Wire, good_until
from router.config.settings import AccountSettings
from router.errors import CommandInvalid, ConfigurationError, MangoError, NotAnswered, OverLimit
from router.protocol.codes import CENTRE_UNAVAILABLE, is_success
from router.protocol.commands import fits, validate_request
from router.protocol.fitting import fitted
from router.protocol.schemas import load_schema
from router.runtime.limits.limiter import Limits
from router.runtime.outbound_ports import Answer
from router.runtime.outbox.acquire import Query, WithinLimits
from router.runtime.ports import Store
from router.sender.command_sender import Peer
from router.store import open_store

PATIENCE_SECONDS: Final = 60.0  # for a turn within the limits, repeats included
ANSWER_SECONDS: Final = 30.0
POLL_SECONDS: Final = 5.0  # §3.3.3 asks for no more than one question in five seconds
REPORT_SECONDS: Final = 600.0
FIRST_PAUSE_SECONDS: Final = 0.5
NOT_READY: Final = 204
NEXT_PAGE: Final = "next-page-1"
TOKEN_BYTES: Final = 12
LARGEST_PAGE: Final = 500  # §3.7.1.2: ten rows unless one asks for more
CENTRE_ATTEMPTS: Final = 2
STILL_BUILDING: Final = frozenset({"request", "work"})  # what a report in JSON says of itself
NEVER_BUILT: Final = frozenset({"cancel", "error", "not-found"})
STANDING_FAULTS: Final = frozenset({"html", "tls"})  # a mistake of the address or of TLS: no repetition mends it
CENTRE_PAUSE_SECONDS: Final = 1.0  # its limits are per second (§1.4.2)


class Mango(Methods):
    """The API of one account. Thread-safe.

        mango = Mango(api_key="...", api_salt="...")
        for contact in mango.each_ab_contact_init(query=""):
            print(contact["name"])

    `database` is the router's (`IVR_DATABASE`): limits are then shared with it; without one they hold for this process.
    Raises `router.errors.MangoError` for what the PBX refuses, `CommandInvalid` for a request that does not fit its
    schema and was not sent.
    """

    def __init__(
        self,
        api_key: str,
        api_salt: str,
        *,
        api_url: str = "https://app.mango-office.ru/vpbx/",
        cc_url: str = "https://app.mango-office.ru/cc/",
        profile: str = "2021",
        limit_share: float = 1.0,
        database: str = "memory:",
        account: str = "default",
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        settings = AccountSettings(
            name=account, api_key=api_key, api_salt=api_salt, api_url=api_url, cc_url=cc_url, profile=profile,
            limit_share=limit_share,
        )  # fmt: skip
        self._begin(settings, open_store(database), patience_seconds)

    @classmethod
    def from_environment(cls, account: str | None = None, environ: Mapping[str, str] | None = None) -> "Mango":
        """The account, or the only one, of the router's configuration, with the router's database for the limits."""
        settings = read_settings(os.environ if environ is None else environ)
        names = {one.name: one for one in settings.accounts}
        if account not in (None, *names) or (account is None and len(names) > 1):
            wrong = f"there is no account {account}" if account else "there are several accounts"
            raise ConfigurationError(f"{wrong}: name one of {', '.join(names)}")
        chosen = names[account] if account is not None else settings.accounts[0]
        made = cls.__new__(cls)
        made._begin(chosen, open_store_from_environment(must_exist=False), PATIENCE_SECONDS)
        return made

    def _begin(self, account: AccountSettings, store: Store, patience_seconds: float) -> None:
        self._account = account
        self._patience_seconds = patience_seconds
        self._clock = StoreClock(store)
        limits = Limits(overrides=account.limits, share=account.limit_share)
        self._limits = WithinLimits(store, limits, self._clock)
        peer = Peer(url=account.api_url, cc_url=account.cc_url, api_key=account.api_key, salt=account.api_salt)
        self._wire = Wire(peer)

    # what the typed methods are made of

    def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """Ask once, and again where that does no harm. `params` are the request's json; None counts as left out.

        A JSON answer as it is; CSV as a list of rows; a redirect as {"location": URL}.
        """
        row = self._method(method)
        given = self._given(row, params)
        reply = self._ask(row, given)
        if row.answer == "csv":
            if reply.answer.status == NOT_READY:
                raise NotAnswered(f"{method}: not ready yet", method=method, status=NOT_READY)
            return _table(row, reply, params.get("fields"))
        if row.answer == "redirect":
            return {"location": reply.location}
        return _told(row, given, reply)

    def rows(self, method: str, params: Mapping[str, Any]) -> Iterator[Any]:
        """The rows of all pages of a method that has a cursor."""
        row = self._method(method)
        if params.get("limit_rows") is None and "limit_rows" in load_schema(row.schema)["properties"]:
            params = {**params, "limit_rows": LARGEST_PAGE}
        page = self.call(method, params)
        further = {name: params[name] for name in ("contact_ext_fields",) if params.get(name) is not None}
        while True:
            yield from page[row.rows]
            where = page.get("state", {})
            info = where.get("info", {})
            if not page[row.rows] or not where.get("cursor") or info.get("page", 0) >= info.get("pages", 0):
                return
            page = self.call(row.follow, {"mode": NEXT_PAGE, "cursor": where["cursor"], **further})

    def report(
        self,
        method: str,
        params: Mapping[str, Any],
        *,
        waiting: Callable[[float], object] | None = None,
        patience_seconds: float = REPORT_SECONDS,
    ) -> list[Any]:
        """Have a report built, ask for it every five seconds, answer its rows. `waiting` is told the seconds so far.

        Raises NotAnswered when it takes longer than the patience.
        """
        row = self._method(method)
        follow = self._method(row.follow)
        key = self.call(method, params)["key"]
        begun = time.monotonic()
        while True:
            rows = _report_rows(follow, self._ask(follow, {"key": key}), params.get("fields"))
            if rows is not None:
                return rows
            passed = time.monotonic() - begun
            if passed + POLL_SECONDS > patience_seconds:
                raise NotAnswered(f"{method}: not ready after {passed:.0f} s", method=method, status=NOT_READY)
            if waiting is not None:
                waiting(passed)
            time.sleep(POLL_SECONDS)

    def recording(self, recording_id: str, path: str | Path, *, progress: Progress | None = None) -> int:
        """Stream a recording to a file (§3.4.1); its size in bytes. Under another name until it is whole."""
        location = self.call("queries/recording/post", {"recording_id": recording_id, "action": "download"})["location"]
        try:
            return self._wire.download(location, Path(path), ANSWER_SECONDS, progress)
        except urllib3.exceptions.HTTPError as error:
            raise NotAnswered(f"the recording did not come whole: {error}", method="queries/recording/post") from error

    def recording_link(self, recording_id: str, *, action: str = "play", seconds: float = 600.0) -> str:
        """A signed address that plays or downloads a recording for so long, without asking the PBX (§3.4.2)."""
        params = {"recording_id": recording_id, "action": action, "timestamp": good_until(seconds)}
        row = self._method("queries/recording/link")
        return self._wire.link(row, self._given(row, params))

    # one request

    def _method(self, name: str) -> Method:
        row = METHODS.get(name)
        if row is None:
            raise CommandInvalid(f"there is no method {name!r}; docs/api.md lists them", command=name)
        if self._account.profile not in row.profiles:
            raise CommandInvalid(f"{name} is not in profile {self._account.profile}", command=name)
        return row

    def _given(self, method: Method, params: Mapping[str, Any]) -> dict[str, Any]:
        """The request's json, whole and valid; raises CommandInvalid. Only a value that the schema refuses is written
        in another way: numbers and their text mean the same."""
        given = {name: value for name, value in params.items() if value is not None and name not in method.local}
        if method.has_result:
            given.setdefault("command_id", f"api-{secrets.token_urlsafe(TOKEN_BYTES)}")
        if not fits(method.schema, given):
            given = fitted(load_schema(method.schema), given)
        validate_request(method.name, method.schema, given, self._clock.now())
        return given

    def _ask(self, method: Method, params: Mapping[str, Any]) -> Reply:
        """Within the limits, as often as it is safe, until the patience ends; raises the error of a refusal."""
        until = self._clock.now() + self._patience_seconds
        claim = Query(
            account=self._account.name, command=method.name, command_id=secrets.token_urlsafe(TOKEN_BYTES), attempts=0
        )
        pause = FIRST_PAUSE_SECONDS
        refused: MangoError = OverLimit(f"{method.name}: the limits leave no room in time", method=method.name)
        while True:
            claim = replace(claim, attempts=claim.attempts + 1)
            if not self._limits.wait(claim, until):
                raise refused
            asked_at = self._clock.now()
            reply = self._wire.ask(method, params, ANSWER_SECONDS)
            self._limits.settle(claim, reply.answer, asked_at)
            if reply.answer.kind == "accepted":
                return reply
            refused = failure(method.name, reply.answer)
            if not _may_repeat(method, reply.answer, claim.attempts) or self._clock.now() + pause >= until:
                raise refused
            self._clock.sleep(max(pause, CENTRE_PAUSE_SECONDS) if refused.result == CENTRE_UNAVAILABLE else pause)
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
        told = msgspec.json.decode(reply.body or b"{}")
    except msgspec.DecodeError as error:
        raise NotAnswered(f"{method.name}: the answer is no JSON", method=method.name) from error
    code = told.get("result", told.get("Result", 0)) if isinstance(told, dict) else 0
    if isinstance(code, int | str) and str(code).isdigit() and int(code) and not is_success(int(code)):
        raise failure(method.name, msgspec.structs.replace(reply.answer, kind="refused", code=int(code)))
    return {**told, "command_id": given["command_id"]} if method.has_result else told
