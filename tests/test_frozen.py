"""A frozen class is a frozen dataclass in all that one can see."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from typing import Any

import pytest

from rlve_dsl.frozen import frozen

KINDS: tuple[Any, ...] = (frozen, dataclass(frozen=True, slots=True))


@frozen
class Line:
    """At the top of the module, as pickle wants it."""

    name: str
    qty: int = 1
    notes: list[str] = field(default_factory=list)


def made(kind: Any) -> tuple[Any, Any]:
    """A class and one below it, made by `kind`."""

    class Part:
        name: str
        qty: int = 1
        notes: list[str] = field(default_factory=list)
        hidden: list[str] = field(init=False, repr=False, compare=False, default_factory=list)

    Part.__annotations__["name"] = str
    above = kind(Part)

    class More(above):  # type: ignore[misc]
        price: float = 0.5
        last: str = field(default="z", kw_only=True)

        def __post_init__(self) -> None:
            self.notes.append("made")

    return above, kind(More)


@pytest.mark.parametrize("kind", KINDS)
def test_fields_come_from_arguments_and_defaults(kind: Any) -> None:
    part, more = made(kind)
    one = part("a")
    assert (one.name, one.qty, one.notes, one.hidden) == ("a", 1, [], [])
    other = more("b", qty=2, last="y")
    assert (other.name, other.qty, other.notes, other.price, other.last) == ("b", 2, ["made"], 0.5, "y")


@pytest.mark.parametrize("kind", KINDS)
def test_a_default_that_is_made_is_made_for_each(kind: Any) -> None:
    part, _ = made(kind)
    assert part("a").notes is not part("a").notes
    assert part("a").hidden is not part("a").hidden


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("arguments", [(), (1, 2, 3, 4)])
def test_wrong_arguments_are_a_type_error(kind: Any, arguments: tuple[object, ...]) -> None:
    with pytest.raises(TypeError):
        made(kind)[0](*arguments)


@pytest.mark.parametrize("kind", KINDS)
def test_a_keyword_is_not_a_position(kind: Any) -> None:
    with pytest.raises(TypeError):
        made(kind)[1]("a", 1, [], 0.5, "y")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_can_be_assigned(kind: Any) -> None:
    part, _ = made(kind)
    with pytest.raises(FrozenInstanceError):
        part("a").qty = 4
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        part("a").other = 4


@pytest.mark.parametrize("kind", KINDS)
def test_equality_and_changed_copies(kind: Any) -> None:
    part, more = made(kind)
    assert part("a") == part("a") != part("b")
    assert replace(part("a"), qty=3) == part("a", 3)
    assert [f.name for f in fields(more)] == ["name", "qty", "notes", "hidden", "price", "last"]


def test_it_can_be_copied_and_pickled() -> None:
    line = Line("a", notes=["x"])
    assert copy.deepcopy(line) == pickle.loads(pickle.dumps(line)) == line
    assert repr(line) == "Line(name='a', qty=1, notes=['x'])"


@pytest.mark.parametrize("kind", KINDS)
def test_equal_objects_have_equal_hashes_and_another_class_is_another_value(kind: Any) -> None:
    class Size:
        wide: int
        high: int = 2
        why: str = field(default="", compare=False)

    one, other = kind(Size), kind(type("Other", (Size,), {"__annotations__": {"deep": int}, "deep": 3}))
    assert one(1, why="a") == one(1, why="b") and hash(one(1, why="a")) == hash(one(1, why="b")) == hash((1, 2))
    assert one(1) != other(1) and one(1) != (1, 2, "")


@pytest.mark.parametrize("kind", KINDS)
def test_the_methods_of_a_class_stay(kind: Any) -> None:
    class Word:
        text: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, type(self)) and self.text.lower() == other.text.lower()

        def __hash__(self) -> int:
            return 7

        def __repr__(self) -> str:
            return self.text

    word = kind(Word)
    assert word("A") == word("a") and hash(word("a")) == 7 and repr(word("b")) == "b"
