"""Builds large bundles in a process of its own, so that the threads of a worker go on answering calls meanwhile.

In the same process a second of loading would cost every event of that second several times its own time, since one
thread computes at once. The child gets the files on its standard input and answers on its standard output; it is nicer
than its parent, and its failures end no worker.
"""

import gc
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

import msgspec
import structlog

from router.errors import ConfigurationError
from router.files.bundle import pack, unpack
from router.runtime.versions.publish import Built, build

SMALL_BYTES: Final = 32 * 1024  # of all files; reading so much here takes less than starting a process
BUILD_SECONDS: Final = 120.0
NICE: Final = 5

log = structlog.get_logger()


def build_apart(files: Mapping[str, bytes]) -> Built:
    """Check the files and make their image; a small bundle here, a large one in a child.

    Raises ConfigurationError when the child could not tell what it found.
    """
    if sum(map(len, files.values())) <= SMALL_BYTES:
        return build(files)
    command = [sys.executable, "-m", "router.files.bundle_builder"]
    try:
        child = subprocess.run(command, input=pack(files), capture_output=True, timeout=BUILD_SECONDS, check=True)
        return msgspec.msgpack.decode(child.stdout, type=Built)
    except subprocess.TimeoutExpired as error:
        raise ConfigurationError(f"checking the bundle took longer than {BUILD_SECONDS:g} s") from error
    except (subprocess.CalledProcessError, msgspec.DecodeError) as error:
        log.error("the process that checks a bundle failed", told=getattr(error, "stderr", b"")[-2000:])
        raise ConfigurationError("the bundle could not be checked; the log says why") from error


def main() -> None:
    """The child. It ends with the bundle, so nothing that it makes is garbage before; looking for it is a third of the
    time."""
    gc.disable()
    os.nice(NICE)
    sys.stdout.buffer.write(msgspec.msgpack.encode(build(unpack(sys.stdin.buffer.read()))))


if __name__ == "__main__":
    main()
