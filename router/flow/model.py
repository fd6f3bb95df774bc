"""A bundle as the engine sees it: loaded, checked, compiled, immutable.

The loader builds these and guarantees what the engine relies on: every target names an existing step, every
expression has the type its place needs, every reference to audio, groups, people, hours and lists is resolved.
Durations are float seconds.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec

from router.flow.resources.packed_texts import TableRows

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

    def chosen(self, name: str, what: str) -> Any:
        """What of the opening hours that are called so: `open`, `opens_in`, ...; closed when there are none."""

    def in_chosen(self, list_name: str, value: str) -> bool:
        """The same as `contains`, of a list that there may not be: then it is empty."""

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


PROFILE, VALUE, ADDRESS = "profile", "value", "address"
"""What a bundle may need of its account: an edition of the vendor's document, a value, a value that is an address."""


class Need(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the account's configuration has to have for a bundle, and where the bundle says so."""

    kind: str  # PROFILE, VALUE, ADDRESS
    name: str  # the verb that needs a profile, or the value
    mark: Mark
    profiles: tuple[str, ...] = ()  # of which one will do


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

    def recording(self, language: str) -> tuple[str, int, float]:
        """(how tests and traces call it, id, seconds) of the recording for `language`, else of the language-less one,
        else of the first: `audio.welcome.ru`."""
        variants = self.variants
        variant = language if language in variants else "" if "" in variants else next(iter(variants))
        audio = variants[variant]
        return f"audio.{self.name}.{variant}" if variant else f"audio.{self.name}", audio.id, audio.length

    def recordings(self) -> Iterable[Audio]:
        """All of them."""
        return self.variants.values()

    @property
    def length(self) -> float:
        """Seconds in the language in which it is the longest."""
        return max(audio.length for audio in self.variants.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSet:
    """Recordings by the texts that they stand for: one is chosen, or one is played for each character."""

    name: str  # as in `audio.NAME[...]`
    each: bool
    entries: Mapping[str, Prompt]  # each called NAME[TEXT]
    other: Prompt | None = None  # `else`: for what has no entry

    def recordings(self) -> Iterable[Audio]:
        """All of them."""
        prompts = [*self.entries.values(), *([self.other] if self.other is not None else [])]
        return [audio for prompt in prompts for audio in prompt.variants.values()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A prompt that speaks data: `audio.digit[${order.number}]`."""

    set: PromptSet
    text: Template

    @property
    def name(self) -> str:
        """As it is written behind `audio.`."""
        return f"{self.set.name}[{self.text.source}]"

    @property
    def most(self) -> int:
        """How many recordings are played at most."""
        return MOST_SPOKEN if self.set.each else 1

    @property
    def length(self) -> float:
        """Seconds at most."""
        others = [self.set.other] if self.set.other is not None else []
        return self.most * max(entry.length for entry in (*self.set.entries.values(), *others))

    @property
    def may_be_silent(self) -> bool:
        """Whether there can be nothing to play."""
        return self.set.each or self.set.other is None


MOST_SPOKEN: Final = 32
"""Characters of a text for which recordings are played; nobody listens to more."""

Sayable = Prompt | Spoken
"""What a step plays."""


EMPLOYEES = ("extension", "person")
"""Kinds of destinations that have a presence: `online_only` skips those who are away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One entry of a `to`: `extension 101`, `person operator`, `group sales`, `number 7495...`, `sip user@domain`."""

    kind: str  # extension, person, group, number, sip
    name: Template  # what stands behind the kind, e.g. "101", "${digits}", "operator"
    numbers: Mapping[str, str] = field(default_factory=dict)  # person or group NAME -> its extension


class Keys(Protocol):
    """Key patterns as a trie; implemented in `flow.resources.key_patterns`."""

    @property
    def patterns(self) -> tuple[str, ...]:
        """As written, `star` and `pound` apart."""

    def match(self, digits: str) -> tuple[str | None, bool]:
        """(exact, more): the pattern that `digits` matches exactly (most specific first) or None, and whether a
        longer input could still match another pattern. (None, False) means no match is possible any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One named result of a lookup; its value is `STEP.NAME`."""

    name: str
    type: str  # text, number, bool, date, phone
    path: str  # a JMESPath into the answer, or the column of a table
    default: Value


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Table:
    """A CSV file with a header."""

    columns: tuple[str, ...]
    rows: TableRows  # key -> column -> text; of two rows with one key the first counts
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a verb is told at its step; each verb's own settings stand in `flow.verbs`."""


S_co = TypeVar("S_co", bound=Settings, covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[S_co]):
    """One named step. `exits` holds what `next` and `on` say: exit name, code ("4101") or class ("32xx") -> step."""

    name: str
    verb: str  # as written: "menu", "route", ...
    settings: S_co
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
    steps: Mapping[str, Step[Any]]
    variables: Mapping[str, Variable] = field(default_factory=dict)
    timezone: str = "Europe/Moscow"
    window: float = 30.0  # seconds that the PBX's scheme keeps a caller if we send nothing
    hold: Prompt | None = None
    language: Expression | None = None
    budget_steps: int = 200
    budget_seconds: float = 1800.0  # talking time apart
    on_error: str | None = None
    on_end: str | None = None
    finally_: str | None = None  # runs last, however the call ended
    outputs: Mapping[str, Output] = field(default_factory=dict)  # "verify.ok" -> of its lookups and runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    version: str  # hash of the parsed content
    flows: Mapping[str, Flow]
    prompts: Mapping[str, Prompt | PromptSet] = field(default_factory=dict)
    hours: Mapping[str, Hours] = field(default_factory=dict)
    lists: Mapping[str, NumberList] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    by_line: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # literal line -> flow names
    country: str = "RU"  # in which its numbers are written, an ISO code
    collects_secrets: bool = False  # a step takes what is typed in secret, so nothing is stored that no step took
    needs: tuple[Need, ...] = ()  # of the account
    types_ahead: bool = False  # a step takes what was typed before it began

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
