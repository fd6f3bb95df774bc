"""Where a version comes from when it was read from a directory of this machine."""

import socket
from pathlib import Path

from router.runtime.records import Origin


def from_directory(directory: Path, author: str = "") -> Origin:
    """The directory and its machine."""
    return Origin(author=author, source=f"{directory.absolute()} on {socket.gethostname()}")
