"""What a call is about: every thing whose id it takes."""

from __future__ import annotations

from typing import Annotated

import pytest

from rlve_dsl.episode import Call, Scenario
from rlve_dsl.episode.things import things_of_call
from rlve_dsl.expressions.types import Id
from rlve_dsl.world import Shop, tool
from tests.conftest import shipped

Doctor = Annotated[str, Id("doctor")]


@tool("clinic.hand_over", says=("hand over",))
def hand_over(shop: Shop, from_: Doctor, to: Doctor) -> int:
    """Hand over patients.

    from_: who gives
    to: who takes
    """
    return 0


@tool("clinic.dismiss", says=("dismiss",))
def dismiss(shop: Shop, doctors: list[Doctor]) -> int:
    """Dismiss doctors.

    doctors: whom
    """
    return 0


def test_a_call_is_about_all_entities_whose_ids_it_takes() -> None:
    clinic = shipped("examples/clinic/clinic-desk.yaml")
    shop = clinic.reset(clinic.environments[0], level=4, seed=3)._store.shop
    first, second = [row["doctor_id"] for row in shop.table("doctor")][:2]
    for of, given in ((hand_over, {"from": first, "to": second}), (dismiss, {"doctors": [first, second]})):
        about = things_of_call(of, shop, of.arguments(given))
        assert [thing.entity for thing in about] == [("doctor_id", first), ("doctor_id", second)]


@pytest.mark.parametrize("args", [{}, {"order_id": 5, "other": None}])
def test_a_call_with_wrong_arguments_is_about_nothing(c8: Scenario, args: dict[str, object]) -> None:
    episode = shipped("c8-compliance.yaml").reset("returns", level=4, seed=1)
    call = Call("return.initiate", args)  # type: ignore[arg-type]
    assert episode.named_in(call) == () == episode.owed(call)
