"""The words of the domain, as values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Sha = str
"""A full object name: 40 (or 64) lower-case hexadecimal digits."""


class Refused(Exception):
    """A sentence for the person who asked; nothing is broken and nobody is woken."""


class Transient(Exception):
    """The outside did not answer in time; the same work may succeed later."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds the outside asked us to wait, where it said."""


@dataclass(frozen=True, slots=True)
class Person:
    """A GitHub account: a user or a bot."""

    id: int
    login: str
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class App:
    """Ourselves, as GitHub knows us. https://docs.github.com/en/rest/apps/apps#get-the-authenticated-app."""

    id: int
    slug: str
    user_id: int

    @property
    def login(self) -> str:
        """The account that opens our pull requests and writes our comments."""
        return f"{self.slug}[bot]"

    @property
    def email(self) -> str:
        """The address under which GitHub shows our commits as ours."""
        return f"{self.user_id}+{self.login}@users.noreply.github.com"


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository in which the App is installed."""

    id: int
    full_name: str
    default_branch: str
    clone_url: str
    html_url: str
    installation: int

    @property
    def owner(self) -> str:
        """The account or organisation before the slash."""
        return self.full_name.partition("/")[0]


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request as an event or an answer of the API described it."""

    repo: Repository
    number: int
    title: str
    body: str
    html_url: str
    author: Person
    state: Literal["open", "closed"]
    draft: bool
    base: str
    """The branch it is, or was, to be merged into, without `refs/heads/`."""
    head: str
    head_sha: Sha
    head_repo: int | None
    """The id of the repository of `head`, which a rename leaves as it is; None when a fork was deleted."""
    commits: int | None
    """How many commits the pull request has; None in the API's lists, which leave it out."""
    labels: tuple[str, ...]
    assignees: tuple[str, ...]
    merged_at: datetime | None
    merge_commit: Sha | None
    """What the merge put on `base`; before the merge, GitHub's test merge. Test `merged`, never this."""

    @property
    def merged(self) -> bool:
        """Whether it was merged, rather than closed or still open."""
        return self.merged_at is not None

    @property
    def from_fork(self) -> bool:
        """Whether its head lives in another repository."""
        return self.head_repo != self.repo.id


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of the ordered list of environments."""

    name: str
    branch: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A Helm chart as an Argo CD application releases it."""

    path: str
    """Its directory."""
    release: str
    """The release's name; the directory's, unless the rules say otherwise."""
    namespace: str = ""
    values: tuple[str, ...] = ()
    """Values files, by their paths from the repository's root, the later one winning."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Fields in which a difference is not worth telling."""

    kind: str
    """A glob of kinds: `Deployment`, `*`."""
    path: str
    """A glob of a field's path, keys joined by dots: `metadata.annotations.checksum/*`."""


