"""A file is written whole, or it stays as it was."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from rlve_dsl.writing import atomic_file, write_atomically


def test_missing_folders_are_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_atomically(tmp_path / "new" / "note.txt", "größer\n")
    assert (tmp_path / "new" / "note.txt").read_bytes() == "größer\n".encode()
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["note.txt"]
    assert stat.S_IMODE((tmp_path / "new" / "note.txt").stat().st_mode) == 0o644


def test_a_failure_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("before", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt), atomic_file(path) as out:
        out.write(b"half")
        raise KeyboardInterrupt
    assert path.read_text(encoding="utf-8") == "before" and list(tmp_path.iterdir()) == [path]


def test_a_link_is_followed_and_permissions_are_kept(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("before", encoding="utf-8")
    target.chmod(0o600)
    link.symlink_to(target)
    write_atomically(link, b"after")
    assert link.is_symlink() and target.read_text(encoding="utf-8") == "after"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
