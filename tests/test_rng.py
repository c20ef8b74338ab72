"""Streams: a draw depends on the path of its stream and on nothing else."""

from __future__ import annotations

import copy
from hashlib import blake2b

import pytest

from rlve_dsl.rng import Stream, stable_hash

DRAWS = (9, 1031.25, True, None, "", "a", ("b", 2))


def test_a_hash_is_of_the_printed_parts() -> None:
    for path in (("term", "mug"), (1, 2.5, True, None), ("",)):
        printed = "\x1f".join(str(part) for part in path).encode()
        assert stable_hash(*path) == int.from_bytes(blake2b(printed, digest_size=8).digest(), "little")


def test_draws_never_change() -> None:
    """Every recorded episode depends on these numbers."""
    stream = Stream(7, "persona").child("name", 3)
    assert [stream.bits() for _ in range(3)] == [5249673404315020481, 3588685452354853272, 6713821004775143179]
    again = Stream(7, "persona", "name", 3)
    assert [again.integer(0, 99), again.uniform(), again.choice("abc")] == [28, 0.19454302819051283, "b"]


@pytest.mark.parametrize("part", DRAWS)
def test_a_child_is_the_stream_at_the_longer_path(part: object) -> None:
    assert Stream("seed", 7).child(part, "x").bits() == Stream("seed", 7, part, "x").bits()
    assert Stream("seed", 7).child(part).child("x").bits() == Stream("seed", 7, part, "x").bits()


def test_a_child_does_not_depend_on_what_was_drawn() -> None:
    parent = Stream("seed")
    before = parent.child("x").bits()
    parent.bits()
    assert parent.child("x").bits() == before


def test_a_copy_goes_on_from_the_same_place() -> None:
    for drawn in (0, 2):
        stream = Stream("seed")
        for _ in range(drawn):
            stream.bits()
        other = copy.copy(stream)
        assert [other.bits() for _ in range(3)] == [stream.bits() for _ in range(3)]
