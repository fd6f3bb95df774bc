"""An hour of the emulator and the router in virtual time: what a day of a company leaves in its journal.

The production code on both sides (emulator; ingest, engine, timers, dispatcher, limits, lookups' answers, remembered
lists), one thread, nothing left out but sockets. Callers press keys, type secrets, are busy, talk, hang up, or say
nothing; people hang up on calls by hand; employees come and go; the router is down now and then, so that events are
lost and timers late. Afterwards every call is in `store`.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Any, Final

import msgspec

from router.catalogue.methods import METHODS
from router.emulator.load import load_config
from router.emulator.pbx import Pbx
from router.engine.effects import StartLookup
from router.engine.state import LookupFinished
from router.errors import BetweenLegs, CommandInvalid, RequestRefused
from router.files.bundle import pack, unpack
from router.protocol.envelope import encode_form
from router.protocol.parse import dedupe_key, parse_event
from router.runtime.calls.apply import Calls
from router.runtime.calls.encryption import SaltSealer
from router.runtime.calls.timers import Timers
from router.runtime.group_commit import GroupCommit
from router.runtime.intake.digests import Digests
from router.runtime.intake.ingest import Ingest
from router.runtime.limits.limiter import Limits
from router.runtime.outbound_ports import Answer, Departure
from router.runtime.outbox.dispatch import Dispatcher
from router.runtime.outbox.manual_command import ManualCommand, take
from router.runtime.ports import Store
from router.runtime.versions.publish import Publisher
from router.runtime.versions.version_bundles import VersionBundles
from router.virtual_clock import VirtualClock
from tests.stores import MemoryStore

ACCOUNT: Final = "default"
KEY, SALT = "key", "salt"
LINE: Final = "74950000001"
NINE: Final = 1_795_413_600.0  # Monday 2026-11-23, 9:00 in Moscow
OPENED_BY: Final = SaltSealer([SALT])

PBX: Final = """
lines: {74950000001: {scheme: main}}
employees:
  100: {number: "sip:operator@pbx.example", behaves: answers after 3s}
  101: {number: "sip:sales@pbx.example", behaves: answers after 4s}
  102: {number: "sip:support@pbx.example", behaves: busy}
  103: {number: "79000000103", behaves: never, ring: 20s}
  104: {number: "79000000104", behaves: rejects after 2s}
groups:
  303: {members: [103, 101], rings: together, ring: 20s, wait: 60s}
  304: {members: [102, 103], rings: in_turn, ring: 5s, wait: 30s}
audio: {17: 4s, 21: 2s, 24: 20s}
schemes: {main: {silence: 30s, items: {1: {silence: 20s}}, then: extension 100}}
habits: {late_legs: 0.05, late_leg_seconds: 3, nameless_legs: 0.1}
"""
RESOURCES: Final = """
audio: {menu: {id: 17, length: 4s}, again: {id: 21, length: 2s}, moment: {id: 24, length: 20s}}
groups: {sales: {extension: "303"}, support: {extension: "304"}}
people: {operator: {extension: "100"}}
hours: {office: {open: {mon-fri: "09:00-09:40", sat-sun: closed}}}
lists: {vip: {numbers: ["7900000000*"]}, locked: {keep: 10m}, known: {keep: 1h}}
"""
MAIN: Final = """
flow: main
for: {lines: ["74950000001"], location: ivr}
hold: audio.moment
on_error: operator
on_end: over
vars: {pin: {type: text}, tries: {type: number}}
start: screen
steps:
  screen:
    switch:
      - {when: caller.number in lists.locked, goto: bye}
      - {when: caller.number in lists.known and not hours.office.open, goto: operator}
      - {when: limits.route.wait > 20, goto: sorry}
      - {else: who}
  who: {lookup: {http: {url: "https://crm.example/who"}, cache: 1m, outputs: {level: {type: text}}, next: note, on: {not_found: menu, failed: menu}}}
  note: {remember: {value: "${caller.number}", in: lists.known, next: menu}}
  menu:
    menu:
      prompt: audio.menu
      first_digit: 6s
      keys: {1: sales, 2: support, 3: ask, 4: sub, 1xx: extension, 0: operator}
      no_input: {prompt: audio.again, max: 1, goto: operator}
      no_match: {max: 1, goto: operator}
  extension: {route: {to: "extension ${digits}", ring: 8s, on: {busy: menu, else: operator}}}
  sales: {route: {to: group sales, ring: 25s, on: {answered: talking, else: support}}}
  support: {route: {to: [extension 102, extension 103, group support], ring: 6s, online_only: true, on: {else: operator}}}
  talking: {watch: {held: {for: 20s, goto: operator}, ended: done}}
  ask: {collect: {prompt: audio.again, into: pin, length: 4, terminator: pound, secret: true, next: verify, no_input: {goto: operator}, no_match: {goto: operator}}}
  verify: {switch: [{when: 'vars.pin == "1234"', goto: operator}, {when: visits.ask >= 2, goto: lock}, {else: ask}]}
  lock: {remember: {value: "${caller.number}", in: lists.locked, next: bye}}
  sub: {run: {flow: choose, with: {who: "${caller.number}"}, on: {ok: sales, else: support}}}
  operator: {route: {to: person operator, on: {else: sorry}}}
  sorry: {play: {prompt: audio.again, next: bye, on: {failed: bye}}}
  bye: hangup
  over: {switch: [{when: call.answered or caller.withheld, goto: done}, {when: online("100"), goto: text}, {else: ring}]}
  text: {sms: {to: "${caller.number}", from: "100", text: Sorry, next: done, on: {failed: done}}}
  ring: {callback: {from: person operator, to: "${caller.number}", next: done, on: {failed: done}}}
  done: release
