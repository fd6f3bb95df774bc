"""A bundle as an editor sees it: read once for each change, with the place of every name in it."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from router.flow.findings import Finding, has_errors
from router.flow.load_cache import LoadCache
from router.flow.loader import LoadedBundle
from router.flow.model import Bundle
from router.flow.resources.text_encoding import decoded
from router.flow.symbols import Occurrence, Symbol
from router.flow.yaml.node import split_lines
from router.simulator.checked import CheckedBundle, check_bundle
from router.simulator.names_in_tests import names_in_tests


@dataclass(frozen=True, kw_only=True)
class ReadBundle:
    """The files, what is wrong with them, and what their names mean."""

    files: Mapping[str, bytes]
    checked: CheckedBundle

    @property
    def loaded(self) -> LoadedBundle:
        """What the loader made of the files."""
        return self.checked.loaded

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those of `ivr check`."""
        return self.checked.findings

    @property
    def bundle(self) -> Bundle | None:
        """None while there are errors."""
        return None if has_errors(self.findings) else self.loaded.bundle

    @cached_property
    def occurrences(self) -> tuple[Occurrence, ...]:
        """Every place where a name stands, tests included."""
        loaded = self.loaded
        if loaded.bundle is None:
            return loaded.symbols
        known = loaded.resources.known
        return (*loaded.symbols, *names_in_tests(loaded.tests, loaded.bundle, known, self.checked.texts))

    @cached_property
    def by_file(self) -> Mapping[str, tuple[Occurrence, ...]]:
        """The occurrences of each file, in the order of their places."""
        found: dict[str, list[Occurrence]] = {}
        for one in self.occurrences:
            found.setdefault(one.mark.file, []).append(one)
        return {file: tuple(sorted(ones, key=_place)) for file, ones in found.items()}

    @cached_property
    def by_symbol(self) -> Mapping[Symbol, tuple[Occurrence, ...]]:
        """The occurrences of each name, its definition first."""
        found: dict[Symbol, list[Occurrence]] = {}
        for one in self.occurrences:
            found.setdefault(one.symbol, []).append(one)
        return {symbol: tuple(sorted(ones, key=lambda one: not one.defines)) for symbol, ones in found.items()}

    def at(self, file: str, line: int, column: int) -> Occurrence | None:
        """The name at a place (from 1, in characters); the place behind its last character counts too."""
        ones = self.by_file.get(file, ())
        found = bisect_right(ones, (line, column), key=_place)
        for one in reversed(ones[:found]):
            if one.mark.line != line:
                return None
            if column <= one.mark.column + one.length:
                return one
        return None

    def lines(self, file: str) -> list[str]:
        """The lines of a text file, as YAML counts them."""
        return split_lines(self.text(file))

    def text(self, file: str) -> str:
        """A file's text, without a byte order mark; "" of one that is no text."""
        return decoded(self.files.get(file, b"")) or ""


def read_bundle(files: Mapping[str, bytes], today: date | None = None, cache: LoadCache | None = None) -> ReadBundle:
    """Read the files of one bundle. Never raises for anything in them. A `cache` has what is known of those that did
    not change."""
    return ReadBundle(files=files, checked=check_bundle(files, today, symbols=True, cache=cache))


def definition_of(found: Iterable[Occurrence]) -> Occurrence | None:
    """Where the name is defined; None for what only other systems define."""
    return next((one for one in found if one.defines), None)


def _place(one: Occurrence) -> tuple[int, int]:
    return one.mark.line, one.mark.column
