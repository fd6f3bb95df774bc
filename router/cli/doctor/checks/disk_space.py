"""Whether there is room: beside the database, in the spool, for temporary files."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from router.cli.doctor.deployment import Deployment
from router.cli.doctor.diagnosis import Diagnosis, dubious, fine, wrong

AREA: Final = "disk"
MIB: Final = 1024 * 1024
LOW_BYTES: Final = 512 * MIB
FULL_BYTES: Final = 64 * MIB  # a busy hour
LEAST_TEMPORARY_BYTES: Final = 16 * MIB  # metrics of the workers
LEAST_INODES: Final = 1000


def disks(deployment: Deployment) -> Iterator[Diagnosis]:
    """Each place, or the directory above it that exists."""
    spool = Path(deployment.settings.spool_directory)
    if deployment.is_sqlite and deployment.knows_database:
        yield from _room(Path(deployment.database_file).parent, "the database")
    yield from _room(spool, "the spool")
    yield from _temporary()


def _room(path: Path, what: str) -> Iterator[Diagnosis]:
    existing = _existing(path)
    try:
        free, inodes = shutil.disk_usage(existing).free, os.statvfs(existing)
    except OSError as error:
        yield wrong(AREA, f"{existing} ({what}): {error.strerror}", "look at that file system")
        return
    told = f"{free // MIB} MiB are free for {what} ({existing})"
    if free < FULL_BYTES:
        yield wrong(AREA, told, "make room: a full disk takes no events")
    elif free < LOW_BYTES:
        yield dubious(AREA, told, "make room: a full disk takes no events")
    else:
        yield fine(AREA, told)
    if inodes.f_files and inodes.f_favail < LEAST_INODES:
        told = f"{inodes.f_favail} files can still be made for {what} ({existing})"
        yield wrong(AREA, told, "delete files there: without an inode nothing can be written")


def _temporary() -> Iterator[Diagnosis]:
    try:
        path = Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR") or tempfile.gettempdir())
        free = shutil.disk_usage(_existing(path)).free
    except OSError as error:  # no directory at all for temporary files
        yield wrong(AREA, f"there is no place for temporary files: {error}", "set TMPDIR to a directory with room")
        return
    told = f"{free // MIB} MiB are free for temporary files ({path})"
    if free < LEAST_TEMPORARY_BYTES:
        yield wrong(AREA, told, "make room: the workers keep their metrics there, and gunicorn its heartbeats")
    else:
        yield fine(AREA, told)


def _existing(path: Path) -> Path:
    """The nearest directory that is there."""
    path = path.absolute()
    while not os.path.lexists(path) and path != path.parent:
        path = path.parent
    return path
