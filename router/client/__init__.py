"""The vendor's API for programs: `from router import Mango`."""

from router.client.mango import Mango

__all__ = ["Mango"]
