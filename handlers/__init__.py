"""What happens when ...: one file per verb. The list below is the plugin system."""

from gidgethub.routing import Router
from gidgethub.sansio import Event

from handlers import check, config, diff, promote, refresh, settle

router = Router(promote.router, refresh.router, settle.router, check.router, config.router, diff.router)


def wanted(event: str, action: str, *, ours: bool) -> bool:
    """Return whether any handler waits for such an event; `ours` are those we caused ourselves.

    Of our own doings only those of a pull request's life matter: a promotion pull request is judged like any other,
    and its merge leads on to the next tier. A comment, a label or a branch of ours would lead to nothing but more.
    """
    if ours and (event, action) not in {("pull_request", a) for a in ("opened", "synchronize", "reopened", "closed")}:
        return False
    return bool(router.fetch(Event({"action": action}, event=event, delivery_id="")))
