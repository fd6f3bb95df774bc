"""What of the log can be chosen, and from where: the environment, before anything else is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from router.errors import ConfigurationError

FORMAT_VARIABLE: Final = "IVR_LOG"
LEVEL_VARIABLE: Final = "IVR_LOG_LEVEL"
CONSOLE: Final = "console"
JSON: Final = "json"
FORMATS: Final = (CONSOLE, JSON)
LEVELS: Final[Mapping[str, int]] = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
DEFAULT_LEVEL: Final = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOptions:
    """How lines look, and which there are."""

    format: str = CONSOLE
    level: str = DEFAULT_LEVEL


def read_options(environ: Mapping[str, str], *, is_terminal: bool) -> LogOptions:
    """The options of this environment; without a format it is `console` on a terminal and `json` elsewhere.

    Raises ConfigurationError, which names the variable and what it may be.
    """
    chosen = _one_of(environ, FORMAT_VARIABLE, FORMATS)
    level = _one_of(environ, LEVEL_VARIABLE, tuple(LEVELS))
    return LogOptions(format=chosen or (CONSOLE if is_terminal else JSON), level=level or DEFAULT_LEVEL)


def _one_of(environ: Mapping[str, str], variable: str, allowed: tuple[str, ...]) -> str:
    value = environ.get(variable, "").strip().lower()
    if value and value not in allowed:
        listed = f"{', '.join(allowed[:-1])} or {allowed[-1]}"
        raise ConfigurationError(f"{variable}: {environ[variable]!r} does not do: write {listed}", setting=variable)
    return value
