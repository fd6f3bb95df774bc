"""The words of `checklist`, in both languages: one has every text that the other has.

The names of pages and fields are those of the cabinet, which speaks Russian.
"""

from collections.abc import Mapping
from typing import Final

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "title": "# What is left to do in the cabinet",
        "connector": "## 1. The API connector: Интеграции → API коннектор",
        "address": (
            "- [ ] Адрес внешней системы (the external system): `https://YOUR-HOST/vpbx`, with the address "
            "where the PBX reaches the router"
        ),
        "checked": (
            '- [ ] "Проверить соединение" (check the connection) is answered; `ivr doctor --url '
            "https://YOUR-HOST/vpbx` tries the same from your side"
        ),
        "addresses": "- [ ] If addresses are listed from which commands may come: this machine's is among them",
        "schemes": "## 2. The scheme of each line: Обработка звонков → Схемы",
        "how": 'In the scheme of each of these lines put in front of everything else, "В любое время":',
        "silence": (
            'Сначала **Звуковое приветствие**: silence of {window} s ("тишина {window} сек"), ожидать '
            "окончания: **Да**, проигрывать: **Всегда**. It is the time in which the router can send a command "
            "(`window: {window}s` of the flow)."
        ),
        "then": "затем **Переадресация** to {first}: what happens when no command comes",
        "line": "- [ ] **{number}**{title}: scheme {scheme}",
        "no_scheme": "none yet: make one, and choose it for the line",
        "shared": ", which other lines have as well ({others}): give this one a copy if they are to stay as they are",
        "any": "The flow takes the calls of every line (`for: any`); write `lines: [...]` into `main.yaml` to choose.",
        "others": "These lines stay as they are: {others}.",
        "recordings": "## 3. Recordings: Обработка звонков → Мелодии и звуковые сообщения",
        "used": '- [ ] `{prompt}` is {id}, "{name}", {seconds} s: it has to say "{words}"',
        "length": (
            " **The length is a guess**: the API does not tell it. Listen, and correct `length` in `resources.yaml`"
        ),
        "missing": '- [ ] `{prompt}` was not found: record "{words}"',
        "no_menu": "Until the welcome is recorded there is no menu: the router tries {order}, one after the other.",
        "again": "When they are recorded, make the bundle anew: `ivr init` in another directory asks for their ids.",
        "untold": "## What the account did not tell",
        "go": "## 4. Then",
        "go_on": (
            "- [ ] `ivr doctor --online` finds no error\n- [ ] `ivr serve` runs (`ivr service install` makes a "
            "service of it)\n- [ ] A call to the line is in `ivr calls`, and `ivr trace ENTRY_ID` tells why it "
            "went where it went"
        ),
    },
    "ru": {
        "title": "# Что осталось сделать в Личном кабинете",
        "connector": "## 1. API коннектор: Интеграции → API коннектор",
        "address": "- [ ] Адрес внешней системы: `https://ВАШ-УЗЕЛ/vpbx`, по которому ВАТС достигает маршрутизатора",
        "checked": (
            "- [ ] «Проверить соединение» проходит; `ivr doctor --url https://ВАШ-УЗЕЛ/vpbx` проверяет то же с "
            "вашей стороны"
        ),
        "addresses": "- [ ] Если перечислены адреса, с которых принимаются команды: адрес этой машины среди них",
        "schemes": "## 2. Схема каждой линии: Обработка звонков → Схемы",
        "how": "В схеме каждой из этих линий поставьте перед всем остальным, «В любое время»:",
        "silence": (
            "Сначала **Звуковое приветствие**: тишина {window} сек, ожидать окончания: **Да**, проигрывать: "
            "**Всегда**. Это время, в которое маршрутизатор может отправить команду (`window: {window}s` "
            "сценария)."
        ),
        "then": "затем **Переадресация** на {first}: что будет, если команда не придёт",
        "line": "- [ ] **{number}**{title}: схема {scheme}",
        "no_scheme": "не задана: создайте её и выберите для линии",
        "shared": (
            ", она же задана для других линий ({others}): сделайте копию, если у них всё должно остаться как есть"
        ),
        "any": (
            "Сценарий принимает звонки всех линий (`for: any`); чтобы выбрать, напишите в `main.yaml` `lines: [...]`."
        ),
        "others": "Эти линии остаются как есть: {others}.",
        "recordings": "## 3. Записи: Обработка звонков → Мелодии и звуковые сообщения",
        "used": "- [ ] `{prompt}`: запись {id}, «{name}», {seconds} с; в ней должно быть сказано: «{words}»",
        "length": " **Длина предположена**: API её не сообщает. Прослушайте и исправьте `length` в `resources.yaml`",
        "missing": "- [ ] `{prompt}` не найдена: запишите «{words}»",
        "no_menu": "Пока приветствие не записано, меню нет: маршрутизатор пробует по очереди: {order}.",
        "again": "Когда записи появятся, создайте сценарий заново: `ivr init` в другой папке спросит их номера.",
        "untold": "## Чего ВАТС не сообщила",
        "go": "## 4. Затем",
        "go_on": (
            "- [ ] `ivr doctor --online` не находит ошибок\n- [ ] `ivr serve` работает (`ivr service install` "
            "делает из него службу)\n- [ ] Звонок на линию виден в `ivr calls`, а `ivr trace ENTRY_ID` "
            "объясняет, почему он пошёл так"
        ),
    },
}
