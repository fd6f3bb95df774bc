"""The typed methods say what the catalogue says."""

import inspect
from pathlib import Path

import pytest

from docs.generate import CODE, formatted
from router.catalogue.methods import METHODS
from router.client.methods import Methods
from router.client.writing import functions_of

CLIENT = Path(__file__).parents[2] / "router" / "client"


@pytest.mark.parametrize("module", sorted(CODE))
def test_module_is_up_to_date(module: str) -> None:
    assert (CLIENT / module).read_text(encoding="utf-8") == formatted(CODE[module]()), "run: python docs/generate.py"


@pytest.mark.parametrize("name", METHODS)
def test_every_method_is_there_and_documented(name: str) -> None:
    for function in functions_of(METHODS[name]):
        written = getattr(Methods, function)
        assert METHODS[name].section in written.__doc__
        assert inspect.signature(written).return_annotation is not inspect.Signature.empty
