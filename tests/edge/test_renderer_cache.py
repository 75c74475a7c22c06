"""What was rendered is found again by its key, by any process, until there is no more room."""

import os
from pathlib import Path

import pytest

from bot.edge.renderer.cache import Cache

KEY, OTHER = "ab" * 32, "cd" * 32


def test_what_was_put_is_found_by_another_process_too(tmp_path: Path) -> None:
    Cache(tmp_path).put(KEY, "kind: Café\udcff\n")

    assert Cache(tmp_path).get(KEY) == "kind: Café\udcff\n"
    assert Cache(tmp_path).get(OTHER) is None


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    Cache(tmp_path).put(KEY, "kind: Secret\n")

    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"", b"\0garbled", b"x\x9c"])
def test_what_is_not_whole_is_not_there(tmp_path: Path, content: bytes) -> None:
    cache = Cache(tmp_path)
    cache.put(KEY, "kind: X\n")
    for path in tmp_path.glob("*/*"):
        path.write_bytes(content)

    assert cache.get(KEY) is None


def test_half_a_rendering_is_not_there(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put(KEY, "kind: X\n" * 1000)
    for path in tmp_path.glob("*/*"):
        path.write_bytes(path.read_bytes()[:-8])

    assert cache.get(KEY) is None


def test_a_full_disk_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "ab").write_text("in the way")

    Cache(tmp_path).put(KEY, "kind: X\n")

    assert Cache(tmp_path).get(KEY) is None


def test_what_was_used_for_longest_goes_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, budget=1)
    for number, key in enumerate((KEY, OTHER)):
        cache.put(key, "kind: X\n")
        for path in tmp_path.glob(f"{key[:2]}/*"):
            os.utime(path, (number, number))
    cache.get(KEY)
    size = sum(path.stat().st_size for path in tmp_path.glob("*/*"))

    Cache(tmp_path, budget=size // 2).tidy()

    assert (cache.get(KEY), cache.get(OTHER)) == ("kind: X\n", None)
