"""The text of a list or a table, in the encodings in which spreadsheets and editors save them.

A byte order mark decides. Without one a file is UTF-8 where it is valid UTF-8, UTF-16 where every other byte is zero,
and cp1251 where all that is not ASCII is Cyrillic letters and the signs of Russian typography, and hardly anything
would be UTF-8. A file of UTF-8 with broken characters is therefore not taken for cp1251, which any bytes would be.
"""

import codecs
import re
from typing import Final

_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_WHOLE_UTF8: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_NOT_ASCII: Final = re.compile(rb"[\x80-\xff]")
_TYPOGRAPHY: Final = frozenset("«»„“”‘’—–-…№°•·§©®™€±\xa0")
SAMPLE: Final = 4096  # bytes that are looked at for UTF-16 without a mark


def decoded(content: bytes) -> str | None:
    """The text, without a byte order mark; None when it is in none of these encodings."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strictly(content[len(mark) :], encoding)
    text = _strictly(content, "utf-8")
    if text is not None and "\0" not in text[:SAMPLE]:
        return text
    return _utf_16(content) or _cp1251(content) or text


def _strictly(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _utf_16(content: bytes) -> str | None:
    """Without a mark: nearly every second byte of a table is the zero of an ASCII sign."""
    sample = content[:SAMPLE]
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        high = sample[first::2]
        if len(sample) >= 4 and high.count(0) * 2 > len(high) and not sample[1 - first :: 2].count(0):
            return _strictly(content, encoding)
    return None


def _cp1251(content: bytes) -> str | None:
    whole = sum(len(found) for found in _WHOLE_UTF8.findall(content))
    foreign = len(_NOT_ASCII.findall(content))
    text = _strictly(content, "cp1251")
    if text is None or whole * 2 > foreign or "\0" in text:
        return None
    return text if all(map(_is_usual, {character for character in text if not character.isascii()})) else None


def _is_usual(character: str) -> bool:
    return character in _TYPOGRAPHY or "\u0400" <= character <= "\u04ff"
