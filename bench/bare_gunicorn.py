"""gunicorn's settings for the bare view: the router's own, without its hooks."""

from pathlib import Path

_HOOKS = ("post_worker_init", "worker_exit", "child_exit", "on_exit")
_shipped: dict[str, object] = {}
exec(compile(Path("gunicorn.conf.py").read_text(encoding="utf-8"), "gunicorn.conf.py", "exec"), _shipped)
globals().update({k: v for k, v in _shipped.items() if not k.startswith("_") and k not in _HOOKS and k != "Any"})
