"""The router inside of a Flask application that does other things, too: API, console and webhook below /telephony.

    waitress-serve --listen=127.0.0.1:8080 mounted:app

The PBX gets the address https://shop.example/telephony/vpbx. Configuration is the environment's, as for `ivr serve`.
"""

import atexit

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from router.bootstrap.open_router import open_router
from router.web import create_app

app = Flask("shop")


@app.get("/")
def front_page() -> str:
    return "The shop"


router = open_router()
router.start()  # commands, timers and publishing begin now, and not with the first event
atexit.register(router.stop)
app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/telephony": create_app(router)})  # type: ignore[method-assign]
