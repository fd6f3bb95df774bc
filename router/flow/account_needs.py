"""Whether an account has what a bundle needs: the edition of the vendor's document, and values of the configuration.

A bundle is checked and stored once, whichever accounts publish it; this is judged for each account that does.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from router.flow.findings import Finding, Report, did_you_mean
from router.flow.model import ADDRESS, PROFILE, VALUE, Need
from router.flow.resources.text_encoding import decoded
from router.flow.yaml.node import split_lines

ADDRESS_VALUE: Final = re.compile(
    r"https?://([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[^\s?#]*)?", re.ASCII
)
"""What a value has to be that begins an address: scheme, host, perhaps port and path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """What the configuration says of an account; None of what is not known, which is not judged."""

    profile: str | None = None
    values: Mapping[str, str] | None = None


UNKNOWN_ACCOUNT: Final = AccountFacts()


def is_address(value: str) -> bool:
    """Whether a request can go to what begins with it."""
    return ADDRESS_VALUE.fullmatch(value) is not None


def unmet(needs: Iterable[Need], facts: AccountFacts, files: Mapping[str, bytes]) -> tuple[Finding, ...]:
    """What the account lacks, at the places that need it."""
    report = Report()
    for need in needs:
        for say in _SAYS[need.kind]:
            if (told := say(need, facts)) is not None:
                code, message, advice = told
                _show_lines(report, need.mark.file, files)
                length = len(need.name) + (0 if need.kind == PROFILE else len("values."))
                report.add(code, need.mark, message, length=length, suggestion=advice)
                break
    return report.sorted()


Told = tuple[str, str, str]
"""A finding's code, message and advice."""


def _of_profile(need: Need, facts: AccountFacts) -> Told | None:
    if facts.profile is None or facts.profile in need.profiles:
        return None
    message = (
        f"`{need.name}` is a command of profile {' and '.join(need.profiles)}, and this account has {facts.profile}"
    )
    advice = f'write profile: "{need.profiles[0]}" into the account\'s settings, if its PBX knows the command'
    return "F512", message, advice


def _of_value(need: Need, facts: AccountFacts) -> Told | None:
    if facts.values is None or need.name in facts.values:
        return None
    message = f"the account's settings have no value `{need.name}`"
    near = did_you_mean(need.name, facts.values)
    return "F513", message, str(near) or f"write values: {{{need.name}: …}} into the account's settings"


def _of_address(need: Need, facts: AccountFacts) -> Told | None:
    if facts.values is None or is_address(facts.values.get(need.name, "")):
        return None
    message = f"an address begins with the value `{need.name}`, which is no scheme and host"
    return "F514", message, f'write values: {{{need.name}: "https://host"}} into the account\'s settings'


_SAYS: Final[Mapping[str, tuple[Callable[[Need, AccountFacts], Told | None], ...]]] = {
    PROFILE: (_of_profile,),
    VALUE: (_of_value,),
    ADDRESS: (_of_value, _of_address),
}


def _show_lines(report: Report, file: str, files: Mapping[str, bytes]) -> None:
    if file not in report.lines and file in files:
        report.lines[file] = split_lines(decoded(files[file]) or "")
