"""Builds large bundles in a process of its own, so that the threads of a worker go on answering calls meanwhile.

In the same process a second of loading would cost every event of that second several times its own time, since one
thread computes at once. The child gets its task on its standard input and answers on its standard output; it is nicer
than its parent, and its failures end no worker. `router.simulator.archive_check` is another such child.
"""

import gc
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import msgspec
import structlog

from router.errors import ConfigurationError
from router.runtime.versions.publish import Built, build

SMALL_BYTES: Final = 32 * 1024  # of all files; reading so much here takes less than starting a process
BUILD_SECONDS: Final = 120.0
NICE: Final = 5
MOST_MEMORY_BYTES: Final = 4 << 30  # of addresses, of which a child uses a small part

Answer = TypeVar("Answer")

log = structlog.get_logger()


def build_apart(files: Mapping[str, bytes]) -> Built:
    """Check the files and make their image; a small bundle here, a large one in a child.

    Raises ConfigurationError when the child could not tell what it found.
    """
    if sum(map(len, files.values())) <= SMALL_BYTES:
        return build(files)
    return ask_child("router.files.bundle_builder", msgspec.msgpack.encode(files), Built, BUILD_SECONDS)


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


def be_child(act: Callable[[bytes], msgspec.Struct]) -> None:
    """Do one task. The child ends with the bundle, so nothing that it makes is garbage before; looking for it is a
    third of the time."""
    gc.disable()
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    sys.stdout.buffer.write(msgspec.msgpack.encode(act(sys.stdin.buffer.read())))


if __name__ == "__main__":
    be_child(lambda task: build(msgspec.msgpack.decode(task, type=dict[str, bytes])))
