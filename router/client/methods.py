"""Every method of the API as a method of Python: made of the catalogue when this is imported, for programs with threads
(`Methods`) and for those with an event loop (`AsyncMethods`).

Parameters are those of the request, `from` is written `from_`, and a command gets its `command_id` when none is given.
All answer what the PBX answered and raise `router.errors.MangoError`. Editors and type checkers read `methods.pyi`,
which says the same and is made by the build.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any

from router.catalogue.signatures import Function, functions


class Methods(ABC):
    """What `Mango` inherits, and how it carries it out: the first three."""

    @abstractmethod
    def call(self, method: str, params: dict[str, Any]) -> Any:
        """Ask once; parameters that are None are left out."""

    @abstractmethod
    def rows(self, method: str, params: dict[str, Any]) -> Iterator[Any]:
        """The rows of all pages."""

    @abstractmethod
    def report(self, method: str, params: dict[str, Any]) -> list[Any]:
        """Have something built, wait for it, and get its rows."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Callable[..., Any]:
            """For a checker where the stub is not made yet."""


class AsyncMethods(ABC):
    """The same for `AsyncMango`: what asks once, or for a report, is awaited; rows come by `async for`."""

    @abstractmethod
    async def call(self, method: str, params: dict[str, Any]) -> Any:
        """Ask once; parameters that are None are left out."""

    @abstractmethod
    def rows(self, method: str, params: dict[str, Any]) -> AsyncIterator[Any]:
        """The rows of all pages."""

    @abstractmethod
    async def report(self, method: str, params: dict[str, Any]) -> list[Any]:
        """Have something built, wait for it, and get its rows."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Callable[..., Any]:
            """For a checker where the stub is not made yet."""


def _made(owner: type, function: Function) -> Callable[..., Any]:
    keys = {parameter.name: parameter.key for parameter in function.parameters}
    signature = _signature(function)

    def method(self: Methods | AsyncMethods, **given: Any) -> Any:
        try:
            signature.bind(self, **given)
        except TypeError as error:
            raise TypeError(f"{function.name}() {error}") from None
        return getattr(self, function.through)(function.method, {keys[name]: value for name, value in given.items()})

    method.__name__ = function.name
    method.__qualname__ = f"{owner.__name__}.{function.name}"
    method.__doc__ = function.doc
    method.__signature__ = signature  # type: ignore[attr-defined]
    return method


def _signature(function: Function) -> Signature:
    parameters = [Parameter("self", Parameter.POSITIONAL_OR_KEYWORD)]
    for one in function.parameters:
        kind, default = (one.type, Parameter.empty) if one.required else (f"{one.type} | None", None)
        parameters.append(Parameter(one.name, Parameter.KEYWORD_ONLY, default=default, annotation=kind))
    return Signature(parameters, return_annotation=function.returns)


for _function in functions():
    for _owner in (Methods, AsyncMethods):
        setattr(_owner, _function.name, _made(_owner, _function))
