"""`ivr doctor`: checks a deployment and says what is wrong, and what to do about it.

A list of independent checks (`checks`), each a small function with a time limit of its own. A child process runs them
side by side (`examination`); the parent (`supervisor`) prints each line as it comes. What always holds: no check can
stop another one, even one that hangs; all ends within ten seconds; text and JSON are made of the same records; nothing
is created, migrated or repaired; and no secret is printed.
"""
