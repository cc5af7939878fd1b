"""The site as somebody reads it: in a browser, wide and narrow, light and dark, without another host."""

import functools
import http.server
import os
import subprocess
import sys
import threading

import pytest

from docs.website.blocks import ROOT

pytestmark = pytest.mark.browser
for needed in ("mkdocs", "material", "mkdocstrings"):
    pytest.importorskip(needed, reason="the site needs gradcheck[docs]")

PAGES = ("", "verdict/", "gallery/", "checks/", "api/", "derivations/convolution/", "derivations/article/")


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    quick = {**os.environ, "WEBSITE_QUICK": "1", "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=quick, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Silent, directory=str(folder))
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1400])
def test_pages_fit_complain_of_nothing_and_ask_no_other_host(browser, site, width, theme):
    browser.open("about:blank")  # the page of before would keep its theme for the next one
    browser.command("Storage.clearDataForOrigin", origin=site, storageTypes="all")
    for page in PAGES:
        browser.open(site + page, width=width, theme=theme)
        browser.wait("document.readyState", "complete")
        widest, inner = browser.ask("[document.documentElement.scrollWidth, innerWidth]")
        assert (page, inner, widest <= inner) == (page, width, True)
        assert browser.find("h1").is_displayed()
        scheme = "default" if theme == "light" else "slate"
        assert browser.ask("document.body.getAttribute('data-md-color-scheme')") == scheme
        assert [url for url in browser.requests() if not url.startswith((site, "data:"))] == []
        assert browser.console() == []


def test_formulas_are_typeset_by_the_browser_itself(browser, site):
    browser.open(f"{site}derivations/convolution/")
    assert browser.ask("document.querySelectorAll('math mfrac').length") > 10
    assert browser.ask("document.querySelector('math mfrac').getBoundingClientRect().height") > 20


def test_counterexample_of_a_refuted_claim_is_on_its_page(browser, site):
    browser.open(f"{site}derivations/article/#n3")
    text = browser.find("article").text
    assert "refuted" in text
    assert "smallest counterexample" in text


def test_search_finds_a_word(browser, site):
    browser.open(site)
    browser.find("input.md-search__input").send_keys("cotangent")
    browser.wait("document.querySelectorAll('.md-search-result__item').length > 3", True)
