"""Where on the page of the full diff an overlay or an object is found; the comment links there."""

import hashlib
import json
import re

from bot.core.manifests import Identity


def anchor(overlay: str, identity: Identity | None = None) -> str:
    """Return the id of an overlay, or of one object in it: readable, and another for every other."""
    words = (overlay,) if identity is None else (identity.kind, identity.namespace, identity.name)
    named = [overlay] if identity is None else [overlay, identity.group, *words]
    slug = "-".join(re.findall(r"[a-z0-9]+", " ".join(words).lower()))[:40].strip("-")
    digest = hashlib.sha256(json.dumps(named).encode()).hexdigest()[:12]
    return f"{slug or 'it'}-{digest}"


def there(link: str, overlay: str) -> str:
    """Return the address of an overlay on the page."""
    return f"{link}#{anchor(overlay)}"
