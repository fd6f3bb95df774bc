"""What could not be read, and what depends on it: one value that stands for both, so that one mistake is one finding.

A node with a finding, a name whose declaration has one, a step that goes to such a name, a flow with such a step: each
is Invalid. Anything computed from Invalid is Invalid, and no check complains about it, since a finding says why. It has
the type Any, as the error type of a compiler: it can stand wherever a value is expected, is an instance of no settings,
and counts as false.
"""

from typing import Any, Final


class _Invalid:
    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "INVALID"


INVALID: Final[Any] = _Invalid()
