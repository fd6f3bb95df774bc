"""Bundles' directories are watched where they stand, also when they come later or another one takes their place."""

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from router.files import directory_watch
from router.files.directory_watch import Watcher

SECONDS = 20.0


@pytest.fixture(params=["waited for", "asked again"])
def watching(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], str]]:
    """What the bundle says each time that a change is told."""
    monkeypatch.setattr(directory_watch, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(directory_watch, "AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(directory_watch, "_are_threads_greenlets", lambda: request.param == "asked again")
    told: queue.Queue[str] = queue.Queue()

    def changed() -> bool:
        told.put((tmp_path / "flows" / "main.yaml").read_text())
        return True

    watcher = Watcher([str(tmp_path / "flows")], changed)
    watcher.start()
    yield lambda: told.get(timeout=SECONDS)
    watcher.stop()
    assert "watcher" not in {thread.name for thread in threading.enumerate()}


def bundle(directory: Path, text: str) -> Path:
    directory.mkdir()
    (directory / "main.yaml").write_text(text)
    return directory


def until(told: Callable[[], str], text: str) -> None:
    while told() != text:
        pass


def test_a_directory_that_comes_later(watching: Callable[[], str], tmp_path: Path) -> None:
    bundle(tmp_path / "new", "one").rename(tmp_path / "flows")
    until(watching, "one")
    (tmp_path / "flows" / "main.yaml").write_text("two")
    until(watching, "two")


def test_a_link_to_the_next_release(watching: Callable[[], str], tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / "next").symlink_to(bundle(tmp_path / f"release-{number}", f"release {number}"))
        (tmp_path / "next").rename(tmp_path / "flows")
        until(watching, f"release {number}")
    (tmp_path / "flows" / "main.yaml").write_text("by hand")
    until(watching, "by hand")


def test_a_directory_in_place_of_another(watching: Callable[[], str], tmp_path: Path) -> None:
    bundle(tmp_path / "flows", "old")
    until(watching, "old")
    (tmp_path / "flows").rename(tmp_path / "aside")
    bundle(tmp_path / "flows", "new")
    until(watching, "new")
    (tmp_path / "flows" / "main.yaml").write_text("newer")
    until(watching, "newer")
