"""The example of `ivr demo` for a folder without a bundle: a reception in ten steps, its tests, and a PBX for it.

The files are those of the checkout; a wheel carries the same in `router/example`. Where IVR_LANG asks for another
language, their comments and what is said to callers are translated as they are written; names and numbers stay.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from router.cli.language import said
from router.flow.layout import formatted

FOLDER: Final = "ivr-demo"
WORDS: Final = "demo"
FILES: Final = (
    "pbx.yaml",
    "flows/main.yaml",
    "flows/main.test.yaml",
    "flows/resources.yaml",
    "flows/blocked.txt",
)
PACKAGE: Final = Path(__file__).parents[1]
PLACES: Final = (PACKAGE / "example", PACKAGE.parent)
"""Where the files may be: in the wheel, and in a checkout."""

_COMMENT: Final = re.compile(r"(?m)(^|  )# +(.+)$")
_VALUE: Final = re.compile(r'(?m)\b(says|text|name|comment): ("[^"\n]*"|[^",}{\n][^,}\n]*)')
_TEST_NAME: Final = re.compile(r"(?m)^(  - name: )(.+)$")


def has_bundle(environ: Mapping[str, str], config: str) -> bool:
    """Whether the current folder has something to play, or a configuration that says where it is."""
    named = environ.get("IVR_CONFIG") or environ.get("IVR_FLOWS")
    return bool(named) or any(Path(name).exists() for name in ("ivr.yaml", "flows", config))


def enter_example() -> Path:
    """Make the example's folder in the current one, unless it is there, and go into it; answers where it is."""
    source = next(place for place in PLACES if (place / FILES[0]).is_file())
    folder = Path(FOLDER).absolute()
    for name in FILES:
        file = folder / name
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(_as_written(name, (source / name).read_text(encoding="utf-8")), encoding="utf-8")
    os.chdir(folder)
    return folder


def _as_written(name: str, text: str) -> str:
    """In the language of IVR_LANG, and laid out anew where that has moved the comments."""
    shown = in_words(text)
    return formatted(shown) if shown != text and name.startswith("flows/") and name.endswith(".yaml") else shown


def in_words(text: str) -> str:
    """A file of the example in the language of IVR_LANG."""
    text = _TEST_NAME.sub(lambda found: f"{found[1]}{_quoted_if_needed(said(found[2], WORDS))}", text)
    text = _COMMENT.sub(lambda found: f"{found[1]}# {said(found[2], WORDS)}", text)
    return _VALUE.sub(lambda found: f"{found[1]}: {_value(found[2])}", text)


def _value(written: str) -> str:
    plain = written.strip('"')
    shown = said(plain, WORDS)
    return f'"{shown}"' if written.startswith('"') else _quoted_if_needed(shown)


def _quoted_if_needed(text: str) -> str:
    return f'"{text}"' if re.search("[,:]", text) and not text.isascii() else text
