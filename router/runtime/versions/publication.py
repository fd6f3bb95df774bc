"""What a publication did: which version new calls get now, and what callers lose by it.

A bundle is published with everything that its files say. What the version before had and this one has not is told
loudly, since it is not seen otherwise: its callers go to the fallback (`for: any`), or to the PBX's own scheme.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from router.flow.finding_output import to_json
from router.flow.findings import Finding
from router.flow.model import Bundle, Flow

PLACES: Final = ("ivr", "queue", "abonent")
ANY_LINE: Final = "any"  # stands for the lines that no flow names
MOST_NAMED: Final = 10  # lines of one sentence
MOST_SHOWN: Final = 20  # warnings that are kept as findings


class Warnings(msgspec.Struct, frozen=True, kw_only=True):
    """The warnings of a bundle, ready to be handed on: ten thousand findings as objects would stop the worker that
    publishes for as long as a tenth of a second."""

    count: int = 0
    first: tuple[Finding, ...] = ()  # MOST_SHOWN of them
    listed: bytes = b"[]"  # all of them as JSON (`to_json`)


NO_WARNINGS: Final = Warnings()


def warnings_of(findings: tuple[Finding, ...]) -> Warnings:
    """The findings of a bundle that has no errors."""
    if not findings:
        return NO_WARNINGS
    return Warnings(count=len(findings), first=findings[:MOST_SHOWN], listed=msgspec.json.encode(to_json(findings)))


@dataclass(frozen=True, slots=True, kw_only=True)
class LostLine:
    """A line that no flow names any more."""

    line: str  # ANY_LINE: the lines of the fallback
    flow: str  # that took it
    now: str  # the flow that takes its calls from now on; "" is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What the version before took and this one does not."""

    flows: tuple[str, ...] = ()
    lines: tuple[LostLine, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.flows or self.lines)

    def sentences(self) -> list[str]:
        """One sentence for each flow, and one for each fate of lines."""
        told = [f"the flow {name} is gone" for name in self.flows]
        fates: dict[tuple[str, str], list[str]] = {}
        for one in self.lines:
            fates.setdefault((one.flow, one.now), []).append(one.line)
        return told + [_line_sentence(lines, flow, now) for (flow, now), lines in fates.items()]

    def as_object(self) -> dict[str, Any]:
        """For programs, with the sentences for people."""
        return {
            "flows": list(self.flows),
            "lines": [{"line": one.line, "flow": one.flow, "now": one.now or None} for one in self.lines],
            "told": self.sentences(),
        }


def _line_sentence(lines: list[str], flow: str, now: str) -> str:
    named = ", ".join(lines[:MOST_NAMED]) + (f" and {len(lines) - MOST_NAMED} more" if len(lines) > MOST_NAMED else "")
    fate = f"go to the flow {now} now" if now else "are taken by no flow now and left to the PBX"
    if lines == [ANY_LINE]:
        return f"the lines that no flow names went to {flow}: their calls {fate}"
    return f"no flow names the line{'s' if len(lines) > 1 else ''} {named} of {flow}: calls there {fate}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One attempt to give new calls a version."""

    version: str
    replaced: str = ""  # the version that was active until now; "" when there was none, or nothing changed
    changed: bool = True  # new calls, or a share of them, get another version than before
    put_back: bool = False  # a directory was changed back to what had been published before: a rollback
    followed: bool = False  # a directory changed to what another process has published since: nothing to do
    held: bool = False  # a directory changed while a canary runs: it waits for `ivr publish`, or the next change
    canary: str = ""  # that it waits for
    warnings: Warnings = NO_WARNINGS

    def as_object(self, lost: Lost) -> dict[str, Any]:
        """What stands beside the version's row in the answer to a program."""
        return {"warnings": msgspec.Raw(self.warnings.listed), "lost": lost.as_object()}


def note_of(warnings: int, lost: Lost) -> str:
    """The sentence that the list of versions shows; "" when there is nothing to say."""
    counted = [] if not warnings else ["1 warning" if warnings == 1 else f"{warnings} warnings"]
    return "; ".join([*counted, *lost.sentences()])


def lost_between(before: Bundle | None, after: Bundle | None) -> Lost:
    """What `before` took and `after` does not."""
    if before is None or after is None:
        return Lost()
    taken = {line for line, _ in _lines(after)}
    lines = {line: flow for line, flow in _lines(before) if line not in taken}
    return Lost(
        flows=tuple(sorted(set(before.flows) - set(after.flows))),
        lines=tuple(
            LostLine(line=line, flow=flow.name, now=_taker(after, line, flow)) for line, flow in sorted(lines.items())
        ),
    )


def _lines(bundle: Bundle) -> Iterator[tuple[str, Flow]]:
    """Every line that a flow names, itself or in a list, with the flow."""
    for flow in bundle.flows.values():
        takes = flow.takes
        if takes is None:
            continue
        yield from ((line, flow) for line in takes.lines)
        if takes.line_list is not None:
            yield from ((line, flow) for line in bundle.lists[takes.line_list].numbers())
        if takes.any_line:
            yield ANY_LINE, flow


def _taker(bundle: Bundle, line: str, before: Flow) -> str:
    """Who takes a call that the flow would have taken; a mask stands for one of its numbers."""
    location = before.takes.location if before.takes is not None else None
    flow = bundle.flow_for(line, (location,) if location else PLACES)
    return flow.name if flow is not None else ""
