"""The story as a person sees it: press *Merge*, and the promotion is there."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.shop import BOT, Shop

pytestmark = pytest.mark.slow


@pytest.fixture
def page() -> Iterator[Page]:
    """Return a page of the system's Chromium."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no chromium here: apt-get install chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def test_a_person_merges_and_sees_the_promotion(shop: Shop, page: Page) -> None:
    source = shop.propose("web: v2 in Tokyo", {"web.yaml": "image: web:v2\n"})
    page.goto(f"{shop.stage.url}/{shop.name}/pull/{source}")

    page.get_by_role("button", name="Merge").click()

    pull = shop.promoted(source)
    page.reload()
    expect(page.get_by_text(f"#{pull['number']} is open: review and merge it")).to_be_visible()
    expect(page.get_by_text(BOT).first).to_be_visible()
    page.goto(f"{shop.stage.url}/{shop.name}/pulls")
    page.get_by_role("link", name="[tier-1] web: v2 in Tokyo").click()
    expect(page).to_have_url(f"{shop.stage.url}/{shop.name}/pull/{pull['number']}")
    expect(page.get_by_text("picked cleanly")).to_be_visible()
