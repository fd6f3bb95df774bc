"""Every word within code, in prose, is a word of the program: a name that the tree has lost stands in no page.

It is the widest net and the coarsest: a name may exist and be used wrongly, which the other checks look for.
"""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from router import Mango
from tests.docs.claims.page import PROJECT, Page

_WORD: Final = re.compile(r"(?<![\w\\%-])[A-Za-z_][\w]*(?:-[A-Za-z]\w*)*")
_LOCKS: Final = (".lock", "package-lock.json", ".svg", ".png", ".gif", ".ico", ".md", ".css")
_NOT_PROGRAM: Final = (
    "tests/docs/claims/",
    "tests/promises/kept/",
    "tests/docs/test_contradictions.py",
    "router/web/static/console/",
)
_FREE: Final = re.compile(r"https?://\S+|<!--.*?-->|\"[^\"]*[^\x00-\x7f][^\"]*\"|\S+@\S+|[0-9a-f]{32}|#\S+")
_ENDINGS: Final = ("db", "yaml", "env", "example", "service", "pem")
_PACKAGES: Final = ("docs/licences.md",)
"""Generated from what is installed: its words are packages."""


def wrong(page: Page) -> Iterator[str]:
    if page.name in _PACKAGES:
        return
    weighs = page.name.startswith("docs/decisions/")  # they name packages that were not taken
    own = set(_WORD.findall("\n".join(fence.text for fence in page.fences)))
    for span in page.spans:
        for name in re.findall(r"(?<![\w./-])ivr\.[a-z]+(?!\w)", span.text):
            if name not in settings_of_editors() and name.removeprefix("ivr.") not in _ENDINGS:
                yield f"{page.place(span.line)}: the editors' extension has no {name}"
        for word in _WORD.findall(_FREE.sub(" ", span.text)):
            if word not in own and not _known(word) and not (weighs and "-" in word):
                yield f"{page.place(span.line)}: the program knows no {word}"


@cache
def settings_of_editors() -> frozenset[str]:
    text = (PROJECT / "editors" / "vscode" / "package.json").read_text(encoding="utf-8")
    return frozenset(re.findall(r"\bivr\.\w+", text))


def _known(word: str) -> bool:
    if len(word) < 3 or word in words() or word in FOREIGN:
        return True
    if (
        word.endswith(("_VERSION_ARCH", "_NAME")) or word.isupper() or re.fullmatch(r"[A-Z]+(?:[-_][A-Z]+)*", word)
    ):  # a placeholder, or an acronym
        return not word.startswith(("IVR_", "MANGO_"))
    return "-" in word and all(map(_known, word.split("-")[:2])) and word.split("-")[0] in ("ivr", "no")


@cache
def words() -> frozenset[str]:
    """Of every file under version control that is no page; also the parts of names with blanks between them."""
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout.split()
    found: set[str] = set()
    for name in listed:
        found.update(Path(name).stem.split("."))
        found.update(Path(name).parts)
        if name.endswith(_LOCKS) or name.startswith(_NOT_PROGRAM) or not (PROJECT / name).is_file():
            continue
        text = (PROJECT / name).read_bytes().decode("utf-8", "replace")
        found.update(_WORD.findall(text))
    found.update(dir(Mango))  # its methods are made of the catalogue
    return frozenset(found | {part for word in found if "-" in word for part in word.split("-")})


_FOREIGN_TEXT: Final = """
    neovim and VS Code:
    lua cmd_cwd start_client buf_attach_client open_float buf grr grn gra code_action C-x C-o codelens npx ovsx
    PostgreSQL, SQLite, nginx, systemd, the shell:
    psql pgpass remote_apply primary_conninfo db3 pg_stat_statements recover client_max_body_size proxy_read_timeout
    iostat timedatectl sched_autogroup_enabled setsid backups DynamicUser tcpi_min_rtt pre-commit
    the web, and what decisions weigh up:
    innerHTML gettext beep
    a mistake that the tutorial makes on purpose:
    sals
    what was, and is told to be gone:
    X-IVR-Signature ivr_limit_count ivrignore
"""
FOREIGN: Final = frozenset(_FOREIGN_TEXT.split())
"""Names of other programs that the pages tell of, and names of ours that they say are no more."""
