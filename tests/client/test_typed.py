"""The client's functions, and that editors and type checkers know them, where the wheel is installed too."""

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jedi
import pytest

from router.catalogue.methods import METHODS
from router.catalogue.signatures import functions, functions_of
from router.catalogue.stub import shapes, stubs
from router.client import answers
from router.client.methods import AsyncMethods, Methods

EXAMPLES = Path(__file__).parents[2] / "examples"
RIGHT = """\
from router import AsyncMango, Mango
from router.client.answers import CallbackGroup

def ring(mango: Mango) -> int | str | None:
    answer: CallbackGroup = mango.callback_group(from_="101", to="79000000001", line_number="79000000000")
    return answer.get("result")

def names(mango: Mango) -> list[str | None]:
    return [contact["name"] for contact in mango.each_ab_contact_init(query="")]

async def later(mango: AsyncMango) -> list[str | None]:
    answer: CallbackGroup = await mango.callback_group(from_="101", to="79000000001", line_number="79000000000")
    return [str(answer.get("result")), *[one["name"] async for one in mango.each_ab_contact_init(query="")]]
"""
WRONG = """\
from router import AsyncMango, Mango

def ring(mango: Mango) -> str:
    mango.callback_group(from_="101", to="79000000001", line="79000000000")
    mango.call_hangup(call_id=1)
    mango.no_such_method()
    return mango.stats_request(date_from=1, date_to=2)["key_of"]

async def later(mango: AsyncMango) -> str:
    await mango.call_hangup(call_id=1)
    return mango.stats_request(date_from=1, date_to=2)["key"]
"""


@pytest.mark.parametrize("name", METHODS)
def test_every_method_is_there_and_documented(name: str) -> None:
    for function in functions_of(METHODS[name]):
        made = getattr(Methods, function.name)
        assert METHODS[name].section in made.__doc__
        assert inspect.signature(made).return_annotation is not inspect.Signature.empty


def _written(stub: str, owner: str) -> Iterator[tuple[str, list[str], list[str], str | None]]:
    """Name, required parameters, optional ones and words of each function of the class."""
    (methods,) = [node for node in ast.parse(stub).body if isinstance(node, ast.ClassDef) and node.name == owner]
    for node in methods.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.decorator_list:
            pairs = list(zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True))
            required = [one.arg for one, default in pairs if default is None]
            yield node.name, required, [one.arg for one, default in pairs if default], ast.get_docstring(node)


@pytest.mark.parametrize("owner", [Methods, AsyncMethods])
def test_stub_says_what_the_functions_are(owner: type) -> None:
    made = [
        (
            function.name,
            [one.name for one in function.parameters if one.required],
            [one.name for one in function.parameters if not one.required],
            inspect.getdoc(getattr(owner, function.name)),
        )
        for function in functions()
    ]
    assert list(_written(stubs()["methods.pyi"], owner.__name__)) == made


def test_shapes_of_answers_can_be_imported_and_others_not() -> None:
    assert {getattr(answers, name) for name in shapes()} == {dict[str, Any]}
    with pytest.raises(AttributeError, match="NoSuchShape"):
        _ = answers.NoSuchShape


class Recorder(Methods):
    """Says what it was asked."""

    def call(self, method: str, params: dict[str, object]) -> object:
        return method, params

    def rows(self, method: str, params: dict[str, object]) -> Iterator[object]:
        yield method, params

    def report(self, method: str, params: dict[str, object]) -> list[object]:
        return [method, params]


def test_parameters_go_out_by_the_names_of_the_request() -> None:
    asked = Recorder().callback_group(from_="101", to="79000000001", line_number="79000000000")
    assert asked == ("callback_group", {"from": "101", "to": "79000000001", "line_number": "79000000000"})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"call_id": "1", "callid": "2"}, r"call_hangup\(\) got an unexpected keyword argument 'callid'"),
        ({}, r"call_hangup\(\) missing a required.* argument: 'call_id'"),
    ],
)
def test_wrong_parameters_are_refused_as_those_of_any_function(given: dict[str, str], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        Recorder().call_hangup(**given)


@pytest.mark.acceptance
def test_type_checker_knows_the_installed_wheel(installed: Path, tmp_path: Path) -> None:
    examples = {name: (EXAMPLES / name).read_text(encoding="utf-8") for name in ("fetch_recordings.py", "mounted.py")}
    for name, text in {"right.py": RIGHT, "wrong.py": WRONG, **examples}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    python = installed / "bin" / "python"
    command = [sys.executable, "-m", "mypy", "--strict", "--hide-error-context", "--python-executable", str(python)]
    done = subprocess.run(
        [*command, "right.py", "wrong.py", *examples], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    errors = {line.split(":")[1]: line for line in done.stdout.splitlines() if ": error:" in line}
    assert all(line.startswith("wrong.py:") for line in errors.values()), done.stdout
    assert "line" in errors["4"]
    assert "call_id" in errors["5"]
    assert "no_such_method" in errors["6"]
    assert "key_of" in errors["7"]
    assert "call_id" in errors["10"]
    assert "Coroutine" in errors["11"]
    assert errors.keys() == {"4", "5", "6", "7", "10", "11"}


@pytest.mark.acceptance
def test_editor_completes_methods_and_parameters(installed: Path, tmp_path: Path) -> None:
    project = jedi.Project(tmp_path, environment_path=str(installed))
    begun = "from router import Mango\nmango = Mango(api_key='k', api_salt='s')\nmango."
    names = {one.name for one in jedi.Script(begun, path=tmp_path / "a.py", project=project).complete()}
    assert names >= {function.name for function in functions()}
    for function in functions():
        script = jedi.Script(f"{begun}{function.name}(", path=tmp_path / "a.py", project=project)
        (signature,) = script.get_signatures()
        assert [one.name for one in signature.params if one.name not in ("self", "")] == [
            one.name for one in function.parameters
        ]
        assert function.doc.splitlines()[0] in signature.docstring()
