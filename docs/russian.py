"""Pages that are made of tables, in Russian: headings, introductions, and whatever else stands in no table.

What stands in one is translated by the catalogue of messages (`router/translation/ru`), which the program shares.
"""

import re
from collections.abc import Mapping
from typing import Final

from router.translation.catalogue import catalogue

TEXTS: Final[Mapping[str, str]] = {
    # configuration.md
    "Configuration": "Настройки",
    "Of an account": "Настройки клиента",
    "In the file these stand in an entry of `accounts`.": "В файле они стоят в записи раздела `accounts`.",
    "Of the router": "Настройки маршрутизатора",
    "In the file these stand at the top.": "В файле они стоят на верхнем уровне.",
    "Only in the environment": "Только в окружении",
    "variable": "переменная",
    "in the file": "в файле",
    "default": "по умолчанию",
    "meaning": "что значит",
    "**required**": "**обязательно**",
    "none": "нет",
    "secret": "секрет",
    "`ivr.yaml` if it exists": "`ivr.yaml`, если он есть",
    "the configuration file": "файл настроек",
    "`console` on a terminal, else `json`": "`console` в терминале, иначе `json`",
    "a new directory": "новый каталог",
    # ivr.example.yaml
    "The configuration as a file. Copy it to ivr.yaml, or name it in IVR_CONFIG.": (
        "Настройки в виде файла. Скопируйте его в ivr.yaml или назовите в IVR_CONFIG."
    ),
    "Secrets come from the environment or from files, so that this file may be shown to anybody.": (
        "Секреты берутся из окружения или из файлов, поэтому этот файл можно показывать кому угодно."
    ),
    "the nginx in front, whose X-Forwarded-For is believed": "nginx впереди, его X-Forwarded-For верят",
    "the webhook answers under /mango/ too": "вебхук отвечает и под /mango/",
    "still accepted while the PBX's side is being changed": "ещё принимается, пока её меняют на стороне АТС",
    "a CRM plugin uses the same key": "тем же ключом пользуется модуль CRM",
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

CONFIGURATION_INTRODUCTION: Final = """\
Всё можно задать в окружении. То же может стоять в одном файле YAML, и клиентов в нём может быть несколько.

- Файл — тот, который называет `IVR_CONFIG`, иначе `ivr.yaml` в текущем каталоге, если он есть.
- Настройка маршрутизатора берётся из окружения, иначе из файла, иначе действует значение по умолчанию.
- Настройка клиента берётся из его записи в файле, иначе из окружения, иначе действует значение по умолчанию. Ключи и
  соли клиентов, которые есть в файле, берутся только оттуда.
- `${NAME}` в значении заменяется этой переменной. Секрет можно записать и как `file:PATH`: тогда это содержимое файла.
- Переменная, которой присвоено пустое значение, считается незаданной.
- О том, что неверно, говорится при запуске: с именем настройки и никогда — со значением секрета.

Длительности пишут так: `300ms`, `10s`, `1m30s`, `4h` или `30d`."""

CONFIGURATION_FILE: Final = """\
## Файл

Четыре вещи бывают только в нём, внутри клиента:

- `limits` заменяет ограничение АТС по его имени: `limits: {route: 1/4s}` — это один route за четыре секунды. Имена —
  те, которые показывает `GET /api/limits`.
- `receivers` называет, кто получает то, что сценарии сообщают через `notify`; у каждого свой секрет:
  [notify.md](notify.md#secrets).
- `secrets` называет значения для сценариев: `${secrets.NAME}` в `lookup` или `notify`. Они подставляются, когда запрос
  уходит, и их нет ни в журнале звонка, ни в логе, ни в базе.
- `values` называет то, что не секретно и в каждой установке своё: `values: {crm: "https://crm.example"}` — это
  `${values.crm}` в любом тексте и `values.crm` в любом выражении сценария. С него может начинаться адрес. Набор,
  которому нужно значение, которого нет, или в котором адрес начинается со значения, которое не адрес, не публикуется
  (F513, F514).

Сценарии, расписания и списки — не настройки. Они стоят в наборе, см. [flows.md](flows.md).

Вот [`ivr.example.yaml`](../ivr.example.yaml):"""

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
