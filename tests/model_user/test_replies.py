"""Replies that are kept, and what a reply holds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rlve_dsl.errors import UsageError
from rlve_dsl.files import LARGEST_DATA
from rlve_dsl.model_user.breaker import Breaker
from rlve_dsl.model_user.replies import Replies
from rlve_dsl.model_user.request import ModelRequest, Unanswered, json_in


def test_the_replies_used_last_are_kept_up_to_a_number_of_bytes() -> None:
    replies = Replies(3 * 1300)
    for name in "abc":
        replies.keep(name, name * 1000)
    assert replies.get("a") == "a" * 1000
    replies.keep("d", "d" * 1000)
    assert [replies.get(name) is not None for name in "abcd"] == [True, False, True, True]
    replies.keep("d", "d")
    replies.keep("e", "é" * 400)
    assert [replies.get(name) is not None for name in "acde"] == [True, True, True, True]
    replies.keep("f", "f" * 9000)
    assert not any(replies.get(name) for name in "acdef")


def test_a_file_gives_them_to_a_later_run(tmp_path: Path) -> None:
    file = tmp_path / "new" / "replies.jsonl"
    Replies(10_000, file).keep("a", "line\u2028one\ntwo \ud800")
    with file.open("a") as out:
        out.write('{"request": "b", "rep\n[1]\n{"request": 3, "reply": "x"}\n' + "[" * 100_000 + "\n")
    later = Replies(10_000, file)
    assert later.get("a") == "line\u2028one\ntwo \ud800" and later.get("b") is None
    later.keep("c", "three")
    assert Replies(10_000, file).get("c") == "three"


def test_a_file_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot keep replies in `.*`: is a directory"):
        Replies(10_000, tmp_path)


@pytest.mark.parametrize("what", ["pipe", "device", "link to a device", "huge"])
def test_only_a_regular_file_of_a_sane_size_keeps_replies(what: str, tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    if what == "pipe":
        os.mkfifo(file)
    elif what == "huge":
        with file.open("wb") as out:
            out.truncate(LARGEST_DATA + 1)
    else:
        file.symlink_to("/dev/zero")
    path = Path("/dev/zero") if what == "device" else file
    with pytest.raises(UsageError, match="not a regular file|more than 200 MB"):
        Replies(10_000, path)


@pytest.mark.parametrize("holds", ["garbage\n", "[1, 2]\n", '{"other": 1}\n', "\x00\x01"])
def test_a_file_that_holds_something_else_is_refused_and_stays_as_it_is(holds: str, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text(holds, encoding="utf-8")
    with pytest.raises(
        UsageError, match="cannot keep replies in `.*notes.txt`: it holds something else; give a new file"
    ):
        Replies(10_000, file)
    assert file.read_text(encoding="utf-8") == holds


@pytest.mark.parametrize("holds", ["", '{"req', '{"request": "a", "rep'])
def test_a_file_whose_first_reply_was_cut_keeps_replies(holds: str, tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    file.write_text(holds, encoding="utf-8")
    Replies(10_000, file).keep("b", "two")
    assert file.read_text(encoding="utf-8").startswith(holds)


def test_a_line_that_is_too_long_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    replies = Replies(10_000_000, file)
    for key, reply in (("a", "one"), ("b", "x" * 2_500_000), ("c", "three")):
        replies.keep(key, reply)
    with file.open("a") as out:
        out.write(" " * 2_500_000)
    later = Replies(10_000_000, file)
    assert [later.get(key) for key in "abc"] == ["one", None, "three"]


def test_a_file_that_becomes_a_pipe_disturbs_nothing(tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    replies = Replies(10_000, file)
    file.unlink()
    os.mkfifo(file)
    replies.keep("a", "one")
    assert replies.get("a") == "one"


def test_a_file_that_cannot_be_written_any_more_disturbs_nothing(tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    replies = Replies(10_000, file)
    file.unlink()
    file.mkdir()
    replies.keep("a", "one")
    assert replies.get("a") == "one"


def test_a_try_that_fails_begins_another_pause() -> None:
    breaker = Breaker(failures=2, pause=1)
    breaker.failed()
    assert breaker.allows()
    breaker.failed()
    for _ in range(3):
        assert [breaker.allows() for _ in range(3)] == [False, True, False]
        breaker.failed()


@pytest.mark.parametrize(
    "reply",
    ['{"a": 1}', '```json\n{"a": 1}\n```', '<think>{"a": 2}</think>\n{"a": 1}', '{"b": 2}</think>{"a": 1}'],
)
def test_thoughts_and_fences_are_taken_off(reply: str) -> None:
    assert json_in(reply) == {"a": 1}


@pytest.mark.parametrize("reply", ["", "{", "}{", "a", "[1]", '<think>{"a": 1}', '{"a": ' + '{"a":' * 100_000])
def test_what_is_no_json_object_is_no_answer(reply: str) -> None:
    with pytest.raises(Unanswered):
        json_in(reply)


def test_a_request_is_known_by_all_that_a_reply_depends_on() -> None:
    request = ModelRequest("task", {"a": [1]}, {}, 0.5, 1, 9)
    others = [
        ModelRequest("other", {"a": [1]}, {}, 0.5, 1, 9),
        ModelRequest("task", {"a": [2]}, {}, 0.5, 1, 9),
        ModelRequest("task", {"a": [1]}, {"type": "object"}, 0.5, 1, 9),
        ModelRequest("task", {"a": [1]}, {}, 0.6, 1, 9),
        ModelRequest("task", {"a": [1]}, {}, 0.5, 2, 9),
    ]
    keys = {r.key("model", None) for r in [request, *others]} | {
        request.key("other", None),
        request.key("model", "url"),
    }
    assert len(keys) == 8 and request.key("model", None) == ModelRequest("task", {"a": [1]}, {}, 0.5, 1, 9).key(
        "model", None
    )
