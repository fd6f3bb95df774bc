"""What stands in `pbx.yaml`, typed: what the model of the PBX is set up with, and what the emulator adds to it.

Everything here is immutable and already checked: a target exists, an audio file has a length, a duration is in
seconds. Habits and faults are data too, so that they can be changed while calls are up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from router.emulator import line_kinds
from router.pbx.setup import Setup

PROOF: Final = "emulator"
"""What an emulator signs to show whose it is (`GET /emulator`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What the real PBX does every day. Shares are probabilities."""

    late_legs: float = 0.05  # the share of legs that appear only after `late_leg_seconds`
    late_leg_seconds: float = 3.0
    nameless_legs: float = 0.1  # the share of legs that do not name the command that made them
    originless_legs: float = 0.0  # the share of legs at phones and in queues that do not name the leg before (§3.1.1)
    blind_from_changes: bool = True  # a blind transfer's leg names the employee first and the caller with seq 2
    result_spread_seconds: float = 0.3  # a result comes up to so long after the command, before or after its events
    jitter_seconds: float = 0.03  # notifications are sent in parallel: each one takes up to so long more
    ivr_connects: bool = False  # a leg in the menu goes on to Connected
    many_json_styles: bool = True  # spaces and escapes, as different peers write them


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong on demand. Shares are probabilities; all are off unless asked for."""

    seed: int = 0
    reorder: float = 0.0  # notifications held back so that later ones overtake them
    reorder_seconds: float = 0.2
    duplicate: float = 0.0  # sent twice
    delay: float = 0.0
    delay_seconds: float = 2.0
    drop: float = 0.0  # never sent
    error: float = 0.0  # a command answered with 502 and not carried out
    time_out: float = 0.0  # a command carried out and not answered
    time_out_seconds: float = 30.0
    limit: float = 0.0  # a command answered with 503, as another user of the key would cause it
    slow_results: float = 0.0
    slow_result_seconds: float = 5.0
    early_results: float = 0.0  # the result is pushed before the command's HTTP answer
    refused_results: float = 0.0  # a command accepted, and refused in its result with one of the document's codes
    undelivered: float = 0.0  # a message sent, and reported as 43xx
    numbers_as_text: float = (
        0.0  # notifications whose numbers are text, as in the document's examples; no PBX was seen to
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ForcedResult:
    """What a request comes to, whatever the PBX would have made of it; see `forced_results`."""

    code: int
    times: int | None = None  # for so many requests; None is for all
    at_once: bool = False  # in the HTTP answer of a command, in place of its result
    params: Mapping[str, str] = field(default_factory=dict)  # only requests with these parameters, by dotted name


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxConfig(Setup):
    """The whole of `pbx.yaml`."""

    line_schemes: Mapping[str, str]  # line -> the name of its scheme
    audio_names: Mapping[str, str] = field(default_factory=dict)
    scheme_texts: Mapping[str, str] = field(default_factory=dict)  # what the cabinet says about a scheme
    profile: str = "2021"  # of the document: "2021" or "2026"
    seeds: Mapping[str, Any] = field(default_factory=dict)  # the file as it is written: what the state starts from
    results: Mapping[str, tuple[ForcedResult, ...]] = field(default_factory=dict)  # by method, see `forced_results`
    habits: Habits = Habits()
    faults: Faults = Faults()

    def outgoing_line(self, wanted: str) -> str | None:
        """DID and 7800 numbers by their number, active SIP lines by the name that the cabinet gives them."""
        return line_kinds.outgoing(self.lines, self.seeds, wanted)
