"""A bundle that was sent instead of read from a directory: what is asked of the process that looks at it, and what that
answers."""

import msgspec

from router.flow.findings import Finding
from router.runtime.versions.publish import Built


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """Recorded calls that a bundle has to pass: they are replayed under it."""

    account: str
    since: float  # calls that began since this instant, Unix seconds
    most_percent: float  # of them may end elsewhere


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked."""

    archive: bytes
    only_check: bool  # nothing is to be published, so no image is made
    gate: Gate | None = None


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """What is answered. All but the first two are empty when the archive is refused."""

    invalid: str = ""  # why it is no archive
    unfit: tuple[Finding, ...] = ()  # members that no bundle may have
    files: dict[str, bytes] = {}
    built: Built | None = None  # None when it was only checked
    told: bytes = b""  # as `ivr check --json` tells it, when it was only checked
    replayed: str = ""  # what the gate found, for people
    problem: str = ""  # why the gate stays shut; "" when it is open


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """Recorded calls to play under a bundle, whatever comes of it."""

    archive: bytes
    account: str
    since: float  # calls that began since this instant, Unix seconds


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    findings: tuple[Finding, ...] = ()  # errors, for which nothing was played
    told: bytes = b""  # as `ivr replay --json` tells it
