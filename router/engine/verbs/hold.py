"""`hold`: the employee's other side hears music (profile 2026)."""

from typing import Final

from router.engine.verbs.conversation_commands import rules

RULES: Final = rules("call/hold/on", "hold")
