"""A programmable IVR router for the MANGO OFFICE virtual PBX."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from router.client import Mango as Mango

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`Mango` when it is asked for: the router itself does not need it, and must start fast."""
    if name == "Mango":
        from router.client import Mango

        return Mango
    raise AttributeError(f"module 'router' has no attribute {name!r}")
