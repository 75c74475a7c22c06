"""The operations of the API, one file per chapter of GitHub's reference."""

from sandbox.api import Route
from sandbox.rest import (
    apps,
    checks,
    comments,
    commits,
    contents,
    deployments,
    git_data,
    issues,
    pulls,
    repos,
    reviews,
    statuses,
    users,
)

ALL: tuple[Route, ...] = (
    *apps.routes.all,
    *users.routes.all,
    *repos.routes.all,
    *contents.routes.all,
    *commits.routes.all,
    *git_data.routes.all,
    *pulls.routes.all,
    *reviews.routes.all,
    *comments.routes.all,
    *issues.routes.all,
    *checks.routes.all,
    *statuses.routes.all,
    *deployments.routes.all,
)
