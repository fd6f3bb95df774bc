"""What `ivr doctor` makes of refusals, heartbeats and readiness that the running router tells."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_doctor_troubles import examine, told_of
from tests.cli.test_doctor_troubles import place as place  # a fixture
from tests.client.peer import Laid, PretendPbx, pretend_pbx, told


@pytest.fixture
def router(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PretendPbx]:
    with pretend_pbx() as running:
        monkeypatch.setenv("MANGO_API_KEY", "client-key")
        monkeypatch.setenv("MANGO_API_SALT", "client-salt")
        monkeypatch.setenv("IVR_LISTEN", running.url.removeprefix("http://"))
        running.lay("/ping", told({"code": 1000}))
        running.lay("/readyz", told({"status": "ready", "reason": "ready"}))
        running.lay("/api/refusals", told({"refusals": []}))
        yield running


def notification(reason: str, sender: str, count: int = 412) -> dict[str, object]:
    return {"what": "notification", "account": "default", "reason": reason, "sender": sender, "count": count}


def command(reason: str, count: int = 7) -> dict[str, object]:
    return {"what": "command", "account": "default", "reason": reason, "command": "route", "count": count}


@pytest.mark.parametrize(
    ("refused", "level", "area", "said"),
    [
        (
            notification("wrong-sign", "81.88.80.132"),
            "error",
            "refused by default",
            "412 notifications refused in the last hour: wrong sign (from 81.88.80.132) → is MANGO_API_SALT the one of"
            " the cabinet?",
        ),
        (notification("unknown-key", "81.88.80.132", 1), "error", "refused by default", "1 notification refused"),
        (notification("unknown-sender", "8.8.8.8"), "warning", "refused by default", "MANGO_ALLOWED_IPS"),
        (notification("unknown-sender", "10.0.0.7"), "error", "refused by default", "name the proxy"),
        (notification("something-new", "8.8.8.8"), "warning", "refused by default", "something-new"),
        (command("html"), "error", "refused to default", "7 commands refused in the last hour: a page of HTML (route)"),
        (command("3102"), "error", "refused to default", "is MANGO_API_SALT the one of the cabinet?"),
        (command("4100"), "error", "refused to default", "4100, "),
        (command("http-500"), "error", "refused to default", "http-500"),
        (command("http-503"), "warning", "refused to default", "MANGO_LIMIT_SHARE"),
        (command("timeout"), "error", "refused to default", "no answer in time"),
    ],
)
def test_refusals_of_the_last_hour(
    refused: dict[str, object], level: str, area: str, said: str, router: PretendPbx
) -> None:
    router.lay("/api/refusals", told({"refusals": [refused]}))
    assert said in told_of(area, examine(), level)


def test_closed_api_leaves_the_metrics(router: PretendPbx) -> None:
    page = (
        'ivr_events_total{account="default",kind="call",outcome="refused",reason="wrong-sign"} 412.0\n'
        'ivr_events_total{account="default",kind="call",outcome="stored",reason=""} 9.0\n'
        'ivr_commands_total{account="default",command="route",outcome="unclear",reason="timeout"} 3.0\n'
        'ivr_events_total{account="",kind="",outcome="refused",reason="unknown-key"} 0.0\n'
    )
    router.lay("/api/refusals", told({}, 403))
    router.lay("/metrics", Laid(body=page.encode()))
    found = examine()
    assert "set IVR_ADMIN_TOKEN" in told_of("refused", found, "skipped")
    assert "412 notifications refused since the router started: wrong sign" in told_of("refused by default", found)
    assert "3 commands refused since the router started: no answer in time" in told_of("refused to default", found)
    assert not any("unknown key" in str(diagnosis) for diagnosis in found)  # nothing was refused for that


@pytest.mark.parametrize(
    ("answer", "level", "said"),
    [
        (told({"status": "degraded", "reason": "events wait in the spool"}), "error", "degraded: events wait"),
        (told({"status": "degraded", "reason": "paused: default"}), "warning", "ivr resume"),
        (told({"status": "not ready", "reason": "no active bundle"}, 503), "error", "not ready: no active bundle"),
        (Laid(status=500, body=b"<html>"), "error", "HTTP 500, and not as this program"),
        (Laid(body=b"\xff\xfe"), "error", "HTTP 200, and not as this program"),
        (told([1, 2]), "error", "not as this program"),
    ],
)
def test_readiness(answer: Laid, level: str, said: str, router: PretendPbx) -> None:
    router.lay("/readyz", answer)
    assert said in told_of("server", examine(), level)


def test_stuck_dispatcher(router: PretendPbx) -> None:
    page = b"ivr_dispatcher_heartbeat_age_seconds 17.5\nivr_timers_heartbeat_age_seconds 0.1\n"
    router.lay("/metrics", Laid(body=page))
    assert "no command is sent: it could not read and write the database for 18 s" in told_of("server", examine())


@pytest.mark.parametrize(
    "answer", [told({"refusals": "none"}), told({"refusals": [1, {"count": "x"}]}), Laid(body=b"?")]
)
def test_nonsense_is_no_refusal(answer: Laid, router: PretendPbx) -> None:
    router.lay("/api/refusals", answer)
    assert not [one for one in examine() if one["area"].startswith("refused")]


@pytest.mark.parametrize("url", ["https://ivr.example.invalid/vpbx", "{own}/vpbx"])
def test_refusals_are_told_beside_an_outer_address(url: str, router: PretendPbx) -> None:
    """--url says where the webhook is tried; what was refused is asked of the router on this machine."""
    router.lay("/vpbx/ping", told({"code": 1000}))
    router.lay("/api/refusals", told({"refusals": [command("http-500")]}))
    found = examine("--url", url.format(own=router.url))
    assert "7 commands refused in the last hour: http-500" in told_of("refused to default", found)


def test_readiness_is_told_beside_an_outer_address(router: PretendPbx) -> None:
    router.lay("/vpbx/ping", told({"code": 1000}))
    router.lay("/readyz", told({"status": "degraded", "reason": "events wait in the spool"}))
    assert "degraded: events wait" in told_of("server", examine("--url", f"{router.url}/vpbx"))


def test_no_router_beside_an_outer_address(router: PretendPbx) -> None:
    router.lay("/vpbx/ping", told({"code": 1000}))
    router.lay("/api/refusals", Laid(status=404, body=b"<html>"))
    router.lay("/readyz", Laid(status=404, body=b"<html>"))
    found = examine("--url", f"{router.url}/vpbx")
    assert "no router answers at" in told_of("refused", found, "skipped")
    assert not any("not as this program" in str(one) and "readyz" in str(one) for one in found)
