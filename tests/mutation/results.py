"""What became of the mutants, as the copy of the tree keeps it."""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Final

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

KILLED: Final = frozenset({"killed", "timeout", "segfault"})
SURVIVED: Final = frozenset({"survived", "no tests"})
Z: Final = 1.96  # of the normal distribution, for 95 %
HUNK: Final = re.compile(r"@@ -(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """A changed fact that no near test noticed."""

    file: str
    line: int
    before: str
    after: str
    tested: bool  # whether any near test runs the function


def outcomes(tree: Path) -> dict[str, str]:
    """Mutant -> "killed", "survived", "timeout", …, "not checked"."""
    return {
        name: status_by_exit_code[code]
        for meta in _metas(tree)
        for name, code in json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"].items()
    }


def _metas(tree: Path) -> Iterator[Path]:
    """Those of files that are still there."""
    for meta in sorted((tree / "mutants" / "router").rglob("*.py.meta")):
        if meta.with_suffix("").exists():
            yield meta


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The interval that holds the true share in 95 of 100 samples."""
    if not whole:
        return 0.0, 1.0
    share = part / whole
    middle = share + Z * Z / (2 * whole)
    spread = Z * sqrt(share * (1 - share) / whole + Z * Z / (4 * whole * whole))
    return (middle - spread) / (1 + Z * Z / whole), (middle + spread) / (1 + Z * Z / whole)


def survivors(tree: Path, names: Mapping[str, str]) -> Iterator[Survivor]:
    """Those among `names`, in the order of files and lines. Reads relative paths: run it in `tree`."""
    found = []
    for meta in _metas(tree):
        path = meta.relative_to(tree / "mutants").with_suffix("")
        for name in json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]:
            if names.get(name) in SURVIVED:
                found.append(_survivor(path, name, names[name] == "survived"))
    yield from sorted(found, key=lambda one: (one.file, one.line))


def _survivor(path: Path, name: str, tested: bool) -> Survivor:
    diff = get_diff_for_mutant(name, path=path).split("\n")[2:]
    hunk = HUNK.match(diff[0])
    assert hunk is not None
    line, before, after = int(hunk[1]), "", ""
    for text in diff[1:]:
        if text.startswith("-"):
            before = text[1:].strip()
            break
        if text.startswith("+"):  # only added: shown as a change of the line before
            break
        line += 1
    for text in diff[1:]:
        if text.startswith("+"):
            after = text[1:].strip()
            break
    return Survivor(file=str(path), line=_begin(path, name) + line - 1, before=before, after=after, tested=tested)


def run_by_import(tree: Path, names: Iterable[str]) -> list[str]:
    """Those whose function may have run when its module was imported: it is called there, or has a function within."""
    wanted = set(names)
    found = []
    for meta in _metas(tree):
        path = tree / meta.relative_to(tree / "mutants").with_suffix("")
        at_once = _called_at_once(ast.parse(path.read_text(encoding="utf-8")))
        for name in wanted & json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"].keys():
            function = _function(path, name)
            inner = ast.walk(function) if function is not None else ()
            if function is not None and (
                function.name in at_once
                or any(isinstance(one, ast.FunctionDef) for one in inner if one is not function)
            ):
                found.append(name)
    return sorted(found)


def _called_at_once(module: ast.Module) -> set[str]:
    """The names that statements of the module itself use, and those that functions of these names use."""
    functions = {one.name: one for one in module.body if isinstance(one, ast.FunctionDef)}
    waiting: list[ast.AST] = [one for one in module.body if not isinstance(one, ast.FunctionDef | ast.ClassDef)]
    used: set[str] = set()
    while waiting:
        names = {
            one.func.id
            for one in ast.walk(waiting.pop())
            if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)
        }
        waiting += [functions[name] for name in names - used if name in functions]
        used |= names
    return used


def _function(path: Path, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The function that a mutant is of, as it stands in the file."""
    _, _, mangled = name.partition("__mutmut_")[0].rpartition(".")
    parts = mangled.split("ǁ")
    wanted = parts[2] if len(parts) == 3 else mangled.removeprefix("x_")
    for owner in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        of_class = isinstance(owner, ast.ClassDef) and len(parts) == 3 and owner.name == parts[1]
        if of_class or (isinstance(owner, ast.Module) and len(parts) != 3):
            for node in owner.body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == wanted:
                    return node
    return None


def _begin(path: Path, name: str) -> int:
    """The line of the function, comments above it counted, since the difference counts them."""
    function = _function(path, name)
    assert function is not None
    number, lines = function.lineno - len(function.decorator_list), path.read_text(encoding="utf-8").splitlines()
    while number > 1 and lines[number - 2].strip().startswith("#"):
        number -= 1
    return number
