"""Runs in the copy of the tree, as a process of its own: makes the mutants, or tries those that are named.

    python tests/mutation/inside.py make
    python tests/mutation/inside.py try JOBS < names
    python tests/mutation/inside.py anew < names

Texts for people are no facts: they are not changed, taken away, or changed within. Of other strings, words of the
program ("answered", "call/hangup", "%d"), there is one mutant each.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from math import ceil
from pathlib import Path
from typing import Any, Final

import libcst
from mutmut import __main__ as mutmut
from mutmut.configuration import config
from mutmut.mutation import file_mutation, mutators
from mutmut.mutation.diff_apply import find_mutant
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state
from mutmut.workers.isolation import ForkRunner

WORD: Final = re.compile(r"""[a-z]*(?P<quote>["'])[^\s"'\\]*(?P=quote)""", re.IGNORECASE)
NICE: Final = 10
MOST_SECONDS: Final = 15.0  # of tests for one mutant
ANEW_SECONDS: Final = 300
TIMEOUT: Final = 36  # as mutmut writes it


def is_text(node: libcst.CSTNode) -> bool:
    """Whether an expression is written for people: a string with a blank in what stands there literally."""
    match node:
        case libcst.SimpleString():
            return not WORD.fullmatch(node.value)
        case libcst.FormattedString():
            return any(isinstance(part, libcst.FormattedStringText) and " " in part.value for part in node.parts)
        case libcst.ConcatenatedString() | libcst.BinaryOperation(operator=libcst.Add()):
            return is_text(node.left) or is_text(node.right)
        case libcst.IfExp():
            return is_text(node.body) or is_text(node.orelse)
    return False


def _word(node: libcst.BaseString) -> Iterable[libcst.BaseString]:
    """One mutant, not three."""
    yield from list(mutators.operator_string(node))[:1]


def _argument(node: libcst.Call) -> Iterable[libcst.Call]:
    """Arguments are left out or become None, those for people apart."""
    for changed in mutators.operator_arg_removal(node):
        pairs = zip(node.args, (*changed.args, None), strict=False)
        if not is_text(next(one for one, other in pairs if one is not other).value):
            yield changed


def _assignment(node: libcst.Assign | libcst.AnnAssign) -> Iterable[libcst.CSTNode]:
    if node.value is not None and not is_text(node.value):
        yield from mutators.operator_assignment(node)


OPERATORS: Final[dict[Any, Any]] = {
    mutators.operator_string: _word,
    mutators.operator_arg_removal: _argument,
    mutators.operator_assignment: _assignment,
}


class Facts(file_mutation.MutationVisitor):
    """Looks for what to change everywhere but in texts."""

    def _skip_node_and_children(self, node: libcst.CSTNode) -> bool:
        return is_text(node) or super()._skip_node_and_children(node)


def make() -> None:
    """Write the mutants of all files of the package."""
    operators = [(kind, OPERATORS.get(operator, operator)) for kind, operator in mutators.mutation_operators]
    file_mutation.mutation_operators = operators
    file_mutation.MutationVisitor = Facts  # type: ignore[misc]
    set_mutant_under_test("mutant_generation")
    Path("mutants").mkdir(exist_ok=True)
    mutmut.copy_src_dir()
    mutmut.copy_also_copy_files()
    mutmut.setup_source_paths()
    mutmut.create_mutants(1)


def _submit(runner: ForkRunner, name: str, tests: list[str], _cpu_seconds: int, _seconds: float) -> None:
    """With the quick ones of the tests only, so that a mutant costs seconds."""
    seconds, near = 0.0, []
    for test in sorted(tests, key=state().duration_by_test.__getitem__):
        seconds += state().duration_by_test[test]
        if near and seconds > MOST_SECONDS:
            break
        near.append(test)
    seconds = min(seconds, MOST_SECONDS)
    cpu_seconds = ceil((seconds + config().timeout_constant) * config().timeout_multiplier)
    submit_with_all(runner, name, near, cpu_seconds, seconds)


submit_with_all: Final = ForkRunner.submit


def anew(names: Iterable[str]) -> None:
    """Try each in a process that imports everything with the mutant, by all near tests: a function that makes functions
    has done so long before another process is forked."""
    tests = config().pytest_add_cli_args_test_selection
    command = [sys.executable, "-m", "pytest", "-x", *config().pytest_add_cli_args, *tests]
    for name in names:
        environment = {**os.environ, "MUTANT_UNDER_TEST": name}
        try:
            done = subprocess.run(
                command, cwd="mutants", env=environment, capture_output=True, timeout=ANEW_SECONDS, check=False
            )
            code = done.returncode
        except subprocess.TimeoutExpired:
            code = TIMEOUT
        kept = find_mutant(name)
        kept.exit_code_by_key[name] = code
        kept.save()


def main(action: str) -> None:
    """What the first argument says."""
    os.nice(NICE)
    if action == "make":
        make()
    elif action == "try":
        ForkRunner.submit = _submit  # type: ignore[method-assign]
        # They were run without a mutant when it was found out which function each of them runs (`tree`).
        ForkRunner.run_clean_tests = lambda runner, tests: 0  # type: ignore[method-assign]
        mutmut._run(sys.stdin.read().split("\n"), int(sys.argv[2]))
    else:
        anew(sys.stdin.read().split("\n"))


if __name__ == "__main__":
    main(sys.argv[1])
