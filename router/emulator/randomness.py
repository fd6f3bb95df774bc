"""Everything about the PBX that an outsider cannot foresee, drawn from seeded generators.

Habits are on by default, faults on demand (`config.Habits`, `config.Faults`). The model asks here and never draws
itself, so one seed gives one course of events on a virtual clock.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, Final, Literal

from router.emulator.config import Faults, Habits
from router.emulator.forced_results import DELIVERY, DELIVERY_CODES, ForcedResultBook, codes_of
from router.emulator.pbx_answers import DONE

Fault = Literal["error", "time_out", "limit", ""]

_TEXT_OR_NUMBER: Final = frozenset({"timestamp", "seq", "result", "disconnect_reason", "reason"})


class Randomness:
    """The draws; implements `pbx.decisions.Decisions`.

    `habits` and `faults` may be exchanged at any time; a new seed starts the faults' draws anew. What is forced is not
    drawn.
    """

    def __init__(self, habits: Habits, faults: Faults, forced: ForcedResultBook) -> None:
        self.habits = habits
        self._forced = forced
        self._draw_habits = Random(f"habits {faults.seed}")
        self.faults = faults
        self._draw_faults = Random(f"faults {faults.seed}")

    def set_faults(self, faults: Faults) -> None:
        """Use these faults from now on."""
        self.faults = faults
        self._draw_faults = Random(f"faults {faults.seed}")

    @property
    def ivr_connects(self) -> bool:
        """A habit."""
        return self.habits.ivr_connects

    @property
    def blind_from_changes(self) -> bool:
        """A habit."""
        return self.habits.blind_from_changes

    def moment_seconds(self, usual: float) -> float:
        """Small steps inside the PBX take the time that they usually take."""
        return usual

    def leg_delay_seconds(self) -> float:
        """How long the PBX takes to put up a new leg; now and then it is late."""
        late = self._draw_habits.random() < self.habits.late_legs
        return self.habits.late_leg_seconds if late else self._draw_habits.uniform(0.02, 0.15)

    def is_nameless(self) -> bool:
        """Whether a leg keeps quiet about the command that made it."""
        return self._draw_habits.random() < self.habits.nameless_legs

    def is_originless(self) -> bool:
        """Whether a leg keeps quiet about the one that the caller was taken from. Draws nothing while none does."""
        share = self.habits.originless_legs
        return share > 0 and self._draw_habits.random() < share

    def result_delay_seconds(self) -> float:
        """How long after its command a result is pushed: sometimes before the events, sometimes after (§3.2)."""
        slow = self._draw_faults.random() < self.faults.slow_results
        return (self.faults.slow_result_seconds if slow else 0.0) + self._draw_habits.uniform(
            0.0, self.habits.result_spread_seconds
        )

    def is_result_early(self) -> bool:
        """Whether the result is pushed before the command's HTTP answer is given."""
        return self._draw_faults.random() < self.faults.early_results

    def refusal(self, codes: Sequence[int]) -> int | None:
        """The code of `codes` with which a command is refused that was accepted; None when nothing goes wrong."""
        return self._drawn(self.faults.refused_results, codes)

    def delivery_code(self, params: Mapping[str, Any]) -> int:
        """What is reported of a message that was sent: 1000, or why it did not arrive (§3.1.2)."""
        forced = self._forced.take(DELIVERY, params)
        return (
            forced.code
            if forced is not None
            else self._drawn(self.faults.undelivered, codes_of(DELIVERY_CODES)) or DONE
        )

    def _drawn(self, share: float, codes: Sequence[int]) -> int | None:
        return self._draw_faults.choice(codes) if share and self._draw_faults.random() < share else None

    def delivery_delays_seconds(self) -> list[float]:
        """One delay for each copy of a notification that is sent: usually one, none when it is lost."""
        faults, draw = self.faults, self._draw_faults
        if draw.random() < faults.drop:
            return []
        delay = self._draw_habits.uniform(0.0, self.habits.jitter_seconds)
        if draw.random() < faults.reorder:
            delay += draw.uniform(0.2, 1.0) * faults.reorder_seconds
        if draw.random() < faults.delay:
            delay += faults.delay_seconds
        again = [delay + draw.uniform(0.0, faults.reorder_seconds)] if draw.random() < faults.duplicate else []
        return [delay, *again]

    def answer_fault(self) -> Fault:
        """What goes wrong with a command's HTTP answer, "" for nothing."""
        faults, draw = self.faults, self._draw_faults.random()
        shares: tuple[tuple[Fault, float], ...] = (
            ("error", faults.error),
            ("time_out", faults.time_out),
            ("limit", faults.limit),
        )
        for name, share in shares:
            if draw < share:
                return name
            draw -= share
        return ""

    def name_of(self, spellings: Sequence[str]) -> str:
        """One of the names that the document has for a field; the first one where peers write in one style."""
        return self._draw_habits.choice(spellings) if self.habits.many_json_styles else spellings[0]

    def text(self, payload: Mapping[str, Any]) -> str:
        """The payload as JSON, in one of the styles that peers are known to use."""
        if self.faults.numbers_as_text and self._draw_faults.random() < self.faults.numbers_as_text:
            payload = {name: str(value) if name in _TEXT_OR_NUMBER else value for name, value in payload.items()}
        if not self.habits.many_json_styles:
            return _compact(payload)
        return self._draw_habits.choice(_STYLES)(payload)


def _compact(payload: Mapping[str, Any]) -> str:
    return json.dumps(payload, separators=(",", ":"))


def _spaced(payload: Mapping[str, Any]) -> str:
    return json.dumps(payload)


def _raw(payload: Mapping[str, Any]) -> str:
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False)


def _slashed(payload: Mapping[str, Any]) -> str:
    return _compact(payload).replace("/", "\\/")


_STYLES: Final[tuple[Callable[[Mapping[str, Any]], str], ...]] = (_compact, _spaced, _raw, _slashed)
