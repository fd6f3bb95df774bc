"""Pages that are made of tables, in Russian: headings, introductions, and whatever else stands in no table.

What stands in one is translated by the catalogue of messages (`router/translation/ru`), which the program shares.
"""

import re
from collections.abc import Mapping
from typing import Final

from router.translation.catalogue import catalogue

TEXTS: Final[Mapping[str, str]] = {
    # findings.md
    "Findings of the loader": "Замечания загрузчика",
    "code": "код",
    "finding": "замечание",
    "what it means": "что это значит",
    "F1xx: the text": "F1xx: текст",
    "What stands in the file is not the YAML that was meant.": "В файле стоит не тот YAML, который имели в виду.",
    "F2xx: the shape": "F2xx: строение",
    "It is YAML, and not a flow, a resource file or a test.": "Это YAML, но не сценарий, не файл ресурсов и не тест.",
    "F3xx: names": "F3xx: имена",
    "Something is named that the bundle does not have.": "Названо то, чего в наборе нет.",
    "F4xx: expressions": "F4xx: выражения",
    "In a `when`, a `set`, a `language`, or a text with `${...}`.": (
        "В `when`, в `set`, в `language` или в тексте с `${...}`."
    ),
    "F5xx: the call": "F5xx: звонок",
    "Every name is right, and yet a call would go wrong.": "Все имена верны, и всё же звонок пошёл бы не так.",
    "P7xx: the PBX": "P7xx: АТС",
    "Told by `ivr check --online`, which asks it.": "Их сообщает `ivr check --online`: он спрашивает саму АТС.",
    "W6xx: warnings": "W6xx: предупреждения",
    "Worth a look. A bundle with warnings is published.": "Стоит взглянуть. Набор с предупреждениями публикуется.",
}

FINDINGS_INTRODUCTION: Final = """\
`ivr check` показывает сразу все замечания к набору: файл, строку и столбец (в знаках, с 1), код, что не так, саму
строку со стрелкой под ней и часто — что написать вместо этого. `ivr check --format json` говорит то же программам.

Ошибка не даёт опубликовать набор; продолжает работать версия до него. Одна ошибка — одно замечание: о том, что лишь
следует из неё, ничего не говорится, поэтому вторая проверка может показать то, что скрывалось за первой."""


def said(long: Mapping[str, str], text: str) -> str:
    """The text in Russian, where it has words outside of code; KeyError when nobody has translated it."""
    if not re.search("[a-z]", re.sub("`[^`]*`", "", text)):
        return text
    shown = long.get(text) or TEXTS.get(text) or catalogue("ru").said(text)
    if shown == text:
        raise KeyError(text)
    return shown
