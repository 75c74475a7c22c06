"""The keys of a rules file; what is written here is what an editor shows while the file is typed."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.core.rules import names

TIERS_MOST = 20
"""Each tier costs calls to GitHub, and anybody's pull request may propose a file."""

LIST_MOST = 100


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


class FileKeys(BaseModel):
    """Which branches a change passes on its way to production, and how Tierkeeper carries it from one to the next."""

    model_config = _exactly("Rules of Tierkeeper")

    version: Version
    """The version of this file's format: 1."""
    tiers: list[TierKeys] = Field(min_length=1, max_length=TIERS_MOST)
    """The tiers in order, lowest first; a change merged into one is promoted to the one after it."""
    promotion: PromotionKeys = PromotionKeys()
    """How a merged change travels to the next tier."""


KEYS: dict[tuple[str, ...], type[BaseModel]] = {
    (): FileKeys,
    ("tiers", "*"): TierKeys,
    ("promotion",): PromotionKeys,
    ("promotion", "skip"): SkipKeys,
}
"""Which keys stand where; '*' is any index."""
