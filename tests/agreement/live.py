"""A script played by the running router and the emulator: production code on both sides, on a virtual clock.

The emulator takes the router's signed requests and answers; its notifications go through the parser, the order, the
transactions and the engine of the router; commands wait for their limits and leave through the dispatcher; lookups and
notifications go over HTTP to `fakes`. What a script lets happen is asked of the emulator, as its control API would.
"""

import heapq
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec

from router.catalogue.methods import CONTACT_CENTRE, METHODS
from router.emulator.config import ForcedResult, Habits, PbxConfig
from router.emulator.pbx import Pbx
from router.engine.effects import QueueCommand, StartLookup
from router.engine.state import Call
from router.files.bundle import pack, unpack
from router.flow.model import Bundle
from router.flow.verbs.split import Split
from router.history.journal import CommandRow
from router.pbx.happenings import Impossible
from router.pbx.legs import Journey
from router.pbx.setup import NEVER, Behaviour, Employee, Menu, Scheme, Target
from router.protocol.envelope import encode_form
from router.protocol.events import CommandResulted, Event
from router.protocol.parse import dedupe_key, parse_event
from router.runtime.calls.apply import Calls
from router.runtime.calls.encryption import SaltSealer
from router.runtime.calls.timers import Timers
from router.runtime.group_commit import GroupCommit
from router.runtime.intake.digests import Digests
from router.runtime.intake.ingest import Ingest
from router.runtime.limits.limiter import Limits
from router.runtime.lookups.lookup_runner import Lookups, Means
from router.runtime.outbound_ports import Answer, Departure
from router.runtime.outbox.command_queues import TO_AUTHORS
from router.runtime.outbox.dispatch import Dispatcher
from router.runtime.ports import Store
from router.runtime.versions.publish import Publisher
from router.runtime.versions.version_bundles import VersionBundles
from router.sender.command_sender import HttpSender, Peer
from router.sender.notify import NotificationSender, Signing
from router.sender.outside import HttpOutside
from router.simulator.delivery_faults import struck
from router.simulator.fake_lookups import Answers
from router.simulator.fixture import world
from router.simulator.run_test import Run
from router.simulator.script import (
    CONSULTS,
    Expect,
    ExpectEnd,
    Fault,
    HangUp,
    Happen,
    InLists,
    Keys,
    LateResult,
    Line,
    Nothing,
    Plan,
    Script,
    Wait,
)
from router.simulator.scripted_pbx import SCHEME_EMPLOYEE
from router.simulator.simulated_outbox import NOTIFY
from router.store import open_store
from router.store.database import NORMAL
from tests.agreement.fakes import Fakes, reply_to

ACCOUNT: Final = "shop"
KEY, SALT = "key", "salt"
TRIP_SECONDS: Final = 0.01
SOON_SECONDS: Final = 1.0
"""What a thing causes at the PBX has happened by then."""

SETTLED_SECONDS: Final = 0.5
"""So long takes the PBX for what a command asks of it; in a script it takes no time."""

PATIENCE_SECONDS: Final = 8.0
"""How long an expected command may take: three seconds by contract, and the limits that a script leaves out."""

EXTENSIONS: Final = range(100, 1000)
A_DAY: Final = 86_400.0
Told = tuple[Event, str, bytes]
"""A notification, its path and its body."""

QUIET: Final = Habits(
    late_legs=0.0, nameless_legs=0.0, result_spread_seconds=0.0, jitter_seconds=0.0, many_json_styles=False
)


class Different(AssertionError):
    """The live call does not go as the script says."""


class FixtureBundles:
    """The bundles of the database with what a script's `given` puts in place of their lists, first values, branches."""

    def __init__(self, bundles: VersionBundles, script: Script) -> None:
        self._bundles = bundles
        self._script = script
        self._seen: dict[str, Bundle] = {}

    def get(self, account: str, version: str) -> Bundle | None:
        if version not in self._seen:
            found = self._bundles.get(account, version)
            if found is None:
                return None
            self._seen[version] = _with_branches(world(found, self._script.flow, self._script.given), self._script)
        return self._seen[version]


def _with_branches(bundle: Bundle, script: Script) -> Bundle:
    flows = dict(bundle.flows)
    for name, flow in flows.items():
        steps = dict(flow.steps)
        for step in steps.values():
            if isinstance(step.settings, Split) and step.name in script.given.split:
                only = replace(step.settings, branches=((script.given.split[step.name], 1),))
                steps[step.name] = replace(step, settings=only)
        flows[name] = replace(flow, steps=steps)
    return replace(bundle, flows=flows)


