"""The text of `.github/tierkeeper.yml` to Rules, or to every reason why it is not to be obeyed.

One set of pydantic models gives both the judgement and the JSON Schema, so an editor and the bot cannot disagree;
pydantic stays behind this door, and the rest of the house sees `bot.core.model.Rules`.
"""

import json

from pydantic import ValidationError

from bot.core.model import Chart, Ignored, Render, Rules, Tier
from bot.core.overlays import release_of
from bot.core.rules.clashes import clashes
from bot.core.rules.keys import FileKeys, RenderKeys
from bot.core.rules.problem import Invalid, Problem, placed
from bot.core.rules.reading import read
from bot.core.rules.sentences import faults

__all__ = ["PATH", "Invalid", "Problem", "parse", "schema", "schema_text"]

PATH = ".github/tierkeeper.yml"


def parse(text: str, *, where: str = PATH) -> Rules:
    """Return the rules; raise Invalid with every problem, in the order of the file, `where` being its name in them.

    Bytes that are not UTF-8 may come as `surrogateescape` left them: they become a problem with a place of its own.
    """
    text = text.removeprefix("\ufeff")
    document = read(text)
    if document.faults and document.data is None:
        raise Invalid(placed(document.faults, text, where))
    found = [*document.faults, *clashes(document)]
    try:
        keys = FileKeys.model_validate(document.data)
    except ValidationError as error:
        told = {fault.loc for fault in document.faults}
        fresh = [one for one in error.errors(include_url=False) if one["loc"] not in told]
        found += faults(fresh, document)
    if found:
        raise Invalid(placed(found, text, where))
    return _rules(keys)


def schema() -> dict[str, object]:
    """Return the file's JSON Schema. https://json-schema.org/draft/2020-12."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **FileKeys.model_json_schema()}


def schema_text() -> str:
    """Return what stands in `tierkeeper.schema.json`, for editors."""
    return json.dumps(schema(), indent=2) + "\n"


def _rules(keys: FileKeys) -> Rules:
    promotion = keys.promotion
    return Rules(
        tiers=tuple(Tier(tier.name, tier.branch or tier.name) for tier in keys.tiers),
        skip_labels=tuple(promotion.skip.labels),
        skip_paths=tuple(promotion.skip.paths),
        conflicts=promotion.conflicts,
        sign_off=promotion.sign_off,
        reviewers=tuple(promotion.reviewers),
        render=_render(keys.render),
    )


def _render(keys: RenderKeys) -> Render:
    charts = (
        Chart(one.path, one.release or release_of(one.path), one.namespace, tuple(one.values)) for one in keys.charts
    )
    ignored = (Ignored(one.kind, one.path) for one in keys.ignore)
    return Render(tuple(keys.paths), keys.helm, tuple(charts), tuple(keys.redact), tuple(ignored))
