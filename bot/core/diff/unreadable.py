"""What cannot be compared."""

from typing import Literal

Side = Literal["base", "head"]


class Unreadable(Exception):
    """A rendering that is not YAML, or not of Kubernetes' objects; the sentence says why, and quotes nothing of it."""

    def __init__(self, reason: str, *, side: Side = "head", document: int = 0, line: int = 0) -> None:
        """Say what is wrong with which document, counted from 1."""
        where = f"document {document}, line {line}: " if document else ""
        super().__init__(where + reason)
        self.reason = reason
        self.side: Side = side
        self.line = line
        """The line within the rendering, counted from 1; 0 where no line is to blame."""
