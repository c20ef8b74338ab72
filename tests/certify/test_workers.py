"""How the work of a certification is done in one process."""

from __future__ import annotations

import gc
from weakref import ref

from rlve_dsl.certify.workers import only_new_garbage


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
    gc.freeze()
    try:
        aside = gc.get_freeze_count()
        with only_new_garbage():
            assert gc.get_freeze_count() == aside
        assert gc.get_freeze_count() == aside
    finally:
        gc.unfreeze()
