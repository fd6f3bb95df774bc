"""How much room there is where files are to be kept."""

import os
from pathlib import Path


def room_at(path: Path) -> tuple[int, int] | None:
    """(bytes that may be written, all bytes) of the file system that holds `path`, or would; None when it does not
    tell. What is kept for root counts as taken."""
    for place in (path.absolute(), *path.absolute().parents):
        try:
            found = os.statvfs(place)
        except FileNotFoundError:
            continue
        except OSError:
            return None
        return found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize
    return None
