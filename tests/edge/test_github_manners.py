"""What every request to GitHub carries, seen at the transport."""

import httpx
import respx

from bot.edge.github import GitHub
from tests.edge.github_stage import APP_ID, PRIVATE_KEY, REPO

API = "https://api.github.test"


@respx.mock(base_url=API)
async def test_every_request_names_its_version_and_itself(respx_mock: respx.MockRouter) -> None:
    token = {"token": "ghs_7_x.y-z", "expires_at": "2099-01-01T00:00:00Z"}
    minted = respx_mock.post(f"/app/installations/{REPO.installation}/access_tokens").respond(201, json=token)
    read = respx_mock.get(f"/repos/{REPO.full_name}/git/ref/heads/tier-1").respond(404, json={"message": "Not Found"})
    github = GitHub(APP_ID, PRIVATE_KEY, api_url=API)

    await github.tip(REPO, "tier-1")
    await github.close()

    sent: list[httpx.Request] = [minted.calls.last.request, read.calls.last.request]
    assert {request.headers["X-GitHub-Api-Version"] for request in sent} == {"2022-11-28"}
    assert all(request.headers["User-Agent"].startswith("tierkeeper") for request in sent)
    assert sent[1].headers["Authorization"].split()[1] == token["token"]
