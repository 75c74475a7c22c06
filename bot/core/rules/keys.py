"""The keys of a rules file; what is written here is what an editor shows while the file is typed."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.core.rules import names

TIERS_MOST = 20
"""Each tier costs calls to GitHub, and anybody's pull request may propose a file."""

LIST_MOST = 100

CHARTS_MOST = 200
"""An entry costs nothing until its chart changes."""


def _exactly(title: str) -> ConfigDict:
    """Allow no other key, and no number where text is expected."""
    return ConfigDict(
        title=title,
        extra="forbid",
        strict=True,
        frozen=True,
        use_attribute_docstrings=True,
        field_title_generator=lambda name, _: name,
    )


Version = Annotated[
    int,  # not Literal[1], which takes true for 1
    Field(json_schema_extra={"const": 1}),
    AfterValidator(names.version),
]

TierName = Annotated[
    str,
    Field(json_schema_extra={"pattern": names.TIER, "maxLength": names.TIER_LONGEST}),
    AfterValidator(names.tier),
]
Branch = Annotated[
    str,
    Field(json_schema_extra={"minLength": 1, "maxLength": names.BRANCH_LONGEST}),
    AfterValidator(names.branch),
]
Label = Annotated[
    str,
    Field(json_schema_extra={"minLength": 1, "maxLength": names.LABEL_LONGEST}),
    AfterValidator(names.label),
]
Pattern = Annotated[
    str,
    Field(json_schema_extra={"minLength": 1, "maxLength": names.GLOB_LONGEST}),
    AfterValidator(names.pattern),
]
Reviewer = Annotated[
    str,
    Field(json_schema_extra={"pattern": names.REVIEWER}),
    AfterValidator(names.reviewer),
]


Directory = Annotated[
    str,
    Field(json_schema_extra={"minLength": 1, "maxLength": names.GLOB_LONGEST}),
    AfterValidator(names.inside),
]
Release = Annotated[
    str,
    Field(json_schema_extra={"pattern": names.RELEASE}),
    AfterValidator(names.release),
]
Line = Annotated[
    str,
    Field(json_schema_extra={"minLength": 1, "maxLength": names.GLOB_LONGEST}),
    AfterValidator(names.line),
]


class TierKeys(BaseModel):
    """One step of the ordered list of environments."""

    model_config = _exactly("Tier")

    name: TierName
    """What people call the tier; part of the branch 'promote/<name>/<number>' and of the label 'tier/<name>'."""
    branch: Branch = Field(default_factory=str)
    """The branch whose state the tier is; the same as its name if left out."""
    merge: Literal["manual"] = "manual"
    """Who merges a promotion pull request into the tier: 'manual' leaves it to a person."""


class SkipKeys(BaseModel):
    """Changes that stay where they were merged."""

    model_config = _exactly("Skip")

    labels: list[Label] = Field(default_factory=list, max_length=LIST_MOST)
    """A merged pull request that carries one of these labels is not promoted."""
    paths: list[Pattern] = Field(default_factory=list, max_length=LIST_MOST)
    """A change that touches nothing but these paths is not promoted; '**' crosses folders: 'docs/**'."""


class PromotionKeys(BaseModel):
    """How a merged change travels to the next tier."""

    model_config = _exactly("Promotion")

    strategy: Literal["cherry-pick"] = "cherry-pick"
    """'cherry-pick': one promotion pull request for each merged pull request."""
    skip: SkipKeys = SkipKeys()
    """Changes that stay where they were merged."""
    conflicts: Literal["draft", "comment"] = "draft"
    """A change that does not apply: 'draft' opens a draft pull request to settle it in, 'comment' only tells."""
    sign_off: bool = False
    """Whether promoted commits get a 'Signed-off-by' line."""
    reviewers: list[Reviewer] = Field(default_factory=list, max_length=LIST_MOST)
    """Whom to ask for a review of promotion pull requests: logins, and teams as 'org/team'."""


class ChartKeys(BaseModel):
    """A Helm chart as an Argo CD application releases it."""

    model_config = _exactly("Chart")

    path: Directory
    """The chart's directory."""
    release: Release = ""
    """The release's name; the directory's if left out. A chart may be listed once for each release."""
    namespace: Release = ""
    """The namespace it is released into."""
    values: list[Directory] = Field(default_factory=list, max_length=LIST_MOST)
    """Values files by their paths from the repository's root; a later one wins."""


class IgnoreKeys(BaseModel):
    """Fields in which a difference is not worth telling."""

    model_config = _exactly("Ignore")

    kind: Line = "*"
    """A glob of kinds: 'Deployment', '*'."""
    path: Line
    """A glob of the field's path, keys joined by dots: 'metadata.annotations.checksum/*'."""


class RenderKeys(BaseModel):
    """What is shown of the manifests that Argo CD will apply."""

    model_config = _exactly("Render")

    paths: list[Pattern] = Field(default_factory=list, max_length=LIST_MOST)
    """Globs of the directories that Argo CD applies; without any, every kustomization nothing else builds on, every
    chart, and every other directory of manifests."""
    helm: bool = False
    """Whether 'helmCharts' in kustomizations are inflated; their charts must lie in the repository."""
    charts: list[ChartKeys] = Field(default_factory=list, max_length=CHARTS_MOST)
    """Charts with values files of their own; other charts are rendered with their defaults."""
    redact: list[Line] = Field(default_factory=list, max_length=LIST_MOST)
    """Globs of keys and of environment variables' names whose values are never shown: '*_TOKEN'. Secrets never are."""
    ignore: list[IgnoreKeys] = Field(default_factory=list, max_length=LIST_MOST)
    """Fields in which a difference is not worth telling."""


class FileKeys(BaseModel):
    """Which branches a change passes on its way to production, and how Tierkeeper carries it from one to the next."""

    model_config = _exactly("Rules of Tierkeeper")

    version: Version
    """The version of this file's format: 1."""
    tiers: list[TierKeys] = Field(min_length=1, max_length=TIERS_MOST)
    """The tiers in order, lowest first; a change merged into one is promoted to the one after it."""
    promotion: PromotionKeys = PromotionKeys()
    """How a merged change travels to the next tier."""
    render: RenderKeys = RenderKeys()
    """What is shown of the manifests that Argo CD will apply."""


KEYS: dict[tuple[str, ...], type[BaseModel]] = {
    (): FileKeys,
    ("tiers", "*"): TierKeys,
    ("promotion",): PromotionKeys,
    ("promotion", "skip"): SkipKeys,
    ("render",): RenderKeys,
    ("render", "charts", "*"): ChartKeys,
    ("render", "ignore", "*"): IgnoreKeys,
}
"""Which keys stand where; '*' is any index."""
