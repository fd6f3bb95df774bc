"""Traces as a collector gets them: one for each call, whichever workers had it, with true times; and no collector."""

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="pip install ivr-router[otel]")

from tests.acceptance.collector import attributes, collector
from tests.acceptance.processes import Site, router, wait_for
from tests.acceptance.sink import sink
from tests.acceptance.test_any_order import events, post
from tests.acceptance.test_database_away import flows

pytestmark = pytest.mark.acceptance

__all__ = ["flows"]
CALLS = 4


def whole_call(site: Site, number: int) -> None:
    """A caller presses his code and hangs up; every event on a connection of its own, so that any worker may have it."""
    path, leg = events(number)[0]
    for one in events(number):
        assert post(site, *one) == 200
        site.http.clear()
    end = {**leg, "seq": 2, "call_state": "Disconnected", "disconnect_reason": 1110, "timestamp": int(time.time())}
    wait_for("the prompt", lambda: any(command["sent"] for command in site.call(f"entry-{number}")["commands"]))
    assert post(site, path, end) == 200
    times = dict.fromkeys(("create_time", "forward_time", "talk_time", "end_time"), int(time.time()))
    summary = {"entry_id": leg["entry_id"], "call_direction": 1, "from": leg["from"], "to": leg["to"], **times}
    summary |= {"line_number": "74950000000", "entry_result": 0, "disconnect_reason": 1110}
    assert post(site, "events/summary", summary) == 200


def nanoseconds(instant: str) -> int:
    return round(datetime.fromisoformat(instant).timestamp() * 1000) * 1_000_000


def test_each_call_is_one_trace_with_true_times(tmp_path: Path, flows: Path) -> None:
    with collector() as there, sink() as pbx:
        otel = {"OTEL_EXPORTER_OTLP_ENDPOINT": there.address, "OTEL_BSP_SCHEDULE_DELAY": "200", "IVR_WATCH": "0"}
        with router(tmp_path, pbx.address, flows=flows, workers=3, **otel) as site:
            for number in range(CALLS):
                whole_call(site, number)
            wait_for("all traces", lambda: len(there.traces()) == CALLS)
            calls = {f"entry-{number}": site.call(f"entry-{number}") for number in range(CALLS)}
    assert there.paths == {"/v1/traces"}
    assert {about["service.name"] for about, _ in there.spans} == {"ivr-router"}
    for spans in there.traces().values():
        (root,) = [span for span in spans if not span.parent_span_id]
        call = calls.pop(attributes(root)["ivr.entry_id"])
        _compare(call, root, spans)
    assert not calls
    assert "7900" not in str([attributes(span) for _, span in there.spans]).replace("7900*****01", "")


def _compare(call: dict[str, Any], root: Any, spans: list[Any]) -> None:
    assert root.start_time_unix_nano == nanoseconds(call["started"])
    assert root.end_time_unix_nano >= nanoseconds(call["ended"])
    assert len({span.span_id for span in spans}) == len(spans) == 1 + len(call["steps"]) + len(call["commands"])
    steps = {attributes(span)["ivr.step"]: span for span in spans if "ivr.step" in attributes(span)}
    for step in call["steps"]:
        assert steps[step["step"]].start_time_unix_nano == nanoseconds(step["at"])
        assert steps[step["step"]].end_time_unix_nano == nanoseconds(step["left"] or call["ended"])
        assert steps[step["step"]].parent_span_id == root.span_id
    for command in call["commands"]:
        (span,) = [span for span in spans if attributes(span).get("ivr.command_id") == command["command_id"]]
        assert span.start_time_unix_nano == nanoseconds(command["queued"])
        assert span.parent_span_id == steps["out"].span_id
        assert [event.name for event in span.events] == ["sent"]


def test_collector_that_is_away_costs_a_line(tmp_path: Path, flows: Path) -> None:
    otel = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_BSP_SCHEDULE_DELAY": "200"}
    otel |= {"OTEL_EXPORTER_OTLP_TIMEOUT": "1", "IVR_WATCH": "0", "IVR_LOG": "json"}
    with sink() as pbx, router(tmp_path, pbx.address, flows=flows, workers=2, **otel) as site:
        for number in range(CALLS):
            whole_call(site, number)

        def told() -> list[dict[str, Any]]:
            lines = [json.loads(line) for line in (tmp_path / "router.log").read_text().splitlines()]
            return [line for line in lines if line["level"] != "info"]

        wait_for("the line", told)
        time.sleep(2)
        assert len(told()) <= 2
        assert told()[0]["event"] == "traces are lost: the collector does not take them"
        assert "OTEL_EXPORTER_OTLP_ENDPOINT" in told()[0]["advice"]
        began = time.monotonic()
        site.process.terminate()
        assert site.process.wait(40) == 0
        assert time.monotonic() - began < 15


def test_off_by_default_nothing_is_imported(tmp_path: Path, flows: Path) -> None:
    with sink() as pbx, router(tmp_path, pbx.address, flows=flows, workers=1, IVR_WATCH="0") as site:
        (worker,) = Path(f"/proc/{site.process.pid}/task/{site.process.pid}/children").read_text().split()
        assert "opentelemetry" not in Path(f"/proc/{worker}/maps").read_text()
        assert "google/_upb" not in Path(f"/proc/{worker}/maps").read_text()
