"""How GitHub says no."""

from collections.abc import Sequence

DOCS = "https://docs.github.com/rest"


class Refusal(Exception):
    """An answer of the 4xx kind, in GitHub's words. https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api."""

    def __init__(self, status: int, message: str, *, errors: Sequence[object] = (), accepted: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.accepted = accepted
        """For `x-accepted-github-permissions`, where a permission was missing."""

    def body(self) -> dict[str, object]:
        """Return the JSON that GitHub answers with."""
        errors = {"errors": list(self.errors)} if self.errors else {}
        return {"message": self.message, **errors, "documentation_url": DOCS, "status": str(self.status)}


def not_found() -> Refusal:
    """Return GitHub's answer for what is not there, or what the caller may not know of."""
    return Refusal(404, "Not Found")


def invalid(resource: str, message: str, *, field: str | None = None, code: str = "custom") -> Refusal:
    """Return GitHub's `Validation Failed`. Codes: missing, missing_field, invalid, already_exists, custom."""
    error = {"resource": resource, "code": code, "message": message} | ({"field": field} if field else {})
    return Refusal(422, "Validation Failed", errors=[error])
