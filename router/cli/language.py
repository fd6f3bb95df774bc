"""The language in which commands speak to people: English, or Russian where IVR_LANG says so. Codes, keys of JSON and
exit codes are the same in both."""

import os
from typing import Final

from router.errors import ConfigurationError
from router.translation.catalogue import LANGUAGES, catalogue, reference_words

VARIABLE: Final = "IVR_LANG"
DEFAULT: Final = "en"


def language() -> str:
    """That of IVR_LANG, which may be written as a locale's name: `ru`, `ru_RU.UTF-8`."""
    asked = os.environ.get(VARIABLE, "") or DEFAULT
    name = asked.partition(".")[0].partition("_")[0].lower()
    if name not in LANGUAGES:
        raise ConfigurationError(f"IVR_LANG is {asked}: it may be {' or '.join(LANGUAGES)}")
    return name


def said(text: str) -> str:
    """A message in that language, as far as the catalogue has it."""
    chosen = language()
    return text if chosen == DEFAULT else catalogue(chosen).said(text)


def said_in_reference(text: str) -> str:
    """What the reference of the language says, in that language."""
    chosen = language()
    return text if chosen == DEFAULT else reference_words(chosen).said(text)
