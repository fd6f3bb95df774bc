"""Events that wait for the database, and events that could not be taken in: read from the disk, without a router."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from router.cli.doctor.deployment import Deployment
from router.cli.doctor.diagnosis import Diagnosis, fine, several, wrong
from router.cli.doctor.machine import kind_of, remedy_of
from router.store.spool import CLOSED, CURRENT, SET_ASIDE, read

AREA: Final = "spool"
MOST_BYTES: Final = 64 * 1024 * 1024  # that are read to count events


def spool(deployment: Deployment) -> Iterator[Diagnosis]:
    """What lies in the spool's directory."""
    directory = Path(deployment.settings.spool_directory)
    try:
        found = directory.stat()
        if not directory.is_dir():
            yield wrong(AREA, f"{directory} is no directory but {kind_of(found) or 'a file'}", "mend IVR_SPOOL")
            return
        waiting = [path for path in [*sorted(directory.glob(CLOSED)), directory / CURRENT] if path.exists()]
        aside = sorted(os.listdir(directory / SET_ASIDE)) if (directory / SET_ASIDE).exists() else []
    except FileNotFoundError:
        yield fine(AREA, f"no event waits: {directory} is not there yet")
        return
    except OSError as error:
        yield wrong(AREA, f"{directory} cannot be looked into: {error.strerror}", remedy_of(error, directory))
        return
    except ValueError as error:
        yield wrong(AREA, f"IVR_SPOOL is no path: {error}", "mend IVR_SPOOL")
        return
    yield from _waiting(directory, waiting)
    if aside:
        yield wrong(
            AREA,
            f"{len(aside)} file(s) were set aside in {directory / SET_ASIDE}: {several(aside)}: their events took no"
            " effect",
            "the log says why of each; moved back into the spool it is tried again after the next start",
        )


def _waiting(directory: Path, files: list[Path]) -> Iterator[Diagnosis]:
    try:
        count, oldest, is_whole = _counted(files)
    except OSError as error:
        yield wrong(AREA, f"{error.filename} cannot be read: {error.strerror}", remedy_of(error, Path(error.filename)))
        return
    if not count:
        yield fine(AREA, f"no event waits in {directory}")
        return
    since = datetime.fromtimestamp(oldest, UTC).strftime("%Y-%m-%d %H:%M UTC")
    yield wrong(
        AREA,
        f"{count}{'' if is_whole else ' or more'} event(s) wait in {directory}, a file of them since {since}: they are"
        " kept, and nothing acts on them",
        "bring the database back; a router that runs takes them in within a second",
    )


def _counted(files: list[Path]) -> tuple[int, float, bool]:
    """(how many events, when their oldest file was last written, whether all were counted)."""
    count, oldest, left = 0, float("inf"), MOST_BYTES
    for path in files:
        if not path.is_file():
            continue
        with path.open("rb") as file:
            content = file.read(left)
        if records := len(read(content)[0]):
            count += records
            oldest = min(oldest, path.stat().st_mtime)
        left -= len(content)
        if left <= 0:
            return count, oldest, False
    return count, oldest, True
