"""The floor: the same HTTP requests once more, from a client that does nothing else.

What the server does for them is the same; so what a way takes above this is its own time.
"""

import http.client
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from bench.gitserver import Taken


def again(url: str, requests: Sequence[Taken]) -> float:
    """Send requests over one connection; return the seconds all of them took together."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
    connection.connect()
    prepared = [(each.method, each.path, each.body, each.headers) for each in requests]
    began = time.monotonic()
    for method, path, body, headers in prepared:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status < 400, f"{method} {path}: {answer.status} {said[:300]!r}"
    took = time.monotonic() - began
    connection.close()
    return took
