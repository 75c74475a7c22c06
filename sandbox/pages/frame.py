"""What every page shares: who is looking, the template around it, and headers that keep strangers' content inert."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sandbox.access import Actor
from sandbox.api import HUB
from sandbox.hub import Hub
from sandbox.pages.markdown import rendered
from sandbox.records import Account, Repo

COOKIE = "acting_as"
SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters["markdown"] = rendered
TEMPLATES.filters["first_line"] = lambda text: (text.splitlines() or [""])[0]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone at a page."""

    hub: Hub
    request: web.Request
    account: Account | None
    """Whom they act as; None before anybody was made."""

    @property
    def actor(self) -> Actor:
        """Return them as the API's caller, or refuse."""
        if self.account is None:
            raise web.HTTPForbidden(text="Nobody is there to act as.")
        return Actor(self.account)

    def repo(self) -> Repo:
        """Return the repository in the path, if the visitor may see it."""
        at = self.request.match_info
        found = self.hub.repo(at["owner"], at["repo"])
        if found is None or (found.private and (self.account is None or not self.hub.may(found, self.account, "read"))):
            raise web.HTTPNotFound(text="There is nothing here.")
        return found

    def may(self, repo: Repo, role: str) -> bool:
        """Say whether whom they act as has a role."""
        return self.account is not None and self.hub.may(repo, self.account, role)


def visitor(request: web.Request) -> Visitor:
    """Return who is looking: the person they chose, else the one with the most to say."""
    hub = request.app[HUB]
    chosen = hub.account(request.cookies.get(COOKIE, ""))
    if chosen is None or chosen.kind != "User":
        people = [found for found in hub.store.accounts if found.kind == "User"]
        rights = {"admin": 3, "maintain": 2, "write": 1}
        held = {member.user: rights.get(member.role, 0) for member in hub.store.members}
        chosen = max(people, key=lambda one: held.get(one.id, 0), default=None)
    return Visitor(hub, request, chosen)


def page(seen: Visitor, template: str, **values: Any) -> web.Response:  # noqa: ANN401 -- a template takes what it names
    """Return a page."""
    people = [found for found in seen.hub.store.accounts if found.kind == "User"]
    common = {"hub": seen.hub, "me": seen.account, "people": people, "here": seen.request.path_qs}
    text = TEMPLATES.get_template(template).render(common | values)
    return web.Response(text=text, content_type="text/html", headers=SAFE)
