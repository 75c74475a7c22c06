"""What git's complaints amount to."""

import pytest

from bot.core.model import Transient
from bot.edge.git.failures import Corrupt, Failed, of_mirror, of_network


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("error: unable to write loose object file: No space left on device", Transient),
        ("fatal: unable to create thread: Resource temporarily unavailable", Transient),
        ("fatal: packfile ./objects/pack/pack-1.pack cannot be accessed: Too many open files", Transient),
        ("error: inflate: data stream error\nfatal: loose object 1 (stored in 1) is corrupt", Corrupt),
        ("fatal: a bug", Failed),
    ],
)
def test_a_mirror_is_not_to_blame_for_what_the_machine_has_run_out_of(said: str, kind: type[Exception]) -> None:
    assert type(of_mirror("merge-tree", 128, said)) is kind


def test_a_full_disk_in_the_midst_of_a_fetch_is_not_the_mirrors_fault() -> None:
    said = "fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output: packfile"

    assert type(of_network(said)) is Transient
