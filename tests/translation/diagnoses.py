"""Whatever the tests of `ivr doctor` bring it to say, they look for in Russian, too."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from router.translation.catalogue import command_words

COMMAND: Final = re.compile(r"(ivr|chown|chmod|chgrp) [a-z]")


def english_diagnoses(found: Iterable[Mapping[str, Any]]) -> list[str]:
    """Texts of diagnoses that are not in the catalogue; a remedy may be a command alone."""
    said = command_words("ru", "doctor").said
    texts = {text for one in found for text in (one["area"], one["told"], one["remedy"]) if text}
    return [text for text in sorted(texts) if not COMMAND.match(text) and not re.search("[А-яё]", said(text))]
