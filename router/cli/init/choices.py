"""What a bundle gets of all that an account has: by options, by questions, or what was found and the usual."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import click

from router.cli.init.account import Account
from router.cli.init.names import destinations
from router.cli.language import language, said
from router.cli.starter.answers import (
    GROUP,
    HANG_UP,
    MOSCOW,
    MOST_KEYS,
    PERSON,
    Answers,
    Destination,
    needed,
    read_closed,
    read_hours,
    read_language,
    read_lines,
    read_yes,
    read_zone,
)
from router.cli.starter.questions import WORDS, Questions
from router.cli.starter.recordings import WELCOME, Recording, guess, says, seconds_of
from router.flow.durations import parse_duration

IN_WHICH_LANGUAGE: Final = "In which language are the prompts (en, ru)?"
USUAL_HOURS: Final = "mon-fri 09:00-18:00"
NONE: Final = "none"
MENU_SECONDS: Final = 10
"""How long a recorded menu is taken to be while no person has said it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The options of the command, None for what was not given."""

    lines: str | None = None
    keys: str | None = None
    hours: str | None = None
    zone: str | None = None
    holidays: str | None = None
    closed: str | None = None
    language: str | None = None
    prompts: Mapping[str, str] | None = None  # prompt -> ID:LENGTH, or none


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The answers, and which lengths of recordings no person has said."""

    answers: Answers
    guessed: frozenset[str]


def choose(account: Account, given: Given, ask: Questions) -> Chosen:
    """Ask what was not given."""
    phones = [line.number for line in account.lines if line.may_be_taken]
    known = (*destinations(account.groups, GROUP), *destinations(account.employees, PERSON))
    answers = Answers(
        lines=ask("On which lines? Numbers with commas, or any", given.lines, ", ".join(phones) or "any", read_lines),
        destinations=_destinations(account, known, given, ask),
        hours=ask(f"When is it open? Such as {USUAL_HOURS}, or always", given.hours, USUAL_HOURS, read_hours),
        zone=ask("In which time zone?", given.zone, MOSCOW, read_zone),
        keeps_holidays=ask("Closed on the public holidays of Russia?", given.holidays, "yes", read_yes),
        closed=ask("When closed: a number, an extension, or hang up", given.closed, HANG_UP, read_closed),
        language=ask(IN_WHICH_LANGUAGE, given.language, language(), read_language),
    )
    return _with_recordings(answers, account, given, ask)


def _destinations(
    account: Account, known: Sequence[Destination], given: Given, ask: Questions
) -> tuple[Destination, ...]:
    usual = (account.groups or account.employees)[:MOST_KEYS]
    if not usual and given.keys is None:
        problem = "the account has neither groups nor employees with an extension: make one in the cabinet"
        raise click.UsageError(said(problem, WORDS))
    default = ", ".join(party.extension for party in usual)
    question = "Whom do the keys 1, 2, … lead to? Extensions of groups or employees, with commas"
    return ask(question, given.keys, default, _read_keys(known))


def _read_keys(known: Sequence[Destination]) -> Callable[[str], tuple[Destination, ...]]:
    def read(text: str) -> tuple[Destination, ...]:
        """Groups go before employees with the same extension."""
        by_extension = {one.extension: one for one in reversed(known)}
        wanted = [part.strip() for part in text.split(",") if part.strip()]
        for extension in wanted:
            if extension not in by_extension:
                numbers = ", ".join(one.extension for one in known)
                raise ValueError(f"there is no group or employee {extension}: {numbers}")
        if not 1 <= len(set(wanted)) <= MOST_KEYS or len(set(wanted)) < len(wanted):
            raise ValueError("between one and nine extensions, please, each once: one key for each")
        return tuple(_distinct([by_extension[extension] for extension in wanted]))

    return read


def _distinct(chosen: Sequence[Destination]) -> list[Destination]:
    """A group and an employee may be called the same; steps are not."""
    names: set[str] = set()
    found = []
    for one in chosen:
        name = one.name if one.name not in names else f"{one.name}_{one.extension}"
        names.add(name)
        found.append(replace(one, name=name))
    return found


# recordings


def _with_recordings(answers: Answers, account: Account, given: Given, ask: Questions) -> Chosen:
    titles = [one.title or one.name for one in answers.destinations]
    recordings: dict[str, Recording] = {}
    guessed = set()
    for prompt in needed(answers):
        words = says(prompt, answers.language, titles)
        told = (given.prompts or {}).get(prompt)
        found = _recording(prompt, words, account, told, ask)
        if found is None:
            continue
        recordings[prompt], is_guessed = found
        if is_guessed:
            guessed.add(prompt)
    return Chosen(answers=replace(answers, recordings=recordings), guessed=frozenset(guessed))


def _recording(
    prompt: str, words: str, account: Account, told: str | None, ask: Questions
) -> tuple[Recording, bool] | None:
    """The recording of a prompt, and whether its length is a guess."""
    names = dict(account.recordings)
    if not names and told is None:
        return None
    usual = guess(prompt, account.recordings)
    told_id, _, told_length = (told or "").partition(":")
    question = f"Which recording is the {prompt} ({words!r})? Its id, or {NONE}"
    number = ask(question, told_id or None, str(usual or NONE), _read_id(names))
    if number is None:
        return None
    seconds = max(MENU_SECONDS if prompt == WELCOME else 0, seconds_of(words))
    length = ask(f"How long is {number}, {names.get(number, '')}?", told_length or None, f"{seconds}s", _read_length)
    is_guessed = ask.is_silent and not told_length
    return Recording(id=number, seconds=length, says=words, name=names.get(number, "")), is_guessed


def _read_id(names: Mapping[int, str]) -> Callable[[str], int | None]:
    def read(text: str) -> int | None:
        word = text.strip().lower()
        if word in (NONE, "no", "нет"):
            return None
        if not word.isdecimal() or (names and int(word) not in names):
            raise ValueError(f"the account has no recording {text}: `ivr api audiofiles` lists them; or {NONE}")
        return int(word)

    return read


def _read_length(text: str) -> int:
    """`9s`, or `9`; a part of a second is rounded up, so that nothing is cut off."""
    word = text.strip()
    seconds = parse_duration(word if not word.isdecimal() else f"{word}s")
    if not seconds:
        raise ValueError(f"`{text}` is no length: write it like 9s")
    return max(1, -int(-seconds // 1))
