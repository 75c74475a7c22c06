"""One HTTP exchange with GitHub: headers, deadline, size, redirects, and the difference between our clocks.

gidgethub's sans-I/O half does the protocol; its client is not used, because it hides the headers of a good
answer (budget, date, last page) and can neither follow a redirect nor be told to stop reading.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, urlsplit

import httpx
from gidgethub import BadRequest, GitHubBroken, HTTPException, sansio

from bot.edge.github.calls import Answer, Call, Denied
from bot.settings.trust import authorities

USER_AGENT = "tierkeeper"
API_VERSION = "2022-11-28"
"""The last version whose pull requests say `merge_commit_sha`. https://docs.github.com/en/rest/about-the-rest-api/api-versions."""
MOST_BYTES = 32 * 2**20
_REDIRECTS = frozenset({301, 302, 307, 308})
_HOPS = 3

OnCall = Callable[[str, str, int, int | None], None]
"""Told of each exchange: method, route, status (0: no answer), and what is left of the rate limit if GitHub said."""


class Lost(Exception):
    """No answer, or one that says nothing: what was asked may or may not have been done."""


class GitHubClock:
    """The time by GitHub's clock, so that signatures hold on a machine whose own clock is wrong."""

    _TOLERATED = 5.0

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Return seconds since 1970."""
        return time.time() + self._ahead

    def hear(self, date: str | None) -> None:
        """Learn from the `Date` of an answer; seconds lost on the way are no difference."""
        if date is None:
            return
        try:
            ahead = parsedate_to_datetime(date).timestamp() - time.time()
        except ValueError:
            return
        self._ahead = ahead if abs(ahead) > self._TOLERATED else 0.0


class Wire:
    """A pool of connections to one GitHub."""

    def __init__(self, api_url: str, *, on_call: OnCall, deadline: float) -> None:
        self.clock = GitHubClock()
        self._base = httpx.URL(api_url.rstrip("/"))
        self._on_call = on_call
        self._deadline = deadline
        self._http = httpx.AsyncClient(
            verify=authorities(),
            headers={"x-github-api-version": API_VERSION},
            timeout=deadline,
            limits=httpx.Limits(max_connections=100, keepalive_expiry=30),
        )

    async def send(self, call: Call, credential: Mapping[str, str]) -> Answer:
        """Send once; raise Denied for a no (4xx), and Lost where we cannot know."""
        headers = sansio.create_headers(USER_AGENT, **credential)
        try:
            async with asyncio.timeout(self._deadline):
                response, body = await self._follow(call, headers)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            self._on_call(call.method, call.route, 0, None)
            raise Lost(f"{call.method} {call.route}: {type(error).__name__}") from error
        self.clock.hear(response.headers.get("date"))
        self._on_call(call.method, call.route, response.status_code, _remaining(response))
        return _decipher(call, response, body)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def _follow(self, call: Call, headers: dict[str, str]) -> tuple[httpx.Response, bytes]:
        """Follow a rename with the same method and body, which httpx would turn into a GET; never to another host."""
        url = httpx.URL(f"{self._base}{call.path}")
        if call.query:
            url = url.copy_merge_params(dict(call.query))
        content = None if call.body is None else json.dumps(call.body, ensure_ascii=False).encode(errors="replace")
        if content is not None:
            headers["content-type"] = "application/json; charset=utf-8"
        for _ in range(_HOPS):
            async with self._http.stream(call.method, url, headers=headers, content=content) as response:
                body = await _read(response)
            if response.status_code not in _REDIRECTS:
                break
            url = url.join(response.headers.get("location", ""))
            if (url.scheme, url.host, url.port) != (self._base.scheme, self._base.host, self._base.port):
                break
        return response, body


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MOST_BYTES:
            raise httpx.DecodingError(f"more than {MOST_BYTES} bytes")
    return bytes(body)


def _decipher(call: Call, response: httpx.Response, body: bytes) -> Answer:
    try:
        data, _, _ = sansio.decipher_response(response.status_code, response.headers, body)
    except BadRequest as problem:
        raise Denied(call, problem.status_code, str(problem), response.headers) from problem
    except GitHubBroken as error:
        raise Lost(f"{call.method} {call.route}: GitHub answered {response.status_code}") from error
    except HTTPException as error:
        raise Lost(f"{call.method} {call.route}: an answer {response.status_code} we cannot follow") from error
    except (ValueError, LookupError, TypeError) as error:
        raise Lost(f"{call.method} {call.route}: an answer {response.status_code} we cannot read") from error
    links = {rel: dict(parse_qsl(urlsplit(link["url"]).query)) for rel, link in response.links.items() if rel}
    return Answer(data, response.headers, links)


def _remaining(response: httpx.Response) -> int | None:
    text = response.headers.get("x-ratelimit-remaining", "")
    return int(text) if text.isdecimal() else None
