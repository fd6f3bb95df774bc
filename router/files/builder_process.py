"""The process that checks large bundles for all routers and commands of one user on a machine, and stays for the next.

A task in a process of its own costs that process's start, and all that was known of files that did not change. This one
keeps what it finds out (`flow.load_cache`), does one task after the other, and ends when nothing has come for a while,
when it has grown too large, or when its socket is gone. The socket lies in a directory of the user's alone and is named
for the state of the program: a program that was upgraded never asks a process of the one before.

Nothing relies on it: who gets no answer does the task in a process of its own (`builder`). So it may be killed at any
time, and does not wait for anybody.
"""

import fcntl
import gc
import os
import resource
import selectors
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from router.flow.load_cache import LoadCache

NICE: Final = 10
"""With 5 an event that came meanwhile often waited for the scheduler's next tick (docs/decisions/0155)."""

MOST_ADDRESSES: Final = 4 << 30
"""Bytes, of which a task uses a small part."""

KEPT_BYTES: Final = 384 << 20
"""Of what is known of files, about."""

MOST_RESIDENT_BYTES: Final = 768 << 20
"""With more than that after a task the process ends, so that the system has its memory back."""

TASK_SECONDS: Final = 125
LOOK_SECONDS: Final = 5.0
BACKLOG: Final = 64
HEAD_BYTES: Final = 8
DONE: Final = b"+"
FAILED: Final = b"-"


def receive(connection: socket.socket) -> bytearray:
    """One message. Raises EOFError when the other side has gone."""
    return _exactly(connection, int.from_bytes(_exactly(connection, HEAD_BYTES), "big"))


def _exactly(connection: socket.socket, size: int) -> bytearray:
    found = bytearray(size)
    view, place = memoryview(found), 0
    while place < size:
        count = connection.recv_into(view[place:])
        if count == 0:
            raise EOFError("the other side has gone")
        place += count
    return found


def send(connection: socket.socket, *parts: bytes) -> None:
    """One message, of these bytes one behind the other."""
    connection.sendall(sum(map(len, parts)).to_bytes(HEAD_BYTES, "big"))
    for part in parts:
        connection.sendall(part)


def main(directory: str, name: str, idle_seconds: float) -> None:
    """Listen, and end as soon as that is so: whoever started this waits for it. The work is done in a child. Where
    another process of this name listens already there is nothing to do."""
    os.chdir(directory)  # a socket's address is short
    _delete_old(name)
    lock = os.open(f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not _is_free(lock):
        return
    path = f"{name}.sock"
    with suppress(FileNotFoundError):
        os.unlink(path)  # of a process that was killed
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(BACKLOG)
        if os.fork():
            os._exit(0)
        os.ftruncate(lock, 0)
        os.write(lock, b"%d\n" % os.getpid())  # for people
        _give_way()
        resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
        _serve(listening, path, idle_seconds)


def _give_way() -> None:
    """Be nicer than the workers, in their session: where the kernel gives each session a share of the processors
    (autogroup), a level of niceness counts within the session alone. A signal of their terminal is not for this
    process."""
    os.setpgid(0, 0)
    os.nice(NICE)


def _delete_old(name: str) -> None:
    """What ended processes have left, and the sockets of those that are of an earlier state of the program in this
    place: they end then."""
    place = name.partition("-")[0]
    for path in (found for found in Path().glob("*.lock") if found.stem != name):
        lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        is_free = _is_free(lock)
        if is_free or path.name.startswith(f"{place}-"):
            path.with_suffix(".sock").unlink(missing_ok=True)
        if is_free:
            path.unlink(missing_ok=True)
        os.close(lock)


def _is_free(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _serve(listening: socket.socket, path: str, idle_seconds: float) -> None:
    from router.flow.load_cache import LoadCache  # only now: who waits for the socket does not wait for this

    gc.disable()  # of what a task makes nothing is garbage before its end, and looking for it is a third of the time
    cache, last = LoadCache(), time.monotonic()
    own = os.stat(path).st_ino
    with selectors.DefaultSelector() as selector:
        selector.register(listening, selectors.EVENT_READ)
        while time.monotonic() - last < idle_seconds and _stands(path, own):
            if not selector.select(min(LOOK_SECONDS, idle_seconds)):
                continue
            connection, _ = listening.accept()
            with connection:
                signal.alarm(TASK_SECONDS)  # which ends the process
                _answer(connection, cache)
                signal.alarm(0)
            cache.forget(KEPT_BYTES)
            gc.collect()
            if _resident_bytes() > MOST_RESIDENT_BYTES:
                break
            last = time.monotonic()
    if _stands(path, own):
        os.unlink(path)


def _stands(path: str, inode: int) -> bool:
    """Whether the socket is still there for others to find: directories for temporary files are swept."""
    with suppress(OSError):
        return os.stat(path).st_ino == inode
    return False


def _answer(connection: socket.socket, cache: "LoadCache") -> None:
    """One task: the module that does it, and what it is about."""
    try:
        module, task = msgspec.msgpack.decode(receive(connection), type=tuple[str, bytes])
        try:
            answer, told = DONE, msgspec.msgpack.encode(import_module(module).answer(task, cache))
        except Exception:
            answer, told = FAILED, traceback.format_exc().encode(errors="replace")
        send(connection, answer, told)
    except (OSError, EOFError, msgspec.DecodeError):
        return  # who asked has gone


def _resident_bytes() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
