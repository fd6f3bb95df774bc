"""A bundle as the engine sees it: loaded, checked, compiled, immutable.

The loader builds these and guarantees what the engine relies on: every target names an existing step, every
expression has the type its place needs, every reference to audio, groups, people, hours and lists is resolved.
Durations are float seconds.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import msgspec

Value = str | float | int | bool
"""What an expression can yield. Numbers are int or float; lists exist only as operands inside an expression."""


TEXTS = ("text", "phone", "date")
"""Types whose values are texts: a phone holds the digits of a number, a date is 2026-11-30."""


class Scope(Protocol):
    """Where an expression's dotted names get their values during one call; the engine implements it."""

    def value(self, name: str) -> Any:
        """The value of a dotted name such as `caller.number`, `hours.office.open` or `vars.tries`."""

    def contains(self, list_name: str, value: str) -> bool:
        """Whether `value` is in `lists.<list_name>`, remembered entries included."""

    def online(self, extension: str) -> bool:
        """Whether the employee with that extension can take a call, as far as is known."""

    def status(self, extension: str) -> str:
        """The employee's presence: online, dnd, break, offline, dial, or "" when unknown."""


class Expression(Protocol):
    """A checked and compiled expression; implemented in `flow.expressions`."""

    source: str
    type: str  # "text", "number", "bool" or "phone"
    names: frozenset[str]  # every dotted name it reads
    types: Mapping[str, str]  # of the names
    country: str  # in which its numbers are written

    def evaluate(self, scope: Scope) -> Any:
        """The value. Total: never raises for values of the declared types."""

    def explain(self, scope: Scope) -> list[dict[str, Any]]:
        """Each clause with its value, in source order: `[{"clause": "caller.number in lists.vip", "value": False,
        "names": {"caller.number": "79000000000"}}, ...]`; the clauses are the operands of and/or/not, down to
        comparisons and bare names. Clauses that were not evaluated (short circuit) are absent."""

    def evaluate_with_trace(self, scope: Scope) -> tuple[Any, list[dict[str, Any]]]:
        """What `evaluate` and `explain` answer, at the price of one of them."""


class Template(Protocol):
    """A text field with `${dotted.name}` in it; implemented in `flow.expressions`."""

    @property
    def source(self) -> str:
        """As it is written."""

    @property
    def names(self) -> frozenset[str]:
        """Which it holds."""

    @property
    def is_phone(self) -> bool:
        """Whether it is one phone and nothing else, whose digits are those that are dialled."""

    def render(self, scope: Scope) -> str:
        """The text with every name replaced; numbers in their shortest form, booleans as true/false."""


