"""A process starts at once, however many accounts it has; their directories are published beside what it serves."""

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from router.bootstrap import version_threads as starting
from router.bootstrap import versions as following
from router.bootstrap.router import Router
from router.bootstrap.versions import MANY_ACCOUNTS, Versions
from router.config.settings import AccountSettings, Settings, load_settings
from router.files.bundle import read_directory
from router.flow.bundle_image import open_image
from router.runtime.versions.publish import Built, build
from tests.stores import MemoryStore

FLOW = "flow: main\nfor: any\non_error: bye\nstart: bye\nsteps: {bye: hangup}\n"
ENTRY = "  - {{name: {name}, api_key: k-{name}, api_salt: s, flows: {flows}}}\n"


class Counting(MemoryStore):
    """Counts what is asked for one account at a time."""

    asked = 0

    def version_of(self, account: str, content: bytes) -> str | None:
        self.asked += 1
        return super().version_of(account, content)


@pytest.fixture
def store() -> Counting:
    return Counting()


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    directory = tmp_path / "flows"
    directory.mkdir()
    (directory / "main.yaml").write_text(FLOW, encoding="utf-8")
    return directory


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, bytes]]:
    """What was built, one after the other."""
    done: list[Mapping[str, bytes]] = []

    def count(files: Mapping[str, bytes], _idle_seconds: float | None) -> Built:
        done.append(files)
        return build(files)

    monkeypatch.setattr(following, "build_apart", count)
    return done


def settings(directories: Mapping[str, Path]) -> Settings:
    entries = "".join(ENTRY.format(name=name, flows=flows) for name, flows in directories.items())
    return load_settings({"IVR_WATCH": "0"}, f"accounts:\n{entries}", lambda path: path)


def accounts(flows: Path, count: int) -> tuple[AccountSettings, ...]:
    return settings({f"a{number}": flows for number in range(count)}).accounts


def active(store: Counting) -> dict[str, str]:
    return {account: row.version for account, row in store.active_versions().items()}


