"""The bundles of the library, their diagrams, and what their tests are worth. `python -m tests.library` writes the
diagrams and the figures that the index tells; the tests measure them anew.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import yaml

from router.files.bundle import read_directory
from router.flow.diagrams import svg
from router.flow.diagrams.flow_graph import graphs
from router.flow.findings import Finding
from router.flow.model import Bundle
from router.flow.resources.text_encoding import decoded
from router.simulator import coverage as covering
from router.simulator.checked import CheckedBundle, check_bundle
from router.simulator.mutate import Mutation, mutate
from router.simulator.run_test import run
from router.simulator.verdict import Verdict

PROJECT: Final = Path(__file__).parents[2]
LIBRARY: Final = PROJECT / "flows" / "library"
INDEX: Final = LIBRARY / "README.md"
PBX: Final = LIBRARY / "pbx"
FIRST_DAY: Final = date(2026, 12, 1)  # of the year whose opening hours are looked at
SEED: Final = 1
FIGURES: Final = re.compile(r"(?<=<!-- figures -->\n).*?(?=<!-- /figures -->)", re.DOTALL)


@dataclass(frozen=True)
class LibraryBundle:
    """One folder of the library: NAME/ holds the flow NAME, its page, its diagram, and all that it uses."""

    name: str

    @property
    def directory(self) -> Path:
        return LIBRARY / self.name

    @property
    def diagram(self) -> Path:
        return self.directory / f"{self.name}.svg"

    @property
    def page(self) -> Path:
        return self.directory / "README.md"

    @property
    def russian_page(self) -> Path:
        return self.directory / "README.ru.md"

    @property
    def pbx(self) -> Path:
        """What the emulator is made of, to call the bundle."""
        return PBX / f"{self.name}.yaml"

    @cached_property
    def files(self) -> dict[str, bytes]:
        return read_directory(self.directory)

    @cached_property
    def texts(self) -> dict[str, str]:
        return {file: decoded(content) or "" for file, content in self.files.items()}

    @cached_property
    def checked(self) -> CheckedBundle:
        return check_bundle(self.files, FIRST_DAY)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.checked.findings

    @property
    def bundle(self) -> Bundle:
        assert self.checked.loaded.bundle is not None, self.findings
        return self.checked.loaded.bundle

    @property
    def steps(self) -> int:
        return sum(len(flow.steps) for flow in self.bundle.flows.values())

    @cached_property
    def verdicts(self) -> list[Verdict]:
        return [run(script, self.bundle) for script in self.checked.scripts]

    @property
    def coverage(self) -> list[covering.FlowCoverage]:
        return covering.coverage(self.bundle, self.verdicts, self.texts)

    @property
    def recordings(self) -> list[dict[str, str]]:
        """Every recording that the bundle plays: its `id`, `length` and what it `says`."""
        read = (yaml.load(text, yaml.CBaseLoader) for file, text in self.texts.items() if file.endswith(".yaml"))
        return [one for content in read for one in _with_an_id(content.get("audio", {}))]

    @cached_property
    def mutation(self) -> Mutation:
        """All small mistakes that `ivr test --mutate` makes, tried."""
        return mutate(self.bundle, self.verdicts, self.texts, seed=SEED, is_time_over=lambda: False)

    def drawing(self) -> str:
        """What `ivr graph` draws of the flow and its sub-flows."""
        return svg(graphs(self.bundle, self.name))


def _with_an_id(node: Any) -> list[dict[str, str]]:
    if not isinstance(node, dict):
        return []
    return [node] if "id" in node else [one for inner in node.values() for one in _with_an_id(inner)]


def library() -> list[LibraryBundle]:
    """Every bundle, by name."""
    folders = (folder for folder in LIBRARY.iterdir() if folder.is_dir() and folder != PBX)
    return [LibraryBundle(folder.name) for folder in sorted(folders)]


def index(bundles: Iterable[LibraryBundle]) -> str:
    """The index with the figures of these bundles, measured now."""
    head = ("bundle", "flows", "steps", "tests", "steps and exits reached", "small mistakes noticed")
    lines = [head, tuple("---" for _ in head), *map(_row, bundles)]
    table = "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)
    return FIGURES.sub(lambda _: table, INDEX.read_text(encoding="utf-8"))


def _row(bundle: LibraryBundle) -> tuple[object, ...]:
    tried, missed = bundle.mutation.tried, len(bundle.mutation.survivors)
    return (
        f"[{bundle.name}]({bundle.name}/README.md)",
        len(bundle.bundle.flows),
        bundle.steps,
        len(bundle.verdicts),
        f"{covering.percent(bundle.coverage):.0f} %",
        f"{bundle.mutation.score:.0f} %: {tried - missed} of {tried}",
    )
