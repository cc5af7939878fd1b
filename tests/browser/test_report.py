"""The report as somebody meets it who opens the file: in a browser, wide and narrow, by mouse or key."""

from urllib.parse import quote

import pytest

from gradcheck import html
from tests.gradcheck.html.findings import HOSTILE, found

pytestmark = pytest.mark.browser
for needed in html.NEEDED:
    pytest.importorskip(needed, reason="the report needs gradcheck[html]")

WRONG = "mean-bias/finite-difference"
RIGHT = "linear/exact"
TEXT = "document.querySelector(arguments[0]).textContent.trim()"
ROWS = (
    "[...document.querySelectorAll('.grid tbody tr')].filter(e => e.checkVisibility())"
    ".map(e => e.querySelector('th').textContent)"
)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "a report.html"
    html.write(path, found(), seconds=12.3)
    return path.as_uri()


def panel(anchor):
    return f'[id="{anchor}"]'


def shown(browser, selector):
    visible = "[...document.querySelectorAll(arguments[0])].filter(e => e.checkVisibility())"
    return browser.ask(f"{visible}.map(e => e.id)", selector)


def code(browser, anchor):
    return browser.ask("document.getElementById(arguments[0]).querySelector('pre code').textContent", anchor)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1400])
def test_page_fits_complains_of_nothing_and_asks_for_nothing(browser, report, width, theme):
    browser.open(report, width=width, theme=theme)
    widest, inner = browser.ask("[document.documentElement.scrollWidth, innerWidth]")
    assert (inner, widest <= inner) == (width, True)
    assert browser.find("h1").is_displayed()
    requests = browser.requests()
    assert report in requests
    assert [url for url in requests if url != report and not url.startswith("data:")] == []
    assert browser.console() == []


def test_failing_cell_leads_to_its_evidence(browser, report):
    browser.open(report)
    browser.find(f'a.cell[href="#{WRONG}"]').click()
    browser.wait("document.activeElement.parentElement?.id", WRONG)
    evidence = browser.find(f"{panel(WRONG)} table.evidence")
    assert evidence.is_displayed()
    assert "derived" in evidence.text
    assert "divided by n" in browser.find(panel(WRONG)).text
    assert browser.ask("decodeURIComponent(location.hash)") == f"#{WRONG}"
    top = browser.ask("document.getElementById(arguments[0]).getBoundingClientRect().top", WRONG)
    assert 0 <= top < 900
    assert browser.console() == []


def test_cell_that_is_right_opens_its_panel_and_the_layer_around_it(browser, report):
    browser.open(report)
    assert not browser.find(f"{panel(RIGHT)} .body").is_displayed()
    browser.find(f'a.cell[href="#{RIGHT}"]').click()
    browser.wait("document.activeElement.parentElement?.id", RIGHT)
    assert browser.find(f"{panel(RIGHT)} .body").is_displayed()


def test_cell_that_does_not_apply_says_why(browser, report):
    browser.open(f"{report}#linear/oracle")
    browser.wait("document.activeElement.id", "linear/oracle")
    assert "the layer declares no oracle" in browser.find(panel("linear/oracle")).text


def test_address_of_a_finding_opens_it_whatever_its_name(browser, report):
    anchor = f"{HOSTILE.replace(' ', '-')}/finite-difference"
    browser.open(f"{report}#{quote(anchor)}")
    browser.wait("document.activeElement.parentElement?.id", anchor)
    assert browser.console() == []


def test_snippet_is_copied(browser, report):
    browser.open(report)
    browser.command("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    browser.find(f"{panel(WRONG)} .copy").click()
    browser.wait(TEXT, "Copied", f"{panel(WRONG)} .copy")
    copied = browser.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0])")
    assert copied == code(browser, WRONG)
    assert "print(derived, numerical)" in copied


def test_snippet_is_selected_where_the_clipboard_is_closed(browser, report):
    browser.open(report)
    browser.ask("navigator.clipboard.writeText = () => Promise.reject(new Error('closed'))")
    browser.ask("document.execCommand = () => false")
    browser.find(f"{panel(WRONG)} .copy").click()
    browser.wait(TEXT, "Selected: press Ctrl-C", f"{panel(WRONG)} .copy")
    assert browser.ask("getSelection().toString().trim()") == code(browser, WRONG).strip()


