"""The page in a real browser: it is readable in the dark and on a telephone, and a link opens what it leads to."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, get_args

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.core.manifests import Identity
from bot.core.words.diff.anchors import anchor
from bot.pages.diff import View, page
from bot.pages.frame import HEADERS
from tests.diffs import SHOP, WEB, broken, diff, overlay, raised, reviewed, touched

pytestmark = pytest.mark.slow

Scheme = Literal["light", "dark"]
ADDRESS = "https://tierkeeper.acme.test/diffs/acme/shop/12"
TOKYO = "apps/web/overlays/tokyo"
LONG = touched(" " + "x" * 3000, "-  a: 1", "+  a: 2", identity=replace(WEB, name="a-name-" * 30))
FULL = diff(
    *SHOP.overlays, overlay(LONG, name="a/very/long/path-" * 9, failures=(broken("why " * 99, path="p" * 200),))
)
VIEW = View(FULL, reviewed(), "acme/shop", 12, "Raise web", "https://github.test/acme/shop/pull/12")
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
SELECTED = """() => {
  getSelection().selectAllChildren(document.querySelector(".object .diff"));
  return `${getSelection()}`;
}"""
TOOK = """() => {
  const [told] = performance.getEntriesByType("navigation");
  return told.loadEventEnd - told.responseEnd;
}"""
CONTRASTS = """() => {
  const parsed = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => parsed(color).slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (one) => {
    const color = getComputedStyle(one).backgroundColor;
    return parsed(color)[3] === 0 ? (one.parentElement ? behind(one.parentElement) : "rgb(255,255,255)") : color;
  };
  const found = [];
  for (const one of document.querySelectorAll("body *")) {
    const text = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) || one.dataset.n;
    if (!text || ["SCRIPT", "STYLE"].includes(one.tagName)) continue;
    const [a, b] = [light(getComputedStyle(one).color), light(behind(one))].sort((x, y) => y - x);
    found.push([(a + 0.05) / (b + 0.05), one.outerHTML.slice(0, 120)]);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return the system's Chromium."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no chromium here: apt-get install chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(browser: Browser, view: View = VIEW, *, at: str = "", scheme: Scheme = "light", width: int = 1400) -> Page:
    """Return a page under its own headers; whatever it complains of, or asks for besides, fails the test."""
    tab = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
    tab.on("console", lambda said: pytest.fail(f"the console says {said.text}"))
    tab.on("pageerror", lambda error: pytest.fail(f"the script fails: {error}"))
    html = page(view)
    headers = {**HEADERS, "Content-Type": "text/html; charset=utf-8"}
    tab.route("**/*", lambda route: route.fulfill(body=html, headers=headers))
    tab.goto(ADDRESS + at)
    return tab


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1400])
def test_everything_can_be_read(browser: Browser, scheme: Scheme, width: int) -> None:
    tab = opened(browser, scheme=scheme, width=width)

    contrasts = tab.evaluate(CONTRASTS)

    assert len(contrasts) > 100
    assert [(ratio, what) for ratio, what in contrasts if ratio < 4.5] == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_dark_is_dark_and_light_is_light(browser: Browser) -> None:
    colors = [opened(browser, scheme=scheme).evaluate(BACKGROUND) for scheme in get_args(Scheme)]

    assert colors == ["rgb(255, 255, 255)", "rgb(13, 17, 23)"]


def test_a_link_opens_and_shows_what_it_leads_to(browser: Browser) -> None:
    many = tuple(overlay(*(raised(f"web-{n}-{m}") for m in range(20)), name=f"apps/{n}") for n in range(100))
    place = anchor("apps/70", replace(WEB, name="web-70-7"))

    tab = opened(browser, replace(VIEW, diff=diff(*many)), at=f"#{place}")

    found = tab.locator(f"[id='{place}']")
    expect(found).to_be_in_viewport()
    assert tab.locator("details.overlay[open]").count() == 1
    assert "inset" in found.locator("h3").evaluate("one => getComputedStyle(one).boxShadow")


def test_an_object_is_below_the_heading_that_stays(browser: Browser) -> None:
    lines = tuple(f"+line {n}" for n in range(200))
    tall = overlay(
        touched(*lines, identity=Identity("", "ConfigMap", "", "a")), touched(*lines), touched(identity=LONG.identity)
    )
    place = anchor(tall.name, WEB)

    tab = opened(browser, replace(VIEW, diff=diff(tall)), at=f"#{place}")

    heading = tab.locator("details.overlay > summary").bounding_box()
    found = tab.locator(f"[id='{place}'] h3").bounding_box()
    assert heading is not None
    assert found is not None
    assert -1 <= heading["y"] <= 1
    assert found["y"] >= heading["y"] + heading["height"]


def test_a_link_opens_what_was_folded(browser: Browser) -> None:
    tab = opened(browser)
    tab.get_by_role("button", name="Fold all").click()
    expect(tab.locator("details.overlay[open]")).to_have_count(0)

    link = tab.get_by_role("navigation").get_by_role("link", name="Service shop/web")
    link.click()
    expect(tab.locator("details.overlay[open]")).to_have_count(1)
    tab.get_by_role("button", name="Fold all").click()
    link.click()

    expect(tab.locator(f"[id='{anchor(TOKYO)}']")).to_have_attribute("open", "")


def test_without_a_script_it_reads_the_same(browser: Browser) -> None:
    tab = browser.new_context(java_script_enabled=False).new_page()
    html = page(VIEW)
    tab.route("**/*", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=HEADERS))

    tab.goto(ADDRESS)

    expect(tab.get_by_text("web:v42").first).to_be_visible()
    expect(tab.get_by_role("button", name="Fold all")).to_be_hidden()
    tab.locator(f"[id='{anchor(TOKYO)}'] > summary").click()
    expect(tab.locator(f"[id='{anchor(TOKYO)}'] .diff").first).to_be_hidden()


def test_copied_lines_are_a_diff(browser: Browser) -> None:
    tab = opened(browser)

    text = tab.evaluate(SELECTED)

    spec, containers, *changed = text.rstrip("\n").split("\n")
    assert (spec.strip(), containers.strip()) == ("spec:", "containers:")
    assert changed == ["-      - image: ghcr.io/acme/web:v41", "+      - image: ghcr.io/acme/web:v42"]


def test_ten_thousand_lines_are_there_at_once(browser: Browser) -> None:
    lines = [f"{'+- '[n % 3]}key-{n}: value {n}" for n in range(200)]
    objects = tuple(touched(*lines, identity=replace(WEB, name=f"web-{n}")) for n in range(50))

    tab = opened(browser, replace(VIEW, diff=diff(overlay(*objects))))

    assert tab.evaluate(TOOK) < 5000
    assert tab.locator(".diff > span").count() == 10_000
