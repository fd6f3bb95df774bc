"""The vendor's API for programs: `from router import Mango`, or `AsyncMango` for an event loop."""

from typing import TYPE_CHECKING, Any

from router.client.mango import Mango

if TYPE_CHECKING:
    from router.client.async_mango import AsyncMango

__all__ = ["AsyncMango", "Mango"]


def __getattr__(name: str) -> Any:
    """`AsyncMango` when it is asked for: it needs httpx, which is an extra."""
    if name == "AsyncMango":
        from router.client.async_mango import AsyncMango

        return AsyncMango
    raise AttributeError(f"module 'router.client' has no attribute {name!r}")
