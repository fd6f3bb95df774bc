"""Tasks about bundles that are done beside the threads of a worker, which go on answering calls meanwhile.

In the same process a second of loading would cost every event of that second several times its own time, since one
thread computes at once. A task is a module with a function `answer(task, cache)`. It goes to the process that stays
(`builder_process`), which is started when there is none; where that gives no answer, or is not wanted, a child does it,
which ends with it. Both are nicer than the worker, and their failures end none.
"""

import gc
import hashlib
import os
import resource
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from router.errors import ConfigurationError
from router.files.builder_process import DONE, MOST_ADDRESSES, NICE, receive, send
from router.flow.load_cache import LoadCache
from router.logs import get_logger
from router.private_files import DIRECTORY, OTHERS

START_SECONDS: Final = 10.0
PREFIX: Final = "ivr-builder-"
PACKAGE: Final = Path(__file__).parents[1]
PACKAGES: Final = ("site-packages", "dist-packages")
"""Directories that change with each package that is installed, upgraded or removed."""

Answer = TypeVar("Answer")

log = get_logger()


def ask(module: str, task: bytes, kind: type[Answer], seconds: float, idle_seconds: float | None) -> Answer:
    """What the module answers to the task. The process that stays ends `idle_seconds` after its last one; with None
    there is none. Raises ConfigurationError when the answer could not be had."""
    if idle_seconds is not None:
        try:
            return _ask_the_one_that_stays(module, task, kind, seconds, idle_seconds)
        except TimeoutError as error:
            raise ConfigurationError(f"checking the bundle took longer than {seconds:g} s") from error
        except (OSError, EOFError, msgspec.DecodeError, subprocess.SubprocessError) as error:
            log.warning("the process that checks bundles gave no answer; a child does the task", error=str(error))
    return ask_child(module, task, kind, seconds)


def _ask_the_one_that_stays(module: str, task: bytes, kind: type[Answer], seconds: float, idle: float) -> Answer:
    directory = _directory()
    name = program()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(seconds)
        if not _is_connected(connection, directory, name):
            command = [sys.executable, "-m", "router.files.builder_process", str(directory), name, str(idle)]
            quiet = subprocess.DEVNULL
            subprocess.run(command, stdin=quiet, stdout=quiet, stderr=quiet, timeout=START_SECONDS, check=True)
            if not _is_connected(connection, directory, name):
                raise ConnectionRefusedError("it cannot be started")
        send(connection, msgspec.msgpack.encode((module, task)))
        told = memoryview(receive(connection))
    if bytes(told[:1]) != DONE:
        raise ConnectionAbortedError(str(told[1:], "utf-8", "replace"))
    return msgspec.msgpack.decode(told[1:], type=kind)


def _is_connected(connection: socket.socket, directory: Path, name: str) -> bool:
    """Through a descriptor of the directory: the address of a socket is short."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        connection.connect(f"/proc/self/fd/{descriptor}/{name}.sock")
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    finally:
        os.close(descriptor)
    return True


def _directory() -> Path:
    """The user's own. Raises PermissionError where somebody else has made it."""
    path = Path(tempfile.gettempdir()) / f"{PREFIX}{os.geteuid()}"
    with suppress(FileExistsError):
        path.mkdir(DIRECTORY)
    state = path.lstat()
    if path.is_symlink() or state.st_uid != os.geteuid() or state.st_mode & OTHERS:
        raise PermissionError(f"{path} is not ours alone")
    return path


def program() -> str:
    """Which program this is, and its state on the disk: another one when it, or what it imports, was changed there."""
    told = hashlib.blake2b(digest_size=8)
    states = [(path, os.stat(path)) for path in sys.path if path.endswith(PACKAGES) and os.path.isdir(path)]
    for directory, _, names in os.walk(PACKAGE):
        states += [(name, os.stat(os.path.join(directory, name))) for name in sorted(names) if name.endswith(".py")]
    for path, state in states:
        told.update(f"{path} {state.st_mtime_ns} {state.st_size}\n".encode())
    place = hashlib.blake2b(f"{sys.executable} {sys.version} {PACKAGE}".encode(), digest_size=8)
    return f"{place.hexdigest()}-{told.hexdigest()}"


def ask_child(module: str, task: bytes, kind: type[Answer], seconds: float) -> Answer:
    """What the module, run as a program, answers. Raises ConfigurationError when it could not tell."""
    command = [sys.executable, "-m", module]
    try:
        child = subprocess.run(command, input=task, capture_output=True, timeout=seconds, check=True)
        return msgspec.msgpack.decode(child.stdout, type=kind)
    except subprocess.TimeoutExpired as error:
        raise ConfigurationError(f"checking the bundle took longer than {seconds:g} s") from error
    except (subprocess.CalledProcessError, msgspec.DecodeError) as error:
        log.error("the process that checks a bundle failed", told=getattr(error, "stderr", b"")[-2000:])
        raise ConfigurationError("the bundle could not be checked; the log says why") from error


def be_child(act: Callable[[bytes, LoadCache], msgspec.Struct]) -> None:
    """Do one task. The child ends with the bundle, so nothing that it makes is garbage before; looking for it is a
    third of the time."""
    gc.disable()
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
    sys.stdout.buffer.write(msgspec.msgpack.encode(act(sys.stdin.buffer.read(), LoadCache())))
