"""Variables of the environment that look like settings and are none: a misspelt one is ignored in silence."""

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher, get_close_matches
from typing import Final

from router.cli.remote_options import TOKEN_VARIABLE, URL_VARIABLE
from router.config.settings import ACCOUNT_SETTINGS, CONFIG_VARIABLE, ROUTER_SETTINGS
from router.logs.log_options import FORMAT_VARIABLE, LEVEL_VARIABLE

ELSEWHERE: Final = frozenset(
    {
        CONFIG_VARIABLE,
        FORMAT_VARIABLE,
        LEVEL_VARIABLE,
        URL_VARIABLE,
        TOKEN_VARIABLE,
        "IVR_LANG",
        "IVR_WORKERS",
        "IVR_THREADS",
        "PROMETHEUS_MULTIPROC_DIR",
    }
)
"""Read outside of the table of settings."""
KNOWN: Final = frozenset(setting.variable for setting in (*ACCOUNT_SETTINGS, *ROUTER_SETTINGS)) | ELSEWHERE
PREFIXES: Final = ("IVR_", "MANGO_")
ALIKE: Final = 0.7  # how alike a name with one of our prefixes has to be for a guess
THE_SAME: Final = 0.9  # and any other name, for us to speak of it at all

_separators = re.compile(r"[^A-Z0-9]")


def unknown_variables(environ: Mapping[str, str], written: frozenset[str]) -> Iterator[tuple[str, str]]:
    """(the variable, the setting that it probably means or "") of each that is none; `written` are those that the
    configuration's file refers to."""
    for name in sorted(set(environ) - KNOWN - written):
        if name.startswith(PREFIXES):
            yield name, next(iter(get_close_matches(name, KNOWN, n=1, cutoff=ALIKE)), "")
        elif meant := _nearly(name):
            yield name, meant


def _nearly(name: str) -> str:
    """The setting that differs by its case, its separators or a letter of its prefix."""
    plain = _separators.sub("", name.upper())
    for known in KNOWN:
        other = known.replace("_", "")
        if plain == other or (len(plain) > 8 and SequenceMatcher(None, plain, other).ratio() >= THE_SAME):
            return known
    return ""
