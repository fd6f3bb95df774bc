"""How the router stands, as Prometheus reads it: valid, whole from the first scrape on, and in time."""

import os
import subprocess
import threading
import time
from pathlib import Path
from shutil import which

import pytest
from flask.testing import FlaskClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from router.errors import StoreUnavailable
from router.runtime.monitoring.account_marks import AccountMarks, file_name
from router.runtime.monitoring.metrics import account_marks, name_accounts
from router.web import create_app
from router.web.in_time import InTime
from router.web.process_gauges import ServerCollector
from tests.web.parts import FakeParts, settings, signed

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def parts() -> FakeParts:
    return FakeParts()


@pytest.fixture
def client(parts: FakeParts) -> FlaskClient:
    return create_app(parts).test_client()


def values(client: FlaskClient) -> dict[str, float]:
    """Name and labels -> value, of the text format."""
    page = client.get("/metrics").get_data(as_text=True)
    return {
        sample.name + "".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): sample.value
        for family in read_text(page)
        for sample in family.samples
    }


def test_gauges_exist_from_the_first_scrape_on(client: FlaskClient) -> None:
    found = values(client)
    zeros = [name for name in found if name.startswith("ivr_") and found[name] == 0.0]
    for name in (
        "ivr_spool_set_aside_files", "ivr_degraded", "ivr_clock_shift_seconds", "ivr_paused account=default",
        "ivr_directory_drift account=default", "ivr_queue_depth account=default command=transfer",
        "ivr_live_calls account=default flow=night", "ivr_paused_seconds account=default",
    ):  # fmt: skip
        assert (name in found, name in zeros or name == "ivr_spool_set_aside_files") == (True, True), name
    assert (found["ivr_ready"], found["ivr_database_up"], found["ivr_enabled"]) == (1.0, 1.0, 1.0)
    assert found["ivr_last_publication_timestamp_seconds account=default"] == 1558422129.0
    assert found["ivr_last_publication_success account=default"] == 1.0
    assert found["ivr_calendar_known_until_year account=default country=RU"] == 2026.0
    assert (found["ivr_disk_free_bytes volume=spool"], found["ivr_disk_size_bytes volume=spool"]) == (5.0, 10.0)
    assert found["ivr_last_event_age_seconds account=default"] == float("inf")
    assert found["process_resident_memory_bytes"] > 1e6


def test_what_has_changed_is_told(client: FlaskClient, parts: FakeParts) -> None:
    client.post("/events/unheard_of/x", data=signed("{}"), content_type=FORM)
    account_marks().published("default", succeeded=False)
    parts.versions.is_drifted = True
    parts.readiness = ("degraded", "paused")
    found = values(client)
    assert 0.0 <= found["ivr_last_event_age_seconds account=default"] < 60.0
    assert found["ivr_last_publication_success account=default"] == 0.0
    assert found["ivr_directory_drift account=default"] == 1.0
    assert (found["ivr_ready"], found["ivr_degraded"]) == (1.0, 1.0)
    parts.readiness = ("not ready", "nothing keeps events")
    found = values(client)
    assert (found["ivr_ready"], found["ivr_degraded"]) == (0.0, 0.0)


def test_without_a_database_the_rest_is_told(client: FlaskClient, parts: FakeParts) -> None:
    parts.store.is_down = True
    found = values(client)
    assert found["ivr_database_up"] == 0.0
    assert not any(name.startswith(("ivr_queue_depth", "ivr_paused", "ivr_live")) for name in found)
    assert found["ivr_spooled_events"] == 7.0


