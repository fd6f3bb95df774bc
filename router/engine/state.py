"""The state of one call (a journey, by `entry_id`), and what a step of the engine answers.

All of it is serialisable: between two events the state exists only as bytes in the store (`engine.codec`). All of it is
immutable but for the fields of `Call`, which only a turn of the engine sets, in a copy of its own. Instants are Unix
seconds (float), handed in by the caller; nothing here reads a clock.
"""

from typing import Any, Final

import msgspec

from router.engine.effects import Effect
from router.protocol.events import DigitsCollected, JourneyEnded, LegChanged

# Where a journey stands.
UNTAKEN: Final = "untaken"  # no flow has it (yet): recorded only
RUNNING: Final = "running"  # a step is in control
RESTING: Final = "resting"  # answered, and nothing is left to do until the call ends
LEAVING: Final = "leaving"  # our hangup was sent; only the end is awaited
CLOSING: Final = "closing"  # the call has ended and `on_end` runs
RELEASED: Final = "released"  # let go of; recorded until it ends
ENDED: Final = "ended"  # over; later events are recorded and left alone

OUTCOMES: Final = ("answered", "hung_up", "released", "missed")

LIVE: Final = frozenset({RUNNING, RESTING, LEAVING, CLOSING})
"""A flow has such a call now."""


TAKEN: Final = 1
LEFT: Final = 2
"""How sure a folded leg makes it that the caller is no longer where it took him from: it was a phone that rang, and a
queue keeps its caller meanwhile; or it was a conversation or a menu. 0: it did not carry the caller."""

IN_CONTROL: Final = frozenset({RUNNING, CLOSING})  # its current step hears what happens


