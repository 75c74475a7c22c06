"""What a git child process gets to know: our fixed configuration, and next to nothing of our own environment.

Everything is passed as GIT_CONFIG_COUNT variables rather than as `-c` options, so that it also reaches git's own
children, and so that a token is never on a command line, where every local user can read it.
https://git-scm.com/docs/git-config#ENVIRONMENT
"""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

LOCAL_TIMEOUT = 120.0
"""Seconds for a command that only reads the disk."""

_KEPT = frozenset(("PATH", "TMPDIR", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"))

_VARIABLES = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "HOME": "/nonexistent",
}

FSCK = {
    "badTimezone": "warn",
    "missingNameBeforeEmail": "warn",
    "missingSpaceBeforeDate": "warn",
    "zeroPaddedFilemode": "warn",
}
"""Blemishes of old histories that GitHub itself still serves; none of them can hurt us."""

_CONFIG = {
    "core.askPass": "",
    "core.attributesFile": "/dev/null",
    "core.fsmonitor": "false",
    "core.hooksPath": "/dev/null",
    "credential.helper": "",
    "fetch.recurseSubmodules": "false",
    "gc.auto": "0",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "30",
    "init.templateDir": "",
    "maintenance.auto": "false",
    "merge.conflictStyle": "zdiff3",
    "protocol.allow": "never",
    "protocol.version": "2",
    "push.recurseSubmodules": "no",
    "safe.bareRepository": "explicit",
    "transfer.fsckObjects": "true",
    **{f"fetch.fsck.{name}": level for name, level in FSCK.items()},
}


def variables(config: Mapping[str, str], **own: str) -> dict[str, str]:
    """Return the whole environment of a git process, `config` added to the fixed configuration."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT}
    pairs = {**_CONFIG, **config}
    if certificates := os.environ.get("SSL_CERT_FILE"):
        pairs["http.sslCAInfo"] = certificates  # git itself only listens to a GIT_ variable
    counted = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for index, (key, value) in enumerate(pairs.items()):
        counted[f"GIT_CONFIG_KEY_{index}"] = key
        counted[f"GIT_CONFIG_VALUE_{index}"] = value
    return {**kept, **_VARIABLES, **counted, **own}


@dataclass(frozen=True, slots=True)
class Server:
    """Where a repository is, and what opens it."""

    url: str
    token: str = field(repr=False)

    def config(self) -> dict[str, str]:
        """Return the configuration that lets git speak to this one host over its protocol, and show it our token.

        The header goes with the first request already, which saves the round trip of a 401.
        """
        parts = urlsplit(self.url)
        return {
            f"protocol.{parts.scheme}.allow": "always",
            f"http.{parts.scheme}://{parts.netloc}/.extraHeader": f"Authorization: {self.authorization()}",
        }

    def authorization(self) -> str:
        """Return the header's value that shows our token."""
        return "Basic " + base64.b64encode(f"x-access-token:{self.token}".encode()).decode()
