"""The account's key and salt: those of the router's configuration, or asked for and kept in a file."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from router.cli.language import said, tell
from router.cli.service.environment import environment_text, write_environment
from router.cli.starter.questions import WORDS
from router.runtime.administration.access_tokens import TOKEN_BYTES

FILE: Final = "ivr.env"
ABOUT: Final = "Settings of the router. In a shell: set -a; . ./ivr.env; set +a"
CONFIGURED_BY: Final = ("MANGO_API_KEY", "IVR_CONFIG")
KEPT: Final = ("MANGO_API_KEY", "MANGO_API_SALT", "MANGO_API_URL", "MANGO_CC_URL", "MANGO_PROFILE", "MANGO_ALLOWED_IPS")
USUAL_FILE: Final = "ivr.yaml"


def configured(environ: Mapping[str, str]) -> bool:
    """Whether the environment, or a configuration file, says which account it is."""
    return any(environ.get(name) for name in CONFIGURED_BY) or Path(USUAL_FILE).is_file()


def ask_for_key(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with key and salt, which are not shown while they are typed."""
    place = "In the cabinet, Интеграции → API коннектор, stand the unique code of your PBX and the key to sign with."
    tell(place, WORDS)
    key = click.prompt(said("Unique code (MANGO_API_KEY)", WORDS), value_proc=_stripped)
    salt = click.prompt(said("Key to sign with (MANGO_API_SALT)", WORDS), hide_input=True, value_proc=_stripped)
    return {**environ, "MANGO_API_KEY": key, "MANGO_API_SALT": salt}


def _stripped(text: str) -> str:
    if not text.strip():
        raise click.UsageError(said("nothing was typed", WORDS))
    return text.strip()


def keep(environ: Mapping[str, str], flows: Path) -> bool:
    """Write key and salt into FILE, for this user alone; False when it is there already, and left as it is."""
    written = {name: environ[name] for name in KEPT if environ.get(name)}
    written |= {"IVR_FLOWS": str(flows.resolve()), "IVR_ADMIN_TOKEN": secrets.token_urlsafe(TOKEN_BYTES)}
    return write_environment(Path(FILE), environment_text(written, f"# {said(ABOUT, WORDS)}\n"))
