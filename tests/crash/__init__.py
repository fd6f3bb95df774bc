"""The promise about crashes, counted: processes are killed at random instants under load, and what their peers saw is
compared with what the database says. `python -m tests.crash` runs it for long, `tests/acceptance` for a little."""
