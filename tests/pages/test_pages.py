"""The page shows all there is, and lets nothing in it act."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from bot.core.manifests import Danger, Difference, Identity
from bot.pages import diff as pages
from bot.pages.diff import View, page
from bot.pages.frame import HEADERS, spans
from tests.diffs import SHOP, WEB, broken, crowded, diff, follower, hunk, overlay, raised, reviewed, touched

VIEW = View(SHOP, None, "acme/shop", 12, "Raise web", "https://github.test/acme/shop/pull/12")


class Reader(HTMLParser):
    """What a browser makes of a page: its elements, their ids and the text of each kind."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.lines: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in {"meta", "link"}:
            self.open.append(tag)
        if tag == "span" and "pre" in self.open:
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "pre" in self.open and "span" in self.open:
            self.lines[-1] += data

    def all(self, name: str) -> list[str]:
        """Return the values of an attribute."""
        return [value for given, value in self.attributes if given == name]


def shown(*lines: str, **changes: object) -> Reader:
    """Return the page of one changed object."""
    return Reader(page(replace(VIEW, diff=diff(overlay(touched(*lines)), **changes))))


def test_the_page_holds_every_line() -> None:
    found = Reader(page(VIEW))

    written = [line for each in SHOP.overlays for one in each.objects for part in one.hunks for line in part.lines]
    assert [line.rstrip("\n") for line in found.lines] == written
    assert found.open == []


def test_every_object_is_where_the_index_says() -> None:
    twice = overlay(raised(), raised())

    ids = Reader(page(replace(VIEW, diff=diff(twice, twice, *SHOP.overlays)))).all("id")

    links = Reader(page(replace(VIEW, diff=diff(twice, twice, *SHOP.overlays)))).all("href")
    assert len(set(ids)) == len(ids)
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)


def test_an_object_keeps_its_place_when_others_come_and_go() -> None:
    alone = Reader(page(replace(VIEW, diff=diff(SHOP.overlays[1]))))
    among = Reader(page(VIEW))

    assert set(alone.all("id")) - {"overlays", "fold"} < set(among.all("id"))


HOSTILE = "</pre></details><script>alert(1)</script><img src=x onerror=a>\u202e\x00\ud800\"'&amp;"


def test_nothing_in_it_acts() -> None:
    identity = Identity(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    one = touched(f"-{HOSTILE}", f"+{HOSTILE}!", identity=identity, earlier_name=HOSTILE, path=HOSTILE, line=3)
    one = replace(one, dangers=(Danger("crd", f"`{HOSTILE}` {HOSTILE}"),))
    failed = broken(HOSTILE, path=HOSTILE)
    difference = Difference(HOSTILE, identity, (f"+{HOSTILE}",), (f"-{HOSTILE}",))
    found = diff(overlay(one, failures=(failed,), name=HOSTILE, command=HOSTILE), tools=(HOSTILE,))

    html = page(
        View(
            found,
            replace(reviewed(difference, unknown=(HOSTILE,)), tier=HOSTILE),
            "acme/shop",
            12,
            HOSTILE,
            "https://a.test",
        )
    )

    read = Reader(html)
    assert read.tags.count("script") == 1
    assert "img" not in read.tags
    assert not [name for name, _ in read.attributes if name.startswith("on") or name == "style"]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", html)
    assert html.encode()


@pytest.mark.parametrize(
    ("old", "new", "marked"),
    [
        ("-  image: web:v41", "+  image: web:v42", ["v41", "v42"]),
        ("-  replicas: 3", "+  replicas: 30", ["3", "30"]),
        ("-  a: b", "+  a: b\r", ["b", "b␍"]),
        ("-  a: b", "+  quite: otherwise", []),
    ],
)
def test_what_changed_within_a_line_is_set_apart(old: str, new: str, marked: list[str]) -> None:
    html = page(replace(VIEW, diff=diff(overlay(touched(old, new)))))

    assert re.findall(r"</i>[^\n]*<b>(.*?)</b>", html) == marked


def test_lines_are_numbered_on_either_side() -> None:
    one = replace(touched(), hunks=(hunk(" a", "-b", "-c", "+d", " e", before=7, after=9),))

    numbers = Reader(page(replace(VIEW, diff=diff(overlay(one))))).all("data-n")

    assert numbers == ["7", "9", "8", "", "9", "", "", "10", "10", "11"]


def test_a_line_has_an_end() -> None:
    found = shown("+" + "x" * 20_000)

    assert found.lines == ["+" + "x" * 10_000 + " … 10,000 more characters\n"]


def test_a_page_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "ROOM", 800)

    html = page(VIEW)

    assert "4 of the objects are too large for this page" in html
    assert html.count("Too large for this page.") == 4
    assert len(Reader(html).lines) == 4 + 2


