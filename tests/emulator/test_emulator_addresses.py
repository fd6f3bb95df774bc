"""Where notifications are posted: the document's own spellings of a path, behind any base address."""

from collections.abc import Iterator

import pytest

from router.emulator.config import Habits
from router.emulator.live_pbx import Clock, Courier
from router.emulator.notifications import Notification
from tests.emulator.stage import Stage, stage

TEXT, EXAMPLE = "result/stats_in_calls_service", "vpbx/api/v1/result/stats_in_calls_service"


def addresses(scene: Stage) -> set[tuple[str, str]]:
    for _ in range(30):
        scene.ask("stats_in_calls_service/request")
        scene.ask("set_abonent_status", abonent_id=300000101, status=2)
    scene.dial()
    scene.wait(10)
    return {(one.path, one.address) for one in scene.sent}


def test_the_report_of_service_is_told_at_the_texts_path_and_at_the_examples() -> None:
    """§3.3.4.2 and §3.3.4.3; every other kind has one path."""
    found = addresses(stage(Habits()))
    assert {address for path, address in found if path == TEXT} == {TEXT, EXAMPLE}
    assert all(path == address for path, address in found if path != TEXT)
    assert {address for path, address in addresses(stage()) if path == TEXT} == {TEXT}, "a quiet PBX has one spelling"


class Posted(Courier):
    """A courier that keeps the addresses."""

    urls: list[str]

    def _status(self, url: str, body: bytes) -> tuple[int | None, str]:
        self.urls.append(url)
        return 200, ""


@pytest.fixture(name="posted")
def couriers() -> Iterator[list[Posted]]:
    made: list[Posted] = []
    yield made
    for one in made:
        one.close()


@pytest.mark.parametrize(
    ("base", "address", "url"),
    [
        ("http://router", TEXT, f"http://router/{TEXT}"),
        ("http://router/", EXAMPLE, f"http://router/{EXAMPLE}"),
        ("http://router/vpbx", EXAMPLE, f"http://router/{EXAMPLE}"),
        ("http://router/vpbx/", "events/call", "http://router/vpbx/events/call"),
    ],
)
def test_a_base_with_the_prefix_has_it_once(posted: list[Posted], base: str, address: str, url: str) -> None:
    courier = Posted(base, "key", "salt", Clock(0.0, 1.0))
    courier.urls = []
    posted.append(courier)
    courier._post(Notification(at=0.0, path=TEXT, address=address, payload={}, text="{}"))
    assert courier.urls == [url]
