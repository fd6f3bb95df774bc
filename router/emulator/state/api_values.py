"""Parameters and settings as values: the API takes numbers and flags as text too, and `pbx.yaml` is all text."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

TRUE: Final = frozenset({"1", "true", "True", "yes"})


def whole(value: Any) -> int:
    """12 of 12 and of "12"; 0 of nothing."""
    return int(value) if value not in (None, "") else 0


def maybe(value: Any) -> int | None:
    """The same, with nothing as nothing."""
    return None if value in (None, "") else int(value)


def yes(value: Any) -> bool:
    """Whether a flag is set, however it is written."""
    return value is True or str(value) in TRUE


def utc_seconds(text: str) -> int:
    """Unix seconds of "2019-02-07 12:25:00" in UTC; ValueError when there is no such instant."""
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp())


def utc_text(seconds: float, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """The other way round."""
    return datetime.fromtimestamp(seconds, UTC).strftime(form)


def chosen(params: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The parameters of these names that were given."""
    return {name: params[name] for name in names if name in params}
