"""The judge of all that is said on the stages, whom every stage meets at its end, finds what GitHub would not say."""

import pytest

from tests.e2e import objections
from tests.e2e.shop import Shop

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _described() -> None:
    if not objections.DESCRIPTION.exists():
        pytest.skip("GitHub's description does not lie beside the project")


def test_an_exchange_of_another_shape_is_told(shop: Shop) -> None:
    shop.promoted(shop.merged("web: v2", {"web.yaml": "image: web:v2\n"}))
    said = [
        x for x in objections.exchanges(shop.stage.folder) if x["method"] == "POST" and x["path"].endswith("/pulls")
    ]
    sound = objections.of_exchange(said[-1])

    said[-1]["request_body"]["title"] = 7
    del said[-1]["response_body"]["number"]

    found = objections.of_exchange(said[-1])
    assert sound == []
    assert len(found) == 2
    assert any("number" in text for text in found)


def test_all_that_is_said_comes_before_the_judge(shop: Shop) -> None:
    shop.promoted(shop.merged("web: v2", {"web.yaml": "image: web:v2\n"}))

    said, told = objections.exchanges(shop.stage.folder), objections.webhooks(shop.stage.folder)

    assert len(said) > 20
    assert {"pull_request", "push", "installation"} <= {event for event, _ in told}
