"""Stubs of the client, so that editors and type checkers know every method, parameter and answer.

The build of a wheel and an editable install write them beside `router/client/methods.py` and `answers.py`
(`hatch_build.py`); after a change of the catalogue `python -m router.catalogue.stub` writes them anew. They are not
under version control, and nothing at run time reads them.
"""

import textwrap
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from router.catalogue.methods import METHODS
from router.catalogue.python_types import WIDTH, TypedDicts
from router.catalogue.signatures import INDENT, Function, Parameter, answer_name, functions
from router.protocol.schemas import load_schema

CLIENT: Final = Path(__file__).parents[1] / "client"

METHODS_HEAD: Final = '''\
"""Made by router/catalogue/stub.py from the catalogue."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from typing import Any, Literal

from router.client import answers

class Methods(ABC):
    @abstractmethod
    def call(self, method: str, params: dict[str, Any]) -> Any: ...
    @abstractmethod
    def rows(self, method: str, params: dict[str, Any]) -> Iterator[Any]: ...
    @abstractmethod
    def report(self, method: str, params: dict[str, Any]) -> list[Any]: ...
'''
ASYNC_HEAD: Final = """
class AsyncMethods(ABC):
    @abstractmethod
    async def call(self, method: str, params: dict[str, Any]) -> Any: ...
    @abstractmethod
    def rows(self, method: str, params: dict[str, Any]) -> AsyncIterator[Any]: ...
    @abstractmethod
    async def report(self, method: str, params: dict[str, Any]) -> list[Any]: ...
"""
ANSWERS_HEAD: Final = '''\
"""Made by router/catalogue/stub.py from the schemas of the answers."""

from typing import Any, Literal, NotRequired, TypedDict
'''


def stubs() -> Mapping[str, str]:
    """The text of each stub, by its file's name."""
    return {
        "answers.pyi": ANSWERS_HEAD + "".join(shapes().values()),
        "methods.pyi": METHODS_HEAD
        + "".join(map(_function, functions()))
        + ASYNC_HEAD
        + "".join(map(_async_function, functions())),
    }


@cache
def shapes() -> Mapping[str, str]:
    """The typed dictionaries of all answers and their parts, by name."""
    classes = TypedDicts()
    for method in METHODS.values():
        schema = load_schema(method.response_schema)
        classes.type_of(answer_name(method), schema, schema.get("$defs", {}))
    return classes.written


def write(folder: Path = CLIENT) -> list[Path]:
    """Write the stubs that are missing or differ; the paths of all."""
    paths = []
    for name, text in stubs().items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def _async_function(function: Function) -> str:
    """Rows are asked for one page after the other by whoever goes through them, and everything else is awaited."""
    if function.through == "rows":
        return _function(replace(function, returns=f"Async{function.returns}"))
    return _function(function, "async def")


def _function(function: Function, keyword: str = "def") -> str:
    parameters = ["self", *(["*"] if function.parameters else []), *map(_parameter, function.parameters)]
    head = f"    {keyword} {function.name}({', '.join(parameters)}) -> {function.returns}:\n"
    if len(head) > WIDTH:
        lines = "".join(f"        {parameter},\n" for parameter in parameters)
        head = f"    {keyword} {function.name}(\n{lines}    ) -> {function.returns}:\n"
    indent = " " * INDENT
    doc = textwrap.indent(function.doc, indent).strip().replace("\\", "\\\\")
    end = f"\n{indent}" if "\n" in doc else ""
    return f'\n{head}{indent}"""{doc}{end}"""\n'


def _parameter(parameter: Parameter) -> str:
    if parameter.required:
        return f"{parameter.name}: {parameter.type}"
    return f"{parameter.name}: {parameter.type} | None = None"


if __name__ == "__main__":
    write()