class _Secrets(defaultdict[str, str]):
    """A secret is its own mark, so that what is sent reads as a test shows it."""

    def __missing__(self, name: str) -> str:
        return f"${{secrets.{name}}}"

    def __contains__(self, name: object) -> bool:
        return True


def config_of(run: Run, bundle: Bundle) -> PbxConfig:
    """A PBX in which everybody is there whom the script's commands have named; nobody does anything by himself, and the
    scheme goes on when its time is over."""
    board, line = run.simulation.pbx.board, run.simulation.pbx.line
    numbers: dict[str, set[str]] = {}
    for leg in run.simulation.pbx.legs:
        if leg.callee.extension and leg.callee.number:
            numbers.setdefault(leg.callee.extension, set()).add(leg.callee.number)
    scheme = Scheme(root=Menu(path=(), silence_seconds=A_DAY, then=Target(kind="extension", value=SCHEME_EMPLOYEE)))
    lengths = {str(one.id): one.length for prompt in bundle.prompts.values() for one in prompt.recordings()}
    named = {str(one.command.params.get("line_number") or line) for one in run.simulation.sent}
    people = _of_tasks(run) | dict(board.employees)
    lines = [line, *sorted(named - {line})]
    return PbxConfig(
        lines=dict.fromkeys(lines, scheme),
        schemes={"main": scheme},
        line_schemes=dict.fromkeys(lines, "main"),
        employees={
            extension: replace(
                one,
                number=next(iter(sorted(numbers.get(extension, ()))), f"sip:{extension}@pbx.example"),
                ring_seconds=A_DAY,
            )
            for extension, one in people.items()
        },
        groups={
            extension: replace(one, ring_seconds=A_DAY, wait_seconds=A_DAY) for extension, one in board.groups.items()
        },
        numbers={},
        outside=Behaviour(kind=NEVER),
        outside_ring_seconds=A_DAY,
        audio_seconds={audio: lengths.get(audio, 1.0) for audio in board.setup.audio_seconds} | lengths,
        seeds={"employees": _with_ids(run, people)},
        habits=QUIET,
    )


def _of_tasks(run: Run) -> dict[str, Employee]:
    """Those whom tasks name by the extension, which a script takes for the id."""
    ids = {str(one.command.params.get("to_user_id", "")) for one in run.simulation.sent}
    waits = Behaviour(kind=NEVER)
    return {
        one: Employee(extension=one, number="", behaviour=waits, ring_seconds=A_DAY)
        for one in ids
        if len(one) == len(SCHEME_EMPLOYEE)
    }


