"""A file is written whole, or it stays as it was."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rlve_dsl.writing import atomic_file, check_writable, write_atomically


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


# What is no regular file --------------------------------------------------------------------------------------------


def test_a_device_is_written_to() -> None:
    before = os.stat("/dev/null")
    write_atomically(Path("/dev/null"), "gone")
    check_writable(Path("/dev/null"))
    after = os.stat("/dev/null")
    assert stat.S_ISCHR(after.st_mode) and (after.st_ino, after.st_rdev) == (before.st_ino, before.st_rdev)


def test_a_pipe_is_written_to_also_through_a_link(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    for path in (pipe, link):
        write_atomically(path, "through")
        assert os.read(reader, 100) == b"through"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode) and link.is_symlink()
    assert {path.name for path in tmp_path.iterdir()} == {"pipe", "link"}


def test_nobody_waits_for_the_reader_of_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="nobody reads it") as caught:
        write_atomically(tmp_path / "pipe", "x")
    assert (caught.value.errno, caught.value.filename) == (errno.ENXIO, str(tmp_path / "pipe"))


def test_a_pipe_takes_more_than_it_holds(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reader, True)
    held = os.open(tmp_path / "pipe", os.O_WRONLY)  # until the counting begins, as a pipe without a writer has its end
    with subprocess.Popen(["wc", "-c"], stdin=reader, stdout=subprocess.PIPE) as counting:
        os.close(reader)
        write_atomically(tmp_path / "pipe", b"x" * 1_000_000)
        os.close(held)
        assert counting.communicate()[0].strip() == b"1000000"


@pytest.mark.parametrize("redirected", [False, True])
def test_standard_output_is_written_to(tmp_path: Path, redirected: bool) -> None:
    script = "from rlve_dsl.writing import *; write_atomically(Path('/dev/stdout'), 'here'); print(' and there')"
    file = tmp_path / "out"
    with file.open("ab") as out:
        ran = subprocess.run([sys.executable, "-c", script], stdout=out if redirected else subprocess.PIPE, check=True)
    assert (file.read_bytes() if redirected else ran.stdout) == b"here and there\n"


def test_a_link_to_a_missing_file_makes_it_and_a_circle_of_links_is_an_error(tmp_path: Path) -> None:
    link, circle = tmp_path / "link", tmp_path / "circle"
    link.symlink_to(tmp_path / "new" / "target")
    write_atomically(link, "made")
    assert link.is_symlink() and (tmp_path / "new" / "target").read_text(encoding="utf-8") == "made"
    circle.symlink_to(circle)
    with pytest.raises(OSError, match="circle"):
        write_atomically(circle, "x")


@pytest.mark.parametrize("write", [lambda path: write_atomically(path, "x"), check_writable])
@pytest.mark.parametrize(
    ("name", "number"),
    [("folder", errno.EISDIR), ("file/below", errno.ENOTDIR), ("x" * 256, errno.ENAMETOOLONG),
     ("new/" + "x" * 256, errno.ENAMETOOLONG), ("x/" * 2100, errno.ENAMETOOLONG)],
)  # fmt: skip
def test_what_cannot_be_written_is_named(tmp_path: Path, write: Callable[[Path], None], name: str, number: int) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("before", encoding="utf-8")
    path = tmp_path / name
    with pytest.raises(OSError) as caught:
        write(path)
    assert (caught.value.errno, caught.value.filename) == (number, str(path))
    assert (tmp_path / "folder").is_dir() and (tmp_path / "file").read_text(encoding="utf-8") == "before"


def test_a_full_device_is_named() -> None:
    with pytest.raises(OSError) as caught:
        write_atomically(Path("/dev/full"), "x")
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, "/dev/full")


def test_the_longest_name_that_can_be_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("ü" * 127)
    write_atomically(path, "long")
    assert path.read_text(encoding="utf-8") == "long" and list(tmp_path.iterdir()) == [path]


def test_checking_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("before", encoding="utf-8")
    check_writable(tmp_path / "there")
    check_writable(tmp_path / "new" / "note.txt")
    assert (tmp_path / "there").read_text(encoding="utf-8") == "before" and not any((tmp_path / "new").iterdir())