"""
CHOOSE: Final = """
flow: choose
on_error: no
vars: {who: {type: text}}
start: lot
steps:
  lot: {split: {sticky: vars.who, to: {nap: 50, no: 50}}}
  nap: {wait: {for: 3s, next: yes_it_is}}
  yes_it_is: {return: {as: ok}}
  no: {return: {as: busy}}
"""
FILES: Final = {
    "resources.yaml": RESOURCES.encode(),
    "main.yaml": MAIN.encode(),
    "choose.yaml": CHOOSE.encode(),
}
KEYS: Final = ("1", "2", "3", "4", "0", "9", "101", "102", "103", "1234", "12", "34", "5678", "12#", "#", "*")
STATUSES: Final = (1, 2, 4, 8)


class EmulatedHour:
    """Both sides, and what happens between them."""

    def __init__(
        self, *, seed: int, seconds: float, calls: int, store: Callable[[Callable[[], float]], Store] = MemoryStore
    ) -> None:
        self._clock = VirtualClock(NINE)
        self.store = store(self.now)
        self._chance = random.Random(seed)
        self._until = NINE + seconds
        self._tokens = count()
        self._down_until = 0.0
        self._pbx = Pbx(load_config(PBX), api_key=KEY, salt=SALT, now=self.at, ids=random.Random(seed))
        self.version = Publisher(self.store, pack).publish(ACCOUNT, FILES).version
        group = GroupCommit(self.store)
        self._calls = Calls(
            VersionBundles(self.store, unpack),
            new_token=lambda: f"t{next(self._tokens)}",
            forecast=lambda *_: float(self._chance.choice((0, 0, 0, 30))),
            sealers={ACCOUNT: OPENED_BY},
            ask=self._ask,
        )
        self._ingest = Ingest(
            self.store, self._calls, wake=lambda _: None, digests={ACCOUNT: Digests([SALT])}, group=group
        )
        self._timers = Timers(self.store, self._calls, self, lambda: None, group)
        limits = {ACCOUNT: Limits()}
        self._dispatcher = Dispatcher(self.store, self, limits, self._calls.apply_own, self, senders=0, group=group)
        for _ in range(calls):
            self._clock.after(self._chance.uniform(0, seconds), self._dial)
        for _ in range(int(seconds / 60)):
            self._clock.after(self._chance.uniform(0, seconds), self._come_or_go)
            self._clock.after(self._chance.uniform(0, seconds), self._by_hand)
        for _ in range(int(seconds / 600)):
            self._clock.after(self._chance.uniform(0, seconds), self._go_down)

    # the clock

    @property
    def at(self) -> float:
        return self._clock.now

    def now(self) -> float:
        return self.at

    steady = now

    def sleep(self, seconds: float) -> None:
        self._clock.now += seconds

    def live(self) -> None:
        """Until the last caller has gone and the last timer has fired."""
        while (due := self._next_due()) is not None and due < self._until + 6 * 3600:
            self._clock.now = max(self.at, due)
            self._deliver()
            self._clock.run_next(self.at)
            if self.at >= self._down_until:
                self._timers.run_once()
                self._dispatcher.run_once()

    def _next_due(self) -> float | None:
        up = self.at >= self._down_until
        own = (self.store.next_wake(), self._dispatcher.run_once()) if up else (self._down_until,)
        instants = [*own, self._pbx.next_due(), self._clock.next_instant()]
        due = min((at for at in instants if at is not None), default=None)
        return None if due is None else max(due, self.at + 0.001)

    # what happens

    def _dial(self) -> None:
        caller = self._chance.choice(("", f"790000{self._chance.randrange(20):05}", "79000000001"))
        journey = self._pbx.dial(self.at, caller, LINE)
        assert journey is not None
        after = 1.0
        for _ in range(self._chance.randrange(5)):
            after += self._chance.uniform(0.5, 9.0)
            self._clock.after(after, partial(self._press, journey, self._chance.choice(KEYS)))
        if self._chance.random() < 0.8:
            self._clock.after(after + self._chance.expovariate(1 / 40), lambda: self._pbx.hang_up(self.at, journey))

    def _press(self, journey: Any, keys: str) -> None:
        self._pbx.press(self.at, journey, keys)

    def _come_or_go(self) -> None:
        body = {"abonent_id": self._chance.choice((100, 102, 103)), "status": self._chance.choice(STATUSES)}
        self._accept("events/user/status_changed", msgspec.json.encode(body))

    def _by_hand(self) -> None:
        """Somebody looks at the console and does something about a call that is up."""
        live = self.store.calls(ACCOUNT, {"live": "1"}, 20, "")
        if not live or self.at < self._down_until:
            return
        entry_id = self._chance.choice(live)["entry_id"]
        command, params = self._chance.choice(_BY_HAND)
        then = self._chance.choice(("", "release")) if command != "sms" else ""
        asked = ManualCommand(command=command, params=params, then=then, actor="anna")
        with self.store.transaction() as tx, suppress(CommandInvalid, BetweenLegs):
            take(tx, self._calls, ACCOUNT, entry_id, asked)

    def _go_down(self) -> None:
        self._down_until = self.at + self._chance.uniform(1.0, 25.0)

    def _ask(self, account: str, entry_id: str, request: StartLookup) -> None:
        state = self._chance.choice(("found", "found", "not_found", "failed", ""))
        if state:
            answer = LookupFinished(
                entry_id=entry_id, request_id=request.request_id, state=state, outputs={"level": "gold"}
            )
            self._clock.after(self._chance.uniform(0.05, 1.5), partial(self._looked_up, answer))

    def _looked_up(self, answer: LookupFinished) -> None:
        if self.at >= self._down_until:
            with self.store.transaction() as tx:
                self._calls.apply_own(tx, ACCOUNT, answer)

    # the wire

    def _deliver(self) -> None:
        for notification in self._pbx.advance(self.at):
            self._accept(notification.path, notification.text.encode())

    def _accept(self, path: str, body: bytes) -> None:
        """The webhook: what comes while the router is down is lost."""
        if self.at < self._down_until:
            return
        with suppress(RequestRefused):
            event = parse_event(path, body)
            key, digest = dedupe_key(event, path, body)
            self._ingest.accept(ACCOUNT, path, event, body.decode(), key, digest)

    def send(self, account: str, command: str, params: Mapping[str, Any], departure: Departure) -> Answer:
        """A request of the router reaches the PBX, and its answer comes back."""
        self._clock.now = max(self.at, departure.at) + 0.02
        body = encode_form(KEY, SALT, dict(params))
        answer = self._pbx.request(self.at, self.at, METHODS[command], body, "application/x-www-form-urlencoded")
        self._deliver()
        self._clock.now += 0.02
        code = answer.body.get("result", answer.body.get("code", 0)) if isinstance(answer.body, dict) else 0
        kind = "accepted" if answer.status == 200 else "limited" if answer.status in (429, 503) else "refused"
        return Answer(kind=kind, status=answer.status, code=int(code))

    # what is left

    def entry_ids(self) -> Iterator[str]:
        """Every call, newest first."""
        after = ""
        while page := self.store.calls(ACCOUNT, {}, 500, after):
            yield from (row["entry_id"] for row in page)
            after = page[-1]["cursor"]


_SMS: Final = {"from_extension": "100", "to_number": "79000000001", "text": "A moment, please"}
_BY_HAND: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("hangup", {}),
    ("route", {"to_number": "101"}),
    ("transfer", {"to_number": "101"}),
    ("sms", _SMS),
)
