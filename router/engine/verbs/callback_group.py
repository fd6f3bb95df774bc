"""`callback_group` (§3.2.2): as `callback`, by its own command."""

from typing import Final

from router.engine.verbs import callback

RULES: Final = callback.RULES
