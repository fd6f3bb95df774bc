"""What one row of the catalogue says about a method of the API, and the limits that methods share (§1.4).

A limit is "at most N requests in any M seconds" for one api key. A request occupies a slot in each of its method's
windows at once; every request to the PBX occupies one in the window "all", every one to the contact centre one in
"cc all". The document does not say whether a method's own limit replaces the one of all requests: we keep both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["command", "report", "query", "change", "link"]
"""How a method answers and what asking it does.

command: accepted at once, bears our `command_id`, its outcome is pushed; report: gives a key, and what is fetched by it
is ready later; query: tells and changes nothing; change: done when it is answered; link: a GET that leads to a file.
"""

Answer = Literal["json", "csv", "redirect"]

PBX: Final = "vpbx"
CONTACT_CENTRE: Final = "cc"

LOCAL: Final[Mapping[str, str]] = {"fields": "The columns that the report was asked for with; not sent."}
"""Parameters that the client needs to read an answer, and the PBX does not take."""

BOTH_PROFILES: Final = frozenset({"2021", "2026"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `count` requests in any `seconds`."""

    window: str  # requests of all methods that name the same window share its slots
    count: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of the API."""

    name: str  # as in the outbox and in flows: "route", "play/start", "config/users/request"
    title: str  # what it does, in a few words
    section: str  # of the specification: "§3.2.7"; "2026" for what the later document adds
    base: str  # whose API it is: PBX or CONTACT_CENTRE
    path: str  # behind that API's base URL, as we send it: "commands/route"
    spellings: tuple[str, ...] = ()  # other paths under which the document has it; a slash at the end never counts
    kind: Kind
    answer: Answer = "json"
    limits: tuple[Limit, ...]  # the document's, the one of all requests first
    limits_2026: tuple[Limit, ...] = ()  # the same in profile 2026, where it differs
    repeatable: bool  # doing it twice does no harm, so an unclear outcome may be tried again
    local: tuple[str, ...] = ()  # parameters for the client alone, of LOCAL: they are not sent
    needs_call: bool = False  # has a call_id, and is worth nothing once that leg has moved on
    result_path: str = ""  # where its outcome is pushed: "result/route"; "" when the HTTP answer is the outcome
    follow: str = ""  # the method that goes on from its answer: by `key` of a report, by `state.cursor` of a page
    rows: str = ""  # the field of the answer that holds a list, where that is what one asks for
    profiles: frozenset[str] = BOTH_PROFILES  # those of MANGO_PROFILE that have it
    codes: tuple[str, ...] = ()  # what the document says that it may come to, besides 1000; codes or classes
    note: str = ""  # where the document contradicts itself, and what we make of it

    @property
    def has_result(self) -> bool:
        """Whether an outcome is pushed after the HTTP answer, for the `command_id` that the request bears."""
        return self.kind == "command"

    @property
    def identifier(self) -> str:
        """The name as one word: "config_users_request"."""
        return self.name.replace("/", "_")

    @property
    def schema(self) -> str:
        """For `load_schema`: the shape of the request's json, or of a link's parts."""
        return f"api/{self.identifier}.request"

    @property
    def response_schema(self) -> str:
        """For `load_schema`: the shape of the answer; of CSV, its rows as objects."""
        return f"api/{self.identifier}.response"

    def limits_in(self, profile: str) -> tuple[Limit, ...]:
        """The limits of a profile, "2021" or "2026"."""
        return self.limits_2026 or self.limits if profile == "2026" else self.limits