@dataclass(frozen=True, slots=True)
class Render:
    """What the rules say of rendered manifests."""

    paths: tuple[str, ...] = ()
    """Globs of the directories that Argo CD applies; without any, whatever looks like one."""
    helm: bool = False
    """Whether `helmCharts` of kustomizations are inflated."""
    charts: tuple[Chart, ...] = ()
    """Charts with values of their own; any other chart is rendered with its defaults."""
    redact: tuple[str, ...] = ()
    """Globs of further keys whose values are never shown."""
    ignore: tuple[Ignored, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What `.github/tierkeeper.yml` asks for."""

    tiers: tuple[Tier, ...]
    """Lowest first; at least one."""
    skip_labels: tuple[str, ...] = ()
    skip_paths: tuple[str, ...] = ()
    """Glob patterns; a change that touches nothing else is not promoted."""
    conflicts: Literal["draft", "comment"] = "draft"
    sign_off: bool = False
    reviewers: tuple[str, ...] = ()
    """Logins, and teams as `org/team`."""
    render: Render = Render()


@dataclass(frozen=True, slots=True)
class Promotion:
    """A change asking to enter one tier."""

    rules: Rules
    """The rules it goes by."""
    app: App
    """Who carries it."""
    carrier: PullRequest
    """The pull request whose merge asks: the source, or the promotion pull request of the tier below."""
    source: int
    """The number of the pull request in which the change was first merged."""
    origin: Tier
    """The tier the carrier was merged into."""
    target: Tier
    branch: str
    """`promote/<tier>/<source>`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a check judges: one commit that is to be merged into a tier's branch."""

    tier: Tier
    head: Sha
    pulls: tuple[int, ...]
    """The open pull requests that offer it, by number; none for the head of a merge queue's group."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit object. Text that is not UTF-8 is held with `surrogateescape`, so no byte is lost."""

    sha: Sha
    tree: Sha
    parents: tuple[Sha, ...]
    author: str
    """The author line as git keeps it: `Name <mail> 1700000000 +0900`."""
    committer: str
    message: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a merge put on its base branch; not the pull request's own commits, which a squash may have edited."""

    method: Literal["merge", "squash", "rebase"]
    base: Sha
    """The commit the base branch stood at before."""
    commits: tuple[Commit, ...]
    """Oldest first: one for a merge or a squash, n for a rebase; the last is the pull request's merge commit."""
    tip: Commit | None
    """For a merge commit, the pull request's own last commit: it knows who wrote the change."""
    paths: tuple[str, ...]
    """Every path the change adds, edits, removes or renames (both names), sorted."""

    @property
    def head(self) -> Commit:
        """The commit that carries the change."""
        return self.commits[-1]


@dataclass(frozen=True, slots=True)
class NewCommit:
    """A commit still to be written: all but its tree and its parent."""

    author: str
    """As in `Commit.author`."""
    committer: str
    message: str


ConflictKind = Literal[
    "content", "add/add", "modify/delete", "rename/rename", "rename/delete", "file/directory", "mode", "submodule",
    "binary", "other",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ConflictedFile:
    """One path git could not merge by itself."""

    path: str
    kind: ConflictKind
    explanation: str
    """Git's own sentence, with branch names in place of synthetic object names."""
    excerpt: str
    """The first conflicted hunk with its zdiff3 markers, cut to 40 lines; empty where there is no text."""


@dataclass(frozen=True, slots=True)
class Picked:
    """Clean: a commit on top of the target, not yet pushed."""

    commit: Sha
    tree: Sha


@dataclass(frozen=True, slots=True)
class Conflict:
    """A commit on top of the target that holds the conflicted files, markers and all; not yet pushed."""

    commit: Sha
    tree: Sha
    files: tuple[ConflictedFile, ...]
    """At least one, by path."""


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """The target's history holds the change, or applying it would change nothing."""

    tree: Sha


Outcome = Picked | Conflict | AlreadyThere


@dataclass(frozen=True, slots=True)
class Pushed:
    """The branch now points at the commit."""

    commit: Sha


@dataclass(frozen=True, slots=True)
class Stale:
    """The branch was not where the push expected it; nothing was written."""

    tip: Sha | None
    """Where it is now; None if it does not exist."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A line that git left in a file for a person to settle."""

    path: str
    line: int
    """Counted from 1."""


@dataclass(frozen=True, slots=True)
class Markers:
    """The markers that were found, and where nobody could look."""

    found: tuple[Marker, ...] = ()
    """At most 100."""
    unread: tuple[str, ...] = ()
    """Paths, at most 100; of more, a last line says how many."""
    beyond: int = 0
    """How many files more were changed than anybody looks at."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the policies may look at; a policy never looks elsewhere."""

    now: datetime
    said: Commit | None
    """The newest of the commits to come in that says whether a conflict is settled."""
    markers: Markers
    """Conflict markers that it brings."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one policy says, and the sentence that says it."""

    policy: str
    decision: Literal["allow", "wait", "deny"]
    reason: str
    """What was seen; one line of Markdown."""
    remedy: str = ""
    """Who or what can change it, and the exact command."""
    again_at: datetime | None = None
    """For `wait`: when it is looked at next."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark on lines of a file, shown beside the diff."""

    path: str
    line: int
    level: Literal["notice", "warning", "failure"]
    message: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class CheckRun:
    """A check to be published on one commit. https://docs.github.com/en/rest/checks/runs."""

    name: str
    head_sha: Sha
    conclusion: Literal["success", "failure", "neutral"] | None
    """None while it waits: a waiting check blocks, a neutral one would not."""
    title: str
    summary: str
    text: str = ""
    external_id: str = ""
    annotations: tuple[Annotation, ...] = ()
    actions: tuple[tuple[str, str, str], ...] = ()
    """Buttons: (label, description, identifier), at most 3; 20, 40 and 20 characters at most."""
    details_url: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of ours on an issue or pull request."""

    id: int
    body: str


@dataclass(frozen=True, slots=True)
class NewPull:
    """A pull request to be opened within one repository."""

    title: str
    body: str
    head: str
    base: str
    draft: bool = False


class Unavailable(Exception):
    """Nothing can be recorded at the moment; the sentence says why, for whoever runs us."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something that happened on GitHub, as it waits in the inbox."""

    id: str
    """GitHub's `X-GitHub-Delivery`, or `sweep:...` for what the sweep puts back."""
    event: str
    """GitHub's `X-GitHub-Event`."""
    action: str
    repository: str
    """Full name; empty for events that belong to no repository."""
    installation: int | None
    received_at: datetime
    body: bytes
    """The payload, byte for byte. https://docs.github.com/en/webhooks/webhook-events-and-payloads."""

    @property
    def turn(self) -> str:
        """Deliveries of one turn are worked on one at a time."""
        return self.repository or f"installation {self.installation}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery nobody has begun, named."""

    id: str
    turn: str


Standing = Literal["waiting", "running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A delivery we hold, and how far it got."""

    delivery: Delivery
    standing: Standing
    error: str = ""
    """For `failed`: what went wrong, traceback and all."""


@dataclass(frozen=True, slots=True)
class FailedDelivery:
    """A delivery that GitHub says did not reach us."""

    id: int
    guid: str
    """The `X-GitHub-Delivery` it had and will have again."""
    event: str
    delivered_at: datetime
