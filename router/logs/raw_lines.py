"""Standard error for code that prints to it: whole lines go to the log."""

import io
import threading
from collections.abc import Callable

from router.logs.sink import STDERR

MOST_CHARACTERS = 100_000


class RawLines(io.TextIOBase):
    """A text stream; `take` gets each line that is not empty."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, take: Callable[[str], None]) -> None:
        super().__init__()
        self._take = take
        self._begun = threading.local()

    def write(self, text: str) -> int:
        """Lines of different threads do not mix."""
        whole = getattr(self._begun, "text", "") + str(text)
        *lines, rest = whole.split("\n")
        if len(rest) > MOST_CHARACTERS:
            lines, rest = [*lines, rest], ""
        self._begun.text = rest
        for line in lines:
            if line.strip():
                self._take(line.rstrip())
        return len(text)

    def flush(self) -> None:
        """What has no end yet waits for it."""

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return STDERR
