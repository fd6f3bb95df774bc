"""The emulator with what the document's examples name (`pbx.yaml`), on a virtual clock."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from router.catalogue.methods import METHODS
from router.emulator.load import load_config
from router.emulator.pbx_answers import Answer
from router.protocol.sign import sign
from tests.emulator.stage import KEY, SALT, Stage

HERE = Path(__file__).parent
FORM = "application/x-www-form-urlencoded"
MINUTES = 1000.0  # between requests, for the limits


class Document:
    """The document's PBX with what an example needs, and what stands for the ids that only a PBX can give."""

    def __init__(self, more: str = "", *, group_1234: bool = False) -> None:
        text = (HERE / "pbx.yaml").read_text(encoding="utf-8")
        if group_1234:  # an employee in §3.2.1, a group in §3.2.2
            text = text.replace("  1234: {", "  1233: {", 1).replace(
                "groups:\n", "groups:\n  1234: {members: [123]}\n", 1
            )
        self.stage = Stage(load_config(text + more))
        self.real: dict[str, str] = {}
        self._at = 0.0

    def ask(self, name: str, /, **params: Any) -> Answer:
        """Something beside the examples."""
        return self.send(name, json.dumps(params))

    def send(self, name: str, text: str) -> Answer:
        self._at += MINUTES
        for example, real in self.real.items():
            text = text.replace(example, real)
        body = urlencode({"vpbx_api_key": KEY, "sign": sign(KEY, text, SALT), "json": text}).encode()
        answer = self.stage.pbx.request(self.stage.now, self._at, METHODS[name], body, FORM)
        self.stage.wait(0)
        return answer
