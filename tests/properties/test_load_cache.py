"""A bundle that is loaded with what earlier loads found out is the bundle that is loaded afresh: findings, version and
image, byte for byte. Several bundles share one cache, their files change at random, change back, and move between them.
"""

import random
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from router.files.bundle import read_directory
from router.flow.load_cache import LoadCache
from router.runtime.versions.publish import build
from router.simulator.checked import check_bundle
from tests.flow.bundles import every_verb
from tests.flow.large_flow import RESOURCES, large_flow
from tests.properties.mutations import Mutations

PROJECT = Path(__file__).parents[2]
TODAY = date(2026, 11, 23)

RUNNING = """
flow: {name}
{takes}
start: ask
on_error: bye
steps:
  ask: {{menu: {{prompt: audio.hello, keys: {{1: inner, 2: find}}, no_input: {{goto: bye}}}}}}
  inner: {{run: {{flow: {runs}, on: {{done: find, else: bye}}}}}}
  find:
    lookup: {{table: rota, key: now.date, outputs: {{who: {{type: text, from: name}}, at: {{type: phone, from: phone}}}}, next: pick}}
  pick:
    switch:
      - {{when: caller.number in lists.filed, goto: bye}}
      - {{when: 'find.who == "Ann" and not hours.office.open', goto: bye}}
      - {{else: bye}}
  bye: hangup
"""
RUN = """
flow: {name}
vars: {{desk: {{type: phone, default: "84950000001"}}}}
start: wait
steps:
  wait: {{wait: {{for: 2s, next: back}}}}
  back: {{return: {{as: done}}}}
"""
OF_RUNNING = """
audio: {hello: {id: 17, length: 6s}}
hours: {office: {timezone: Europe/Moscow, open: {mon-fri: "09:00-18:00"}}}
lists: {filed: {file: numbers.txt, numbers: ["7900*"], keep: 30m}, lines: {file: lines.txt}}
tables: {rota: {file: rota.csv, key: date}}
"""


def running() -> dict[str, bytes]:
    """Flows that run others, and look into files that are no YAML."""
    return {
        "resources.yaml": OF_RUNNING.encode(),
        "first.yaml": RUNNING.format(name="first", takes="for: {lines: lists.lines}", runs="inner").encode(),
        "second.yaml": RUNNING.format(name="second", takes='for: {lines: ["84950000001"]}', runs="other").encode(),
        "inner.yaml": RUN.format(name="inner").encode(),
        "other.yaml": RUN.format(name="other").encode(),
        "numbers.txt": b"79000000001\n7900000000*\n# what a list may hold\n",
        "lines.txt": b"74950000002\n",
        "rota.csv": b"date,name,phone\n2026-11-30,Ann,79000000001\n2026-12-01,Bob,79000000002\n",
    }


def with_doubles() -> dict[str, bytes]:
    """The same with a flow of the name of another one, and one that runs itself over another."""
    files = running()
    return files | {
        "later.yaml": files["inner.yaml"],
        "other.yaml": RUNNING.format(name="other", takes="", runs="second").encode(),
    }


def large() -> dict[str, bytes]:
    text = large_flow()
    other = text.replace("flow: main", "flow: other").replace("for: any", 'for: {lines: ["74950000003"]}')
    return {"resources.yaml": RESOURCES.encode(), "main.yaml": text.encode(), "other.yaml": other.encode()}


BASES: tuple[Callable[[], dict[str, bytes]], ...] = (
    running, running, with_doubles, every_verb, large,
    lambda: read_directory(PROJECT / "tests" / "bundles" / "reception"), lambda: read_directory(PROJECT / "tests/bundles/at_run_time"),
)  # fmt: skip


def test_the_bundles_that_are_changed_are_sound() -> None:
    for base in (running, every_verb, large):
        assert build(base()).errors == ()


@pytest.mark.parametrize("seed", range(2))
def test_what_is_built_with_a_cache_is_what_is_built_afresh(seed: int, request: pytest.FixtureRequest) -> None:
    """`pytest --mutations N` tries N changes."""
    edits, cache = Edits(seed), LoadCache()
    for number in range(request.config.getoption("--mutations") // 10):
        files = edits.next()
        assert build(files, cache) == build(files)
        if number % 16 == 15:
            cache.forget(edits.random.choice((0, 200_000, 2_000_000)))


def test_what_an_editor_reads_with_a_cache_is_what_it_reads_afresh(request: pytest.FixtureRequest) -> None:
    edits, cache = Edits(2), LoadCache()
    for number in range(request.config.getoption("--mutations") // 10):
        files = edits.next()
        found = check_bundle(files, TODAY, symbols=True, cache=cache)
        afresh = check_bundle(files, TODAY, symbols=True)
        assert found.findings == afresh.findings
        assert found.loaded.symbols == afresh.loaded.symbols
        assert found.loaded.expressions == afresh.loaded.expressions
        assert found.loaded.content == afresh.loaded.content
        if number % 4 == 3:
            cache.forget_unused()


class Edits:
    """Bundles that change step by step; now and then one changes back, or gets a file of another one."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._mutations = Mutations(seed)
        self._bundles = [base() for base in BASES]
        self._before = [dict(files) for files in self._bundles]

    def next(self) -> dict[str, bytes]:
        """The files of one of the bundles after one more change."""
        number = self.random.randrange(len(BASES))
        way = self.random.random()
        if way < 0.25:
            changed = BASES[number]()
        elif way < 0.35:
            changed = self._before[number]
        elif way < 0.5:
            changed = self._with_a_file_of_another(number)
        else:
            change = self._mutations.gently if way < 0.9 else self._mutations.of
            changed = change(self._bundles[number]) or BASES[number]()
        self._before[number], self._bundles[number] = self._bundles[number], changed
        return changed

    def _with_a_file_of_another(self, number: int) -> dict[str, bytes]:
        other = self.random.choice(self._bundles)
        name = self.random.choice(sorted(other))
        return {**self._bundles[number], name: other[name]}
