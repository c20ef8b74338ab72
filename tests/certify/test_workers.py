"""How the work of a certification is done in one process."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from weakref import ref

import pytest

from rlve_dsl.certify.workers import only_new_garbage


@pytest.fixture(autouse=True)
def _nothing_set_aside() -> Iterator[None]:
    """Each test begins and ends with no object set aside, whatever ran before it in the process."""
    gc.unfreeze()
    yield
    gc.unfreeze()


class Ring:
    """An object that only a search for garbage finds."""

    def __init__(self) -> None:
        self.own = self


def test_garbage_of_a_unit_is_gone_at_its_end() -> None:
    old = Ring()
    with only_new_garbage():
        assert all(one is not old for one in gc.get_objects())
        made = ref(Ring())
    assert made() is None
    assert any(one is old for one in gc.get_objects())


def test_who_has_set_objects_aside_keeps_them_so() -> None:
    """Asked of one object: how many are set aside changes whenever another thread drops one of them."""
    old = Ring()
    gc.freeze()
    with only_new_garbage():
        assert all(one is not old for one in gc.get_objects())
    assert all(one is not old for one in gc.get_objects())
