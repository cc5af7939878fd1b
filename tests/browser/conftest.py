"""A headless Chromium that keeps a record of its console and of every request."""

import base64
import json
import os
import shutil
import time

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
INSTALL = "apt-get install chromium chromium-driver && pip install -e '.[test]'"
PATIENCE = 10.0
"""Seconds, until something that a page does after loading counts as not done."""
QUIET = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu")


def unavailable(what):
    """Skip on a developer's machine; fail in CI, where the browser belongs."""
    said = f"{what} is missing; to open the report in a browser: {INSTALL}"
    (pytest.fail if os.environ.get("CI") else pytest.skip)(said)


class Browser:
    """A page in Chromium, and what it said and asked for."""

    def __init__(self, driver):
        self.driver = driver

    def command(self, name, **parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def open(self, address, *, width=1400, height=900, theme="light", scripts=True):
        self.driver.get("about:blank")
        self.driver.get_log("browser"), self.driver.get_log("performance")
        self.command("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        media = [{"name": "prefers-color-scheme", "value": theme}]
        self.command("Emulation.setEmulatedMedia", features=media)
        self.driver.get(address)

    def ask(self, script, *arguments):
        return self.driver.execute_script(f"return {script}", *arguments)

    def wait(self, script, expected, *arguments):
        """Return once the page agrees, or fail with what it says instead.

        A click, a key or an address is answered in a later task of the page: what follows one is
        always waited for.
        """
        deadline = time.monotonic() + PATIENCE
        while (found := self.ask(script, *arguments)) != expected and time.monotonic() < deadline:
            time.sleep(0.02)
        assert found == expected

    def find(self, selector):
        return self.driver.find_element("css selector", selector)

    def console(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self):
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]

    def printed(self):
        return base64.b64decode(self.command("Page.printToPDF", printBackground=True)["data"])


@pytest.fixture(scope="session")
def chromium():
    webdriver = None
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        unavailable("selenium")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    chromedriver = shutil.which("chromedriver")
    if program is None or chromedriver is None:
        unavailable("Chromium" if program is None else "its driver")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in QUIET:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(chromedriver))
    yield driver
    driver.quit()


@pytest.fixture
def browser(chromium):
    return Browser(chromium)
