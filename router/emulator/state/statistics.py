"""Both statistics: asked for, built a moment later, told by a push, and fetched by their key as CSV (§3.3).

The rows are what the switchboard carried: of the first statistics every leg at a phone, and the menu's leg of a journey
that never got further; of the second every call that came to a group.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from router.emulator.pbx_answers import DONE, Answer, Params, wrong
from router.emulator.state.api_values import whole
from router.emulator.state.service import COLUMNS as SERVICE_COLUMNS
from router.emulator.state.service import service_rows
from router.emulator.switchboard import EmulatedSwitchboard
from router.pbx.legs import Journey, Leg
from router.protocol.events import ABONENT

BUILD_SECONDS: Final = 2.0
KEPT_SECONDS: Final = 600.0  # §3.3.3 promises a minute at least
MONTH_SECONDS: Final = 31 * 86_400

QUOTE: Final = '"'
RESERVED: Final = ('"', ",", ";", "\n", "\r")
LINE_END: Final = "\r\n"  # as the PBX's export has it; §3.3.3 and §3.3.4.3 say "\n"
PUSHED: Final = {"stats": "stat"}
"""Singular in §3.3.3's example, in clients of 2018 to 2020 and in the document of 2026; plural in §3.3.3's list."""

COLUMNS: Final = (
    "records", "start", "finish", "answer", "from_extension", "from_number", "to_extension", "to_number",
    "disconnect_reason", "line_number", "location", "create", "entry_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Statistics that were asked for."""

    ready: float  # when they are built
    text: str


class Statistics:
    """The statistics that were asked for, by key."""

    def __init__(self, board: EmulatedSwitchboard, name_of: Callable[[str], str]) -> None:
        self._board = board
        self._name_of = name_of
        self._reports: dict[str, Report] = {}

    def methods(self) -> Mapping[str, Callable[[Params], Answer]]:
        """By their names in the catalogue."""
        return {
            "stats/request": self._request,
            "stats/result": self._result,
            "stats_in_calls_service/request": self._request_service,
            "stats_in_calls_service/result": self._result,
        }

    def _request(self, params: Params) -> Answer:
        first, last = whole(params["date_from"]), whole(params["date_to"])
        if not 0 <= last - first <= MONTH_SECONDS:
            raise wrong("the statistics of at most a month can be had at once")
        if params.get("call_party") and (params.get("from") or params.get("to")):
            raise wrong("call_party goes only without from and to")
        columns = _columns(params, COLUMNS)
        rows = [row for row in self._rows() if first <= whole(row["start"]) <= last and _is_wanted(row, params)]
        text = "".join(f"{';'.join(str(row[column]) for column in columns)}{LINE_END}" for row in rows)
        return Answer(body={"key": self._build("stats", text, params)})

    def _request_service(self, params: Params) -> Answer:
        columns = _columns(params, SERVICE_COLUMNS)
        rows = service_rows(self._board, params, self._name_of)
        text = "".join(f"{';'.join(_quoted(row[column]) for column in columns)}{LINE_END}" for row in rows)
        key = self._build("stats_in_calls_service", text, params)
        return Answer(body={"result": DONE, "key": key})

    def _build(self, kind: str, text: str, params: Params) -> str:
        """Keep the text under a new key; the push follows when it is ready."""
        now = self._board.queue.now
        self._reports = {key: one for key, one in self._reports.items() if now < one.ready + KEPT_SECONDS}
        key = self._board.ids.token(48)
        self._reports[key] = Report(ready=now + BUILD_SECONDS, text=text)
        pushed = PUSHED.get(kind, kind)
        payload = {"key": key} | ({"request_id": params["request_id"]} if "request_id" in params else {})
        self._board.announce(None, f"result/{pushed}", payload, BUILD_SECONDS)
        return key

    def _result(self, params: Params) -> Answer:
        """200 with the rows; 204 while they are being built, 404 for a key that is not known (any more)."""
        now, report = self._board.queue.now, self._reports.get(params["key"])
        if report is None or now >= report.ready + KEPT_SECONDS:
            return Answer(status=404, csv="")
        return Answer(status=204, csv="") if now < report.ready else Answer(csv=report.text)

    def _rows(self) -> Iterator[dict[str, Any]]:
        for journey in self._board.journeys.values():
            if journey.ended is None:
                continue
            at_phones = [leg for leg in journey.legs if leg.location == ABONENT]
            for leg in at_phones or journey.legs[-1:]:
                yield self._row(journey, leg)

    def _row(self, journey: Journey, leg: Leg) -> dict[str, Any]:
        recordings = [
            one.recording_id
            for one in journey.recordings
            if one.extension in (leg.callee.extension, leg.caller.extension)
        ]
        return {
            "records": f"[{','.join(recordings)}]",
            "start": int(leg.began),
            "finish": int(leg.closed or leg.began),
            "answer": int(leg.connected or 0),
            "from_extension": leg.caller.extension,
            "from_number": leg.caller.number,
            "to_extension": leg.callee.extension,
            "to_number": leg.callee.number,
            "disconnect_reason": leg.reason or "",
            "line_number": journey.line,
            "location": leg.location,
            "create": int(journey.started),
            "entry_id": journey.entry_id,
        }


def _quoted(value: Any) -> str:
    """A field of the second statistics: quoted when a reserved character is in it, a comma too (§3.3.4.3)."""
    text = str(value)
    return f'"{text.replace(QUOTE, QUOTE * 2)}"' if any(mark in text for mark in RESERVED) else text


def _columns(params: Params, known: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of `fields`, or all; RequestRefused for one that does not exist."""
    columns = tuple(name.strip() for name in params["fields"].split(",")) if params.get("fields") else known
    unknown = [name for name in columns if name not in known]
    if unknown:
        raise wrong(f"there is no field {unknown[0][:40]}")
    return columns


def _is_wanted(row: Mapping[str, Any], params: Params) -> bool:
    caller = {"extension": row["from_extension"], "number": row["from_number"]}
    callee = {"extension": row["to_extension"], "number": row["to_number"]}
    party = params.get("call_party", {})
    return (
        _is_party(caller, params.get("from", {}))
        and _is_party(callee, params.get("to", {}))
        and (_is_party(caller, party) or _is_party(callee, party))
    )


def _is_party(side: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether a side is the one of the filter; other names than `extension` and `number` mean nothing."""
    return all(side[name] == value for name, value in wanted.items() if name in side)