class Mark(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A place in a bundle: file relative to the bundle's directory, line and column counted in characters from 1.

    A struct, not a dataclass: every node of every file has one, so they must be cheap to make.
    """

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """One recording in the cabinet (§3.6.8)."""

    id: int  # internal_id of §3.2.6
    length: float  # seconds
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A named prompt, in one or several languages."""

    name: str  # as in `audio.NAME`
    variants: Mapping[str, Audio]  # language -> recording; the key "" serves every language

    def audio(self, language: str) -> Audio:
        """The recording for `language`, else the language-less one, else the first."""
        found = self.variants.get(language) or self.variants.get("")
        return found if found is not None else next(iter(self.variants.values()))


EMPLOYEES = ("extension", "person")
"""Kinds of destinations that have a presence: `online_only` skips those who are away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One entry of a `to`: `extension 101`, `person operator`, `group sales`, `number 7495...`, `sip user@domain`."""

    kind: str  # extension, person, group, number, sip
    name: Template  # what stands behind the kind, e.g. "101", "${digits}", "operator"
    numbers: Mapping[str, str] = field(default_factory=dict)  # person or group NAME -> its extension


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """`no_input` or `no_match` of a menu or a collect."""

    goto: str | None  # the exit; None when not written (then on_error)
    prompts: tuple[Prompt, ...] = ()  # empty: the menu's own prompt is played again
    max: int = 0  # how many re-prompts before `goto` is taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One line of a switch."""

    when: Expression | None  # None is `else`
    goto: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    cases: tuple[Case, ...]  # the last one is `else`


class Keys(Protocol):
    """Key patterns as a trie; implemented in `flow.resources.key_patterns`."""

    @property
    def patterns(self) -> tuple[str, ...]:
        """As written, `star` and `pound` apart."""

    def match(self, digits: str) -> tuple[str | None, bool]:
        """(exact, more): the pattern that `digits` matches exactly (most specific first) or None, and whether a
        longer input could still match another pattern. (None, False) means no match is possible any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    prompts: tuple[Prompt, ...]
    first_digit: float
    next_digit: float
    keys: Keys
    targets: Mapping[str, str]  # pattern -> step
    no_input: Retry
    no_match: Retry


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    into: str  # the variable
    prompts: tuple[Prompt, ...]
    first_digit: float
    next_digit: float
    min_length: int
    max_length: int
    terminator: str  # "#", "*" or ""
    keys: Keys | None  # the `pattern`, if one is given
    secret: bool
    no_input: Retry
    no_match: Retry


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    prompts: tuple[Prompt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    to: tuple[Destination, ...]
    ring: tuple[float, ...]  # for each of `to`: seconds from the first Appeared; 0, or none at all: as the PBX has it
    high_priority: bool = False
    online_only: bool = False
    display_name: Template | None = None
    hold: Prompt | None = None  # keeps the caller while the route waits; None is the flow's


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    to: tuple[Destination, ...]
    method: str  # blind or hold
    by: Template | None  # the employee's extension; None is the one on the leg


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    connected: str | None = None
    held: tuple[float, str] | None = None  # (seconds, step)
    talking: tuple[float, str] | None = None
    ended: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    seconds: float | None = None  # exactly one of the two is set
    until: str | None = None  # a name in Bundle.hours: until it opens


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVariables:
    values: Mapping[str, Expression | Template]  # in the order written


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    to: Template
    sender: Template  # `from`: an employee's extension (from_extension of §3.2.4)
    text: Template
    sender_name: Template | None = None  # `sms_sender`


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Starts recording the leg (§3.2.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One named result of a lookup; its value is `STEP.NAME`."""

    name: str
    type: str  # text, number, bool, date, phone
    path: str  # a JMESPath into the answer, or the column of a table
    default: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A lookup's request. Names in the URL are percent-encoded, secrets stay names until it is sent."""

    method: str  # GET, POST, PUT, PATCH
    url: Template  # its scheme and host are literal text
    headers: Mapping[str, Template] = field(default_factory=dict)
    json: Any = None  # None, or a tree of dict, list, Template (text fields) and literal values


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """Asks somebody else: exactly one of http, api, table and known is set."""

    http: HttpRequest | None = None
    api: str = ""  # a method's path, e.g. queries/user_info_by_dct_number
    arguments: Mapping[str, Template] = field(default_factory=dict)  # `with` of an api lookup
    table: str = ""  # a name in Bundle.tables
    known: str = ""  # a key of KNOWN_LOOKUPS
    key: Expression | None = None  # of a table or known lookup, text: what to find there
    timeout: float = 2.0
    cache: float = 0.0  # seconds an answer may be used again; 0 asks every time
    stale_on_error: bool = False  # an older answer is better than none
    outputs: Mapping[str, Output] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Shares of callers. Branches are steps; weights add up to more than 0."""

    branches: tuple[tuple[str, int], ...]  # (step, weight), in the order written
    sticky: Expression | None = None  # equal values always take the same branch


@dataclass(frozen=True, slots=True, kw_only=True)
class Remember:
    value: Template
    list_name: str  # a list with `keep`


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Enters a sub-flow at its start; what it returns leaves the step by that name."""

    flow: str
    arguments: Mapping[str, Expression | Template]  # `with`: variables of the sub-flow, typed as SetVariables


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    exit: str  # `as`
    values: Mapping[str, Expression | Template]  # `with`: become STEP.NAME of the step that ran it


NEEDS_CALLER: Final = frozenset({"menu", "collect", "play", "route", "transfer", "hangup", "watch", "record"})
"""Verbs that have nothing to do once the call is over."""

RESULT_SECONDS: Final = 5.0
"""How long `sms`, `callback`, `callback_group` and `record` wait for their result once the PBX accepted the request."""


EMPLOYEE_SECONDS: Final = 10.0
"""How long a `task` waits for the id of the employee whom it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """`callback` (§3.2.1), `callback_group` (§3.2.2) and `task` (§4.2): a command with text fields as parameters."""

    parameters: Mapping[str, Template]  # wire name, dotted for nested ones ("from.extension") -> its text
    numbers: frozenset[str] = frozenset()  # those that the wire wants as integers
    has_result: bool = True  # its outcome is pushed; else the HTTP answer is the outcome (§4.2)
    needed: tuple[str, ...] = ()  # without them there is no command
    has_group_side: bool = False  # exactly one of `from` and `to` is a group (§3.2.2)
    employee: str = ""  # the parameter that wants an employee's id, and holds the extension to find it by

    @property
    def wait_seconds(self) -> float:
        """How long its step may take once the request is accepted, or before it is made."""
        if self.has_result:
            return RESULT_SECONDS
        return EMPLOYEE_SECONDS if self.employee else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    url: Template  # its scheme and host are literal text
    data: Any  # a tree of dict, list, Template and literal values


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A CSV file with a header."""

    columns: tuple[str, ...]
    rows: Mapping[str, Mapping[str, str]]  # key -> column -> text; of two rows with one key the first counts
    dates: Mapping[str, str] = field(default_factory=dict)  # 2026-11-30 -> the key that is this day in another form
    numbers: Mapping[str, str] = field(
        default_factory=dict
    )  # 79261234567 -> the key that is this number in another form

    def find(self, key: str, kind: str) -> Mapping[str, str] | None:
        """The row of a key; `kind` is the type of what is looked up: a phone is found however the table writes it."""
        row = self.rows.get(key)
        if row is not None:
            return row
        other = self.dates.get(key) or (self.numbers.get(key) if kind == "phone" else None)
        return None if other is None else self.rows[other]


Verb = (
    Switch | Menu | Collect | Play | Route | Transfer | Hangup | Release | Watch | Wait | SetVariables | Sms
    | Record | Lookup | Split | Remember | Run | Return | Callback | Notify
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One named step. `exits` holds what `next` and `on` say: exit name, code ("4101") or class ("32xx") -> step."""

    name: str
    verb: str  # as written: "menu", "route", ...
    settings: Verb
    exits: Mapping[str, str]
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    name: str
    type: str  # text, number, bool, date, phone
    default: Value
    secret: bool = False  # collected with `secret: true` somewhere


class Hours(Protocol):
    """Opening hours; implemented in `flow.resources.hours`. Instants are Unix seconds."""

    def is_open(self, at: float) -> bool: ...

    def opens_at(self, at: float) -> float | None:
        """The next instant at or after `at` when it is open; None when there is none within 400 days."""

    timezone: str


class NumberList(Protocol):
    """A list of numbers and masks (`flow.resources.number_lists`), searched in time linear in the number's length."""

    keep_seconds: float | None  # for a list filled by `remember`

    def __contains__(self, number: object) -> bool: ...

    def __len__(self) -> int: ...

    def numbers(self) -> Collection[str]:
        """The entries that are one number or address each; masks are not among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Takes:
    """A flow's `for`."""

    lines: tuple[str, ...] = ()  # empty with any_line
    line_list: str | None = None  # `lines: lists.x`
    any_line: bool = False  # `for: any`, the fallback
    location: str | None = None  # ivr, queue, abonent


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    name: str
    takes: Takes | None  # None for a sub-flow
    start: str
    steps: Mapping[str, Step]
    variables: Mapping[str, Variable] = field(default_factory=dict)
    timezone: str = "Europe/Moscow"
    window: float = 30.0  # seconds that the PBX's scheme keeps a caller if we send nothing
    hold: Prompt | None = None
    language: Expression | None = None
    budget_steps: int = 200
    budget_seconds: float = 1800.0  # talking time apart
    on_error: str | None = None
    on_end: str | None = None
    outputs: Mapping[str, Output] = field(default_factory=dict)  # "verify.ok" -> of its lookups and runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    version: str  # hash of the parsed content
    flows: Mapping[str, Flow]
    prompts: Mapping[str, Prompt] = field(default_factory=dict)
    hours: Mapping[str, Hours] = field(default_factory=dict)
    lists: Mapping[str, NumberList] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    by_line: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # literal line -> flow names
    country: str = "RU"  # in which its numbers are written, an ISO code
    collects_secrets: bool = False  # a step takes what is typed in secret, so nothing is stored that no step took

    def flow_for(self, line: str, locations: Iterable[str]) -> Flow | None:
        """The flow that takes a new call on `line` which is at one of `locations` ("ivr", "queue", "abonent").

        A flow that names the line wins over one that has it in a list, and both over the fallback.
        """
        places = tuple(locations)
        for name in self.by_line.get(line, ()):
            if _fits(self.flows[name], places):
                return self.flows[name]
        fallback = None
        for flow in self.flows.values():
            takes = flow.takes
            if takes is None or not _fits(flow, places):
                continue
            if takes.line_list is not None and line in self.lists[takes.line_list]:
                return flow
            if takes.any_line:
                fallback = fallback or flow
        return fallback


def _fits(flow: Flow, places: tuple[str, ...]) -> bool:
    takes = flow.takes
    return takes is not None and (takes.location is None or takes.location in places)
