"""The language in which commands speak to people: English, or Russian where IVR_LANG says so. Codes, keys of JSON and
exit codes are the same in both."""

import os
import re
from collections.abc import Callable
from functools import partial
from typing import Final

from router.errors import ConfigurationError
from router.translation.catalogue import LANGUAGES, catalogue, reference_words

VARIABLE: Final = "IVR_LANG"
DEFAULT: Final = "en"


def language() -> str:
    """That of IVR_LANG, which may be written as a locale's name: `ru`, `ru_RU.UTF-8`."""
    asked = os.environ.get(VARIABLE, "") or DEFAULT
    name = _named(asked)
    if name not in LANGUAGES:
        raise ConfigurationError(f"IVR_LANG is {asked}: it may be {' or '.join(LANGUAGES)}")
    return name


def said(text: str) -> str:
    """A message in that language, as far as the catalogue has it."""
    chosen = language()
    return text if chosen == DEFAULT else catalogue(chosen).said(text)


def said_in_reference(text: str) -> str:
    """What the reference of the language says, in that language."""
    return _known(language(), text)


def said_in_editor(locale: str) -> Callable[[str], str]:
    """What an editor shows, in that language; without IVR_LANG in the editor's own, whose locale is `ru` or `ru-RU`."""
    chosen = language() if os.environ.get(VARIABLE) else _named(locale)
    return partial(_known, chosen if chosen in LANGUAGES else DEFAULT)


def _named(locale: str) -> str:
    return re.split(r"[._-]", locale)[0].lower()


def _known(chosen: str, text: str) -> str:
    return text if chosen == DEFAULT else reference_words(chosen).known(text) or text
