"""The least a Python door can do: aiohttp, the signature, an answer. Nothing is parsed and nothing is kept.

python -m bench.ingest.unstored PORT
"""

import hmac
import sys

from aiohttp import web

from bench.door import SECRET


async def take(request: web.Request) -> web.Response:
    """Check the signature."""
    body = await request.read()
    expected = f"sha256={hmac.digest(SECRET.encode(), body, 'sha256').hex()}"
    known = hmac.compare_digest(expected, request.headers.get("X-Hub-Signature-256", ""))
    return web.Response(status=202 if known else 401)


async def ready(_request: web.Request) -> web.Response:
    """Answer once there is somebody to answer."""
    return web.Response()


def main(port: int) -> None:
    """Serve until SIGTERM."""
    app = web.Application(client_max_size=1 << 20)
    app.router.add_post("/github", take)
    app.router.add_get("/readyz", ready)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
