"""A call that comes to a step: found by playing the flow, so that what is saved of it is a test that passes.

From the start on each thing that can happen next is tried (keys, silence, how a called party behaves, what a lookup
answers), nearest to the step first, on the virtual clock.
"""

import copy
import heapq
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final
from zoneinfo import ZoneInfo

from router.flow.model import Bundle, Flow, Step, Value
from router.flow.verbs.collect import Collect
from router.flow.verbs.lookup import Lookup
from router.flow.verbs.menu import Menu
from router.flow.written_exits import exits_of
from router.pbx.happenings import FAILURES, Impossible
from router.simulator.read_given import MONDAY_NOON
from router.simulator.script import Answer, Given, HangUp, Happen, Keys, Line, Wait
from router.simulator.session import NOWHERE, Session

MOST_PLAYED: Final = 400
"""Moves that are tried before it is given up."""
LONG_WAIT_SECONDS: Final = 60.0
_FAR: Final = 1000
_SAMPLE: Final = {"x": "1", "star": "*", "pound": "#"}
_HAPPENINGS: Final = ("answered", *FAILURES, "held", "resumed", "left")
_OUTPUTS: Final[Mapping[str, Value]] = {
    "bool": True, "number": 1, "text": "x", "phone": "79000000001", "date": "2026-11-23",
}  # fmt: skip


def path_to(bundle: Bundle, flow: str, step: str) -> Session | None:
    """A session in which the call has entered the step, and no lookup waits; None when none was found within so many
    moves as MOST_PLAYED, which is no proof that there is none."""
    distances = _distances(bundle.flows[flow], step)
    turn, played = count(), 0
    waiting: list[tuple[int, int, int, int, Session]] = []  # the first world is tried before the others
    for world, given in enumerate(_worlds(bundle, bundle.flows[flow])):
        with suppress(Impossible):
            session = Session(bundle, flow, given)
            heapq.heappush(waiting, (_distance(session, step, distances), world, 0, next(turn), session))
    seen: set[tuple[Any, ...]] = set()
    while waiting and played < MOST_PLAYED:
        _, world, length, _, session = heapq.heappop(waiting)
        if session.call.visits.get(step) and session.lookup is None:
            return session
        for following in _following(session, bundle.flows[flow]):
            played += 1
            state = _state(following)
            if state not in seen:
                seen.add(state)
                distance = _distance(following, step, distances)
                heapq.heappush(waiting, (distance, world, length + 1, next(turn), following))
    return None


def _worlds(bundle: Bundle, flow: Flow) -> Iterator[Given]:
    """Noon of a working day, a night, a Sunday; and somebody who is in each list."""
    noon = datetime.fromisoformat(MONDAY_NOON).replace(tzinfo=ZoneInfo(flow.timezone))
    for later in (timedelta(), timedelta(hours=14), timedelta(days=6)):
        yield Given(at=(noon + later).timestamp())
    for name in bundle.lists:
        yield Given(at=noon.timestamp(), lists={name: (Given(at=0.0).caller,)})
    yield Given(at=noon.timestamp(), waits={"route": LONG_WAIT_SECONDS})
    yield Given(at=noon.timestamp(), caller="")


def _distances(flow: Flow, target: str) -> dict[str, int]:
    """How many written exits away from the target each step is."""
    before: dict[str, list[str]] = {}
    for name, step in flow.steps.items():
        for exit_ in exits_of(step):
            before.setdefault(exit_.target, []).append(name)
        if flow.on_error is not None:
            before.setdefault(flow.on_error, []).append(name)
    found, waiting = {target: 0}, deque([target])
    while waiting:
        name = waiting.popleft()
        for earlier in before.get(name, ()):
            if earlier not in found:
                found[earlier] = found[name] + 1
                waiting.append(earlier)
    return found


def _distance(session: Session, step: str, distances: Mapping[str, int]) -> int:
    """From where the call is, in exits; -1 once it has been there."""
    call = session.call
    if call.visits.get(step):
        return -1
    within = call.frames[0].step if call.frames else call.step  # a sub-flow counts as the step that runs it
    return distances.get(within, _FAR)


def _state(session: Session) -> tuple[Any, ...]:
    """What tells apart two calls that may go on in different ways; their clocks do not."""
    call = session.call
    legs = tuple((leg.last.state, leg.last.location) for leg in call.legs.values())
    world = (session.given.at, session.given.caller, tuple(session.given.lists), tuple(session.given.waits))
    done = (call.digits, call.answered, repr(call.outputs), repr(call.variables), frozenset(call.visits))
    return call.status, call.within, call.step, session.lookup, legs, type(call.activity).__name__, world, done


def _following(session: Session, flow: Flow) -> Iterator[Session]:
    """The sessions after each thing that can happen next."""
    if session.lookup is not None:
        for answer in _answers(session.asked):
            yield from _after(session, answer)
        return
    for line in _lines(session, flow):
        yield from _after(session, line)


def _after(session: Session, done: Line | Answer) -> Iterator[Session]:
    following = copy.copy(session)
    following.forget()
    with suppress(Impossible):
        following.answer(done) if isinstance(done, Answer) else following.do(done)
        yield following


def _answers(lookup: Lookup) -> Iterator[Answer]:
    for state in ("found", "not_found", "failed"):
        yield Answer(mark=NOWHERE, state=state)
    yield Answer(
        mark=NOWHERE, state="found", outputs={name: _OUTPUTS[one.type] for name, one in lookup.outputs.items()}
    )


def _lines(session: Session, flow: Flow) -> Iterator[Line]:
    step: Step[Any] | None = flow.steps.get(session.call.step) if not session.call.within else None
    if step is not None:
        yield from (Keys(mark=NOWHERE, digits=digits) for digits in _digits(step.settings))
    for what in _HAPPENINGS:
        yield Happen(mark=NOWHERE, what=what)
    seconds = session.seconds_to_next
    if seconds is not None:
        yield Wait(mark=NOWHERE, seconds=max(seconds, 0.001))
    yield HangUp(mark=NOWHERE)


def _digits(settings: object) -> Iterator[str]:
    """One packet for each pattern of a menu, and one that a collect takes; and one that neither knows."""
    if isinstance(settings, Menu):
        for pattern in settings.targets:
            yield "".join(_SAMPLE.get(sign, sign) for sign in ([pattern] if pattern in _SAMPLE else pattern))
        yield "9" * settings.most_digits
    elif isinstance(settings, Collect):
        length = max(settings.min_length, min(settings.max_length, 4))
        yield "1234567890"[:length] + settings.terminator
