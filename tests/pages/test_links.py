"""An address opens what it was made for, for as long as it was made, and a changed one opens nothing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pages.links import DAY, WEEK, Bad, Expired, Link, address, expiry, read

KEY, OLD_KEY = b"today's", b"yesterday's"
NOW = 1_790_000_000
LINK = Link(5, "acme/shop", 12, "b" * 40, "a" * 40, expiry(NOW, 30 * DAY))
WRITTEN = address(LINK, KEY, "")
SIGNATURE = "&signature="


def test_an_address_leads_where_it_was_made_for() -> None:
    full = address(LINK, KEY, "https://tierkeeper.acme.test/bot/")

    assert full == f"https://tierkeeper.acme.test/bot{WRITTEN}"
    assert WRITTEN.startswith(f"/diffs/acme/shop/12/{'b' * 40}...{'a' * 40}?installation=5&expires={LINK.expires}&")
    assert read(WRITTEN, [KEY], NOW) == LINK


@pytest.mark.parametrize("keys", [[KEY], [b"tomorrow's", KEY], [KEY, OLD_KEY]])
def test_a_key_that_is_replaced_is_good_for_a_while(keys: list[bytes]) -> None:
    assert read(WRITTEN, keys, NOW) == LINK


@pytest.mark.parametrize("keys", [[], [OLD_KEY], [KEY + b"\0" * 64]])
def test_other_keys_open_nothing(keys: list[bytes]) -> None:
    with pytest.raises(Bad):
        read(WRITTEN, keys, NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"installation": 6},
        {"repo": "acme/shop2"},
        {"pull": 13},
        {"base": "c" * 40},
        {"head": "c" * 40},
        {"expires": LINK.expires + 1},
    ],
)
def test_everything_is_under_the_signature(change: dict[str, object]) -> None:
    other = address(replace(LINK, **change), OLD_KEY, "")  # type: ignore[arg-type]
    forged = other.partition(SIGNATURE)[0] + SIGNATURE + WRITTEN.partition(SIGNATURE)[2]

    with pytest.raises(Bad):
        read(forged, [KEY], NOW)


@given(st.integers(0, len(WRITTEN) - 1), st.characters(codec="latin-1"))
def test_no_character_can_be_changed(at: int, character: str) -> None:
    forged = WRITTEN[:at] + character + WRITTEN[at + 1 :]

    if forged != WRITTEN:
        with pytest.raises(Bad):
            read(forged, [KEY], NOW)


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "/diffs/",
        WRITTEN + "&signature=x",
        WRITTEN + "=",
        WRITTEN + "\n",
        WRITTEN.replace("/12/", "/012/"),
        WRITTEN.replace("/12/", "/%31%32/"),
        WRITTEN.replace("/12/", "/\uff11\uff12/"),
        WRITTEN.replace("acme/", "acme/../"),
        WRITTEN.partition(SIGNATURE)[0],
        WRITTEN.partition(SIGNATURE)[0] + SIGNATURE,
    ],
)
def test_an_address_is_written_in_one_way(forged: str) -> None:
    with pytest.raises(Bad):
        read(forged, [KEY], NOW)


def test_an_address_runs_out() -> None:
    assert read(WRITTEN, [KEY], LINK.expires - 1) == LINK
    with pytest.raises(Expired, match=r"Open the pull request.* re-run the check tierkeeper/diff"):
        read(WRITTEN, [KEY], LINK.expires)


def test_who_forged_an_address_is_not_told_that_it_ran_out() -> None:
    with pytest.raises(Bad):
        read(WRITTEN, [OLD_KEY], LINK.expires)


@given(st.integers(0, 10 * WEEK))
def test_an_address_lasts_four_weeks_and_stays_the_same_for_one(seconds: int) -> None:
    now = NOW + seconds

    assert 30 * DAY < expiry(now, 30 * DAY) - now <= 30 * DAY + WEEK
    assert expiry(now, DAY) == expiry(now - now % WEEK, DAY) == expiry(now - now % WEEK + WEEK - 1, DAY)


@pytest.mark.parametrize(
    "change", [{"repo": "acme/../shop/x"}, {"repo": "acme"}, {"pull": 0}, {"base": "HEAD"}, {"head": "a" * 41}]
)
def test_no_address_is_made_that_cannot_be_read(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no address leads to"):
        address(replace(LINK, **change), KEY, "")  # type: ignore[arg-type]


def test_an_empty_key_signs_nothing() -> None:
    with pytest.raises(ValueError, match="must not be empty"):
        address(LINK, b"", "")
    with pytest.raises(ValueError, match="must not be empty"):
        read(WRITTEN, [b""], NOW)
