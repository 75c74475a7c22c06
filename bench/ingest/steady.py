"""Merges at a constant rate, whether they are answered or not; prints the seconds each answer took.

    python -m bench.ingest.steady URL RATE SECONDS

An answer's time counts from when its delivery was due, so a door that stalls pays for all who wait.
"""

import asyncio
import gc
import sys
import time
import uuid

import aiohttp

from bench.ingest.payload import Payload, merges

SIZE = 25_000


async def main(url: str, rate: int, seconds: float) -> list[float]:
    """Send, and return the seconds each answer took."""
    bodies = merges(SIZE)
    gc.disable()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        began = time.monotonic() + 0.1
        dues = [began + n / rate for n in range(round(rate * seconds))]
        return await asyncio.gather(*(_send(session, url, bodies[n % len(bodies)], due) for n, due in enumerate(dues)))


async def _send(session: aiohttp.ClientSession, url: str, one: Payload, due: float) -> float:
    await asyncio.sleep(due - time.monotonic())
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-GitHub-Event": "pull_request",
        "X-Hub-Signature-256": one.signature,
    }
    async with session.post(f"{url}/github", data=one.body, headers=headers) as answer:
        assert answer.status == 202, await answer.text()
    return time.monotonic() - due


if __name__ == "__main__":
    for took in asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))):
        print(took)
