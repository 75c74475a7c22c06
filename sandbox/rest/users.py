"""Users and what is left of an hour. https://docs.github.com/en/rest/users."""

from sandbox.api import LIMIT, Answer, Call, Routes
from sandbox.errors import not_found
from sandbox.shapes import accounts

routes = Routes()


@routes.on("GET", "/users/{username}")
async def get_user(call: Call) -> Answer:
    """Return an account; an App's bot is `<slug>[bot]`."""
    found = call.hub.account(call.at("username"))
    if found is None:
        raise not_found()
    return Answer(accounts.public_user(call.hub, found))


@routes.on("GET", "/rate_limit")
async def rate_limit(call: Call) -> Answer:
    """Return what is left; asking is free."""
    used, reset = call.hub.ledger.spend(call.actor.name, call.hub.now(), free=True)
    core = {"limit": LIMIT, "remaining": max(0, LIMIT - used), "reset": reset, "used": used, "resource": "core"}
    other = {"limit": 30, "remaining": 30, "reset": reset, "used": 0, "resource": "search"}
    graphql = {**core, "remaining": LIMIT, "used": 0, "resource": "graphql"}
    return Answer({"resources": {"core": core, "search": other, "graphql": graphql}, "rate": core})


@routes.on("GET", "/meta")
async def meta(_: Call) -> Answer:
    """Return what GitHub says about itself."""
    return Answer({"verifiable_password_authentication": False, "hooks": ["127.0.0.1/32"], "git": ["127.0.0.1/32"]})
