"""A large bundle is checked in a child; what comes back is what this process would have found."""

import subprocess
from typing import Any

import pytest

from router.errors import ConfigurationError
from router.files import builder
from router.files.bundle_builder import SMALL_BYTES, build_apart
from router.runtime.versions.publish import build

STEPS = 600


def large(last: str = "bye: hangup") -> dict[str, bytes]:
    steps = "\n".join(f"  s{number}: {{wait: {{for: 10s, next: s{number + 1}}}}}" for number in range(STEPS))
    text = f"flow: main\nfor: any\non_error: bye\nstart: s0\nsteps:\n{steps}\n  s{STEPS}: hangup\n  {last}\n"
    files = {"main.yaml": text.encode(), "padding.txt": b"#" * SMALL_BYTES}
    assert sum(map(len, files.values())) > SMALL_BYTES
    return files


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The commands of the processes that were started."""
    started: list[Any] = []
    run = subprocess.run

    def noted(command: Any, **options: Any) -> Any:
        started.append(command)
        return run(command, **options)

    monkeypatch.setattr(builder.subprocess, "run", noted)
    return started


def test_child_builds_what_this_process_would(children: list[Any]) -> None:
    files = large()
    assert build_apart(files) == build(files)
    assert len(children) == 1


def test_findings_come_back(children: list[Any]) -> None:
    built = build_apart(large("bye: hangup\n  lost: {play: {prompt: audio.nothing, next: nowhere}}"))
    assert (built.version, built.image) == ("", b"")
    assert [finding.severity for finding in built.errors].count("error") == 2
    assert built == build(large("bye: hangup\n  lost: {play: {prompt: audio.nothing, next: nowhere}}"))


def test_small_bundle_costs_no_process(children: list[Any]) -> None:
    assert build_apart({"main.yaml": b"flow: main\nfor: any\nstart: bye\nsteps: {bye: hangup}\n"}).version
    assert children == []


def test_child_that_dies_publishes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder.sys, "executable", "/bin/false")
    with pytest.raises(ConfigurationError, match="could not be checked"):
        build_apart(large())


def test_child_that_tells_nonsense_publishes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder.sys, "executable", "/bin/echo")
    with pytest.raises(ConfigurationError, match="could not be checked"):
        build_apart(large())
