"""Everything that the PBX pushes, as rows: what docs/api.md tells of it, held against the parsers by a test."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from router.catalogue.methods import METHODS


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One kind of push."""

    path: str  # behind the webhook's base: "events/call"
    section: str
    title: str
    spellings: tuple[str, ...] = ()  # other paths under which it comes
    known_by: str = "its bytes"  # what makes two of them one
    does: str  # what the router does with it
    in_flow: str  # where a flow sees it


def _results() -> Iterator[Notification]:
    for method in METHODS.values():
        if method.has_result:
            yield Notification(
                path=method.result_path,
                section=method.section,
                title=f"How it ended: {method.title[0].lower()}{method.title[1:]}",
                does="concludes the command",
                in_flow="exits, `result.code`",
            )


NOTIFICATIONS: Final = (
    Notification(
        path="events/call",
        section="§3.1.1",
        title="A leg of a call changed",
        known_by="call_id, seq",
        does="steps the call",
        in_flow="`for`, exits, `caller`, `call`",
    ),
    Notification(
        path="events/sms",
        section="§3.1.2",
        title="Whether an SMS was delivered",
        does="a note in the trace of the call that sent it",
        in_flow="the call's trace",
    ),
    Notification(
        path="events/recording",
        section="§3.1.3",
        title="A recording began, moved or ended",
        known_by="recording_id, seq",
        does="a note with the recording's link",
        in_flow="`call.recording_id`, the call's trace",
    ),
    Notification(
        path="events/dtmf",
        section="§3.1.4",
        title="Keys were collected",
        known_by="call_id, seq of its own",
        does="steps the call",
        in_flow="`menu`, `collect`, `digits`",
    ),
    Notification(
        path="events/summary",
        section="§3.1.5",
        title="A journey is over",
        does="ends the call",
        in_flow="`on_end`, `call.answered`, `call.answered_by`, `call.talk_seconds`, `call.end_reason`",
    ),
    *_results(),
    Notification(
        path="result/stats",
        spellings=("result/stat",),
        section="§3.3.3",
        title="Statistics of calls are built",
        does="recorded",
        in_flow="none: for programs",
    ),
    Notification(
        path="result/stats_in_calls_service",
        section="§3.3.4.2",
        title="Statistics of incoming calls' service are built",
        does="recorded",
        in_flow="none: for programs",
    ),
    Notification(
        path="events/ab",
        section="§3.7.4",
        title="The address book changed",
        does="kept contacts of that number are asked for again",
        in_flow="`lookup` with `contact:`",
    ),
    Notification(
        path="events/user/status_changed",
        section="§4.4",
        title="An employee's status changed; comes without a sign",
        does="presence, by user_id and by extension",
        in_flow="`online()`, `status()`, `online_only`",
    ),
    Notification(
        path="events/user/session_end",
        section="§4.4",
        title="A session in the contact centre ended; comes without a sign",
        does="recorded",
        in_flow="none: `status()` follows the status",
    ),
    Notification(
        path="events/record/added",
        section="2026",
        title="A recording's file can be had",
        does="a note with the recording's link",
        in_flow="`call.recording_id`, the call's trace",
    ),
    Notification(
        path="events/record/tagged",
        section="2026",
        title="Topics were found in a recording",
        does="a note with the topics",
        in_flow="the call's trace",
    ),
)