def _with_ids(run: Run, extensions: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
    """The ids that tasks name are those of employees (§4.2)."""
    wanted = {str(one.command.params.get("to_user_id", "")) for one in run.simulation.sent} - {""}
    owned = {one: {"id": one} for one in extensions if one in wanted}
    others = (one for one in extensions if one not in wanted)
    return owned | {
        extension: {"id": one} for one, extension in zip(sorted(wanted - owned.keys()), others, strict=False)
    }


class LiveCall:
    """One script's call."""

    def __init__(
        self,
        files: Mapping[str, bytes],
        script: Script,
        config: PbxConfig,
        fakes: Fakes,
        path: Path,
        values: Mapping[str, str],
    ) -> None:
        self.at = script.given.at
        self.script = script
        self.expected = 0
        self._fakes = fakes
        fakes.replies.clear()
        fakes.asked.clear()
        fakes.extensions = list(config.employees)  # those whom tasks name among them
        self.store: Store = open_store(f"sqlite:///{path}", self.now, durability=NORMAL)
        Publisher(self.store, pack).publish(ACCOUNT, files)
        self._pbx = Pbx(config, api_key=KEY, salt=SALT, now=self.at, ids=Random(1))
        self._heap: list[tuple[float, int, Callable[[], object]]] = []
        self._order, self._tokens = count(), count()
        self._pending: list[tuple[str, StartLookup]] = []
        self._answers = Answers(script.given.lookups)
        self._answered = threading.Event()
        self._withheld: dict[str, Event] = {}
        self._held: list[Told] | None = None  # what a line causes, while it is gathered for its faults
        self._limited: dict[int, int] = {}
        self._sent: list[str] = []  # ids of the commands that reached the PBX
        self._values = {  # those of the script lead to the fakes already
            name: value if value.startswith(fakes.base) else fakes.within(value.encode()).decode()
            for name, value in values.items()
        }
        self._compose()
        with self.store.transaction() as tx:
            for extension, status in _presence(script, config).items():
                tx.set_presence(ACCOUNT, extension, status)
        given = script.given
        tracked = (given.dct_number, given.dct_type)
        journey = self._pbx.dial(self.at, given.caller, run_line(config), given.sip_call_id, tracked)
        assert journey is not None
        self.journey: Journey = journey
        self._act(lambda: None, script.opening)

    def _compose(self) -> None:
        group = GroupCommit(self.store)
        sealer, limits = SaltSealer([SALT]), {ACCOUNT: Limits()}
        calls = Calls(
            FixtureBundles(VersionBundles(self.store, unpack), self.script),
            new_token=lambda: f"t{next(self._tokens)}",
            forecast=lambda *_: 0.0,
            sealers={ACCOUNT: sealer},
            ask=lambda account, entry_id, request: self._pending.append((entry_id, request)),
            values={ACCOUNT: self._values},
        )
        self.calls = calls
        digests = {ACCOUNT: Digests([SALT])}
        self._ingest = Ingest(self.store, calls, wake=lambda _: None, digests=digests, group=group)
        self._timers = Timers(self.store, calls, self, lambda: None, group)
        self._dispatcher = Dispatcher(self.store, self, limits, calls.apply_own, self, senders=0, group=group)
        outside = HttpOutside()
        peer = Peer(url=f"{self._fakes.base}vpbx/", cc_url=f"{self._fakes.base}cc/", api_key=KEY, salt=SALT)
        means = Means(secrets=_Secrets(), sealer=sealer, limits=limits[ACCOUNT], private_redirects=True)
        notices = NotificationSender({ACCOUNT: means}, {ACCOUNT: Signing(salts=[SALT])}, outside)
        self._notifier = Dispatcher(
            self.store, notices, limits, calls.apply_own, self, lane=TO_AUTHORS, senders=0, group=group
        )
        self._lookups = Lookups(
            self.store,
            {ACCOUNT: means},
            calls.apply_own,
            outside=outside,
            queries=HttpSender({ACCOUNT: peer}),
            clock=self,
            wake=self._answered.set,
            threads=1,
        )

    def close(self) -> None:
        self._lookups.stop()

    # the clock

    def now(self) -> float:
        return self.at

    steady = now

    def sleep(self, seconds: float) -> None:
        self.at += seconds

    def advance(self, seconds: float) -> None:
        """Let time pass, doing what comes up on the way."""
        self.advance_until(lambda: False, seconds)

    def advance_until(self, ready: Callable[[], bool], seconds: float) -> bool:
        """The same until `ready`; False when it never is."""
        until = self.at + seconds
        while not ready():
            due = self._next_due()  # which sends what may be sent
            if due is None or due > until:
                self.at = max(self.at, until)
                return ready()
            self.at = max(self.at, due)
            self._once()
        return True

    def _next_due(self) -> float | None:
        instants = [
            self.store.next_wake(),
            self._dispatcher.run_once(),
            self._notifier.run_once(),
            self._pbx.next_due(),
            self._heap[0][0] if self._heap else None,
        ]
        due = min((at for at in instants if at is not None), default=None)
        return None if due is None else max(due, self.at + 0.001)

    def _once(self) -> None:
        self._hear()
        while self._heap and self._heap[0][0] <= self.at:
            heapq.heappop(self._heap)[2]()
        self._timers.run_once()
        self._ask()

    # what the PBX tells

    def _hear(self) -> None:
        events = []
        for one in self._pbx.advance(self.at):
            event = parse_event(one.path, one.text.encode())
            if isinstance(event, CommandResulted) and event.command_id in self._withheld:
                continue
            events.append((event, one.path, one.text.encode()))
        for told in events:
            if self._held is None:
                self._accept(*told)
            else:
                self._held.append(told)

    def _accept(self, event: Event, path: str, body: bytes) -> None:
        key, digest = dedupe_key(event, path, body)
        outcome = self._ingest.accept(ACCOUNT, path, event, body.decode(), key, digest)
        assert outcome in ("stored", "duplicate"), outcome
        self._ask()

    def _act(self, act: Callable[[], object], faults: Iterable[Fault]) -> None:
        """Let something happen at the PBX; what it causes is struck by the faults."""
        faults = tuple(faults)
        if not faults:
            act()
            self._hear()
            return
        self._held = []
        act()
        self.advance(SOON_SECONDS)
        told, self._held = self._held, None
        for seconds, one in struck(told, faults):
            self._later(seconds, partial(self._accept, *one))

    def _later(self, seconds: float, action: Callable[[], object]) -> None:
        heapq.heappush(self._heap, (self.at + seconds, next(self._order), action))

    # what the router sends

    def send(self, account: str, command: str, params: Mapping[str, Any], departure: Departure) -> Answer:
        """`runtime.outbound_ports.Sender`: a command reaches the PBX, which takes it as the script says."""
        self.at = max(self.at, departure.at) + TRIP_SECONDS
        command_id = str(params.get("command_id", ""))
        rows = [row.command_id for row in self.rows() if row.sent is not None and row.command != NOTIFY]
        number = self._number(max(len(rows) - 1, 0))
        plan = self.script.plans[number] if number < len(self.script.plans) else Plan()
        if self._limited.setdefault(number, plan.limited):
            self._limited[number] -= 1
            return Answer(kind="limited", status=503)
        code = self._late_code(number) if plan.late else plan.code
        if plan.late:
            self._withheld[command_id] = CommandResulted(command=command, command_id=command_id, result=code or 1000)
        if code not in (None, 1000):
            self._pbx.set_results({command: (ForcedResult(code=code or 0, times=1),)})
        body = encode_form(KEY, SALT, dict(params))
        answer = self._pbx.request(self.at, self.at, METHODS[command], body, "application/x-www-form-urlencoded")
        self._pbx.set_results({})
        if plan.faults:
            self._held = []
            self._later(SOON_SECONDS, partial(self._strike, plan.faults))
        self.at += TRIP_SECONDS
        told = int(answer.body.get("result", answer.body.get("code", 0)))
        is_refused = METHODS[command].base == CONTACT_CENTRE and told != 1000  # §4.1: with 200
        kind = (
            "refused"
            if is_refused
            else "accepted"
            if answer.status == 200
            else "limited"
            if answer.status in (429, 503)
            else "refused"
        )
        return Answer(kind=kind, status=answer.status, code=told)

    def _number(self, place: int) -> int:
        """Which of the expected commands that one is of those that go to the PBX."""
        expects = [line for line in self.script.lines if isinstance(line, Expect)]
        of_pbx = [number for number, line in enumerate(expects) if line.command != NOTIFY]
        return of_pbx[place] if place < len(of_pbx) else len(expects) + place

    def _strike(self, faults: tuple[Fault, ...]) -> None:
        told, self._held = self._held or [], None
        for seconds, one in struck(told, faults):
            self._later(seconds, partial(self._accept, *one))

    def _late_code(self, number: int) -> int:
        return next(line.code for line in self.script.lines if isinstance(line, LateResult) and line.command == number)

    def _ask(self) -> None:
        """The lookups that wait: the fake's answer is the script's."""
        while self._pending:
            entry_id, request = self._pending.pop(0)
            call = self.call
            self._fakes.replies.append(reply_to(request, self._answers.answer(request, entry_id, call.within)))
            self._answered.clear()
            self._lookups.ask(ACCOUNT, entry_id, request)
            assert self._answered.wait(20), "a lookup was not answered"
            self._fakes.replies.clear()

    # what is seen

    @property
    def call(self) -> Call:
        found = self.store.call(ACCOUNT, self.journey.entry_id)
        assert found is not None
        return found

    def rows(self) -> list[CommandRow]:
        return self.store.commands(ACCOUNT, entry_id=self.journey.entry_id, limit=1000)

    def sent(self) -> list[QueueCommand]:
        """Every command that left, oldest first."""
        rows = sorted((row for row in self.rows() if row.sent is not None), key=lambda row: row.sent or 0.0)
        return [
            QueueCommand(
                command_id=row.command_id,
                command=row.command,
                call_id=row.call_id,
                params=_written(row, self._fakes),
                label=self._fakes.there(row.label),
                deadline=row.deadline,
                high_priority=row.high_priority,
            )
            for row in rows
        ]

    def path(self) -> list[tuple[str, str]]:
        records = self.store.journal(ACCOUNT, self.journey.entry_id)
        return [(one.data["step"], one.data["exit"]) for row in records for one in row.trace if one.kind == "left"]

    # lines

    def play(self) -> None:
        """Do what the script says, line by line."""
        for line in self.script.lines:
            PERFORM[type(line)](self, line)

    def _expect(self, line: Expect) -> None:
        self.expected += 1
        if not self.advance_until(lambda: len(self.sent()) >= self.expected, PATIENCE_SECONDS):
            raise Different(f"expected {line.command}, but no command came; path {self.path()}")

    def _wait(self, line: Wait) -> None:
        self.advance(line.seconds)

    def _nothing(self, line: Nothing) -> None:
        """What comes at the very end of that time is late by a trip, or early by none."""
        if self.advance_until(lambda: len(self.sent()) > self.expected, line.seconds - SETTLED_SECONDS):
            raise Different(f"nothing was to come for {line.seconds:g} s, but a command came; path {self.path()}")
        self.advance(SETTLED_SECONDS)

    def _in_lists(self, line: InLists) -> None:
        for name, value in line.values:
            with self.store.transaction() as tx:
                is_there = tx.remembers(ACCOUNT, name, value)
            if not is_there:
                raise Different(f"{value} is not in lists.{name}; path {self.path()}")

    def _keys(self, line: Keys) -> None:
        self._act(lambda: self._pbx.collect(self.at, self.journey, line.digits), line.faults)

    def _happen(self, line: Happen) -> None:
        self.advance(SETTLED_SECONDS)
        if line.what == CONSULTS:
            self._when_possible(lambda: self._pbx.consult(self.at, self.journey, line.colleague, A_DAY), line)
        else:
            self._when_possible(lambda: self._pbx.happen(self.at, self.journey, line.what), line)

    def _hang_up(self, line: HangUp) -> None:
        self._act(lambda: self._pbx.hang_up(self.at, self.journey), line.faults)

    def _when_possible(self, act: Callable[[], object], line: Line) -> None:
        """A phone rings a moment after its command, as the PBX does."""
        for _ in range(20):
            try:
                self._act(act, line.faults)
            except Impossible as impossible:
                self._held, why = None, str(impossible)
                self.advance(0.1)
            else:
                return
        raise Different(f"{why}; path {self.path()}")

    def _late_result(self, line: LateResult) -> None:
        self.advance(SETTLED_SECONDS)
        command_id = self.sent()[line.command].command_id
        result = self._withheld.pop(command_id)
        body = msgspec.json.encode({"command_id": command_id, "result": line.code})
        self._accept(result, f"result/{result.command}", body)  # type: ignore[union-attr]  # it is a result

    def _expect_end(self, line: ExpectEnd) -> None:
        self.advance_until(self._is_decided, A_DAY)
        call = self.call
        outcome = call.outcome or ("answered" if call.answered else "")
        if outcome != line.outcome:
            raise Different(f"expected the call to end as {line.outcome}, but it is {outcome!r}; path {self.path()}")

    def _is_decided(self) -> bool:
        return bool(self.call.outcome) or self.call.status == "resting"


def _presence(script: Script, config: PbxConfig) -> Mapping[str, str]:
    """Whoever is not said to be online is not, if anybody is said to be."""
    if script.given.presence is None:
        return {}
    return dict.fromkeys([*config.employees, *map(str, EXTENSIONS)], "offline") | dict(script.given.presence)


def run_line(config: PbxConfig) -> str:
    return next(iter(config.lines))


def _written(row: CommandRow, fakes: Fakes) -> dict[str, Any]:
    """A command's parameters, with a notification's address as its author wrote it."""
    return row.params | ({"url": fakes.there(row.params["url"])} if "url" in row.params else {})


PERFORM: Final[Mapping[type[Line], Callable[[LiveCall, Any], None]]] = {
    Expect: LiveCall._expect,
    Wait: LiveCall._wait,
    Nothing: LiveCall._nothing,
    InLists: LiveCall._in_lists,
    Keys: LiveCall._keys,
    Happen: LiveCall._happen,
    HangUp: LiveCall._hang_up,
    LateResult: LiveCall._late_result,
    ExpectEnd: LiveCall._expect_end,
}