def test_words_filter_layers_and_claims(browser, report):
    browser.open(report)
    browser.wait(ROWS, ["linear", "mean bias", HOSTILE])
    browser.find("#words").send_keys("MEAN")
    browser.wait(ROWS, ["mean bias"])
    assert shown(browser, "details.layer") == ["mean-bias"]
    assert shown(browser, ".claim") == []
    browser.wait(TEXT, "1 of 3 layers, 0 of 1 claim", "#shown")


def test_filter_finds_reasons(browser, report):
    browser.open(report)
    browser.find("#words").send_keys("cotangent of 'b'")
    browser.wait(ROWS, ["mean bias"])


@pytest.mark.parametrize(
    ("verdict", "layers", "claims"),
    [("WRONG", ["mean bias"], 1), ("UNVERIFIED", [HOSTILE], 0), ("CORRECT", ["linear"], 0)],
)
def test_verdicts_filter(browser, report, verdict, layers, claims):
    browser.open(report)
    browser.find(f'input[value="{verdict}"]').click()
    browser.wait(ROWS, layers)
    assert len(shown(browser, ".claim")) == claims


def test_link_to_what_is_filtered_away_brings_it_back(browser, report):
    browser.open(report)
    browser.find('input[value="CORRECT"]').click()
    browser.wait(ROWS, ["linear"])
    browser.find(".problems a").click()
    browser.wait(ROWS, ["linear", "mean bias", HOSTILE])
    assert browser.find(f"{panel(WRONG)} table.evidence").is_displayed()


def test_keys_lead_through_the_grid_to_the_evidence(browser, report):
    browser.open(report)
    keys = pytest.importorskip("selenium.webdriver.common.keys").Keys
    browser.ask("document.querySelector('.grid tbody a').focus()")
    label = "document.activeElement.getAttribute('aria-label')"
    browser.driver.switch_to.active_element.send_keys(keys.ARROW_DOWN)
    browser.wait("document.activeElement.closest('tr')?.querySelector('th').textContent", "mean bias")
    browser.driver.switch_to.active_element.send_keys(keys.ARROW_RIGHT)
    browser.wait(label, "mean bias, finite-difference: wrong")
    browser.driver.switch_to.active_element.send_keys(keys.ENTER)
    browser.wait("document.activeElement.parentElement?.id", WRONG)
    assert (
        len(browser.ask("[...document.querySelectorAll('.grid tbody a')].filter(a => a.tabIndex === 0)")) == 1
    )


def test_theme_follows_the_system_and_then_the_button(browser, report):
    colour = "getComputedStyle(document.body).backgroundColor"
    browser.open(report, theme="light")
    light = browser.ask(colour)
    browser.open(report, theme="dark")
    dark = browser.ask(colour)
    assert light != dark
    browser.find("#theme").click()
    browser.wait(colour, light)
    browser.ask("localStorage.clear()")


def test_formulas_are_laid_out_and_differing_entries_marked(browser, report):
    browser.open(f"{report}#claims/matmul")
    browser.wait("document.querySelector('.counterexample mark').checkVisibility()", True)
    fractions = "[...document.querySelectorAll('math mfrac')]"
    heights = browser.ask(f"{fractions}.map(e => e.getBoundingClientRect().height)")
    assert len(heights) == 2
    assert min(heights) > 20
    assert "alert" not in browser.ask("[...document.scripts].slice(0, -2).map(s => s.textContent).join()")


def test_paper_shows_what_fails(browser, report):
    browser.open(report)
    browser.ask(f"document.querySelector('{panel(WRONG)}').open = false")
    opened = f"document.querySelector('{panel(WRONG)}').open"
    browser.ask("dispatchEvent(new Event('beforeprint'))")
    assert browser.ask(opened) is True
    browser.ask("dispatchEvent(new Event('afterprint'))")
    assert browser.ask(opened) is False
    assert browser.printed().startswith(b"%PDF")


def test_page_is_complete_without_scripts(browser, report):
    browser.open(report, scripts=False)
    assert browser.find(f"{panel(WRONG)} table.evidence").is_displayed()
    assert not browser.find(".filter").is_displayed()
    assert not browser.find(f"{panel(WRONG)} .copy").is_displayed()
    browser.command("Emulation.setScriptExecutionDisabled", value=False)
