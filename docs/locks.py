"""What the lock files hold: each package with its version, where it is needed, its hashes, and who needs it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parents[1]
PRODUCTION, DEVELOPMENT, SOAK = "requirements.lock", "requirements-dev.lock", "requirements-soak.lock"
LOCKS: Final = (PRODUCTION, DEVELOPMENT, SOAK)

_entry = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; (.+?))?(?: \\)?$")
_via = re.compile(r"^    #(?: via)? +(?!via$)([a-z0-9-]+)(?:\[[a-z,-]+\])?(?: \(pyproject\.toml\))?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A package as it is locked; one that differs between versions of Python has several."""

    name: str
    version: str
    marker: str  # "" for everywhere
    hashes: tuple[str, ...]  # sha256
    needed_by: tuple[str, ...]


def locked(lock: str) -> list[Locked]:
    """The packages of a lock file, in its order."""
    return [_read(lines) for lines in _entries((PROJECT / lock).read_text(encoding="utf-8").splitlines())]


def _entries(lines: list[str]) -> Iterator[list[str]]:
    starts = [number for number, line in enumerate(lines) if _entry.match(line)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield lines[start:end]


def _read(lines: list[str]) -> Locked:
    found = _entry.match(lines[0])
    assert found is not None
    return Locked(
        name=found[1],
        version=found[2],
        marker=found[3] or "",
        hashes=tuple(line.split("sha256:")[1].rstrip(" \\") for line in lines if "--hash=sha256:" in line),
        needed_by=tuple(via[1] for line in lines if (via := _via.match(line))),
    )
