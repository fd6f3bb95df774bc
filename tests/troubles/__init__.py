"""Troubles, brought about on a real router with gunicorn, emulator and Prometheus: what do `/readyz`, `ivr doctor`,
metrics, alerts and the log say of each within a minute? `python -m tests.troubles --write` tries all of them and writes
the tables in docs/operations.md and docs/operations.ru.md.
"""
