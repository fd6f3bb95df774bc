"""`Mango`: every method of the vendor's API, within the limits, with errors that say whose mistake it is.

What always holds: a request is checked against its schema before it is sent, since a wrong one can block the key for
everybody who uses it (PROTOCOL.md, C); it takes its slots of the limits first, in the router's database when one is
given, so that a program and the router never push each other over a limit; and what may have been done is asked for
again only where twice does no harm.
"""

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Self

from router.bootstrap.process_setup import read_settings
from router.bootstrap.store_clock import StoreClock
from router.client.exchange import Exchange, Given, Now, Send, Settle, Sleep, Step, Steps, Take
from router.client.methods import Methods
from router.client.partial_file import DownloadFailed, PartialFile, Progress
from router.client.signed_http import Wire, good_until, link_of
from router.config import setting_values
from router.config.settings import SQLITE, AccountSettings
from router.errors import ConfigurationError, NotAnswered
from router.runtime.limits.limiter import Limits
from router.runtime.outbox.acquire import WithinLimits
from router.runtime.ports import Store
from router.sender.command_sender import Peer
from router.store import MEMORY, open_store

PATIENCE_SECONDS: Final = 60.0  # for a turn within the limits, repeats included
ANSWER_SECONDS: Final = 30.0
POLL_SECONDS: Final = 5.0  # §3.3.3 asks for no more than one question in five seconds
REPORT_SECONDS: Final = 600.0
FIRST_PAUSE_SECONDS: Final = 0.5
CENTRE_PAUSE_SECONDS: Final = 1.0  # its limits are per second (§1.4.2)
RECORDING: Final = "queries/recording/post"


class AccountClient(ABC):
    """What every client of one account has: its key, its limits, its way of asking."""

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
            name=account, api_key=api_key, api_salt=api_salt, api_url=_address("api_url", api_url),
            cc_url=_address("cc_url", cc_url), profile=profile,
            limit_share=limit_share,
        )  # fmt: skip
        self._begin(settings, open_store(database), patience_seconds)

    @classmethod
    def from_environment(cls, account: str | None = None, environ: Mapping[str, str] | None = None) -> Self:
        """The account, or the only one, of the router's configuration, with the router's database for the limits. Where
        that is a SQLite file which no router has made yet, the limits hold for this process."""
        settings = read_settings(os.environ if environ is None else environ)
        names = {one.name: one for one in settings.accounts}
        if account not in (None, *names) or (account is None and len(names) > 1):
            wrong = f"there is no account {account}" if account else "there are several accounts"
            raise ConfigurationError(f"{wrong}: name one of {', '.join(names)}")
        chosen = names[account] if account is not None else settings.accounts[0]
        made = cls.__new__(cls)
        made._begin(chosen, open_store(_made_already(settings.database)), PATIENCE_SECONDS)
        return made

    def _begin(self, account: AccountSettings, store: Store, patience_seconds: float) -> None:
        self._store = store
        self._clock = StoreClock(store)
        limits = Limits(overrides=account.limits, share=account.limit_share)
        self._limits = WithinLimits(store, limits, self._clock)
        self._peer = Peer(url=account.api_url, cc_url=account.cc_url, api_key=account.api_key, salt=account.api_salt)
        self._exchange = Exchange(
            account=account.name, profile=account.profile, patience_seconds=patience_seconds,
            first_pause_seconds=FIRST_PAUSE_SECONDS, centre_pause_seconds=CENTRE_PAUSE_SECONDS,
            poll_seconds=POLL_SECONDS,
        )  # fmt: skip
        self._connect()

    @abstractmethod
    def _connect(self) -> None:
        """Make what sends requests to `_peer`; nothing is sent yet."""