def test_a_database_that_hangs_delays_the_page_by_seconds_at_most(
    client: FlaskClient, parts: FakeParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    freed = threading.Event()

    def hang() -> tuple[str, str]:
        freed.wait(30)
        return "ready", ""

    monkeypatch.setattr(parts, "ready", hang)
    monkeypatch.setattr(parts.store, "queue_depths", hang)
    client = create_app(parts).test_client()
    for _ in range(3):
        begun = time.monotonic()
        found = values(client)
        assert time.monotonic() - begun < 4.0
        assert (found["ivr_database_up"], found["ivr_ready"], found["ivr_spooled_events"]) == (0.0, 0.0, 7.0)
    freed.set()


@pytest.mark.parametrize("is_down", [False, True])
def test_the_page_is_valid_in_both_formats(client: FlaskClient, parts: FakeParts, is_down: bool) -> None:
    parts.store.is_down = is_down
    client.post("/events/call", data=signed("{}", salt="wrong"), content_type=FORM)
    plain = client.get("/metrics")
    assert plain.content_type.startswith("text/plain; version=0.0.4")
    open_one = client.get("/metrics", headers={"Accept": OPENMETRICS})
    assert open_one.content_type.startswith("application/openmetrics-text")
    names = {family.name for family in read_text(plain.get_data(as_text=True)) if not family.name.endswith("_created")}
    assert names == {family.name for family in read_openmetrics(open_one.get_data(as_text=True))}
    assert all(family.documentation for family in read_text(plain.get_data(as_text=True)))
    if which("promtool") is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    checked = subprocess.run(["promtool", "check", "metrics"], input=plain.data, capture_output=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, b"")


def test_many_accounts_make_a_bounded_page() -> None:
    def page(count: int) -> int:
        parts = FakeParts(settings())
        names = [f"account-{number}" for number in range(count)]
        name_accounts(names)
        parts.store.queue_depths = lambda: {(name, "route"): 1 for name in names}
        client = create_app(parts).test_client()
        told = values(client)
        assert sum(value for name, value in told.items() if name.startswith("ivr_queue_depth")) == count
        return len([name for name in told if " account=" in name])

    assert page(3000) <= page(101) + 1


class TestInTime:
    def test_an_answer_in_time(self) -> None:
        asking = InTime("test", lambda: 5, 1.0)
        assert asking.answer() is None, "nobody asked"
        asking.begin()
        assert asking.answer() == 5

    def test_only_one_is_under_way(self) -> None:
        freed, asked = threading.Event(), []

        def ask() -> int:
            asked.append(1)
            freed.wait(30)
            return len(asked)

        asking = InTime("test", ask, 0.05)
        for _ in range(3):
            asking.begin()
            assert asking.answer(60.0) is None
        freed.set()
        deadline = time.monotonic() + 10
        while asking.answer() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        assert asking.answer() == 1
        freed.clear()
        asking.begin()
        assert asking.answer(60.0) == 1, "the last answer"
        assert asking.answer(0.0) is None
        freed.set()

    def test_an_error_is_raised(self) -> None:
        def fail() -> int:
            raise StoreUnavailable("away")

        asking = InTime("test", fail, 5.0)
        asking.begin()
        with pytest.raises(StoreUnavailable):
            asking.answer()


class TestAccountMarks:
    def test_a_later_activation_is_a_publication(self) -> None:
        now = [100.0]
        marks = AccountMarks(["a"], now=lambda: now[0])
        assert marks.last_publication("a") == (0.0, False)
        marks.published("a", succeeded=False)
        assert marks.last_publication("a", 90.0) == (100.0, False)
        assert marks.last_publication("a", 110.0) == (110.0, True)
        marks.published("a", succeeded=True)
        assert marks.last_publication("a", 90.0) == (100.0, True)
        marks.published("nobody", succeeded=True)
        marks.had_event("nobody")

    def test_another_order_has_another_file(self) -> None:
        assert len({file_name(names) for names in (["a", "b"], ["b", "a"], ["ab"], ["a"])}) == 4


def test_process_metrics_add_the_workers_up(tmp_path: Path) -> None:
    """A /proc of ours: a master with two workers, and the time of a dead one."""
    for pid, parent, ticks in ((10, 1, 100), (os.getpid(), 10, 300), (12, 10, 500)):
        place = tmp_path / str(pid)
        (place / "fd").mkdir(parents=True)
        (place / "fd" / "0").touch()
        dead = 1000 if pid == 10 else 0
        fields = ["S", parent, 0, 0, 0, 0, 0, 0, 0, 0, 0, ticks, 0, dead, 0, 0, 0, 1, 0, 500, 4096, 3]
        (place / "stat").write_text(f"{pid} (a (worker) of) {' '.join(map(str, fields))}")
        (place / "limits").write_text("Max open files            1024                 4096                 files\n")
        (place / "task" / str(pid)).mkdir(parents=True)
        (place / "task" / str(pid) / "children").write_text(f"{os.getpid()} 12 " if pid == 10 else "")
    (tmp_path / "stat").write_text("btime 1000\n")
    collector = ServerCollector(has_workers=True, proc=str(tmp_path))
    collector._parent = lambda: 10  # type: ignore[method-assign]
    found = {sample.name: sample.value for family in collector.collect() for sample in family.samples}
    hertz = os.sysconf("SC_CLK_TCK")
    assert found["ivr_workers"] == 2
    assert found["process_cpu_seconds_total"] == pytest.approx(1900 / hertz)
    assert found["process_resident_memory_bytes"] == 9 * os.sysconf("SC_PAGESIZE")
    assert found["process_open_fds"] == 1
    collector._parent = lambda: 1  # type: ignore[method-assign]  # its master was killed
    found = {sample.name: sample.value for family in collector.collect() for sample in family.samples}
    assert found["process_cpu_seconds_total"] == pytest.approx(300 / hertz)
