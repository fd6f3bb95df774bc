"""`python -m tests.mutation [PACKAGE…] [--sample N] [--seed S]`: change facts, see whether near tests fail.

mutmut changes one expression of a function at a time. A mutant meets only those near tests of its package
(`packages`) that run its function, the quick ones first, in a process forked where everything is imported; it is bounded
in time. All happens in `.mutation/PACKAGE`, a copy of the tree; a run that was stopped goes on where it was, and one
after a change of the tree knows still what became of functions that did not change. `--again` tries the survivors once
more, for tests that were written since. `.mutation/report.md` has the figures and, by file and line, what survived.

Of tables and constants of a module, of decorated functions and of texts for people there are no mutants.
"""

import argparse
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

from tests.mutation.packages import PACKAGES
from tests.mutation.results import KILLED, SURVIVED, Survivor, outcomes, run_by_import, survivors, wilson
from tests.mutation.tree import PROJECT, WORK, prepare

INSIDE: Final = Path(__file__).with_name("inside.py")
REPORT: Final = WORK / "report.md"


def main() -> int:
    """The exit code: 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument(
        "packages", nargs="*", choices=[*PACKAGES, []], help=f"of {', '.join(PACKAGES)}; all if none is named"
    )
    parser.add_argument("--sample", type=int, default=0, help="how many mutants of each package, at random; 0 is all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="mutants at a time")
    parser.add_argument("--again", action="store_true", help="try those that survived once more")
    given = parser.parse_args()
    sections = [_judge(name, given) for name in given.packages or PACKAGES]
    REPORT.write_text("\n".join(text for text, _ in sections), encoding="utf-8")
    print(f"\n{REPORT.relative_to(PROJECT)}")
    return 0 if all(good for _, good in sections) else 1


def _judge(name: str, given: argparse.Namespace) -> tuple[str, bool]:
    """The package's section of the report, and whether its goal is reached."""
    tree = prepare(name, PACKAGES[name])
    _inside(tree, "make")
    known = outcomes(tree)
    chosen = sorted(known)
    if given.sample and given.sample < len(chosen):
        chosen = random.Random(given.seed).sample(chosen, given.sample)
    open_ = [one for one in chosen if known[one] == "not checked" or (given.again and known[one] in SURVIVED)]
    if open_:
        _inside(tree, "try", str(given.jobs), names=open_)
        tried = outcomes(tree)
        if early := run_by_import(tree, (one for one in open_ if tried[one] in SURVIVED)):
            _inside(tree, "anew", names=early)
    told = {one: outcome for one, outcome in outcomes(tree).items() if one in set(chosen)}
    os.chdir(tree)
    text, good = _section(name, len(known), told, list(survivors(tree, told)))
    os.chdir(PROJECT)
    print(text.partition("\n\n| line")[0])
    return text, good


def _inside(tree: Path, *arguments: str, names: list[str] | None = None) -> None:
    command = [sys.executable, str(INSIDE), *arguments]
    subprocess.run(command, cwd=tree, input="\n".join(names or []), text=True, check=True)


def _section(name: str, all_: int, told: dict[str, str], left: list[Survivor]) -> tuple[str, bool]:
    counts = Counter(told.values())
    killed = sum(counts[one] for one in KILLED)
    judged = killed + sum(counts[one] for one in SURVIVED)
    low, high = wilson(killed, judged)
    goal = PACKAGES[name].goal
    share = killed / judged if judged else 0.0
    lines = [
        f"## {name}: {share:.1%} of {judged} killed (95 %: {low:.1%} to {high:.1%})",
        "",
        f"{all_} mutants, {len(told)} chosen: {', '.join(f'{count} {one}' for one, count in sorted(counts.items()))}.",
        "",
        "| line | was | survived as |",
        "| --- | --- | --- |",
        *(
            f"| {one.file}:{one.line}{'' if one.tested else ' (not run)'} | `{_cell(one.before)}` | `{_cell(one.after)}` |"
            for one in left
        ),
        "",
    ]
    return "\n".join(lines), goal is None or share >= goal


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("`", "'")


if __name__ == "__main__":
    sys.exit(main())
