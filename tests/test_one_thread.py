"""Messages are read and texts are embedded on one thread of linear algebra, whatever the process uses otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from rlve_dsl.catalog import STATIC
from rlve_dsl.catalog.search import embedders
from rlve_dsl.one_thread import OneThread
from rlve_dsl.user.understanding.reader import Prompts, Reader
from rlve_dsl.user.understanding.reading import Prepared
from tests.user.slots import slot

PAID = slot("paid", "I can pay {$120} a month.", "What is the most you would pay a month?")


def threads() -> set[int]:
    """How many threads numpy's linear algebra uses. Other libraries may have one of their own."""
    libraries = ThreadpoolController().select(user_api="blas").info()
    return {library["num_threads"] for library in libraries if "numpy" in library["filepath"]}


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    with threadpool_limits(2, user_api="blas"):
        yield


def test_within_the_block_there_is_one_thread_and_after_it_as_many_as_before() -> None:
    block = OneThread()
    assert threads() == {2}
    with pytest.raises(ValueError, match="on purpose"), block:
        assert threads() == {1}
        raise ValueError("on purpose")
    assert threads() == {2}


def test_the_last_of_blocks_that_overlap_sets_the_number_back() -> None:
    block = OneThread()
    first, second = ExitStack(), ExitStack()
    first.enter_context(block)
    second.enter_context(block)
    first.close()
    assert threads() == {1}
    second.close()
    assert threads() == {2}


@pytest.mark.parametrize(
    ("owner", "computes", "call"),
    [
        (Reader, "read", lambda prepared: prepared.read("How much can you pay?")),
        (Reader, "read", lambda prepared: prepared.read_as_if_held("How much can you pay?")),
        (Prompts, "of", lambda prepared: prepared.get_ready()),
        (embedders, "_summed", lambda _: STATIC.encode(["a mug", "a blue mug"])),
    ],
)
def test_messages_are_read_and_texts_are_embedded_on_one_thread(
    owner: object, computes: str, call: Callable[[Prepared], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[set[int]] = []
    compute = getattr(owner, computes)

    def watched(*of: object) -> object:
        seen.append(threads())
        return compute(*of)

    monkeypatch.setattr(owner, computes, watched)
    call(Prepared([PAID], ()))
    assert seen and all(of == {1} for of in seen) and threads() == {2}
