"""Comments and the emoji under them. https://docs.github.com/en/rest/issues/comments."""

from dataclasses import replace

from sandbox import pulls
from sandbox.api import Answer, Call, R, Routes, paged
from sandbox.errors import Refusal, not_found
from sandbox.records import Comment, Reaction
from sandbox.shapes import issues as shapes

READ = ("issues:read", "pull_requests:read")
WRITE = ("issues:write", "pull_requests:write")
routes = Routes()


@routes.on("GET", R + "/issues/{issue_number}/comments", *READ)
async def list_comments(call: Call) -> Answer:
    """Return a conversation, oldest first."""
    pull = call.pull()
    found = [one for one in call.hub.store.comments if (one.repo, one.number) == (pull.repo, pull.number)]
    rows, headers = paged(call, found)
    return Answer([shapes.comment(call.hub, one) for one in rows], headers=headers)


@routes.on("POST", R + "/issues/{issue_number}/comments", *WRITE)
async def create_comment(call: Call) -> Answer:
    """Add a comment."""
    pull = call.pull()
    call.body.text("body")
    made = pulls.comment(call.hub, pull, call.body.words("body", "IssueComment") or "", call.actor)
    return Answer(shapes.comment(call.hub, made), 201)


def _comment(call: Call) -> Comment:
    found = call.hub.store.comments.get(call.number("comment_id"))
    if found is None or found.repo != call.repo.id:
        raise not_found()
    return found


@routes.on("GET", R + "/issues/comments/{comment_id}", *READ)
async def get_comment(call: Call) -> Answer:
    """Return one comment."""
    return Answer(shapes.comment(call.hub, _comment(call)))


@routes.on("PATCH", R + "/issues/comments/{comment_id}", *WRITE)
async def update_comment(call: Call) -> Answer:
    """Change a comment; an App changes only its own."""
    old = _comment(call)
    if call.actor.app is not None and old.via_app != call.actor.app.id:
        raise Refusal(403, "Resource not accessible by integration")
    call.body.text("body")
    body = call.body.words("body", "IssueComment") or ""
    new = call.hub.store.comments.put(replace(old, body=body, updated_at=call.hub.now()))
    pull = call.hub.pull(call.repo, new.number)
    changes = {"body": {"from": old.body}}
    pulls.announce_comment(call.hub, pull, new, "edited", call.actor.account, changes=changes)
    return Answer(shapes.comment(call.hub, new))


@routes.on("DELETE", R + "/issues/comments/{comment_id}", *WRITE)
async def delete_comment(call: Call) -> Answer:
    """Take a comment away."""
    old = _comment(call)
    pull = call.hub.pull(call.repo, old.number)
    call.hub.store.comments.drop(old)
    pulls.announce_comment(call.hub, pull, old, "deleted", call.actor.account)
    return Answer(status=204)


@routes.on("GET", R + "/issues/comments/{comment_id}/reactions", *READ)
async def list_reactions(call: Call) -> Answer:
    """Return the emoji under a comment."""
    key = _comment(call).id
    rows, headers = paged(call, [one for one in call.hub.store.reactions if one.comment == key])
    return Answer([shapes.reaction(call.hub, one) for one in rows], headers=headers)


@routes.on("POST", R + "/issues/comments/{comment_id}/reactions", "issues:write")
async def create_reaction(call: Call) -> Answer:
    """Put an emoji under a comment: 201, or 200 where it already was."""
    found, user, content = _comment(call), call.actor.account.id, call.body.text("content")
    if content not in shapes.EMOJI:
        raise Refusal(422, f"Invalid request.\n\n{content} is not a member of {list(shapes.EMOJI)}.")
    for one in call.hub.store.reactions:
        if (one.comment, one.user, one.content) == (found.id, user, content):
            return Answer(shapes.reaction(call.hub, one))
    made = Reaction(call.hub.store.next_id(), found.id, user, content, call.hub.now())
    return Answer(shapes.reaction(call.hub, call.hub.store.reactions.put(made)), 201)


@routes.on("DELETE", R + "/issues/comments/{comment_id}/reactions/{reaction_id}", "issues:write")
async def delete_reaction(call: Call) -> Answer:
    """Take an emoji away."""
    found = call.hub.store.reactions.get(call.number("reaction_id"))
    if found is None or found.comment != _comment(call).id:
        raise not_found()
    call.hub.store.reactions.drop(found)
    return Answer(status=204)
