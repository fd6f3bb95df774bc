"""A programmable IVR router for the MANGO OFFICE virtual PBX."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from router.client import AsyncMango as AsyncMango
    from router.client import Mango as Mango

__version__ = "1.0.0"


def __getattr__(name: str) -> Any:
    """The clients when they are asked for: the router itself does not need them, and must start fast."""
    if name in ("AsyncMango", "Mango"):
        from router import client

        return getattr(client, name)
    raise AttributeError(f"module 'router' has no attribute {name!r}")