def test_a_directory_of_many_accounts_is_read_and_built_once(
    store: Counting, flows: Path, built: list[Mapping[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[Path] = []
    monkeypatch.setattr(following, "read_directory", lambda path: reads.append(path) or read_directory(path))
    many = accounts(flows, 2 * MANY_ACCOUNTS)
    assert Versions(store, many).follow()
    assert len(active(store)) == len(many)
    assert len(set(active(store).values())) == 1
    assert (len(built), len(reads)) == (1, 1)


def test_a_restart_asks_one_question_for_all_accounts_and_changes_nothing(
    store: Counting, flows: Path, built: list[Mapping[str, bytes]]
) -> None:
    many = accounts(flows, 2 * MANY_ACCOUNTS)
    Versions(store, many).follow()
    store.asked, before = 0, [store.versions(account.name) for account in many]
    versions = Versions(store, many)
    with capture_logs() as logs:
        versions.follow()
        versions.follow()
    assert (store.asked, len(built), logs) == (1, 1, [])
    assert [store.versions(account.name) for account in many] == before


def test_a_restart_undoes_no_rollback_and_a_change_after_it_is_published(store: Counting, flows: Path) -> None:
    (account,) = accounts(flows, 1)
    first, other = Versions(store, [account]), flows.parent / "other"
    first.follow()
    old = active(store)["a0"]
    other.mkdir()
    (other / "main.yaml").write_text(FLOW.replace("hangup", "release"), encoding="utf-8")
    new = first.publish("a0", str(other))["version"]
    again = Versions(store, [account])
    again.follow()
    assert active(store) == {"a0": new}
    (flows / "main.yaml").write_text(FLOW.replace("bye", "end"), encoding="utf-8")
    again.follow()
    assert active(store)["a0"] not in (old, new)
    (flows / "main.yaml").write_text(FLOW, encoding="utf-8")
    again.follow()
    assert active(store) == {"a0": old}


def test_an_account_that_is_new_gets_what_the_others_have(
    store: Counting, flows: Path, built: list[Mapping[str, bytes]]
) -> None:
    Versions(store, accounts(flows, 3)).follow()
    Versions(store, accounts(flows, 5)).follow()
    assert set(active(store)) == {"a0", "a1", "a2", "a3", "a4"}
    assert len(set(active(store).values())) == 1
    assert len(built) == 2


def test_an_image_of_another_program_is_made_anew(store: Counting, flows: Path) -> None:
    Versions(store, accounts(flows, 2)).follow()
    version = active(store)["a1"]
    with store.transaction() as tx:
        tx.store_version("a1", version, b"", activate=False, image=b"of another program")
    Versions(store, accounts(flows, 2)).follow()
    assert open_image(store.version_image("a1", version)) is not None


def test_one_refused_directory_stops_no_other_account(store: Counting, flows: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "main.yaml").write_text("flow: [", encoding="utf-8")
    made = settings({"a": broken, "b": broken, "c": tmp_path / "nowhere", "d": flows}).accounts
    versions = Versions(store, made)
    with capture_logs() as logs:
        assert versions.follow()
    assert set(active(store)) == {"d"}
    assert [entry["account"] for entry in logs if entry["log_level"] == "error"] == ["a", "b", "c"]
    assert versions.missing() == ["a", "b", "c"]
    (broken / "main.yaml").write_text(FLOW, encoding="utf-8")
    versions.follow()
    assert versions.missing() == ["c"]


def test_two_workers_at_once_publish_once(store: Counting, flows: Path) -> None:
    many, barrier = accounts(flows, MANY_ACCOUNTS), threading.Barrier(2)

    def start() -> None:
        versions = Versions(store, many)
        barrier.wait()
        versions.follow()

    with capture_logs() as logs:
        workers = [threading.Thread(target=start) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert sorted(entry["account"] for entry in logs) == sorted(account.name for account in many)
    assert {entry["event"] for entry in logs} == {"published"}


def test_what_another_worker_published_is_open_before_an_event_asks(
    store: Counting, flows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (Versions(store, accounts(flows, 1)) for _ in range(2))
    first.follow()
    second.follow()
    assert second.are_open()
    (flows / "main.yaml").write_text(FLOW.replace("hangup", "release"), encoding="utf-8")
    first.follow()
    second.follow()
    monkeypatch.setattr(store, "version_image", lambda account, version: 1 / 0)
    for row in store.versions("a0"):
        assert second.bundles.get("a0", row["version"]) is not None


class Gate:
    """Directories that can be read once it is opened."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

    def read(self, path: Path) -> dict[str, bytes]:
        self.reached.set()
        self.opened.wait()
        return read_directory(path)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate()
    monkeypatch.setattr(following, "read_directory", made.read)
    yield made
    made.opened.set()


def running(names: str) -> bool:
    return any(thread.name == names for thread in threading.enumerate())


def test_what_is_due_runs_while_directories_are_published(
    store: Counting, flows: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "PUBLISH_FIRST_SECONDS", 0.0)
    router = Router(settings({f"a{number}": flows for number in range(12)}), store, starts_itself=False)
    router.start()
    try:
        assert gate.reached.wait(60)
        assert running("timers")
        status, reason = router.ready()
        assert status == "not ready"
        assert reason.startswith("no active bundle for a0, a1, a2")
        assert reason.endswith("a9 and 2 more; directories are being published")
        gate.opened.set()
        assert router._publishing.looked.wait(60)
        assert router.versions.missing() == []
    finally:
        gate.opened.set()
        router.stop()


def test_a_process_that_leaves_publishes_no_more(
    store: Counting, flows: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "PUBLISH_FIRST_SECONDS", 0.0)
    router = Router(settings({f"a{number}": flows for number in range(12)}), store, starts_itself=False)
    router.start()
    assert gate.reached.wait(60)
    router._publishing.leaving.set()
    gate.opened.set()
    router.stop()
    assert active(store) == {}


def test_what_stands_in_few_directories_is_published_when_the_start_is_over(
    store: Counting, flows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "PUBLISH_FIRST_SECONDS", 60.0)  # a busy machine takes its time
    router = Router(settings({"a": flows}), store, starts_itself=False)
    router.start()
    try:
        assert router._publishing.looked.is_set()
        assert set(active(store)) == {"a"}
    finally:
        router.stop()
