"""A git server in a process of its own: the real `git http-backend`, which says what it was asked and how long it took.

python -m bench.gitserver ROOT PORT
"""

import asyncio
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from aiohttp import web

LARGEST = 1 << 30
PASSED_ON = ("Accept", "Authorization", "Content-Encoding", "Content-Type", "Git-Protocol", "User-Agent")


class Taken(msgspec.Struct):
    """One request, as it can be asked again."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    seconds: float
    """What git took for it."""
    up: int
    down: int


@dataclass(slots=True)
class Backend:
    """The repositories below a directory."""

    root: Path
    taken: list[Taken] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.Response:
        """Let git answer."""
        body = await request.read()
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            "git",
            "http-backend",
            env=self._variables(request, len(body)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate(body)
        seconds = time.monotonic() - began
        head, _, content = out.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().splitlines())
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        self.taken.append(Taken(request.method, request.path_qs, headers, body, seconds, len(body), len(content)))
        return web.Response(status=int(fields.pop("Status", "200").split()[0]), headers=fields, body=content)

    async def report(self, _request: web.Request) -> web.Response:
        """Tell what was asked since the last report."""
        told, self.taken = self.taken, []
        return web.Response(body=msgspec.json.encode(told))

    def _variables(self, request: web.Request, length: int) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "REMOTE_USER": "app",
            "REQUEST_METHOD": request.method,
            "PATH_INFO": request.path,
            "QUERY_STRING": request.query_string,
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        }


def main(root: Path, port: int) -> None:
    """Serve until SIGTERM."""
    backend = Backend(root)
    app = web.Application(client_max_size=LARGEST)
    app.router.add_get("/_taken", backend.report)
    app.router.add_route("*", "/{tail:.*}", backend.serve)

    async def serve() -> None:
        # Packed bodies go to git as they came: http-backend unpacks them itself.
        runner = web.AppRunner(app, access_log=None, auto_decompress=False, handle_signals=True)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()

    asyncio.run(serve())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
