"""What has been disclosed, as a solution reads it."""

from __future__ import annotations

from rlve_dsl.user import Said, Slot


def slot(fact: str, key: int | None, value: object) -> Slot:
    return Slot(fact, key, value, (), (), True, True)


def test_a_fact_is_read_once_it_has_been_disclosed() -> None:
    disclosed: list[Slot] = []
    said = Said({"size": False, "color": True}, disclosed)
    assert said["size"] is None and said["color"] == ()
    disclosed.append(slot("size", None, "L"))
    assert said["size"] == said.get("size") == {"value": "L"} and said["color"] == ()
    disclosed.append(slot("color", 1, "red"))
    assert said["color"] == ({"value": "red", "key": 1},) and said["size"] == {"value": "L"}
    assert said["size"] is said["size"], "nothing is read twice"


def test_the_first_value_of_a_fact_counts() -> None:
    assert Said({"size": False}, [slot("size", None, "L"), slot("size", None, "M")])["size"] == {"value": "L"}


def test_entries_of_a_list_are_found_by_the_key_of_their_item() -> None:
    said = Said({"color": True}, [slot("color", 2, "red"), slot("color", 0, "blue"), slot("size", 1, "L")])
    assert said["color"].at(0) == {"value": "blue", "key": 0} and said["color"].at(2)["value"] == "red"
    assert said["color"].at(1) is None


def test_a_slot_is_identified_by_request_fact_and_key() -> None:
    assert Slot("size", 3, "L", (), (), True, True, part=2).id == (2, "size", 3)
