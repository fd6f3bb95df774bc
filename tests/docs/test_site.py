"""The site is built of all pages in both languages, without a warning, and needs nothing from elsewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import PROJECT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(directory)]
    environ = os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(command, cwd=PROJECT, env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return directory


def test_site(site: Path) -> None:
    english, russian = (site / "howto/after-hours.html", site / "ru/howto/after-hours.html")
    texts = [page.read_text(encoding="utf-8") for page in (english, russian)]
    anchors = [re.findall(r'<h[1-6] id="([^"]+)"', text) for text in texts]
    assert anchors[0] == anchors[1] == ["after-hours-lunch-and-holidays", "the-hours", "the-flow", "the-test"]
    assert "Нерабочее время" in texts[1]
    assert "Нерабочее время" not in texts[0]


def test_a_page_that_is_made_has_its_own_title(site: Path) -> None:
    titles = {
        page: re.search(r"<title>(.*?) - ivr-router</title>", (site / page).read_text(encoding="utf-8"))
        for page in ("http.html", "ru/http.html", "ru/emulator.html", "ru/findings.html")
    }
    assert {page: title and title[1] for page, title in titles.items()} == {
        "http.html": "The router over HTTP",
        "ru/http.html": "Маршрутизатор по HTTP",
        "ru/emulator.html": "Имитация АТС",
        "ru/findings.html": "Замечания загрузчика",
    }


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    loaded = re.compile(r"""<(?:script|img|link)[^>]*\s(?:src|href)=["']?(https?:)?//[^"'\s>]+""")
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 100
    found = {match[0] for page in pages for match in loaded.finditer(page.read_text(encoding="utf-8"))}
    assert found == set()


def test_links_lead_to_files(site: Path) -> None:
    for page in (*site.glob("*.html"), *site.glob("ru/*.html"), *site.glob("ru/howto/*.html")):
        if page.name == "404.html":
            continue
        for link in re.findall(r'href="([^"#:]+)(?:#[^"]*)?"', page.read_text(encoding="utf-8")):
            assert (page.parent / link.partition("?")[0]).exists(), f"{page.name}: {link}"
