"""What is left to click in the cabinet, as a page beside the bundle: `cabinet.md`.

The names of pages and fields are those that the vendor's document shows (§2.1, and its pictures of a scheme); the
cabinet speaks Russian, so they stand in Russian in either language.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from router.cli.init.account import Account, Line
from router.cli.init.checklist_texts import TEXTS
from router.cli.init.choices import Chosen
from router.cli.starter.answers import needed
from router.cli.starter.bundle import WINDOW_SECONDS
from router.cli.starter.recordings import WELCOME, says

FILE: Final = "cabinet.md"


def checklist(account: Account, chosen: Chosen) -> str:
    """The page, in the language of the prompts."""
    text = TEXTS[chosen.answers.language]
    parts = [
        text["title"],
        text["connector"],
        "\n".join(text[name] for name in ("address", "checked", "addresses")),
        text["schemes"],
        "\n\n".join(_schemes(account, chosen, text)),
        text["recordings"],
        "\n".join(_recordings(chosen, text)),
    ]
    if account.untold:
        parts += [text["untold"], "\n".join(f"- {one}" for one in account.untold)]
    return "\n\n".join([*filter(None, parts), text["go"], text["go_on"]]) + "\n"


def _schemes(account: Account, chosen: Chosen, text: Mapping[str, str]) -> Iterator[str]:
    answers = chosen.answers
    first = answers.destinations[0].title or answers.destinations[0].name
    yield text["how"]
    yield f"1. {text['silence'].format(window=WINDOW_SECONDS)}\n2. {text['then'].format(first=first)}"
    taken = [line for line in account.lines if line.number in answers.lines or not answers.lines]
    others = [line for line in account.lines if line not in taken]
    lines = [_line(line, others, text) for line in taken]
    unknown = [number for number in answers.lines if all(line.number != number for line in account.lines)]
    lines += [text["line"].format(number=number, title="", scheme=text["no_scheme"]) for number in unknown]
    yield "\n".join(lines)
    if not answers.lines:
        yield text["any"]
    elif others:
        yield text["others"].format(others=", ".join(line.number for line in others))


def _line(line: Line, others: list[Line], text: Mapping[str, str]) -> str:
    title = f" ({line.title})" if line.title else ""
    sharing = [other.number for other in others if line.scheme and other.scheme == line.scheme]
    shared = text["shared"].format(others=", ".join(sharing)) if sharing else ""
    scheme = f"«{line.scheme}»{shared}" if line.scheme else text["no_scheme"]
    return text["line"].format(number=line.number, title=title, scheme=scheme)


def _recordings(chosen: Chosen, text: Mapping[str, str]) -> Iterator[str]:
    answers = chosen.answers
    titles = [one.title or one.name for one in answers.destinations]
    missing = [prompt for prompt in needed(answers) if prompt not in answers.recordings]
    for prompt, one in answers.recordings.items():
        told = text["used"].format(prompt=prompt, id=one.id, name=one.name, seconds=one.seconds, words=one.says)
        yield told + (f".{text['length']}" if prompt in chosen.guessed else "")
    for prompt in missing:
        yield text["missing"].format(prompt=prompt, words=says(prompt, answers.language, titles))
    if WELCOME in missing:
        yield f"\n{text['no_menu'].format(order=', '.join(titles))}"
    if missing:
        yield f"\n{text['again']}"