class Mango(AccountClient, Methods):
    """The API of one account. Thread-safe.

        with Mango(api_key="...", api_salt="...") as mango:
            for contact in mango.each_ab_contact_init(query=""):
                print(contact["name"])

    `database` is the router's (`IVR_DATABASE`): limits are then shared with it; without one they hold for this process.
    A command for a live call goes past the router, whose flow takes what comes of it for a move of the PBX (`left`): to
    take a call over use `POST /api/calls/ENTRY_ID/commands` of the router.

    Raises `router.errors.MangoError` for what the PBX refuses, `CommandInvalid` for a request that does not fit its
    schema and was not sent.
    """

    def _connect(self) -> None:
        self._wire = Wire(self._peer)

    def close(self) -> None:
        """End its connections, to the PBX and to the database."""
        self._wire.close()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # what the typed methods are made of

    def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """Ask once, and again where that does no harm. `params` are the request's json; None counts as left out.

        A JSON answer as it is; CSV as a list of rows; a redirect as {"location": URL}.
        """
        return self._do(self._exchange.call(method, params))

    def rows(self, method: str, params: Mapping[str, Any]) -> Iterator[Any]:
        """The rows of all pages of a method that has a cursor."""
        rows, first = self._exchange.method(method).rows, self._exchange.first_page(method, params)
        page = self.call(method, first)
        yield from page[rows]
        while following := self._exchange.next_page(method, first, page):
            page = self.call(*following)
            yield from page[rows]

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
        return self._do(self._exchange.report(method, params, waiting, patience_seconds))

    def recording(
        self, recording_id: str, path: str | Path, *, progress: Progress | None = None, attempts: int = 1
    ) -> int:
        """Stream a recording to a file (§3.4.1); its size in bytes. Under another name until it is whole.

        What had come when an attempt broke off is not asked for again, by a further attempt of this call or by the next
        call, where the server can continue a file. Raises NotAnswered when the last attempt broke off.
        """
        location = self.call(RECORDING, {"recording_id": recording_id, "action": "download"})["location"]
        for left in reversed(range(attempts)):
            try:
                return self._wire.download(location, PartialFile(Path(path), recording_id, progress), ANSWER_SECONDS)
            except DownloadFailed as error:
                if not left:
                    told = f"the recording did not come whole: {error}"
                    raise NotAnswered(told, method=RECORDING) from error
                time.sleep(self._exchange.first_pause_seconds)
        raise AssertionError("a recording is tried once at least")

    def recording_link(self, recording_id: str, *, action: str = "play", seconds: float = 600.0) -> str:
        """A signed address that plays or downloads a recording for so long, without asking the PBX (§3.4.2)."""
        params = {"recording_id": recording_id, "action": action, "timestamp": good_until(seconds)}
        row = self._exchange.method("queries/recording/link")
        return link_of(self._peer, row, self._do(self._exchange.given(row, params)))

    # carrying out

    def _do(self, steps: Steps[Given]) -> Given:
        try:
            step = next(steps)
            while True:
                step = steps.send(self._carry_out(step))
        except StopIteration as end:
            given: Given = end.value
            return given

    def _carry_out(self, step: Step) -> Any:
        match step:
            case Now():
                return self._clock.now()
            case Take(claim=claim, until=until):
                return self._limits.wait(claim, until)
            case Send(method=method, params=params):
                return self._wire.ask(method, params, ANSWER_SECONDS)
            case Settle(claim=claim, answer=answer, asked_at=asked_at):
                return self._limits.settle(claim, answer, asked_at)
            case Sleep(seconds=seconds):
                return time.sleep(seconds)


def _address(name: str, given: str) -> str:
    """An address with a slash at its end, as the configuration reads it."""
    try:
        return setting_values.url(given)
    except ValueError as error:
        raise ConfigurationError(f"{name}: {given!r} does not do: {error}") from None


def _made_already(database: str) -> str:
    """The database, or one in memory where a file would have to be made: who only asks leaves none behind."""
    is_missing = database.startswith(SQLITE) and not os.path.exists(database.removeprefix(SQLITE))
    return MEMORY if is_missing else database
