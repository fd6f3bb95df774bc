"""`cancel_transfer`: what a hangup of the transfer's new leg would do (§3.2.8; profile 2026)."""

from typing import Final

from router.engine.verbs.conversation_commands import rules

RULES: Final = rules("transfer_cancel", "cancel_transfer")
