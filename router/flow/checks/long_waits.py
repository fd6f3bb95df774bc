"""Warnings that come out of the proofs: callers who hear nothing for too long, and commands that come too late."""

from collections.abc import Mapping, Sequence
from math import isinf

from router.flow.analysis import Silence, Traffic, Waiting, silences_of, waits_in
from router.flow.durations import format_duration
from router.flow.findings import Report
from router.flow.load_cache import Kept
from router.flow.model import Bundle, Flow
from router.flow.verbs.route import Route


def check_patience(bundle: Bundle, traffic: Traffic | None, report: Report, kept: Mapping[str, Kept]) -> None:
    """W606 and, with a number of calls, W607: at most one of each for a flow, at the step where it is worst. `kept` has
    what was computed of a flow before ("flows.NAME")."""
    for name, silence in silences_of(bundle, kept).items():
        _check_silence(bundle.flows[name], silence, report)
    for name, waits in waits_in(bundle, traffic).items():
        _check_waits(bundle.flows[name], waits, report)


def _check_silence(flow: Flow, silence: Silence, report: Report) -> None:
    if silence.longest > flow.window and silence.since:
        message = (
            f"from `{silence.since}` on a caller may hear nothing for {in_words(silence.longest)}, "
            f"and the PBX keeps one for {in_words(flow.window)} (`window`)"
        )
        suggestion = "play something in between"
        mark = flow.steps[silence.since].mark
        report.add("W606", mark, message, length=len(silence.since), suggestion=suggestion)


def _check_waits(flow: Flow, waits: Sequence[Waiting], report: Report) -> None:
    late = [waiting for waiting in waits if waiting.seconds > flow.window and not _is_bridged(flow, waiting)]
    worst = max(late, key=lambda waiting: waiting.seconds, default=None)
    if worst is None:
        return
    suggestion = "send fewer callers this way" if isinf(worst.seconds) else "give the flow a `hold` prompt"
    report.add("W607", flow.steps[worst.step].mark, _late(worst), length=len(worst.step), suggestion=suggestion)


def _is_bridged(flow: Flow, waiting: Waiting) -> bool:
    """Whether a prompt keeps the caller until the command's turn; a queue that never empties has none."""
    settings = flow.steps[waiting.step].settings
    own = settings.hold if isinstance(settings, Route) else None
    return not isinf(waiting.seconds) and (flow.hold or own) is not None


def _late(worst: Waiting) -> str:
    if isinf(worst.seconds):
        path = f"with {worst.commands} of them on the path to `{worst.step}`" if worst.commands > 1 else "at this step"
        return f"so many calls need more `{worst.command}` commands than the PBX takes, {path}: the queue never empties"
    longest = in_words(worst.seconds)
    return f"`{worst.command}` may have to wait for {longest} here, longer than the PBX keeps a caller"


def in_words(seconds: float) -> str:
    """`1m30s`, or that nothing bounds it."""
    return "any time" if isinf(seconds) else format_duration(seconds)
