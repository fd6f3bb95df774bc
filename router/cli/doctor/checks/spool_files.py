"""Events that wait for the database, and events that could not be taken in: read from the disk, without a router."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from router.cli.doctor.deployment import Deployment
from router.cli.doctor.diagnosis import Diagnosis, fine, several, wrong
from router.cli.doctor.machine import kind_of, remedy_of
from router.store.spool_reader import SET_ASIDE, set_aside_in, waiting_in

AREA: Final = "spool"


def spool(deployment: Deployment) -> Iterator[Diagnosis]:
    """What lies in the spool's directory."""
    directory = Path(deployment.settings.spool_directory)
    try:
        found = directory.stat()
        if not directory.is_dir():
            yield wrong(AREA, f"{directory} is no directory but {kind_of(found) or 'a file'}", "mend IVR_SPOOL")
            return
        yield from _waiting(directory)
        aside = set_aside_in(directory)
    except FileNotFoundError:
        yield fine(AREA, f"no event waits: {directory} is not there yet")
        return
    except OSError as error:
        yield wrong(AREA, f"{directory} cannot be looked into: {error.strerror}", remedy_of(error, directory))
        return
    except ValueError as error:
        yield wrong(AREA, f"IVR_SPOOL is no path: {error}", "mend IVR_SPOOL")
        return
    if aside:
        yield wrong(
            AREA,
            f"{len(aside)} file(s) were set aside in {directory / SET_ASIDE}: {several(aside)}: their events took no"
            " effect",
            "the log says why of each; moved back into the spool it is tried again after the next start",
        )


def _waiting(directory: Path) -> Iterator[Diagnosis]:
    unreadable: list[Diagnosis] = []

    def note(path: Path, error: Exception) -> None:
        cure = remedy_of(error, path) if isinstance(error, OSError) else "a router that runs takes in what it can read"
        unreadable.append(wrong(AREA, f"{path} cannot be read: {error}", cure))

    found = list(waiting_in(directory, note))
    yield from unreadable
    if found:
        count, since = sum(one for one, _ in found), min(since for _, since in found)
        yield wrong(
            AREA,
            f"{count} event(s) wait in {directory}, since {datetime.fromtimestamp(since, UTC):%Y-%m-%d %H:%M UTC}: they"
            " are kept, and nothing acts on them",
            "bring the database back; a router that runs takes them in within a second",
        )
    elif not unreadable:
        yield fine(AREA, f"no event waits in {directory}")
