"""The pages, with a real browser, and without one where a stranger would try to get in."""

from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect

from sandbox.pages.markdown import rendered
from tests.sandbox.sandbox_world import new_world

pytestmark = pytest.mark.slow
CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
)  # fmt: skip


@pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium")
async def test_a_person_reads_comments_and_merges_in_a_browser(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world, async_playwright() as play:
        pull = await world.pull("topic", {"b.txt": "two\n"})
        sent = {"name": "gate", "head_sha": pull.head_sha, "conclusion": "success"}
        await world.api("POST", "{R}/check-runs", **sent, output={"title": "All well", "summary": "| a | b |\n|-|-|\n"})
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = await browser.new_page()
        await page.goto(f"{world.hub.url}/acme/shop")
        await page.get_by_role("link", name="Title of topic").click()

        await page.get_by_label("Comment").fill("**Well** done")
        await page.get_by_role("button", name="Comment").click()
        await expect(page.locator("strong", has_text="Well")).to_be_visible()
        await page.get_by_label("How to merge").select_option("squash")
        await page.get_by_role("button", name="Merge").click()
        await expect(page.locator(".badge")).to_have_text("Merged")
        await page.get_by_role("button", name="Delete branch").click()
        await expect(page.get_by_role("button", name="Delete branch")).to_have_count(0)
        await browser.close()

        shown = (await world.api("GET", "{R}/pulls/1")).data
        assert (shown["merged"], shown["merged_by"]["login"]) == (True, "kim")
        assert await world.hub.bare(world.repo).branch("topic") is None


async def test_a_form_from_elsewhere_is_refused(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await world.pull("topic", {"b.txt": "two\n"})
        url, form = f"{world.hub.url}/acme/shop/pull/1", {"do": "merge"}
        strangers = [{"Origin": "https://evil.example"}, {}, {"Host": "evil.example", "Origin": "http://evil.example"}]

        statuses = []
        for headers in strangers:
            async with world.session.post(url, data=form, headers=headers) as response:
                statuses.append(response.status)

        assert statuses == [403, 403, 421]
        assert (await world.api("GET", "{R}/pulls/1")).data["merged"] is False


async def test_a_reader_has_no_merge_button_and_no_merge(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await world.pull("topic", {"b.txt": "two\n"})
        url = f"{world.hub.url}/acme/shop/pull/1"
        headers = {"Origin": world.hub.url, "Cookie": "acting_as=guest"}

        async with world.session.get(url, headers=headers) as response:
            page = await response.text()
        async with world.session.post(url, data={"do": "merge"}, headers=headers) as response:
            answer = await response.text()

        assert 'value="merge"' not in page
        assert "takes the role write" in answer
        assert (await world.api("GET", "{R}/pulls/1")).data["merged"] is False


async def test_every_page_can_be_read(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        pull = await world.pull("feature/topic", {"b.txt": "two\n", "<b>.txt": "x\n"})
        base = f"{world.hub.url}/acme/shop"
        paths = ["", "?state=closed", "/pull/1", "/pull/1/commits", "/pull/1/files", "/pull/1/checks", "/tree/main"]
        paths += ["/blob/feature/topic/b.txt", f"/commit/{pull.head_sha}"]

        pages = []
        for path in paths:
            async with world.session.get(f"{base}{path}") as response:
                pages.append((response.status, await response.text()))

        assert {status for status, _ in pages} == {200}
        assert "&lt;b&gt;.txt" in pages[4][1]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<details>\n<summary>More</summary>\n\n**x**\n\n</details>", "<details>\n<summary>More</summary>"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<details onclick=x>", "&lt;details onclick=x&gt;"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("a <!-- hidden --> b", "<p>a  b</p>"),
        ("`<details>`", "<code>&lt;details&gt;</code>"),
        ("| a |\n|---|\n| b |", "<td>b</td>"),
    ],
)
def test_markdown_shows_strangers_html_as_text(text: str, html: str) -> None:
    page = str(rendered(text, "acme/shop"))

    assert html in page
    assert "<script" not in page


def test_a_number_leads_to_its_pull_request() -> None:
    shown = rendered("See #12, not a#3 or `#4`", "acme/shop")

    assert str(shown) == '<p>See <a href="/acme/shop/pull/12">#12</a>, not a#3 or <code>#4</code></p>\n'