class Leg(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One leg, as the highest seq tells it."""

    last: LegChanged
    first_seen: float
    connected_at: float = 0.0
    ended_at: float = 0.0


class Held(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event that waits for the ones before it."""

    seq: int
    event: LegChanged | DigitsCollected | JourneyEnded
    received: float
    sealed: bool = False  # its digits are


class Counter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of the PBX's counters: the seq that is due next, and what came too early."""

    next: int = 1
    held: tuple[Held, ...] = ()


class Pending(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The command that the current step waits for."""

    command_id: str
    command: str  # route, play/start, call/hangup, transfer, sms
    call_id: str = ""
    phase: str = "queued"  # queued, sent (answered by HTTP), done (its result or its effect is known)
    sent_at: float = 0.0
    seconds: float = 0.0  # a play's length


class Activity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the current step is doing. One shape for all verbs; each verb's module says which fields it uses."""

    phase: str = ""  # a verb's own word for where it is
    prompts: tuple[tuple[str, int, float], ...] = ()  # still to be played: (label, id, seconds)
    silences: int = 0  # re-prompts after no input
    mismatches: int = 0  # re-prompts after no match
    buffer: str = ""  # digits collected so far
    attempt: int = -1  # index into the destinations of a route or transfer
    routed_call_id: str = ""  # the leg that the attempt was made for
    routed_before: tuple[str, ...] = ()  # the legs that it was made for at first, for the same destination
    routed_seq: int = 0  # its counter when the command was queued
    command_ids: tuple[str, ...] = ()  # commands of the attempt
    refused: str = ""  # the command of the attempt of which the PBX said that it was not carried out
    legs: tuple[str, ...] = ()  # legs of the attempt
    again: int = 0  # how often that destination was tried anew, on another leg of the caller's
    outcome: str = ""  # of the last leg of the attempt that ended
    reason: int = 0  # the disconnect_reason that says so
    since: float = 0.0  # when the phase began
    initiator: str = ""  # who transfers, the value sent
    hold: str = ""  # command_id of the prompt that buys time for the pending command
    hold_seconds: float = 0.0  # how much time that prompt buys
    held_before: float = 0.0  # until when the PBX held the caller before the step's prompt was sent
    request: str = ""  # request_id of the lookup that is under way


class Frame(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A flow that waits for the sub-flow that one of its steps runs."""

    flow: str
    step: str  # the `run` step
    variables: dict[str, Any] = {}
    outputs: dict[str, Any] = {}


class Takeover(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person's command that has the call: the flow rests until it is seen what came of it (`engine.takeover`)."""

    command_id: str  # of its first request, as its giver knows it
    command: str  # route, transfer, call/hangup
    params: dict[str, Any]  # without the ids
    then: str  # what follows when nobody answers: resume, release, or a step
    rested: bool = False  # the flow rested before
    budget_left: float = 0.0  # seconds that the flow still had
    requests: int = 0  # how many were made for it: a leg may end under one
    interrupted: Activity | None = None  # what the step was doing
    waited: Pending | None = None  # the command that it waited for, if the PBX has taken it
    dialled: str = ""  # whom it had dialled


UNKNOWN: Final = "unknown"
"""The kind of a result of which nobody knows whether the command was carried out."""


class Summary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the summary tells of a journey, but for who called whom (§3.1.5); Unix seconds, 0 for what never was."""

    created: int = 0
    forwarded: int = 0  # when the caller left the voice menu; of other calls when it began
    answered: int = 0
    ended: int = 0
    result: int = 0  # 1 when a conversation took place
    direction: int = 0  # 0 internal, 1 incoming, 2 outgoing
    reason: int = 0  # disconnect_reason


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`result.code` and `result.kind` of the last command; `kind` is "" while nothing is known of it."""

    code: int = 0
    kind: str = ""


class Call(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The whole state of one journey. Read only, for all but `engine.step_context`: a step answers a new one."""

    account: str
    entry_id: str
    token: str  # unique to the call; command ids are made of it
    started: float
    status: str = UNTAKEN
    flow: str = ""
    version: str = ""
    ended: float = 0.0
    outcome: str = ""  # answered, hung_up, released, missed; "" while undecided
    untaken: str = ""  # why no flow has taken it, for people
    # who calls whom
    direction: str = ""
    caller_number: str = ""
    caller_extension: str = ""
    line: str = ""
    dct_number: str = ""
    dct_type: int = 0
    sip_call_id: str = ""
    group: str = ""  # extension of the group through which the caller goes, the latest one
    task_id: str = ""
    callback_initiator: str = ""
    answered_by: str = ""  # who was the first to talk to the caller: an extension, or a number
    recording_id: str = ""  # of the latest recording
    recording_ids: tuple[str, ...] = ()  # of all, in the order in which they were told
    end_reason: int = 0  # disconnect_reason of the journey, once it is over
    summary: Summary | None = None  # None until it has come
    menu: str = ""  # the PBX's own menu item of the last digits, e.g. "ivr.2"
    # the PBX's side
    legs: dict[str, Leg] = {}
    counters: dict[str, Counter] = {}
    leg: str = ""  # call_id of the leg that the caller is on now
    ours: tuple[str, ...] = ()  # call_ids of the legs that our commands made, whatever became of them
    folded: int = 0  # legs that are over and no longer kept here (`engine.ended_legs`)
    left: dict[str, int] = {}  # call_id -> TAKEN, LEFT or 0, by a folded leg that was taken from there
    hold_until: float = 0.0  # until when the PBX keeps the caller if we send nothing
    last_news: float = 0.0
    asked: float = 0.0  # when the PBX's statistics were asked what became of the call, since there was no news
    over_at: float = 0.0  # when it ended, as they tell
    takeover: Takeover | None = None  # a person has the call, and `step` is the one that was interrupted
    given: tuple[str, ...] = ()  # ids that people chose for their commands
    # the flow's side
    within: str = ""  # the sub-flow that is in control; "" for the flow that took the call
    frames: tuple[Frame, ...] = ()  # those that wait for it, the first one outermost
    outputs: dict[str, Any] = {}  # "verify.ok" -> value, of the lookups and runs of the flow in control
    step: str = ""
    entered: float = 0.0
    activity: Activity | None = None
    pending: Pending | None = None
    variables: dict[str, Any] = {}
    exit: str = ""  # by which the step was left; "" while it is in control
    visits: dict[str, int] = {}  # step -> times entered; of a sub-flow "flow.step"
    digits: str = ""
    typed: str = ""  # what a step that listens may still take, sealed where secrets are collected
    number_ended: float = 0.0  # when keys were taken that may have a # behind them; 0: none, or another key has come
    last_command: str = ""  # command_id of the one that `result` tells of
    result: Result = Result()
    timers: dict[str, float] = {}  # name -> instant
    steps_taken: int = 0
    talked: float = 0.0  # seconds of finished conversations
    rang: float = 0.0  # seconds during which a phone rang, until none did
    ringing_since: float = 0.0  # since when one does; 0 for none
    commands_made: int = 0
    notifications_made: int = 0
    answered: bool = False
    failed_once: bool = False  # on_error was taken
    end_started: bool = False  # on_end was entered
    finishes: bool = False  # its flow has a `finally` that is still to run
    clock_shift: float | None = None  # how far the database's clock had been set when it was saved; None: nobody knows

    def holds_with(self, command_id: str) -> bool:
        """Whether a command is the prompt that buys time for the one that the step waits for."""
        return self.activity is not None and bool(command_id) and self.activity.hold == command_id

    @property
    def pins_version(self) -> bool:
        """Whether a flow has something to do for it, now or when it is over."""
        return self.status in LIVE or self.finishes

    @property
    def wake_at(self) -> float | None:
        """The earliest timer, or None."""
        return min(self.timers.values()) if self.timers else None


class TimerFired(msgspec.Struct, frozen=True, kw_only=True, tag="timer"):
    """A timer of the call is due. The state decides which: every timer due at `now` is taken."""

    entry_id: str


class CommandAnswered(msgspec.Struct, frozen=True, kw_only=True, tag="answered"):
    """The PBX took a command (HTTP 200). It is not the outcome (PROTOCOL.md, B)."""

    entry_id: str
    command_id: str
    sent_at: float


class CommandConcluded(msgspec.Struct, frozen=True, kw_only=True, tag="concluded", omit_defaults=True):
    """We know ourselves how a command ended, before any push: refused, expired, or unclear."""

    entry_id: str
    command_id: str
    state: str  # failed, expired, unknown
    code: int = 0  # of a refusal, 0 when there is none
    reason: str = ""  # for people


class Reconciled(msgspec.Struct, frozen=True, kw_only=True, tag="reconciled", omit_defaults=True):
    """What the PBX's statistics tell of a call of which nothing else told any more (§3.3.3)."""

    entry_id: str
    state: str  # ended; unknown, there is no such call among those that have ended; failed, they could not be had
    ended: float = 0.0  # Unix seconds
    answered: bool = False
    disconnect_reason: int = 0
    reason: str = ""  # of a failure, for people


class LookupFinished(msgspec.Struct, frozen=True, kw_only=True, tag="lookup", omit_defaults=True):
    """A lookup came to its end. Values are typed as its outputs say; those that did not come are absent."""

    entry_id: str
    request_id: str
    state: str  # found, not_found, failed
    outputs: dict[str, Any] = {}  # name -> value
    reason: str = ""  # for people; never a secret
    cached: bool = False  # the answer is an older one
    notes: dict[str, str] = {}  # name -> what of its value did not fit, and why; never a secret


class CommandGiven(msgspec.Struct, frozen=True, kw_only=True, tag="given", omit_defaults=True):
    """A person, or a program of the company's own, commands what is to become of the call."""

    entry_id: str
    command_id: str
    command: str  # any of §3.2 and the task of §4.2
    call_id: str = ""  # "" for commands that need no live call
    params: dict[str, Any] = {}  # the request's json but for the ids
    then: str = "resume"  # what the flow does when nobody answers: resume, release, or one of its steps
    actor: str = ""  # who gave it
    reason: str = ""  # why, in the actor's words


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a call's trace.

    kinds: `event` (kind, call_id, seq, state, lateness: in order, early, late, gap, orphan, ignored), `entered`
    (step, verb, visit), `left` (step, verb, exit, goto, why, clauses), `command` (command_id, command, label),
    `timer` (name, due, done: set, fired, cancelled), `manual` (command_id, done: given, or what came of it; command,
    call_id, actor, reason, then, why), `note` (text).
    """

    at: float
    kind: str
    data: dict[str, Any]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one event did: the new state, what to do, and why."""

    call: Call
    effects: tuple[Effect, ...] = ()
    trace: tuple[Entry, ...] = ()
    kept_digits: str | None = None  # how the digits of the event are stored; None: as they came
    folded: tuple[str, ...] = ()  # the legs that left the state with it
