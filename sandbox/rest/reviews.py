"""Reviews and who is asked for one. https://docs.github.com/en/rest/pulls/reviews."""

from dataclasses import replace

from sandbox import pulls
from sandbox.api import Answer, Call, R, Routes, paged
from sandbox.errors import Refusal
from sandbox.outbox import Event, emit
from sandbox.records import Account, Review
from sandbox.shapes import pulls as shapes
from sandbox.shapes.accounts import whoever

STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
READ, WRITE = "pull_requests:read", "pull_requests:write"
routes = Routes()


@routes.on("GET", R + "/pulls/{pull_number}/reviews", READ)
async def list_reviews(call: Call) -> Answer:
    """Return the reviews, oldest first."""
    pull = call.pull()
    found = [one for one in call.hub.store.reviews if (one.repo, one.number) == (pull.repo, pull.number)]
    rows, headers = paged(call, found)
    return Answer([shapes.review(call.hub, one) for one in rows], headers=headers)


@routes.on("POST", R + "/pulls/{pull_number}/reviews", WRITE)
async def create_review(call: Call) -> Answer:
    """Write a review; nobody approves or refuses their own pull request."""
    pull, sender = call.pull(), call.actor.account
    text = call.body.words("body", "PullRequestReview") or ""
    event = call.body.text("event", "COMMENT")
    if event not in STATES:
        raise Refusal(422, f"Invalid request.\n\n{event} is not a member of {list(STATES)}.")
    if pull.author == sender.id and event != "COMMENT":
        verb = "approve" if event == "APPROVE" else "request changes on"
        raise Refusal(422, "Unprocessable Entity", errors=[f"Can not {verb} your own pull request"])
    if event != "APPROVE" and not text.strip():
        raise Refusal(422, "Unprocessable Entity", errors=["Body can't be blank"])
    commit, now = call.body.text("commit_id", pull.head_sha), call.hub.now()
    key = call.hub.store.next_id()
    made = Review(key, pull.repo, pull.number, sender.id, text, STATES[event], commit, submitted_at=now)
    call.hub.store.reviews.put(made)
    shown = {"review": shapes.review(call.hub, made, hook=True), "pull_request": shapes.simple(call.hub, pull)}
    emit(call.hub, call.repo, Event("pull_request_review", {"action": "submitted", **shown}, sender))
    return Answer(shapes.review(call.hub, made))


@routes.on("GET", R + "/pulls/{pull_number}/requested_reviewers", READ)
async def list_requested(call: Call) -> Answer:
    """Return who still is to review."""
    pull = call.pull()
    users = [whoever(call.hub, one) for one in pull.reviewers]
    return Answer({"users": users, "teams": [shapes.team(call.hub, slug) for slug in pull.teams]})


@routes.on("POST", R + "/pulls/{pull_number}/requested_reviewers", WRITE)
async def request_reviewers(call: Call) -> Answer:
    """Ask people and teams for a review; all of them or none."""
    pull, hub, sender = call.pull(), call.hub, call.actor.account
    people = [_reviewer(call, login) for login in call.body.names("reviewers")]
    if any(person.id == pull.author for person in people):
        raise Refusal(422, "Review cannot be requested from pull request author.")
    reviewers = tuple(dict.fromkeys((*pull.reviewers, *(person.id for person in people))))
    teams = tuple(dict.fromkeys((*pull.teams, *call.body.names("team_reviewers"))))
    added = [key for key in reviewers if key not in pull.reviewers]
    pull = hub.touch(replace(pull, reviewers=reviewers, teams=teams))
    for key in added:
        await pulls.announce(hub, pull, "review_requested", sender, requested_reviewer=whoever(hub, key))
    return Answer(shapes.simple(hub, pull), 201)


def _reviewer(call: Call, login: str) -> Account:
    found = call.hub.account(login)
    if found is None or found.kind != "User" or not call.hub.may(call.repo, found, "read"):
        message = "One or more of the users or teams you specified is not a collaborator of the"
        where = f"{call.hub.full_name(call.repo)} repository."
        raise Refusal(422, f"Reviews may only be requested from collaborators. {message} {where}")
    return found


@routes.on("DELETE", R + "/pulls/{pull_number}/requested_reviewers", WRITE)
async def unrequest_reviewers(call: Call) -> Answer:
    """Ask people no more."""
    pull, hub = call.pull(), call.hub
    gone = {person.id for person in map(hub.account, call.body.names("reviewers")) if person}
    teams = tuple(slug for slug in pull.teams if slug not in call.body.names("team_reviewers"))
    reviewers = tuple(key for key in pull.reviewers if key not in gone)
    return Answer(shapes.simple(hub, hub.touch(replace(pull, reviewers=reviewers, teams=teams))))
