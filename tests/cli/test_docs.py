"""`ivr docs`."""

import urllib.request
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from router.cli import docs as module
from router.cli.docs import docs


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ru").mkdir()
    (tmp_path / "index.html").write_text("English")
    (tmp_path / "ru" / "index.html").write_text("Russian")
    monkeypatch.setattr(module, "PLACES", (tmp_path / "nowhere", tmp_path))
    return tmp_path


@pytest.mark.parametrize(("lang", "text"), [("", "English"), ("ru", "Russian")])
def test_opens_the_language_that_is_asked_for(
    site: Path, monkeypatch: pytest.MonkeyPatch, lang: str, text: str
) -> None:
    """The browser is a thread that reads the page, and then presses Ctrl-C."""
    read: list[str] = []
    serve = ThreadingHTTPServer.serve_forever

    def visited(server: ThreadingHTTPServer) -> None:
        def read_page() -> None:
            with urllib.request.urlopen(opened[0]) as answer:
                read.append(answer.read().decode())
            server.shutdown()

        visitor = Thread(target=read_page)
        visitor.start()
        serve(server, poll_interval=0.01)
        visitor.join()
        raise KeyboardInterrupt

    opened: list[str] = []
    monkeypatch.setattr(module.webbrowser, "open", opened.append)
    monkeypatch.setattr(ThreadingHTTPServer, "serve_forever", visited)
    answer = CliRunner().invoke(docs, env={"IVR_LANG": lang} if lang else {})
    assert answer.exit_code == 0
    assert answer.output == f"{opened[0]}\n"
    assert read == [text]


def test_prints_where_the_files_are(site: Path) -> None:
    assert CliRunner().invoke(docs, ["--print"]).output == f"{site}\n"


def test_says_how_to_build_it(site: Path) -> None:
    (site / "index.html").unlink()
    answer = CliRunner().invoke(docs)
    assert answer.exit_code == 1
    assert "make docs" in answer.output
