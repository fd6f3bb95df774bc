"""Bundles as no author would write them: sound ones, with bytes, words and lines of theirs changed at random."""

import random
import re
from collections.abc import Mapping
from typing import Final

PIECES: Final = (
    *re.findall(
        r"\S+",
        """${ } { [ ] , : " ' * & ! # | > - \\ % @ ` null ~ true yes on << --- ... ? when goto else next menu flow steps
        for audio. lists. vars. hours. 1e999 -1 . .. !!int == = and or in caller.number secrets.x RU group extension
        mon-fri 25:00-26:00 ../ .txt 999999d 0s 99999999999999999999 9-5 star *x &x""",
    ),
    "\t", "\n", "\r", "\x00", "\x1b", "\u2028", "\ufeff", "😀", "é", "а", "\ue000", "\u202e", "\u0301", "- ",
    "9" * 400, "a" * 300, "(" * 60, "not " * 80, "{" * 45, "[" * 1200,
)  # fmt: skip
"""What gets in between: signs of YAML and of expressions, traps, and much of one thing."""


class Mutations:
    """An endless supply, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def of(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """The files of a bundle after one or several changes."""
        changed = dict(files)
        for _ in range(self._random.choice((1, 1, 1, 2, 3, 6))):
            name = self._random.choice(sorted(changed))
            change = self._random.choice((self._bytes, self._piece, self._piece, self._word, self._line, self._cut))
            changed[name] = change(changed[name])
        if self._random.random() < 0.05:
            changed.pop(self._random.choice(sorted(changed)))
        return changed

    def gently(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """The files after one change of a word or a line: many are sound still."""
        name = self._random.choice(sorted(files))
        return {**files, name: self._random.choice((self._word, self._line))(files[name])}

    def _bytes(self, content: bytes) -> bytes:
        at = self._random.randrange(len(content) + 1)
        return content[:at] + self._random.randbytes(2) + content[at + self._random.randrange(3) :]

    def _piece(self, content: bytes) -> bytes:
        text = content.decode("utf-8", "replace")
        at = self._random.randrange(len(text) + 1)
        left_out = self._random.choice((0, 0, 1, 5))
        return (text[:at] + self._random.choice(PIECES) + text[at + left_out :]).encode()

    def _word(self, content: bytes) -> bytes:
        text = content.decode("utf-8", "replace")
        words = list(re.finditer(r"[\w.]+", text))
        if not words:
            return content
        old, new = self._random.choice(words), self._random.choice(words)
        return (text[: old.start()] + new[0] + text[old.end() :]).encode()

    def _line(self, content: bytes) -> bytes:
        lines = content.split(b"\n")
        one, other = (self._random.randrange(len(lines)) for _ in range(2))
        lines[one] = self._random.choice((b"", lines[other], b"  " + lines[one], lines[one].lstrip(), lines[one] * 2))
        return b"\n".join(lines)

    def _cut(self, content: bytes) -> bytes:
        begin, end = sorted(self._random.randrange(len(content) + 1) for _ in range(2))
        return content[:begin] + content[end:] if self._random.random() < 0.5 else content[:end]
