"""Whose the files are and who may read them: the database holds numbers, the configuration secrets."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from router.cli.doctor.deployment import Deployment
from router.cli.doctor.diagnosis import Diagnosis, dubious, fine, wrong
from router.cli.doctor.machine import listener, may, owned, user_name
from router.config.settings import CONFIG_VARIABLE, DEFAULT_CONFIG
from router.store.spool_reader import WAITING

AREA: Final = "files"
BESIDE: Final = ("", "-wal", "-shm", "-lock")
OTHERS: Final = stat.S_IROTH | stat.S_IWOTH


def file_modes(deployment: Deployment) -> Iterator[Diagnosis]:
    """Of the database, the spool and the configuration's file, for the user that the router runs as."""
    user = _router_user(deployment.settings.listen)
    found = list(_examined(deployment, os.geteuid() if user is None else user))
    yield from found
    if not found:
        runs = "" if user is None else f"; the router runs as {user_name(user)}"
        yield fine(AREA, f"owners and modes are as they should be{runs}")


def _router_user(listen: str) -> int | None:
    """The user whose process listens where the router should; None when none does."""
    port = listen.rpartition(":")[2]
    return listener(int(port)) if port.isdigit() else None


def _examined(deployment: Deployment, user: int) -> Iterator[Diagnosis]:
    if deployment.is_sqlite and deployment.knows_database:
        yield from _files([Path(f"{deployment.database_file}{suffix}") for suffix in BESIDE], user)
        yield from _directory(Path(deployment.database_file).absolute().parent, user, "SQLite makes files there")
    spool = Path(deployment.settings.spool_directory)
    if spool.exists():
        for directory in (spool, spool / WAITING):
            yield from _directory(directory, user, "events go there while the database is away")
        files = [path for pattern in ("*.lock", "*.events", f"{WAITING}/*") for path in spool.glob(pattern)]
        yield from _files(files, user)
    yield from _configuration(Path(deployment.environ.get(CONFIG_VARIABLE) or DEFAULT_CONFIG), user)


def _files(paths: list[Path], user: int) -> Iterator[Diagnosis]:
    """Files that only the router should read and write."""
    name, public = user_name(user), []
    for path in paths:
        found = _stat(path)
        if found is None or not stat.S_ISREG(found.st_mode):
            continue
        if not (may(found, user, 4) and may(found, user, 2)):
            told = f"{path} cannot be read and written by {name}: {owned(found)}"
            yield wrong(AREA, told, f"chown {name} {path} && chmod 600 {path}")
        elif found.st_mode & OTHERS:
            public.append(str(path))
    if public:
        told = f"every user of this machine may read or write {', '.join(public)}, and numbers are in it"
        yield dubious(AREA, told, f"chmod o-rwx {' '.join(public)}")


def _directory(path: Path, user: int, why: str) -> Iterator[Diagnosis]:
    found = _stat(path)
    if found is not None and stat.S_ISDIR(found.st_mode) and not (may(found, user, 2) and may(found, user, 1)):
        told = f"{path} cannot be written to by {user_name(user)}: {owned(found)}"
        yield wrong(AREA, told, f"{why}: chown {user_name(user)} {path}")


def _configuration(path: Path, user: int) -> Iterator[Diagnosis]:
    found = _stat(path)
    if found is None or not stat.S_ISREG(found.st_mode):
        return
    if not may(found, user, 4):
        yield wrong(AREA, f"{path} cannot be read by {user_name(user)}: {owned(found)}", f"chgrp or chmod {path}")
    if found.st_mode & stat.S_IWOTH:
        yield wrong(AREA, f"every user of this machine may change {path}: {owned(found)}", f"chmod o-w {path}")
    elif found.st_mode & stat.S_IROTH and _has_secrets(path):
        told = f"{path} has keys in it, and every user of this machine may read it: {owned(found)}"
        yield dubious(AREA, told, f"chmod o-r {path}, or write the keys as ${{VARIABLE}} or file:PATH")


def _has_secrets(path: Path) -> bool:
    """Whether a key or a salt is written out."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").replace(",", "\n").replace("{", "\n").splitlines()
    except OSError:
        return False
    values = [line.partition(":")[2].strip(" \"'}") for line in lines if line.strip(" -").startswith(("api_", "salt_"))]
    return any(value and not value.startswith(("${", "file:", "$", "http")) for value in values)


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (OSError, ValueError):
        return None
