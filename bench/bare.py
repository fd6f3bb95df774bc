"""The other side of the comparison: a Flask view that verifies the sign and does nothing else."""

import os

from flask import Flask, request

from router.protocol.sign import is_signed

KEY = os.environ.get("MANGO_API_KEY", "")
SALTS = (os.environ.get("MANGO_API_SALT", ""),)

app = Flask("bare", static_folder=None)


@app.post("/events/<kind>")
def event(kind: str) -> tuple[dict[str, int], int]:
    form = request.form
    if not is_signed(form["vpbx_api_key"].encode(), form["json"].encode(), form["sign"].encode(), SALTS):
        return {"code": 3102}, 403
    return {"code": 1000}, 200