def test_what_only_follows_a_generated_name_is_there_but_folded() -> None:
    loud = follower(dangers=(Danger("zero", "it is gone"),))

    quiet, other = (page(replace(VIEW, diff=diff(overlay(one)))) for one in (follower(), loud))

    assert Reader(quiet).lines == Reader(other).lines == [f"{line}\n" for line in loud.hunks[0].lines]
    assert "<details><summary>only follows a new generated name</summary><pre" in quiet
    assert "only follows" not in other
    assert "1 object follows" in quiet


@pytest.mark.parametrize(("lines", "opened"), [(3_000, True), (10_000, False)])
def test_a_large_diff_is_folded(lines: int, *, opened: bool) -> None:
    large = overlay(touched(*["+a"] * lines))

    html = page(replace(VIEW, diff=diff(large, overlay(name="b"))))

    assert bool(re.search(r'<details class="overlay"[^>]* open>', html)) is opened


def test_a_promotion_says_whether_it_is_as_reviewed() -> None:
    there = Difference("apps/web", WEB, ("+  image: v42",), ("+  image: v43",))

    same, other = (page(replace(VIEW, reviewed=one)) for one in (reviewed(), reviewed(there)))

    assert "Same as reviewed in tier-0 (#12)" in same
    assert "Not the same as reviewed in tier-0 (#12)" in other
    assert Reader(other).lines[:2] == ["- +  image: v42\n", "+ +  image: v43\n"]


def test_a_promotion_says_what_of_it_nobody_can_compare() -> None:
    there = Difference("apps/web", WEB, ("+  image: v42",), ("+  image: v43",))

    comparisons = (reviewed(unknown=("a", "<b>")), reviewed(there, unknown=("a",)), reviewed(reason="<gone>"))

    none, half, lost = (page(replace(VIEW, reviewed=one)) for one in comparisons)

    assert "Not comparable with tier-0 (#12)" in none
    assert "so nobody can compare: <code>a</code>, <code>&lt;b&gt;</code></p>" in none
    assert "Same as reviewed" not in none
    assert "Not the same as reviewed in tier-0 (#12)" in half
    assert "so nobody can compare: <code>a</code></p>" in half
    assert "Not comparable with tier-0 (#12)" in lost
    assert "<p>&lt;gone&gt;</p>" in lost


def test_the_index_says_which_side_failed() -> None:
    before, both = (overlay(failures=sides) for sides in ((broken(side="base"),), (broken(side="base"), broken())))

    html = page(replace(VIEW, diff=diff(before, replace(both, name="both"))))

    assert html.count('<span title="could not be rendered before this change">⚠</span>') == 1
    assert html.count('<span title="cannot be rendered">❌</span>') == 1


def test_a_page_without_a_difference() -> None:
    html = page(replace(VIEW, diff=diff()))

    assert "No change in what Argo CD applies" in html
    assert "All 40 overlays render to the same as before." in html


def test_many_dangers_are_counted() -> None:
    several = tuple(Danger("rbac", f"may do {n}") for n in range(35))

    html = page(replace(VIEW, diff=diff(overlay(touched("+a", dangers=several)))))

    assert "… 5 more, marked ⚠ below" in html


def test_the_worst_dangers_come_first() -> None:
    html = page(replace(VIEW, diff=crowded()))

    box = html[html.index("Look at these first") :].partition("</ul>")[0]
    assert box.index("Namespace") < box.index("Secret")
    assert "… 271 more" in box


@pytest.mark.parametrize(
    ("sentence", "html"),
    [
        ("the key `password` changes", "the key <code>password</code> changes"),
        ("`` a`b ``", "<code>a`b</code>"),
        ("<b> `<i>` `", "&lt;b&gt; <code>&lt;i&gt;</code> `"),
        ("**`x`**", "**<code>x</code>**"),
    ],
)
def test_code_in_a_sentence(sentence: str, html: str) -> None:
    assert spans(sentence) == html


def test_the_headers_name_what_is_in_the_page() -> None:
    policy = HEADERS["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert HEADERS["Referrer-Policy"] == "no-referrer"
    assert HEADERS["Cache-Control"] == "private, no-store"
